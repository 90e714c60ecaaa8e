// Package kernel holds the inner loops that work on the encoded values of columns: sums, extremes and the arithmetic of
// group keys, over narrow integers, codes and floats.
//
// Every loop has a plain version. Those where it pays have a SIMD version too, built with GOEXPERIMENT=simd and taken when the
// processor has AVX-512; the tests compare the two.
package kernel
