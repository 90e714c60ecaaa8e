package column

// FromBools makes an Array of vals, for tests and small tables. Row i is NULL where valid is not nil and valid[i] is
// false.
func FromBools(vals, valid []bool) *Array {
	b := NewBuilder(Bool, nil)
	copy(b.ExtendBools(len(vals)), vals)
	return b.finishValid(valid)
}

// FromInts makes an INT Array, as FromBools does.
func FromInts(vals []int64, valid []bool) *Array {
	b := NewBuilder(Int, nil)
	copy(b.ExtendInts(len(vals)), vals)
	return b.finishValid(valid)
}

// FromFloats makes a FLOAT Array, as FromBools does.
func FromFloats(vals []float64, valid []bool) *Array {
	b := NewBuilder(Float, nil)
	copy(b.ExtendFloats(len(vals)), vals)
	return b.finishValid(valid)
}

// FromStrings makes a STRING Array with a dictionary of its own, or a plain one where that does not pay, as
// FromBools does.
func FromStrings(vals []string, valid []bool) *Array {
	dict := NewDictBuilder(0)
	b := NewBuilder(String, dict)
	for i, s := range vals {
		if valid != nil && !valid[i] {
			b.AppendNull()
		} else {
			b.AppendString(s)
		}
	}
	a := b.Finish()
	if a.Layout != Plain {
		a.Dict = dict.Dict()
	}
	return a
}

func (b *Builder) finishValid(valid []bool) *Array {
	for i, v := range valid {
		if !v {
			b.SetNull(i)
		}
	}
	return b.Finish()
}
