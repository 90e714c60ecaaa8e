//go:build !goexperiment.simd || !amd64

package function

func addInts(r, a, b []int64) bool { return addIntsPlain(r, a, b) }

func subInts(r, a, b []int64) bool { return subIntsPlain(r, a, b) }

func mulInts(r, a, b []int64) bool { return mulIntsPlain(r, a, b) }

func addFloats(r, a, b []float64) bool { return addFloatsPlain(r, a, b) }

func subFloats(r, a, b []float64) bool { return subFloatsPlain(r, a, b) }

func mulFloats(r, a, b []float64) bool { return mulFloatsPlain(r, a, b) }

func divFloats(r, a, b []float64) bool { return divFloatsPlain(r, a, b) }
