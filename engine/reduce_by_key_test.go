package engine

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

// largest is the largest row of a key, and how many it has.
type largest struct {
	Row   int64
	Count int
}

func joinLargest(a, b largest) largest { return largest{max(a.Row, b.Row), a.Count + b.Count} }

var (
	testByWord = RegisterReduceByKey("test by word", func(suffix string, c Chunk, emit func(string, largest)) error {
		for row := range c.Rows() {
			if suffix == "fail" {
				return errors.New("enough")
			}
			if !row.Null(1) {
				emit(row.String(1)+suffix, largest{row.Int(0), 1})
				emit("all", largest{row.Int(0), 1})
			}
		}
		return nil
	}, joinLargest)
	testByParity = RegisterReduceByKey("test by parity", func(_ struct{}, c Chunk, emit func(bool, int64)) error {
		for _, n := range c.Ints(0) {
			emit(n%2 == 0, n)
		}
		return nil
	}, func(a, b int64) int64 { return a + b })
)

func TestReduceByKey(t *testing.T) {
	for _, rows := range []int{0, 1, 2, 800} {
		alone := sample(t, rows, Options{Threads: 2})
		frame := func(e *Engine) *DataFrame { return e.Table("t").Select(Col("row"), Col("s")) }
		want := map[string]largest{}
		_, all := collect(t, must(frame(alone).Collect(t.Context())), nil)
		for _, r := range all {
			if r[1].Valid {
				for _, k := range []string{r[1].Str + "!", "all"} {
					if old, ok := want[k]; ok {
						want[k] = joinLargest(old, largest{r[0].Int, 1})
					} else {
						want[k] = largest{r[0].Int, 1}
					}
				}
			}
		}
		for _, e := range append(randomNodes(t, 5, rows), alone) {
			got, err := testByWord.Run(t.Context(), frame(e), "!")
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("%d rows: %v, %v, want %v", rows, got, err, want)
			}
			parity, err := testByParity.Run(t.Context(), frame(e), struct{}{})
			if err != nil || rows == 800 && (parity[true] != 399*400 || parity[false] != 400*400) || len(parity) != min(rows, 2) {
				t.Errorf("%d rows: %v, %v", rows, parity, err)
			}
		}
	}
	_, err := testByWord.Run(t.Context(), sample(t, 10, Options{}).Table("t").Select(Col("row"), Col("s")), "fail")
	if err == nil || err.Error() != "fold test by word: enough" {
		t.Errorf("error is %v", err)
	}
}

func TestPairsThatDoNotMatchAreNoMap(t *testing.T) {
	b, err := encodePairs(map[string]int{"a": 1, "b": 2})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := decodePairs[string, int](b); err != nil || len(m) != 2 || m["b"] != 2 {
		t.Errorf("%v, %v", m, err)
	}
	for _, bad := range [][]byte{nil, b[:len(b)-1], []byte("garbage")} {
		if m, err := decodePairs[string, int](bad); err == nil {
			t.Errorf("%q is %v", bad, m)
		}
	}
	if _, err := decodePairs[string, int](must(encodeGob(pairs[string, int]{Keys: []string{"a"}}))); err == nil || !strings.Contains(err.Error(), "1 keys and 0 values") {
		t.Errorf("error is %v", err)
	}
}
