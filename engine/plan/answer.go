package plan

import "github.com/eau2db/eau2/column"

// AnswerFromStats replaces aggregates over a whole scan (COUNT, MIN, MAX without GROUP BY or WHERE) by what the statistics say, where
// they are complete. COUNT of a column without NULLs becomes COUNT(*).
func AnswerFromStats(n Node) Node {
	return Transform(n, func(n Node) Node {
		a, ok := n.(*Aggregate)
		if !ok || len(a.Aggs) == 0 {
			return n
		}
		s, ok := a.Input.(*Scan)
		if !ok {
			return n
		}
		if len(a.Keys) == 0 && s.Filter == nil {
			if v := answer(a, s); v != nil {
				return v
			}
		}
		return countRows(a, s)
	})
}

// answer returns the row of a, or nil when the statistics do not say.
func answer(a *Aggregate, s *Scan) Node {
	row := make([]column.Value, len(a.Aggs))
	for i, g := range a.Aggs {
		v, ok := answerOne(g, s)
		if !ok {
			return nil
		}
		row[i] = v
	}
	return &Values{Schema: a.Fields(), Rows: [][]column.Value{row}}
}

func answerOne(g Agg, s *Scan) (column.Value, bool) {
	if g.Kind == CountRows {
		n := int64(0)
		for _, c := range chunksOf(s) {
			n += int64(s.Table.ChunkRows(c))
		}
		return column.IntValue(n), true
	}
	if g.Distinct || len(g.Args) != 1 {
		return column.Value{}, false
	}
	col, ok := g.Args[0].(*Column)
	if !ok || g.Kind != Count && g.Kind != Min && g.Kind != Max {
		return column.Value{}, false
	}
	values, best := int64(0), column.Null(g.T)
	for _, c := range chunksOf(s) {
		st := s.Table.ChunkStats(c, s.Cols[col.Index])
		rows := int64(s.Table.ChunkRows(c))
		if rows == 0 {
			continue
		}
		if st.Rows != rows {
			return column.Value{}, false
		}
		values += rows - st.Nulls
		if g.Kind == Count || st.Nulls == rows {
			continue
		}
		v, sign := st.Min, 1
		if g.Kind == Max {
			v, sign = st.Max, -1
		}
		if !v.Valid {
			return column.Value{}, false
		}
		if !best.Valid || v.Compare(best)*sign < 0 {
			best = v
		}
	}
	if g.Kind == Count {
		return column.IntValue(values), true
	}
	return best, true
}

// countRows makes COUNT(x) COUNT(*) where x is a column without NULLs, so that the column need not be read.
func countRows(a *Aggregate, s *Scan) Node {
	changed := false
	c := *a
	c.Aggs = append([]Agg(nil), a.Aggs...)
	for i, g := range a.Aggs {
		if g.Kind != Count || g.Distinct || len(g.Args) != 1 {
			continue
		}
		if col, ok := g.Args[0].(*Column); ok && noNulls(s, col.Index) {
			c.Aggs[i] = Agg{Kind: CountRows, T: column.Int}
			changed = true
		}
	}
	if !changed {
		return a
	}
	return PruneColumns(&c)
}

func noNulls(s *Scan, col int) bool {
	for _, c := range chunksOf(s) {
		st := s.Table.ChunkStats(c, s.Cols[col])
		if st.Nulls > 0 || st.Rows != int64(s.Table.ChunkRows(c)) {
			return false
		}
	}
	return true
}
