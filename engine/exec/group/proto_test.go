//go:build unix

package group

import (
	"math"
	"sync"
	"testing"
	"time"
)

// BenchmarkPrototype is the least that some of the queries can take: hand-written loops over the same arrays, without
// nulls, types or results. It makes the figures of BenchmarkH2O comparable between machines and between busy moments.
func BenchmarkPrototype(b *testing.B) {
	type state struct {
		a, b, n int64
		f       float64
	}
	both := func(f func(w int, c int)) {
		var g sync.WaitGroup
		for w := range 2 {
			g.Go(func() {
				for c := w; c < len(h2o().chunks); c += 2 {
					f(w, c)
				}
			})
		}
		g.Wait()
	}
	queries := map[string]func(){
		"q1": func() {
			var acc [2][4][256]int64
			both(func(w, c int) {
				a, k, v := &acc[w], h2o().chunks[c][0].C8, h2o().chunks[c][6].I8
				v = v[:len(k)]
				for ; len(k) >= 4; k, v = k[4:], v[4:] {
					a[0][k[0]] += int64(v[0])
					a[1][k[1]] += int64(v[1])
					a[2][k[2]] += int64(v[2])
					a[3][k[3]] += int64(v[3])
				}
				for i, x := range k {
					a[0][x] += int64(v[i])
				}
			})
		},
		"q2": func() {
			acc := [2][]int64{make([]int64, 1<<15), make([]int64, 1<<15)}
			both(func(w, c int) {
				a, k, l, v := acc[w], h2o().chunks[c][0].C8, h2o().chunks[c][1].C8, h2o().chunks[c][6].I8
				l, v = l[:len(k)], v[:len(k)]
				for i, x := range k {
					a[(uint(x)<<7|uint(l[i]))&(1<<15-1)] += int64(v[i])
				}
			})
		},
		"q3": func() {
			acc := [2][]state{make([]state, 1e5), make([]state, 1e5)}
			both(func(w, c int) {
				a, k, v, f := acc[w], h2o().chunks[c][2].C32, h2o().chunks[c][6].I8, h2o().chunks[c][8].F64
				v, f = v[:len(k)], f[:len(k)]
				for i, x := range k {
					e := &a[x]
					e.a += int64(v[i])
					e.n++
					e.f += f[i]
				}
			})
		},
		"q5": func() {
			acc := [2][]state{make([]state, 1e5+1), make([]state, 1e5+1)}
			both(func(w, c int) {
				a, k, v, v2, f := acc[w], h2o().chunks[c][5].I32, h2o().chunks[c][6].I8, h2o().chunks[c][7].I8, h2o().chunks[c][8].F64
				v, v2, f = v[:len(k)], v2[:len(k)], f[:len(k)]
				for i, x := range k {
					e := &a[x]
					e.a += int64(v[i])
					e.b += int64(v2[i])
					e.f += f[i]
					e.n++
				}
			})
		},
	}
	for _, q := range []string{"q1", "q2", "q3", "q5"} {
		b.Run(q, func(b *testing.B) {
			h2o()
			b.ResetTimer()
			best := time.Duration(math.MaxInt64)
			for range b.N {
				from := cpuTime()
				queries[q]()
				best = min(best, cpuTime()-from)
			}
			b.ReportMetric(float64(best.Microseconds())/2000, "best-cpu-ms/2")
			b.ReportMetric(0, "ns/op")
		})
	}
}
