//go:build !goexperiment.simd || !amd64

package sor

func maskVersions() map[string]func([]masks, []byte) {
	return map[string]func([]masks, []byte){"plain": findMasksPlain}
}

func digitVersions() map[string]func(*digits, []int64) {
	return map[string]func(*digits, []int64){"plain": readDigitsPlain}
}

func decimalVersions() map[string]func(*decimals, []float64) {
	return map[string]func(*decimals, []float64){"plain": readDecimalsPlain}
}
