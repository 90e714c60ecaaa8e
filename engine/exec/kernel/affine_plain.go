package kernel

func affine32SIMD[T Integer](dst []uint32, src []T, mult, add uint32, accumulate bool) int { return 0 }

func sumSIMD[T Integer](v []T) (int64, int) { return 0, 0 }

func sumFloatSIMD(v []float64) (s, c float64, n int) { return 0, 0, 0 }
