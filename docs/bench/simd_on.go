//go:build goexperiment.simd

package main

// simd says that eau2 was compiled with Go's SIMD package.
const simd = true
