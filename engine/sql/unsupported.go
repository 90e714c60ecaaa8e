package sql

// suspects are the words that unsupported looks at.
var suspects = wordSet("join", "straight_join", "lateral", "over", "filter", "within", "intersect", "except", "minus", "any", "some", "all",
	"ilike", "similar", "nulls", "with", "rollup", "cube", "grouping", "qualify", "xor", "collate", "for", "lock", "into", "fetch",
	"use", "force", "ignore", "tablesample", "distinct")

func wordSet(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// unsupported finds SQL that eau2 does not have, by the words it starts with, so that the error can say what to use
// instead. Joins are among it for now.
func (r *rewriter) unsupported(i, hi int) error {
	s := r.source
	next := s.kind(i + 1)
	switch {
	case s.is(i, "join") && (r.after || s.is(i-1, "left", "right", "full", "inner", "outer", "cross", "natural")),
		s.is(i, "straight_join") && r.after:
		at := i
		for s.is(at-1, "left", "right", "full", "inner", "outer", "cross", "natural") && !s.is(at-1, "as") {
			at--
		}
		return s.errorf(at, "", "joins are not supported yet")
	case s.is(i, "lateral") && next == open:
		return s.errorf(i, "", "LATERAL is not supported: joins are not supported yet")
	case s.is(i, "over") && s.kind(i-1) == closed && (next == open || s.isName(i+1)):
		return s.errorf(i, "the k largest values of each group are LARGEST(x, k) with GROUP BY", "window functions (OVER) are not supported")
	case s.is(i, "filter") && s.kind(i-1) == closed && next == open:
		return s.errorf(i, "write SUM(CASE WHEN condition THEN x END)", "FILTER is not supported")
	case s.is(i, "within") && s.is(i+1, "group"):
		return s.errorf(i, "use QUANTILE(x, p) or MEDIAN(x)", "WITHIN GROUP is not supported")
	case s.is(i, "intersect") && r.after && (next == open || s.is(i+1, "select", "all", "distinct")):
		return s.errorf(i, "write WHERE x IN (SELECT …)", "INTERSECT is not supported")
	case s.is(i, "except", "minus") && r.after && (next == open || s.is(i+1, "select", "all", "distinct")):
		return s.errorf(i, "write WHERE x NOT IN (SELECT …)", "EXCEPT is not supported")
	case s.is(i, "any", "some", "all") && next == open && s.kind(i-1) == op:
		return s.errorf(i, "use IN (SELECT …), or compare with (SELECT MIN(x) …) or (SELECT MAX(x) …)", "comparison with ANY and ALL is not supported")
	case s.is(i, "ilike") && (r.after || s.is(i-1, "not")):
		return s.errorf(i, "write LOWER(x) LIKE LOWER(pattern)", "ILIKE is not supported")
	case s.is(i, "similar") && s.is(i+1, "to"):
		return s.errorf(i, "use REGEXP", "SIMILAR TO is not supported")
	case s.is(i, "nulls") && s.is(i+1, "first", "last"):
		return s.errorf(i, "NULLs come first ascending and last descending; ORDER BY x IS NULL, x puts them last", "NULLS FIRST and NULLS LAST are not supported")
	case s.is(i, "with") && s.is(i+1, "rollup"), s.is(i, "rollup", "cube") && next == open, s.is(i, "grouping") && s.is(i+1, "sets"):
		return s.errorf(i, "use UNION ALL of the groupings", "ROLLUP, CUBE and GROUPING SETS are not supported")
	case s.is(i, "qualify") && r.after && i+1 < hi && next != comma:
		return s.errorf(i, "use a derived table and WHERE", "QUALIFY is not supported")
	case s.is(i, "xor") && r.after:
		return s.errorf(i, "write (a) <> (b)", "XOR is not supported")
	case s.is(i, "collate") && r.after:
		return s.errorf(i, "strings compare by their bytes; LOWER(x) ignores case", "COLLATE is not supported")
	case s.is(i, "for") && s.is(i+1, "update", "share"), s.is(i, "lock") && s.is(i+1, "in") && s.is(i+2, "share"):
		return s.errorf(i, "tables never change, so there is nothing to lock", "locking is not supported")
	case s.is(i, "into") && r.after:
		return s.errorf(i, "write CREATE TABLE t AS SELECT …, or COPY (SELECT …) TO 'file'", "SELECT … INTO is not supported")
	case s.is(i, "fetch") && s.is(i+1, "first", "next"):
		return s.errorf(i, "use LIMIT n", "FETCH FIRST is not supported")
	case s.is(i, "use", "force", "ignore") && s.is(i+1, "index", "key"):
		return s.errorf(i, "", "there are no indexes: index hints are not supported")
	case s.is(i, "tablesample") && r.after:
		return s.errorf(i, "", "TABLESAMPLE is not supported")
	case s.is(i, "distinct") && s.is(i+1, "from") && (s.is(i-1, "is") || s.is(i-1, "not") && s.is(i-2, "is")):
		return s.errorf(i, "a <=> b is true when both are NULL; NOT (a <=> b) is IS DISTINCT FROM", "IS DISTINCT FROM is not supported")
	case s.is(i, "distinct") && s.is(i+1, "on") && s.kind(i+2) == open:
		return s.errorf(i, "use GROUP BY with ANY_VALUE(x)", "DISTINCT ON is not supported")
	}
	return nil
}
