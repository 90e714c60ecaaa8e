//go:build !goexperiment.simd || !amd64

package sor

func maskVersions() map[string]func([]masks, []byte) {
	return map[string]func([]masks, []byte){"plain": findMasksPlain}
}
