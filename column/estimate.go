package column

import (
	"math"

	"github.com/zeebo/xxh3"
)

// sampleRows is the number of rows an estimate of distinct values looks at.
const sampleRows = 4096

// estimate guesses the number of distinct values of rows rows from the hashes of a sample, spread evenly: the
// estimator Duj1 of Haas and Stokes, "Estimating the number of classes in a finite population" (1998). NULL rows are
// expected to repeat other values.
func estimate(rows int, nulls int64, hash func(row int) uint64) int64 {
	const again = 1
	var seen [2 * sampleRows]uint32 // open addressing: what tells a hash from others, and whether it came again
	n, step := rows, 1
	if rows > sampleRows {
		n, step = sampleRows, rows/sampleRows
	}
	distinct, single := 0, 0
	for i := range n {
		h := hash(i*step) * 0x9e3779b97f4a7c15
		mark := uint32(h)>>1<<2 | 2
		at := h >> 32 % uint64(len(seen))
		for seen[at] != 0 && seen[at]&^again != mark {
			at = (at + 1) % uint64(len(seen))
		}
		switch seen[at] {
		case 0:
			seen[at] = mark
			distinct++
			single++
		case mark:
			seen[at] |= again
			single--
		}
	}
	d := float64(n) * float64(distinct) / (float64(n-single) + float64(single)*float64(n)/float64(rows))
	return int64(math.Round(max(1, min(d, float64(rows)-float64(nulls)))))
}

func estimateInts(s []int64, nulls int64) int64 {
	return estimate(len(s), nulls, func(i int) uint64 { return mixBits(uint64(s[i])) })
}

func estimateFloats(s []float64, nulls int64) int64 {
	return estimate(len(s), nulls, func(i int) uint64 { return mixBits(math.Float64bits(s[i] + 0)) })
}

// mixBits spreads the bits of a number that has most of them zero.
func mixBits(x uint64) uint64 { return x ^ x>>32 }

func hashText(s string) uint64 { return xxh3.HashString(s) }
