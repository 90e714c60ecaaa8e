package engine

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strings"
)

// RegisterReduceByKey registers a Fold that combines the values of equal keys. emit gives pairs of a key and a value for the rows of
// a chunk, as many as it likes; combine joins two values of a key, in any order and grouping. K is the type of a column; V travels as
// a Fold's result does. A string key may be one of the chunk's: it is cloned when it is kept.
//
//	var lengths = engine.RegisterReduceByKey("longest line by author", func(_ struct{}, c engine.Chunk, emit func(int64, int)) error {
//		for i, author := range c.Ints(0) {
//			emit(author, len(c.Strings(1)[i]))
//		}
//		return nil
//	}, func(a, b int) int { return max(a, b) })
//
//	longest, err := lengths.Run(ctx, eng.Table("lines"), struct{}{}) // a map[int64]int
//
// All pairs that differ in their keys are held by each worker, and at the end by the node that is asked: for very many keys write
// the pairs to a table, and GROUP BY.
func RegisterReduceByKey[A any, K Native, V any](name string, emit func(arg A, c Chunk, emit func(K, V)) error, combine func(a, b V) V) Folding[A, map[K]V] {
	clone := func(k K) K { return k }
	if f, ok := any(strings.Clone).(func(K) K); ok {
		clone = f
	}
	return RegisterFold(name, func(arg A) (Fold[map[K]V], error) {
		return Fold[map[K]V]{
			Start: func() map[K]V { return map[K]V{} },
			Step: func(m map[K]V, c Chunk) (map[K]V, error) {
				return m, emit(arg, c, func(k K, v V) {
					if old, ok := m[k]; ok {
						m[k] = combine(old, v)
					} else {
						m[clone(k)] = v
					}
				})
			},
			Merge: func(a, b map[K]V) (map[K]V, error) {
				for k, v := range b {
					if old, ok := a[k]; ok {
						v = combine(old, v)
					}
					a[k] = v
				}
				return a, nil
			},
			Encode: encodePairs[K, V],
			Decode: decodePairs[K, V],
		}, nil
	})
}

// pairs are a map as it travels: slices of plain values are what gob is quick with.
type pairs[K Native, V any] struct {
	Keys   []K
	Values []V
}

func encodePairs[K Native, V any](m map[K]V) ([]byte, error) {
	p := pairs[K, V]{make([]K, 0, len(m)), make([]V, 0, len(m))}
	for k, v := range m {
		p.Keys, p.Values = append(p.Keys, k), append(p.Values, v)
	}
	return encodeGob(p)
}

func decodePairs[K Native, V any](b []byte) (map[K]V, error) {
	var p pairs[K, V]
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&p); err != nil {
		return nil, err
	}
	if len(p.Keys) != len(p.Values) {
		return nil, fmt.Errorf("%d keys and %d values", len(p.Keys), len(p.Values))
	}
	m := make(map[K]V, len(p.Keys))
	for i, k := range p.Keys {
		m[k] = p.Values[i]
	}
	return m, nil
}
