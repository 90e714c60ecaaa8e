package main

// A query is one statement, measured on all systems.
type query struct {
	Name   string
	SQL    string
	DuckDB string // where its SQL differs
	// Check reads table srt, which the statement makes: its first column must ascend. The table is dropped before each run.
	Check string
	// Slack is the absolute difference allowed between answers, for results that cancel to almost nothing.
	Slack float64
}

// on returns the statement for a system.
func (q query) on(s system) string {
	if _, ok := s.(*duck); ok && q.DuckDB != "" {
		return q.DuckDB
	}
	return q.SQL
}

// groupings are the ten queries of the h2o.ai database benchmark.
var groupings = []query{
	{Name: "q1", SQL: "SELECT id1, SUM(v1) AS v1 FROM x GROUP BY id1"},
	{Name: "q2", SQL: "SELECT id1, id2, SUM(v1) AS v1 FROM x GROUP BY id1, id2"},
	{Name: "q3", SQL: "SELECT id3, SUM(v1) AS v1, AVG(v3) AS v3 FROM x GROUP BY id3"},
	{Name: "q4", SQL: "SELECT id4, AVG(v1) AS v1, AVG(v2) AS v2, AVG(v3) AS v3 FROM x GROUP BY id4"},
	{Name: "q5", SQL: "SELECT id6, SUM(v1) AS v1, SUM(v2) AS v2, SUM(v3) AS v3 FROM x GROUP BY id6"},
	{Name: "q6", SQL: "SELECT id4, id5, MEDIAN(v3) AS m, STDDEV_SAMP(v3) AS s FROM x GROUP BY id4, id5",
		DuckDB: "SELECT id4, id5, quantile_cont(v3, 0.5) AS m, stddev(v3) AS s FROM x GROUP BY id4, id5"},
	{Name: "q7", SQL: "SELECT id3, MAX(v1) - MIN(v2) AS r FROM x GROUP BY id3"},
	{Name: "q8", SQL: "SELECT id6, LARGEST(v3, 2) AS v3 FROM x GROUP BY id6",
		DuckDB: "SELECT id6, v3 FROM (SELECT id6, v3, row_number() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS o FROM x WHERE v3 IS NOT NULL) s WHERE o <= 2"},
	{Name: "q9", SQL: "SELECT id2, id4, POW(CORR(v1, v2), 2) AS r2 FROM x GROUP BY id2, id4", Slack: 1e-15},
	{Name: "q10", SQL: "SELECT id1, id2, id3, id4, id5, id6, SUM(v3) AS v3, COUNT(*) AS n FROM x GROUP BY id1, id2, id3, id4, id5, id6"},
}

// scans are simple shapes over the same table.
var scans = []query{
	{Name: "count", SQL: "SELECT COUNT(*) FROM x"},
	{Name: "count_int_filter", SQL: "SELECT COUNT(*) FROM x WHERE v1 = 3"},
	{Name: "sum_int", SQL: "SELECT SUM(v1) FROM x"},
	{Name: "sum_float", SQL: "SELECT SUM(v3) FROM x"},
	{Name: "minmax_float", SQL: "SELECT MIN(v3), MAX(v3) FROM x"},
	{Name: "minmax_int", SQL: "SELECT MIN(id6), MAX(id6) FROM x"},
	{Name: "sum_float_filter2", SQL: "SELECT SUM(v3) FROM x WHERE id5 BETWEEN 10 AND 20 AND v2 < 8"},
	{Name: "sum_expr", SQL: "SELECT SUM(v1*v2+v3) FROM x"},
	{Name: "count_str_eq", SQL: "SELECT COUNT(*) FROM x WHERE id1 = 'id016'"},
	{Name: "group_str_low", SQL: "SELECT id1, COUNT(*), SUM(v3) FROM x GROUP BY id1"},
	{Name: "group_str_high", SQL: "SELECT id3, COUNT(*) FROM x GROUP BY id3"},
	{Name: "like_mid", SQL: "SELECT COUNT(*) FROM x WHERE id3 LIKE '%99%'"},
	{Name: "distinct_int", SQL: "SELECT COUNT(DISTINCT id6) FROM x"},
	{Name: "distinct_str", SQL: "SELECT COUNT(DISTINCT id3) FROM x"},
	{Name: "topk_float", SQL: "SELECT * FROM x ORDER BY v3 DESC LIMIT 10"},
	{Name: "topk_str", SQL: "SELECT id3, v3 FROM x ORDER BY id3, v3 LIMIT 10"},
	{Name: "sort_full", SQL: "CREATE TABLE srt AS SELECT id6, v3 FROM x ORDER BY v3",
		DuckDB: "CREATE TEMP TABLE srt AS SELECT id6, v3 FROM x ORDER BY v3", Check: "SELECT v3 FROM srt"},
}
