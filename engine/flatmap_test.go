package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine/function"
)

// testRepeat gives the numbers below column 0 modulo 5; none for rows that are divisible by it.
var (
	testRepeat = RegisterFlatMap("test repeat", func(c Chunk, emit func(row int, v int64)) error {
		for row, n := range c.Ints(0) {
			for i := range n % 5 {
				emit(row, i)
			}
		}
		return nil
	})
	testMany = RegisterFlatMap("test many", func(c Chunk, emit func(row int, v string)) error {
		for row := range c.Len() {
			for range 5000 {
				emit(row, "x")
			}
		}
		return nil
	})
	testWrong = RegisterFlatMap("test wrong", func(c Chunk, emit func(row int, v float64)) error {
		switch c.Ints(0)[0] {
		case 0:
			panic("boom")
		case 1:
			emit(0, 1)
			emit(-1, 1)
		case 2:
			emit(c.Len(), 1)
		case 3:
			zero := 0.0
			emit(0, 1/zero)
		}
		return errors.New("enough")
	})
)

func TestFlatMapsGiveTheSameOnAnyNumberOfNodes(t *testing.T) {
	alone := sample(t, 800, Options{Threads: 2})
	var want strings.Builder
	_, rows := collect(t, must(alone.Table("t").Select(Col("row"), Col("s")).Collect(t.Context())), nil)
	for _, r := range rows {
		for i := range r[0].Int % 5 {
			if i != 1 {
				fmt.Fprintln(&want, []Value{r[1], intValue(i)})
			}
		}
	}
	for _, e := range append(randomNodes(t, 3, 800), alone) {
		frame := testRepeat(e.Table("t").Select(Col("row"), Col("s"), Col("w")), "i")
		if got := rowsOf(t, frame.Filter(Col("i").Ne(1)).Select(Col("s"), Col("i"))); got != want.String() {
			t.Errorf("it gives\n%s, want\n%s", head(got), head(want.String()))
		}
		if n, err := testHooked.Run(t.Context(), frame, struct{}{}); err != nil || n.n != sumOfRepeated(800) {
			t.Errorf("a fold gives %v, %v", n, err)
		}
	}
	nodes := randomNodes(t, 3, 800)
	repeated := func(e *Engine) *DataFrame { return testRepeat(e.Table("t").Select(Col("row"), Col("s")), "i") }
	for k, build := range []func(e *Engine) *DataFrame{
		func(e *Engine) *DataFrame {
			return repeated(e).GroupBy("i").Agg(Count(), Sum(Col("row")), Max(Col("s"))).OrderBy(Asc(Col("i")))
		},
		func(e *Engine) *DataFrame {
			return testRepeat(repeated(e), "j").Filter(Col("s").Ge("b")).OrderBy(Desc(Col("j")), Asc(Col("row"))).Limit(99)
		},
		func(e *Engine) *DataFrame { return repeated(e).Limit(7) },
		func(e *Engine) *DataFrame { return testRepeat(e.Table("t").Limit(9), "i").Select(Col("i"), testTwice) },
		func(e *Engine) *DataFrame { return repeated(e).GroupBy().Agg(Count()) },
		func(e *Engine) *DataFrame { return repeated(e).Union(repeated(e).Filter(Col("s").IsNull())) },
		func(e *Engine) *DataFrame { return repeated(e).Filter(Col("s").IsNull().And(Col("i").Gt(1))) },
	} {
		if got, want := rowsOf(t, build(nodes[1])), rowsOf(t, build(alone)); got != want || want == "" {
			t.Errorf("pipeline %d: nodes give\n%s, want\n%s", k, head(got), head(want))
		}
	}
	if got := rowsOf(t, repeated(nodes[1]).Filter(Col("row").Lt(0))); got != "" {
		t.Errorf("no rows give\n%s", head(got))
	}
	forge(nodes[1:], kindFragment, "test repeat", "test repeal")
	rest, err := repeated(nodes[0]).Collect(t.Context())
	if err == nil {
		for rest.Next() {
		}
		err = rest.Err()
		rest.Close()
	}
	if !errors.Is(err, function.ErrUnknown) || !strings.Contains(err.Error(), `FlatMap "test repeal"`) {
		t.Errorf("error is %v", err)
	}
}

func intValue(n int64) Value { v, _ := valueOf(n); return v }

func sumOfRepeated(rows int64) (sum int64) {
	for r := range rows {
		sum += r * (r % 5)
	}
	return sum
}

func TestFlatMapsOfManyValuesARow(t *testing.T) {
	e := sample(t, 30, Options{Threads: 2})
	_, rows := collect(t, must(testMany(e.Table("t").Select(Col("row")), "x").GroupBy("row").Agg(Count()).Collect(t.Context())), nil)
	if len(rows) != 30 || rows[7][1].Int != 5000 {
		t.Errorf("%d groups, %v", len(rows), rows)
	}
	_, rows = collect(t, must(testMany(e.Table("t"), "x").Limit(6000).Collect(t.Context())), nil)
	if len(rows) != 6000 || rows[4999][0].Int != 0 || rows[5000][0].Int != 1 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestMistakesOfFlatMapsAreErrors(t *testing.T) {
	e := sample(t, 30, Options{Threads: 2})
	for i, want := range []string{
		"panic in FlatMap test wrong for table t, chunk 0, rows from 0 on: boom", "row -1 of .* is emitted behind row 0", "row 30 of 30 is emitted", "no FLOAT value|enough", "FlatMap test wrong: enough$",
	} {
		frame := e.Table("t").Select(Col("row").Mul(0).Add(i).As("n"))
		rows, err := testWrong(frame, "x").Collect(t.Context())
		if err == nil {
			rows.Next()
			err = rows.Err()
			rows.Close()
		}
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("error is %.200v, want %s", err, want)
		}
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, `a FlatMap called "test many" is registered already`) {
			t.Errorf("panic %s", p)
		}
	}()
	RegisterFlatMap("test many", func(Chunk, func(int, bool)) error { return nil })
}
