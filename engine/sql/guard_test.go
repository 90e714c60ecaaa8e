package sql

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// hostile makes texts that would cost the parser much memory or a deep tree.
var hostile = []struct {
	name, text, msg string
}{
	{"10 MB of parentheses", "SELECT " + strings.Repeat("(", 10<<20), "the limit is 65536"},
	{"10 MB of tildes", "SELECT " + strings.Repeat("~", 10<<20) + "1", "the limit is 65536"},
	{"parentheses", "SELECT " + strings.Repeat("(", 30000) + "1", "nested too deeply"},
	{"closed parentheses", "SELECT " + strings.Repeat("(", 101) + "1" + strings.Repeat(")", 101), "nested too deeply"},
	{"tildes", "SELECT " + strings.Repeat("~", 50000) + "1", "signs in a row"},
	{"minus signs with spaces", "SELECT " + strings.Repeat("- ", 20000) + "1", "signs in a row"},
	{"NOTs", "SELECT " + strings.Repeat("NOT ", 10000) + "1", "signs in a row"},
	{"mixed signs", "SELECT " + strings.Repeat("!~- + NOT BINARY ", 3000) + "1", "signs in a row"},
	{"intervals", "SELECT " + strings.Repeat("INTERVAL ", 3000) + "1", "signs in a row"},
	{"CASEs", "SELECT " + strings.Repeat("CASE WHEN ", 5000) + "1", "nested too deeply"},
	{"CASEs in ELSE", "SELECT " + strings.Repeat("CASE WHEN 1 THEN 1 ELSE ", 2000) + "1" + strings.Repeat(" END", 2000), "nested too deeply"},
	{"subqueries", strings.Repeat("SELECT (", 5000) + "1", "nested too deeply"},
	{"derived tables", strings.Repeat("SELECT * FROM (", 4000) + "1", "nested too deeply"},
	{"WITHs", strings.Repeat("WITH x AS (", 5000) + "1", "nested too deeply"},
	{"UNIONs", "SELECT 1" + strings.Repeat(" UNION SELECT 1", 4000), "SELECTs in a statement"},
	{"ANDs", "SELECT 1" + strings.Repeat(" AND 1", 10500), "operators in a statement"},
	{"joins", "SELECT 1 FROM t" + strings.Repeat(" JOIN t", 8000), "joins are not supported"},
	{"outer joins", "SELECT 1 FROM t" + strings.Repeat(" LEFT JOIN t", 5000), "joins are not supported"},
	{"commas in FROM", "SELECT 1 FROM t" + strings.Repeat(",t", 30000), "joins are not supported"},
	{"a long sum", "SELECT 1" + strings.Repeat("+1", 9000), "nested too deeply"},
	{"IS NULLs", "SELECT 1" + strings.Repeat(" IS NULL", 7000), "nested too deeply"},
	{"functions", "SELECT " + strings.Repeat("ABS(", 15000) + "1", "nested too deeply"},
	{"a NUL byte", "SELECT 1 \x00 + 1", "NUL byte"},
	{"a NUL byte in a name", "SELECT `a\x00b`", "NUL byte"},
	{"bytes that are not UTF-8", "SELECT \xff\xfe", "not UTF-8"},
	{"a misplaced mark", "SELECT a\xff FROM t", "not UTF-8"},
	{"queries that double", doubling(40), "too large"},
}

// doubling makes a statement whose n WITH queries each name the one before twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("WITH x0 AS (SELECT 1 AS a)")
	name := func(i int) string { return "x" + strings.Repeat("i", i) }
	b.WriteString(", x AS (SELECT a FROM x0)")
	for i := range n {
		b.WriteString(", " + name(i+1) + " AS (SELECT a FROM " + name(i) + " UNION ALL SELECT a FROM " + name(i) + ")")
	}
	b.WriteString(" SELECT * FROM " + name(n))
	return b.String()
}

func TestHostileTextFailsAtOnce(t *testing.T) {
	cat := newCatalogue("t a INT")
	for _, h := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := bindText(h.text, cat)
		runtime.ReadMemStats(&after)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, h.msg) {
			t.Errorf("%s: got %v, want an error with %q", h.name, err, h.msg)
			continue
		}
		if got := len(e.Detail()); got > 1000 {
			t.Errorf("%s: the error is %d bytes long", h.name, got)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
			t.Errorf("%s: took %d MB", h.name, got>>20)
		}
	}
}

func TestLargeStatementsWithinTheLimits(t *testing.T) {
	cat := newCatalogue("t a INT, flag BOOL")
	for name, text := range map[string]string{
		"a long IN list":     "SELECT a FROM t WHERE a IN (1" + strings.Repeat(",12345", 9000) + ")",
		"many columns":       "SELECT a" + strings.Repeat(", a + 1", 4000) + " FROM t",
		"many conditions":    "SELECT a FROM t WHERE a = 1" + strings.Repeat(" OR a = 2", 4000),
		"many branches":      "SELECT CASE a" + strings.Repeat(" WHEN 1 THEN 2", 1500) + " END FROM t",
		"many UNIONs":        "SELECT a FROM t" + strings.Repeat(" UNION ALL SELECT a FROM t", 400),
		"many WITHs":         "WITH x AS (SELECT a FROM t)" + strings.Repeat(", "+strings.Repeat("y", 3)+"z AS (SELECT 1)", 1) + " SELECT * FROM x",
		"nested parentheses": "SELECT " + strings.Repeat("(", 90) + "a" + strings.Repeat(")", 90) + " FROM t",
		"nested CASEs":       "SELECT " + strings.Repeat("CASE WHEN flag THEN 1 ELSE ", 90) + "1" + strings.Repeat(" END", 90) + " FROM t",
		"a long sum":         "SELECT a" + strings.Repeat("+1", 900) + " FROM t",
		"a long string":      "SELECT '" + strings.Repeat("x", 60000) + "'",
	} {
		if _, err := bindText(text, cat); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsCanBeRaised(t *testing.T) {
	text := "SELECT 1 IN (1" + strings.Repeat(",123456789", 20000) + ")"
	if _, err := Parse(text); err == nil {
		t.Error("a statement of 200 KB passed the default limit")
	}
	if _, err := ParseLimited(text, Limits{Bytes: 1 << 20}); err != nil {
		t.Error(err)
	}
}
