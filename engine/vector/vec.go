package vector

import "github.com/eau2db/eau2/column"

// Size is the largest number of rows in a vector.
const Size = 2048

// Vec is a vector: the values of one column for some rows. Exactly the slice of its Type is set, except that a
// STRING vector may be in dictionary form, with Code and Dict instead of Str. The value of a NULL row is zero
// (code 0, empty string), or, in results of functions, undefined: check Null first.
type Vec struct {
	Type  column.Type
	Const bool   // all rows hold the same value (every slot is filled all the same)
	Null  []bool // Null[i]: row i is NULL; nil when no row is

	Bool  []bool
	Int   []int64
	Float []float64
	Str   []string
	Code  []uint32
	Dict  *column.Dict // not nil: the values are Dict.Value(Code[i])

	Stop func() error // that of the batch for which a function computes this vector; see Batch

	nulls []bool // memory of Null between uses
	text  []byte // block that the strings made with Tail and SetTail lie in
}

// Make returns a vector of n zero values.
func Make(t column.Type, n int) *Vec {
	v := &Vec{}
	v.Reset(t, n)
	return v
}

// Reset makes v a vector of type t with n rows of undefined values and no nulls, keeping its memory.
func (v *Vec) Reset(t column.Type, n int) {
	v.Type, v.Const, v.Dict, v.Null = t, false, nil, nil
	v.Code = v.Code[:0]
	switch t {
	case column.Bool:
		v.Bool = resize(v.Bool, n)
	case column.Int:
		v.Int = resize(v.Int, n)
	case column.Float:
		v.Float = resize(v.Float, n)
	case column.String:
		v.Str = resize(v.Str, n)
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, max(n, Size))
}

// Len returns the number of rows.
func (v *Vec) Len() int {
	switch v.Type {
	case column.Bool:
		return len(v.Bool)
	case column.Int:
		return len(v.Int)
	case column.Float:
		return len(v.Float)
	}
	if v.Dict != nil {
		return len(v.Code)
	}
	return len(v.Str)
}

// IsNull reports whether row i is NULL.
func (v *Vec) IsNull(i int) bool { return v.Null != nil && v.Null[i] }

// SetNull makes row i NULL.
func (v *Vec) SetNull(i int) {
	v.Nulls()[i] = true
}

// Nulls returns Null, to be changed in place; it is made, all false, where no row was NULL.
func (v *Vec) Nulls() []bool {
	if v.Null == nil {
		v.nulls = resize(v.nulls, v.Len())
		clear(v.nulls)
		v.Null = v.nulls
	}
	return v.Null
}

// AddNulls makes every row NULL that is so in src, another vector's Null.
func (v *Vec) AddNulls(src []bool) {
	if src == nil {
		return
	}
	if v.Null == nil {
		v.nulls = resize(v.nulls, len(src))
		copy(v.nulls, src)
		v.Null = v.nulls
		return
	}
	for i, null := range src {
		v.Null[i] = v.Null[i] || null
	}
}

// Strings returns the values of a STRING vector, looked up in the dictionary where it has one. The strings may
// point into the memory of a chunk: who keeps one beyond the query clones it.
func (v *Vec) Strings() []string {
	if v.Dict == nil {
		return v.Str
	}
	if len(v.Str) == len(v.Code) {
		return v.Str
	}
	v.Str = resize(v.Str, len(v.Code))
	strs := v.Dict.Strings()
	for i, c := range v.Code {
		v.Str[i] = strs[c]
	}
	if v.Null != nil {
		for i, null := range v.Null {
			if null {
				v.Str[i] = ""
			}
		}
	}
	return v.Str
}

// SetDict makes v a STRING vector of n codes into d, to be filled in by the caller.
func (v *Vec) SetDict(d *column.Dict, n int) {
	v.Type, v.Const, v.Null, v.Dict = column.String, false, nil, d
	v.Code, v.Str = resize(v.Code, n), v.Str[:0]
}

// Value returns row i, for tests and places where speed does not count.
func (v *Vec) Value(i int) column.Value {
	if v.IsNull(i) {
		return column.Null(v.Type)
	}
	switch v.Type {
	case column.Bool:
		return column.BoolValue(v.Bool[i])
	case column.Int:
		return column.IntValue(v.Int[i])
	case column.Float:
		return column.FloatValue(v.Float[i])
	}
	if v.Dict != nil {
		return column.StringValue(v.Dict.Value(v.Code[i]))
	}
	return column.StringValue(v.Str[i])
}

// Set stores x, of the vector's type, in row i of a vector that is not in dictionary form.
func (v *Vec) Set(i int, x column.Value) {
	if !x.Valid {
		v.SetNull(i)
	}
	switch v.Type {
	case column.Bool:
		v.Bool[i] = x.Int != 0
	case column.Int:
		v.Int[i] = x.Int
	case column.Float:
		v.Float[i] = x.Float
	case column.String:
		v.Str[i] = x.Str
	}
}

// Fill makes v a constant vector of n times x.
func (v *Vec) Fill(x column.Value, n int) {
	v.Reset(x.Type, n)
	v.Const = true
	switch x.Type {
	case column.Bool:
		fill(v.Bool, x.Int != 0)
	case column.Int:
		fill(v.Int, x.Int)
	case column.Float:
		fill(v.Float, x.Float)
	case column.String:
		fill(v.Str, x.Str)
	}
	if !x.Valid {
		v.nulls = resize(v.nulls, n)
		fill(v.nulls, true)
		v.Null = v.nulls
	}
}

func fill[T any](s []T, x T) {
	for i := range s {
		s[i] = x
	}
}

// Gather makes v the rows sel of src.
func (v *Vec) Gather(src *Vec, sel []int32) {
	if src.Dict != nil {
		v.SetDict(src.Dict, len(sel))
		gather(v.Code, src.Code, sel)
	} else {
		v.Reset(src.Type, len(sel))
		switch src.Type {
		case column.Bool:
			gather(v.Bool, src.Bool, sel)
		case column.Int:
			gather(v.Int, src.Int, sel)
		case column.Float:
			gather(v.Float, src.Float, sel)
		case column.String:
			gather(v.Str, src.Str, sel)
		}
	}
	v.Const = src.Const
	if src.Null != nil {
		v.nulls = resize(v.nulls, len(sel))
		gather(v.nulls, src.Null, sel)
		v.Null = v.nulls
	}
}

func gather[T any](dst, src []T, sel []int32) {
	for i, s := range sel {
		dst[i] = src[s]
	}
}

// Head makes v the first n rows of src, sharing src's memory: v is good until src changes.
func (v *Vec) Head(src *Vec, n int) {
	*v = Vec{Type: src.Type, Const: src.Const, Dict: src.Dict}
	if src.Null != nil {
		v.Null = src.Null[:n]
	}
	switch {
	case src.Type == column.Bool:
		v.Bool = src.Bool[:n]
	case src.Type == column.Int:
		v.Int = src.Int[:n]
	case src.Type == column.Float:
		v.Float = src.Float[:n]
	case src.Dict != nil:
		v.Code = src.Code[:n]
	default:
		v.Str = src.Str[:n]
	}
}

// Clone returns a copy that shares no slice with v (strings and the dictionary are shared).
func (v *Vec) Clone() *Vec {
	w := &Vec{Type: v.Type, Const: v.Const, Dict: v.Dict}
	w.Null = append([]bool(nil), v.Null...)
	switch {
	case v.Type == column.Bool:
		w.Bool = append([]bool{}, v.Bool...)
	case v.Type == column.Int:
		w.Int = append([]int64{}, v.Int...)
	case v.Type == column.Float:
		w.Float = append([]float64{}, v.Float...)
	case v.Dict != nil:
		w.Code = append([]uint32{}, v.Code...)
	default:
		w.Str = append([]string{}, v.Str...)
	}
	return w
}
