package sor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
)

// numberTexts draws texts that are numbers, nearly numbers, and not numbers at all.
func numberTexts(yield func(string)) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []string{"0", "1", "-0", "+", "-", "", ".", "-.", "0.", ".0", "9007199254740992", "9007199254740993", "9007199254740991",
		"900719925474099.1", "900719925474099.2", "900719925474099.3", "9223372036854775807", "-9223372036854775808", "9999999999999999", "99999999999999999",
		"0.1", "0.30000000000000004", "123456.7891011", "1234567.8", "12345678.9", "123456789.1", "1.7976931348623157e308", "5e-324", "0.000001", "00000000000000000001",
		"1.2.3", "1..2", "12a", "a12", "1/2", "1:2", "12345678:", "/2345678", "--1", "+-1", "1-", "1+1", "..1", "1e5", "1e", "٣"} {
		yield(s)
	}
	for range 5000 {
		n := r.Uint64() >> r.IntN(64)
		yield(fmt.Sprint(n))
		yield(fmt.Sprint("-", n))
		yield(fmt.Sprint("+0", n))
		f := math.Float64frombits(r.Uint64())
		yield(fmt.Sprint(f))
		f = (r.Float64() - .5) * math.Pow(10, float64(r.IntN(20)))
		yield(strconv.FormatFloat(f, 'f', r.IntN(18), 64))
		yield(strconv.FormatFloat(f, 'f', -1, 64))
		yield(strconv.FormatFloat(f, 'g', r.IntN(18), 64))
		b := []byte(fmt.Sprintf("%.*f", r.IntN(10), f))
		b[r.IntN(len(b))] = byte(r.UintN(256))
		yield(string(b))
	}
}

// padded returns a buffer with s in it, among bytes that could be taken for its own.
func padded(s string) (buf []byte, lo, hi uint32) {
	buf = []byte("123456789.123456789.12345<" + s + ">987654321.987654321.98")
	return buf, 26, 26 + uint32(len(s))
}

func TestFastNumbersAreExact(t *testing.T) {
	ints, floats := 0, 0
	numberTexts(func(s string) {
		buf, lo, hi := padded(s)
		if got, ok := textOf(buf).int(lo, hi); ok {
			want, err := strconv.ParseInt(s, 10, 64)
			if err != nil || got != want || shapeOf([]byte(s)) != shapeInt {
				t.Errorf("int of %q is %d, want %d, %v", s, got, want, err)
			}
			ints++
		}
		if got, ok := textOf(buf).float(lo, hi); ok {
			want, err := strconv.ParseFloat(s, 64)
			if err != nil || math.Float64bits(got) != math.Float64bits(want) || shapeOf([]byte(s)) == shapeText {
				t.Errorf("float of %q is %v, want %v, %v", s, got, want, err)
			}
			floats++
		}
	})
	if ints < 5000 || floats < 5000 {
		t.Errorf("only %d ints and %d floats were read fast", ints, floats)
	}
}

func TestNumbersOfUsualLengthAreReadFast(t *testing.T) {
	for _, s := range []string{"7", "-7", "+7", "12345678", "123456789", "1234567890123456", "-1234567890123456"} {
		buf, lo, hi := padded(s)
		if _, ok := textOf(buf).int(lo, hi); !ok {
			t.Errorf("int %q is not", s)
		}
	}
	for _, s := range []string{"7", "-7.5", "+.5", "5.", "64.904571", "12345678.1234567", "0.1234567890123456"} {
		buf, lo, hi := padded(s)
		if _, ok := textOf(buf).float(lo, hi); !ok {
			t.Errorf("float %q is not", s)
		}
	}
}

func TestShapes(t *testing.T) {
	isInt := regexp.MustCompile(`^[+-]?[0-9]+$`)
	isNumber := regexp.MustCompile(`^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$`)
	numberTexts(func(s string) {
		want := shapeText
		switch {
		case isInt.MatchString(s):
			want = shapeInt
		case isNumber.MatchString(s):
			want = shapeFloat
		}
		if got := shapeOf([]byte(s)); got != want {
			t.Errorf("%q has shape %d, want %d", s, got, want)
		}
	})
}
