package sor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// batches lays texts out as fields of rows, a few hundred at a time, with stride slots from one to the next.
func batches(stride int, take func(texts []string, buf []byte, place []uint32)) {
	r := rand.New(rand.NewPCG(5, 6))
	var texts []string
	size := 1 + r.IntN(vectorRows)
	numberTexts(func(s string) {
		if texts = append(texts, s); len(texts) < size {
			return
		}
		buf := make([]byte, pad)
		place := make([]uint32, (len(texts)+1)*stride)
		for i, s := range texts {
			place[i*stride] = uint32(len(buf)) - 1 // the field's < is one past it
			buf = append(append(append(buf, '<'), s...), '>')
			place[i*stride+1] = uint32(len(buf)) - 1
			buf = append(buf, "12.34.56"[:r.IntN(8)]...)
		}
		take(texts, append(buf, make([]byte, pad)...), place)
		texts, size = nil, 1+r.IntN(vectorRows)
	})
}

func TestDigitsAreExact(t *testing.T) {
	for name, read := range digitVersions() {
		t.Run(name, func(t *testing.T) {
			var d digits
			good := 0
			batches(7, func(texts []string, buf []byte, place []uint32) {
				out := make([]int64, len(texts))
				d.gather(textOf(buf), place, 7, len(texts))
				read(&d, out)
				for i, s := range texts {
					isDigits := len(s) >= 1 && len(s) <= 16
					for _, c := range []byte(s) {
						isDigits = isDigits && isDigit(c)
					}
					if bad := d.bad[i/8]>>(i%8)&1 != 0; bad == isDigits {
						t.Fatalf("%q is bad: %v", s, bad)
					}
					if isDigits {
						good++
						if want, _ := strconv.ParseInt(s, 10, 64); out[i] != want {
							t.Fatalf("%q reads as %d", s, out[i])
						}
					}
				}
			})
			if good < 4000 {
				t.Errorf("only %d numbers were read", good)
			}
		})
	}
}

func TestDecimalsAreExact(t *testing.T) {
	for name, read := range decimalVersions() {
		t.Run(name, func(t *testing.T) {
			var d decimals
			good := 0
			batches(2, func(texts []string, buf []byte, place []uint32) {
				out := make([]float64, len(texts))
				d.gather(textOf(buf), place, 2, len(texts))
				read(&d, out)
				for i, s := range texts {
					if d.bad[i/8]>>(i%8)&1 != 0 {
						continue
					}
					good++
					want, err := strconv.ParseFloat(s, 64)
					if err != nil || math.Float64bits(out[i]) != math.Float64bits(want) || shapeOf([]byte(s)) == shapeText {
						t.Fatalf("%q reads as %v, want %v, %v", s, out[i], want, err)
					}
				}
			})
			if good < 4000 {
				t.Errorf("only %d numbers were read", good)
			}
		})
	}
}

// Sums of the digits before and behind the point around 2^53 must be read exactly or not at all.
func TestDecimalsNearTheLimit(t *testing.T) {
	for name, read := range decimalVersions() {
		t.Run(name, func(t *testing.T) {
			var d decimals
			for n := uint64(1<<53 - 40); n < 1<<53+40; n++ {
				s := fmt.Sprintf("%d.%08d", n/1e8, n%1e8)
				buf, lo, hi := padded(s)
				out := make([]float64, 1)
				d.gather(textOf(buf), []uint32{lo - 2, hi}, 2, 1)
				read(&d, out)
				bad := d.bad[0] != 0
				if bad != (n >= 1<<53) {
					t.Fatalf("%s is bad: %v", s, bad)
				}
				if want, _ := strconv.ParseFloat(s, 64); !bad && out[0] != want {
					t.Fatalf("%s reads as %v", s, out[0])
				}
			}
		})
	}
}
