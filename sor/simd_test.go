//go:build goexperiment.simd && amd64

package sor

import "simd/archsimd"

func maskVersions() map[string]func([]masks, []byte) {
	v := map[string]func([]masks, []byte){"plain": findMasksPlain}
	if archsimd.X86.AVX2() {
		v["AVX2"] = findMasks256
	}
	if archsimd.X86.AVX512() {
		v["AVX-512"] = findMasks512
	}
	return v
}

func digitVersions() map[string]func(*digits, []int64) {
	v := map[string]func(*digits, []int64){"plain": readDigitsPlain}
	if archsimd.X86.AVX512() {
		v["AVX-512"] = readDigits512
	}
	return v
}

func decimalVersions() map[string]func(*decimals, []float64) {
	v := map[string]func(*decimals, []float64){"plain": readDecimalsPlain}
	if archsimd.X86.AVX512() {
		v["AVX-512"] = readDecimals512
	}
	return v
}
