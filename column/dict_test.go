package column

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestDictOrdersItsStrings(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00é")), 0, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "common to all"}).Draw(t, "before")
		strs := rapid.SliceOfNDistinct(text, 0, 300, rapid.ID).Draw(t, "strings")
		for i := range strs {
			strs[i] = before + strs[i]
		}
		d := NewDict(strs)
		checkDict(t, d, strs)
		b, err := d.AppendBytes(nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadDict(b)
		if err != nil {
			t.Fatal(err)
		}
		checkDict(t, r, strs)
	})
}

// checkDict checks all methods of a dictionary of strs.
func checkDict(t fataler, d *Dict, strs []string) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(strs))
	off, data := d.Text()
	if d.Len() != len(strs) || len(d.Order()) != len(strs) || len(off) != len(strs)+1 {
		t.Fatalf("%d strings, want %d", d.Len(), len(strs))
	}
	for c, s := range strs {
		rank := d.Rank()[c]
		if sorted[rank] != s || d.Order()[rank] != uint32(c) {
			t.Fatalf("%q has rank %d, where %q belongs", s, rank, sorted[rank])
		}
		if d.Value(uint32(c)) != s || d.Strings()[c] != s || string(data[off[c]:off[c+1]]) != s {
			t.Fatalf("code %d is %q, want %q", c, d.Value(uint32(c)), s)
		}
		if code, ok := d.Find(s); !ok || code != uint32(c) {
			t.Fatalf("%q is found as %d, %v", s, code, ok)
		}
	}
	for _, s := range []string{"not there", "zzz", ""} {
		if _, ok := d.Find(s); ok != slices.Contains(strs, s) {
			t.Fatalf("%q: found is %v", s, ok)
		}
	}
}

func TestDictBuilderGivesCodesInOrder(t *testing.T) {
	d := NewDictBuilder(3)
	for _, c := range []struct {
		s    string
		code uint32
		ok   bool
	}{{"a", 0, true}, {"", 1, true}, {"a", 0, true}, {"b", 2, true}, {"c", 0, false}, {"b", 2, true}, {"", 1, true}} {
		if code, ok := d.Code(c.s); code != c.code || ok != c.ok {
			t.Errorf("%q got %d, %v, want %d, %v", c.s, code, ok, c.code, c.ok)
		}
	}
	checkDict(t, d.Dict(), []string{"a", "", "b"})
}

func TestNoDictWithoutCodes(t *testing.T) {
	d := NewDictBuilder(0)
	b := NewBuilder(String, d)
	b.AppendNull()
	if a := b.Finish(); a.Layout != Plain || d.Dict() != nil {
		t.Errorf("layout %v, dictionary %v", a.Layout, d.Dict())
	}
}

func TestFullDictionaryMakesPlainChunks(t *testing.T) {
	d := NewDictBuilder(2)
	b := NewBuilder(String, d)
	var arrays []*Array
	chunks := [][]string{{"a", "b", "a"}, {"a", "NULL", "c", "b"}, {"a", "d"}}
	for _, vals := range chunks {
		for _, v := range parseAll(t, String, vals...) {
			b.Append(v)
		}
		arrays = append(arrays, b.Finish())
	}
	arrays[0].Dict = d.Dict()
	for i, a := range arrays {
		if (a.Layout == Plain) != (i > 0) {
			t.Errorf("chunk %d has layout %v", i, a.Layout)
		}
		checkArray(t, a, parseAll(t, String, chunks[i]...))
	}
}

func TestLongStringMakesItsChunkPlain(t *testing.T) {
	d := NewDictBuilder(0)
	b := NewBuilder(String, d)
	long := strings.Repeat("x", maxDictString+1)
	var layouts []Layout
	for _, s := range []string{"a", long, "a"} {
		b.AppendString("a")
		b.AppendString(s)
		layouts = append(layouts, b.Finish().Layout)
	}
	if want := []Layout{Code8, Plain, Code8}; !slices.Equal(layouts, want) {
		t.Errorf("layouts %v, want %v", layouts, want)
	}
}

func TestMuchTextEndsTheDictionary(t *testing.T) {
	d := NewDictBuilder(0)
	d.textLimit = 1000
	n := 0
	for ; n < 1000; n++ {
		if _, ok := d.Code(fmt.Sprintf("%030d", n)); !ok {
			break
		}
	}
	if n != 33 {
		t.Errorf("the dictionary took %d strings of 30 bytes", n)
	}
}

const testChunk = minPlainRows // rows of a chunk, fewer than ChunkRows to be quick

// loadStrings fills chunks with the strings string(row) in workers goroutines, as a reader does, and returns how many
// chunks have codes.
func loadStrings(t *testing.T, workers, rows int, str func(row int) string) (coded, chunks int, d *DictBuilder) {
	t.Helper()
	d = NewDictBuilder(0)
	d.nextCheck = 2 * testChunk
	chunks = (rows + testChunk - 1) / testChunk
	arrays := make([]*Array, chunks)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			b := NewBuilder(String, d)
			for c := w; c < chunks; c += workers {
				for lo := c * testChunk; lo < min(rows, (c+1)*testChunk); lo += 1000 {
					var text []byte
					var start, end []uint32
					for row := lo; row < min(lo+1000, rows, (c+1)*testChunk); row++ {
						start = append(start, uint32(len(text)))
						text = append(text, str(row)...)
						end = append(end, uint32(len(text)))
					}
					b.ExtendStrings(text, start, end)
				}
				arrays[c] = b.Finish()
			}
		})
	}
	wg.Wait()
	dict := d.Dict()
	for c, a := range arrays {
		if a.Layout != Plain {
			coded++
			a.Dict = dict
		}
		for i := range a.N {
			if got, want := a.Value(i).Str, str(c*testChunk+i); got != want {
				t.Fatalf("row %d of chunk %d is %q, want %q", i, c, got, want)
			}
		}
	}
	return coded, chunks, d
}

func TestStringsThatRepeatKeepTheirDictionary(t *testing.T) {
	const rows, distinct = 5 * testChunk, testChunk * 3 / 4
	coded, chunks, d := loadStrings(t, 2, rows, func(row int) string {
		return "id00000" + strconv.Itoa(int(uint64(row)*0x9e3779b97f4a7c15>>33)%distinct)
	})
	if coded != chunks {
		t.Errorf("%d of %d chunks have codes", coded, chunks)
	}
	if n := d.Dict().Len(); n > distinct || n < distinct*9/10 {
		t.Errorf("%d strings, want nearly %d", n, distinct)
	}
}

func TestUniqueStringsGetNoDictionary(t *testing.T) {
	coded, chunks, d := loadStrings(t, 1, 4*testChunk, func(row int) string { return "unique " + strconv.Itoa(row) })
	if coded != 0 || d.Dict() != nil {
		t.Errorf("%d of %d chunks have codes", coded, chunks)
	}
	if n := d.table.size(); n > 2*testChunk {
		t.Errorf("the dictionary grew to %d strings all the same", n)
	}
}

func TestMostlyNewStringsEndTheDictionary(t *testing.T) {
	// Of five rows four bring a new string: enough to keep a chunk's codes, too many to go on.
	coded, chunks, d := loadStrings(t, 1, 6*testChunk, func(row int) string {
		if row%5 == 0 {
			return "again"
		}
		return "text number " + strconv.Itoa(row)
	})
	if !d.full.Load() || coded == 0 || coded == chunks {
		t.Errorf("%d of %d chunks have codes, full is %v", coded, chunks, d.full.Load())
	}
}

// TestConcurrentBuildersAgree has Builders race for the same new strings, short and long, one at a time and in
// vectors.
func TestConcurrentBuildersAgree(t *testing.T) {
	const workers, rows = 4, 5000
	d := NewDictBuilder(0)
	word := func(r *rand.Rand) string {
		n := r.IntN(3000)
		return strings.Repeat("long ", n%7) + fmt.Sprint(n)
	}
	arrays, wants := make([]*Array, workers), make([][]string, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(w)))
			b := NewBuilder(String, d)
			for len(wants[w]) < rows {
				var text []byte
				var start, end []uint32
				for range r.IntN(600) {
					s := word(r)
					start = append(start, uint32(len(text)))
					text = append(text, s...)
					end = append(end, uint32(len(text)))
					wants[w] = append(wants[w], s)
				}
				b.ExtendStrings(text, start, end)
				s := word(r)
				b.AppendString(s)
				wants[w] = append(wants[w], s)
			}
			arrays[w] = b.Finish()
		})
	}
	wg.Wait()
	dict := d.Dict()
	for w, a := range arrays {
		a.Dict = dict
		want := make([]Value, len(wants[w]))
		for i, s := range wants[w] {
			want[i] = StringValue(s)
		}
		checkArray(t, a, want)
	}
	checkDict(t, dict, slices.Clone(dict.Strings()))
}

func TestCraftedDictIsAnError(t *testing.T) {
	d := NewDict([]string{"a", "b"})
	d.sortOnce.Do(func() { d.rank = []uint32{0, 2} })
	b, err := d.AppendBytes(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDict(b); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}
