package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/eau2db/eau2/engine"
)

func null(t engine.Type) engine.Value { return engine.Value{Type: t} }
func floatOf(f float64) engine.Value {
	return engine.Value{Type: engine.Float, Valid: true, Float: f}
}
func boolOf(b bool) engine.Value {
	v := engine.Value{Type: engine.Bool, Valid: true}
	if b {
		v.Int = 1
	}
	return v
}

// render writes a result in a mode.
func render(mode string, o renderOptions, r *memoryResult) string {
	m, err := parseMode(mode)
	if err != nil {
		panic(err)
	}
	o.arg = m.arg
	w := m.make(o)
	r.next = 0
	b := w.begin(nil, r.Columns())
	for r.Next() {
		b = w.row(b, r)
	}
	return string(w.end(b))
}

// samples are results that modes have trouble with.
func samples() map[string]*memoryResult {
	typed := func(columns []engine.Column, rows ...[]engine.Value) *memoryResult {
		return &memoryResult{columns: columns, rows: rows}
	}
	four := []engine.Column{{Name: "ok", Type: engine.Bool}, {Name: "n", Type: engine.Int}, {Name: "x", Type: engine.Float}, {Name: "name", Type: engine.String}}
	texts := []engine.Column{{Name: "what", Type: engine.String}, {Name: "text|<b>, \"q\"\n", Type: engine.String}}
	return map[string]*memoryResult{
		"types": typed(four,
			[]engine.Value{boolOf(true), intOf(math.MaxInt64), floatOf(2), stringOf("plain")},
			[]engine.Value{boolOf(false), intOf(math.MinInt64), floatOf(-1e300), stringOf("")},
			[]engine.Value{null(engine.Bool), null(engine.Int), null(engine.Float), null(engine.String)},
			[]engine.Value{boolOf(true), intOf(0), floatOf(0.1), stringOf("NULL")}),
		"texts": typed(texts,
			[]engine.Value{stringOf("controls"), stringOf("tab\there\nnew line\r\x1b[31mred\x00")},
			[]engine.Value{stringOf("quotes"), stringOf(`it's "quoted", \ and | and <b>&amp;</b>`)},
			[]engine.Value{stringOf("wide"), stringOf("日本語 한국어 👍")},
			[]engine.Value{stringOf("combining"), stringOf("e\u0301a\u0308o\u0302")},
			[]engine.Value{stringOf("direction"), stringOf("a\u202eb\u2028c")},
			[]engine.Value{stringOf("not UTF-8"), stringOf("a\xff\xc3b")},
			[]engine.Value{stringOf("spaces"), stringOf("  both  ")}),
		"empty":      typed(four),
		"no columns": typed(nil),
		"repeated":   typed([]engine.Column{{Name: "a", Type: engine.Int}, {Name: "a", Type: engine.Int}, {Name: "a_2", Type: engine.Int}, {Name: "a", Type: engine.Int}}, []engine.Value{intOf(1), intOf(2), intOf(3), intOf(4)}),
	}
}

func TestModesOverSamples(t *testing.T) {
	for _, m := range modes {
		if m.name == "chart" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			var b strings.Builder
			for _, name := range []string{"types", "texts", "empty", "no columns", "repeated"} {
				fmt.Fprintf(&b, "== %s\n%s", name, render(m.name, renderOptions{header: true}, samples()[name]))
			}
			fmt.Fprintf(&b, "== types without header\n%s", render(m.name, renderOptions{}, samples()["types"]))
			golden(t, "modes/"+m.name+".txt", b.String())
		})
	}
}

func TestTablesInNarrowTerminals(t *testing.T) {
	for _, width := range []int{20, 40, 60, 3} {
		var b strings.Builder
		for _, mode := range []string{"table", "box", "vertical"} {
			for _, name := range []string{"types", "texts", "empty"} {
				got := render(mode, renderOptions{header: true, width: width}, samples()[name])
				fmt.Fprintf(&b, "== %s %s\n%s", mode, name, got)
				for line := range strings.Lines(got) {
					if mode != "vertical" && width >= 20 && displayWidth(strings.TrimSuffix(line, "\n")) > width {
						t.Errorf("%s of %s is wider than %d: %s", mode, name, width, line)
					}
				}
			}
		}
		golden(t, fmt.Sprintf("modes/width%d.txt", width), b.String())
	}
}

func TestTableSaysHowManyColumnsAreHidden(t *testing.T) {
	r := newGrid(renderOptions{header: true, width: 20}, newASCIITable(renderOptions{}).(*grid).style)
	rows := samples()["types"]
	b := r.begin(nil, rows.Columns())
	for rows.Next() {
		b = r.row(b, rows)
	}
	r.end(b)
	if r.hidden() == 0 || r.hidden() >= 4 {
		t.Errorf("%d of 4 columns hidden", r.hidden())
	}
}

// A table of several batches has one head and one bottom, and numbers that grow are not cut.
func TestTableGoesOnOverBatches(t *testing.T) {
	rows := &memoryResult{columns: []engine.Column{{Name: "n", Type: engine.Int}, {Name: "s", Type: engine.String}}}
	for i := range batchRows*2 + 10 {
		rows.add(intOf(int64(i)*1000), stringOf("x"))
	}
	got := render("table", renderOptions{header: true, width: 40}, rows)
	if n := strings.Count(got, "| n ") + strings.Count(got, " n |"); n != 1 {
		t.Errorf("%d heads", n)
	}
	if n := strings.Count(got, "+--"); n < 3 || n > 6 {
		t.Errorf("%d rules", n)
	}
	if n := strings.Count(got, "\n"); n != batchRows*2+10+4 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(got, "| 2009000 | x |") {
		t.Errorf("the last row is not whole: %s", got[len(got)-100:])
	}
}

// A batch of huge cells is drawn before there are many of them.
func TestTableKeepsFewHugeCells(t *testing.T) {
	rows := &memoryResult{columns: []engine.Column{{Name: "s", Type: engine.String}}}
	w := newASCIITable(renderOptions{})
	b := w.begin(nil, rows.Columns())
	rows.add(stringOf(strings.Repeat("x", batchBytes)))
	rows.Next()
	if b = w.row(b, rows); len(b) < batchBytes {
		t.Errorf("%d bytes after a huge row", len(b))
	}
}

func TestCSVReadsBack(t *testing.T) {
	for name, r := range samples() {
		if name == "no columns" {
			continue
		}
		records, err := csv.NewReader(strings.NewReader(render("csv", renderOptions{header: true}, r))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(records) != len(r.rows)+1 {
			t.Fatalf("%s: %d records", name, len(records))
		}
		for i, row := range r.rows {
			for j, v := range row {
				want := v.String()
				if !v.Valid {
					want = ""
				}
				want = strings.ReplaceAll(strings.ToValidUTF8(want, "\x00"), "\r\n", "\n")
				got := strings.ReplaceAll(records[i+1][j], "\uFFFD\uFFFD", "\uFFFD")
				if strings.ReplaceAll(got, "\uFFFD", "\x00") != want {
					t.Errorf("%s: %q is read as %q", name, want, got)
				}
			}
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	for name, r := range samples() {
		var rows []map[string]any
		d := json.NewDecoder(strings.NewReader(render("json", renderOptions{}, r)))
		d.UseNumber()
		if err := d.Decode(&rows); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(rows) != len(r.rows) {
			t.Fatalf("%s: %d rows", name, len(rows))
		}
		for i, row := range r.rows {
			if len(rows[i]) != len(row) {
				t.Errorf("%s: %d keys for %d columns", name, len(rows[i]), len(row))
			}
		}
	}
	var rows []map[string]any
	d := json.NewDecoder(strings.NewReader(render("json", renderOptions{}, samples()["types"])))
	d.UseNumber()
	if err := d.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %v %v", rows[0]["n"], rows[2]["n"], rows[0]["ok"]); got != "9223372036854775807 <nil> true" {
		t.Errorf("read back %s", got)
	}
}

func TestJSONHasNoInfinity(t *testing.T) {
	r := &memoryResult{columns: []engine.Column{{Name: "x", Type: engine.Float}}}
	r.add(floatOf(math.Inf(1)))
	r.add(floatOf(math.NaN()))
	if got := render("jsonl", renderOptions{}, r); got != "{\"x\":null}\n{\"x\":null}\n" {
		t.Errorf("got %s", got)
	}
}

// TSV's escapes lose nothing but the difference of NULL and the empty string.
func FuzzTSVReadsBack(f *testing.F) {
	f.Add("a\tb\\c\n\r\\t")
	f.Fuzz(func(t *testing.T, s string) {
		got := string(appendTSV(nil, s))
		if strings.ContainsAny(got, "\t\n\r") {
			t.Fatalf("%q is written as %q", s, got)
		}
		back := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r").Replace(got)
		if back != string(appendValid(nil, s)) {
			t.Fatalf("%q is written as %q and read as %q", s, got, back)
		}
	})
}

func TestInsertQuotes(t *testing.T) {
	r := &memoryResult{columns: []engine.Column{{Name: "order", Type: engine.String}, {Name: "two words", Type: engine.Int}}}
	r.add(stringOf(`it's \ here`), null(engine.Int))
	want := "INSERT INTO t (`order`, `two words`) VALUES ('it''s \\\\ here', NULL);\n"
	if got := render("insert t", renderOptions{}, r); got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestParseMode(t *testing.T) {
	for text, want := range map[string]string{
		"csv":        "",
		"CSV":        "",
		"insert t":   "",
		"chart line": "",
		"chart pie":  `mode chart takes no argument "pie"`,
		"csv x":      `mode csv takes no argument "x"`,
		"cvs":        `unknown mode "cvs", did you mean csv?`,
	} {
		_, err := parseMode(text)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.HasPrefix(got, want) {
			t.Errorf("parseMode(%q): %v", text, err)
		}
	}
}

// chartSample is a result for a chart.
func chartSample(n int, y func(i int) engine.Value) *memoryResult {
	r := newList("x INT", "y INT")
	for i := range n {
		r.add(intOf(int64(i)), y(i))
	}
	return r
}

func TestCharts(t *testing.T) {
	people := newList("name STRING", "commits INT", "files INT")
	people.add(stringOf("ann"), intOf(120), intOf(30))
	people.add(stringOf("日本"), intOf(60), intOf(15))
	people.add(stringOf("a very long name indeed"), intOf(1), intOf(0))
	people.add(stringOf("nobody"), null(engine.Int), intOf(7))
	one := newList("name STRING", "n INT")
	one.add(stringOf("gain"), intOf(80))
	one.add(stringOf("loss"), intOf(-40))
	one.add(stringOf("none"), intOf(0))
	alone := newList("n INT")
	alone.add(intOf(3))
	alone.add(intOf(5))
	wave := chartSample(200, func(i int) engine.Value { return floatOf(10 * math.Sin(float64(i)/20)) })
	gaps := chartSample(30, func(i int) engine.Value {
		if i < 5 || i > 25 {
			return null(engine.Int)
		}
		return intOf(int64(i * i))
	})
	var b strings.Builder
	show := func(name, mode string, o renderOptions, r *memoryResult) {
		got := render(mode, o, r)
		fmt.Fprintf(&b, "== %s\n%s", name, got)
		for line := range strings.Lines(got) {
			if o.width >= 20 && displayWidth(strings.TrimSuffix(line, "\n")) > o.width {
				t.Errorf("%s is wider than %d: %s", name, o.width, line)
			}
		}
	}
	show("two series", "chart", renderOptions{width: 60}, people)
	show("negative", "chart", renderOptions{width: 40}, one)
	show("ASCII only", "chart", renderOptions{width: 40, plain: true}, one)
	show("a single column", "chart", renderOptions{width: 30}, alone)
	show("20 columns", "chart", renderOptions{width: 20}, people)
	show("a line", "chart", renderOptions{width: 60}, wave)
	show("a line in ASCII", "chart", renderOptions{width: 40, plain: true}, wave)
	show("a line with gaps", "chart line", renderOptions{width: 40}, gaps)
	show("bars on request", "chart bar", renderOptions{width: 30}, chartSample(25, func(i int) engine.Value { return intOf(int64(i)) }))
	show("nothing to draw", "chart", renderOptions{width: 40}, samples()["texts"])
	show("no rows", "chart", renderOptions{width: 40}, newList("x STRING", "y INT"))
	show("zeros", "chart", renderOptions{width: 40}, chartSample(2, func(int) engine.Value { return intOf(0) }))
	show("a point", "chart line", renderOptions{width: 40}, chartSample(1, func(int) engine.Value { return intOf(7) }))
	golden(t, "modes/chart.txt", b.String())
}

func TestChartKeepsABoundedNumberOfRows(t *testing.T) {
	got := render("chart bar", renderOptions{width: 40}, chartSample(chartRows+5, func(i int) engine.Value { return intOf(1) }))
	if !strings.HasSuffix(got, "(without 5 rows after the first 10,000)\n") {
		t.Errorf("it ends %s", got[len(got)-100:])
	}
}
