package eval

import "github.com/eau2db/eau2/engine/vector"

// selectTrue returns the rows of a BOOL vector that are true, in the memory of sel.
func selectTrue(sel []int32, v *vector.Vec) []int32 {
	sel = grow(sel, len(v.Bool))
	n := 0
	for i, t := range v.Bool {
		sel[n] = int32(i)
		if t {
			n++
		}
	}
	sel = sel[:n]
	if v.Null != nil {
		n = 0
		for _, i := range sel {
			sel[n] = i
			if !v.Null[i] {
				n++
			}
		}
		sel = sel[:n]
	}
	return sel
}
