package column

import (
	"math"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// sampleRows is the number of rows an estimate of distinct values looks at.
const sampleRows = 4096

// estimate guesses the number of distinct values of rows rows from the hashes of a sample, spread evenly: the
// estimator Duj1 of Haas and Stokes, "Estimating the number of classes in a finite population" (1998). NULL rows are
// expected to repeat other values.
func estimate(rows int, nulls int64, hash func(row int) uint64) int64 {
	var once, more [1 << 10]uint64 // by 16 bits of the hash: seen, and seen again
	n, step := rows, 1
	if rows > sampleRows {
		n, step = sampleRows, rows/sampleRows
	}
	for i := range n {
		h := hash(i*step) * 0x9e3779b97f4a7c15 >> 48
		w, bit := h/64, uint64(1)<<(h%64)
		more[w] |= once[w] & bit
		once[w] |= bit
	}
	distinct, single := 0., 0.
	for i := range once {
		distinct += float64(bits.OnesCount64(once[i]))
		single += float64(bits.OnesCount64(once[i] &^ more[i]))
	}
	sample, all := float64(n), float64(rows)
	d := sample * distinct / (sample - single + single*sample/all)
	return int64(math.Round(max(1, min(d, all-float64(nulls)))))
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
