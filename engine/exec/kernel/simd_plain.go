//go:build !goexperiment.simd || !amd64

package kernel

func affine32SIMD[T Integer](dst []uint32, src []T, mult, add uint32, accumulate bool) int { return 0 }

func sumSIMD[T Integer](v []T) (int64, int) { return 0, 0 }

func sumFloatSIMD(v []float64) (s, c float64, n int) { return 0, 0, 0 }

func shift64SIMD[T Integer](dst []uint64, src []T, shift uint, add uint64, accumulate bool) int {
	return 0
}

func minMaxSIMD[T Integer | float64](v []T) (lo, hi T, n int) { return lo, hi, 0 }

func spreadSIMD(dst []uint32, step uint32) int { return 0 }

func mulInt8SIMD(dst []int16, a, b []int8) int { return 0 }

func betweenSIMD(dst, v []float64, lo, hi float64) (n, kept, below int) { return 0, 0, 0 }
