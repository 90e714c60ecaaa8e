//go:build !goexperiment.simd || !amd64

package eval

func writeRows(m bitmap, rows []int32) int { return m.rowsPlain(rows) }

func within8(m bitmap, vals []uint8, lo, span uint8, want bool) { withinPlain(m, vals, lo, span, want) }

func within16(m bitmap, vals []uint16, lo, span uint16, want bool) {
	withinPlain(m, vals, lo, span, want)
}

func within32(m bitmap, vals []uint32, lo, span uint32, want bool) {
	withinPlain(m, vals, lo, span, want)
}

func within64(m bitmap, vals []uint64, lo, span uint64, want bool) {
	withinPlain(m, vals, lo, span, want)
}

func between(m bitmap, vals []float64, lo, hi float64, want bool) {
	betweenPlain(m, vals, lo, hi, want)
}

func lookup8(m bitmap, vals []uint8, table *[256]uint8) { lookupPlain(m, vals, 0, table[:]) }

func intsToFloats(r []float64, v []int64) { intsToFloatsPlain(r, v) }
