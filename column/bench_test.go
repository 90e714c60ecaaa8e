package column

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// vectorsOf cuts n strings made by str into vectors, as a reader of text passes them.
func vectorsOf(n int, str func(i int) string) (text []byte, start, end []uint32) {
	for i := range n {
		start = append(start, uint32(len(text))+1)
		text = append(text, '<')
		text = append(text, str(i)...)
		end = append(end, uint32(len(text)))
		text = append(text, '>')
	}
	return text, start, end
}

func BenchmarkExtendStrings(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		dict bool
		str  func(i int) string
	}{
		{"100 of 5 bytes", true, func(int) string { return fmt.Sprintf("id%03d", r.IntN(100)) }},
		{"1e5 of 12 bytes", true, func(int) string { return fmt.Sprintf("id%010d", r.IntN(100_000)) }},
		{"1e5 of 27 bytes", true, func(int) string { return fmt.Sprintf("longer than a key%010d", r.IntN(100_000)) }},
		{"plain 27 bytes", false, func(int) string { return fmt.Sprintf("longer than a key%010d", r.IntN(100_000)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			const rows = 1 << 20
			text, start, end := vectorsOf(rows, c.str)
			var d *DictBuilder
			if c.dict {
				d = NewDictBuilder(0)
			}
			s := NewBuilder(String, d)
			b.ResetTimer()
			for n := 0; n < b.N; {
				for i := 0; i < rows && n < b.N; i += 512 {
					s.ExtendStrings(text, start[i:i+512], end[i:i+512])
					if n += 512; s.Full() {
						s.Truncate(0)
					}
				}
			}
		})
	}
}

// benchArrays are chunks of all layouts.
func benchArrays() map[string]func() (*Builder, func()) {
	r := rand.New(rand.NewPCG(1, 2))
	ints := func(n int64, nulls int) func() (*Builder, func()) {
		return func() (*Builder, func()) {
			vals := make([]int64, ChunkRows)
			for i := range vals {
				vals[i] = r.Int64N(n)
			}
			b := NewBuilder(Int, nil)
			return b, func() {
				copy(b.ExtendInts(len(vals)), vals)
				for i := range nulls {
					b.SetNull(i * 10)
				}
			}
		}
	}
	strs := func(n int, d *DictBuilder) func() (*Builder, func()) {
		return func() (*Builder, func()) {
			text, start, end := vectorsOf(ChunkRows, func(int) string { return fmt.Sprintf("id%010d", r.IntN(n)) })
			b := NewBuilder(String, d)
			return b, func() { b.ExtendStrings(text, start, end) }
		}
	}
	return map[string]func() (*Builder, func()){
		"int8":            ints(100, 0),
		"int8 with nulls": ints(100, ChunkRows/10),
		"int32":           ints(100_000, 0),
		"int64":           ints(1<<60, 0),
		"code8":           strs(100, NewDictBuilder(0)),
		"code32":          strs(100_000, NewDictBuilder(0)),
		"plain":           strs(100_000, nil),
		"float64": func() (*Builder, func()) {
			vals := make([]float64, ChunkRows)
			for i := range vals {
				vals[i] = r.Float64()
			}
			b := NewBuilder(Float, nil)
			return b, func() { copy(b.ExtendFloats(len(vals)), vals) }
		},
		"bool": func() (*Builder, func()) {
			b := NewBuilder(Bool, nil)
			return b, func() {
				for i, s := 0, b.ExtendBools(ChunkRows); i < len(s); i++ {
					s[i] = i%3 == 0
				}
			}
		},
	}
}

func BenchmarkFinish(b *testing.B) {
	for name, mk := range benchArrays() {
		b.Run(name, func(b *testing.B) {
			s, fill := mk()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				fill()
				b.StartTimer()
				s.Finish()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/ChunkRows, "ns/row")
		})
	}
}

func benchFrames(b *testing.B, run func(b *testing.B, a *Array, frame []byte)) {
	for name, mk := range benchArrays() {
		b.Run(name, func(b *testing.B) {
			s, fill := mk()
			fill()
			d := s.coder.dict
			a := s.Finish()
			if d != nil {
				a.Dict = d.Dict()
			}
			frame, err := a.AppendBytes(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(frame)))
			b.ResetTimer()
			run(b, a, frame)
		})
	}
}

func BenchmarkAppendBytes(b *testing.B) {
	benchFrames(b, func(b *testing.B, a *Array, frame []byte) {
		for range b.N {
			if _, err := a.AppendBytes(frame[:0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReadArray(b *testing.B) {
	benchFrames(b, func(b *testing.B, a *Array, frame []byte) {
		for range b.N {
			if _, err := ReadArray(frame, a.Dict); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReadSmallArray(b *testing.B) {
	frame, err := FromInts([]int64{1, 2, 3}, nil).AppendBytes(nil)
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		if _, err := ReadArray(frame, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDict(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	strs := make([]string, 100_000)
	for i, k := range r.Perm(len(strs)) {
		strs[i] = fmt.Sprintf("id%010d", k)
	}
	frame, err := NewDict(strs).AppendBytes(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		for range b.N {
			if _, err := ReadDict(frame); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("rank", func(b *testing.B) {
		for range b.N {
			NewDict(strs).Rank()
		}
	})
}
