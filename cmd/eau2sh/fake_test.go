package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eau2db/eau2/engine"
)

// fakeSession is a session without an engine. Its statements do what a test needs:
//
//	SELECT 'a', 1          a row of literals
//	ROWS n                 n rows (id INT, name STRING)
//	FOREVER                rows without end
//	HANG                   nothing, until it is cancelled; it reports progress
//	FAIL                   fails with a place and a hint
//	FAIL AFTER n           fails after n rows
//	LOAD 'file' INTO t …   makes table t, with a warning if the file's name has "bad" in it
//	SLEEP d                takes d, unless it is cancelled, and gives a row
type fakeSession struct {
	tables []engine.TableInfo
	log    []string // the statements
	closed bool
}

type progressKey struct{}

func (f *fakeSession) WithProgress(ctx context.Context, p func(engine.Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

func (f *fakeSession) Tables(context.Context) ([]engine.TableInfo, error) { return f.tables, nil }

func (f *fakeSession) Functions() []engine.FunctionInfo {
	return []engine.FunctionInfo{
		{Name: "ABS", Class: "numeric", Usage: "ABS(x)", Doc: "the absolute value"},
		{Name: "COUNT", Class: "aggregate", Usage: "COUNT(x)", Doc: "how many"},
		{Name: "CONCAT", Class: "string", Usage: "CONCAT(x, ...)", Doc: "one text of many"},
	}
}

func (f *fakeSession) Close() error {
	f.closed = true
	return nil
}

var fakeLoad = regexp.MustCompile("(?s)^LOAD '(.*)' INTO (`[^`]*`|\\S+)(?: \\((.*)\\))?$")

func (f *fakeSession) Query(ctx context.Context, text string) (result, error) {
	f.log = append(f.log, text)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	words := strings.Fields(text)
	switch strings.ToUpper(words[0]) {
	case "SELECT":
		return fakeLiterals(strings.TrimSpace(text)[len("SELECT"):])
	case "ROWS":
		n, err := strconv.Atoi(words[1])
		return &fakeRows{ctx: ctx, left: n, fail: -1}, err
	case "FOREVER":
		return &fakeRows{ctx: ctx, left: 1 << 60, fail: -1}, nil
	case "SLEEP":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(d):
			return &fakeRows{ctx: ctx, left: 1, fail: -1}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case "HANG":
		f.hang(ctx)
		return nil, fmt.Errorf("the query ended: %w", ctx.Err())
	case "FAIL":
		if len(words) == 3 {
			n, err := strconv.Atoi(words[2])
			return &fakeRows{ctx: ctx, left: n + 1, fail: n}, err
		}
		return nil, fakeError{text}
	case "LOAD":
		return f.load(text)
	}
	return nil, fakeError{text}
}

// hang waits for the end of ctx, and reports progress meanwhile as if it had gone on for some time.
func (f *fakeSession) hang(ctx context.Context) {
	report, _ := ctx.Value(progressKey{}).(func(engine.Progress))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for at := (engine.Progress{Statement: "SELECT", TotalRows: 1e9, Elapsed: time.Second}); ; at.Rows += 1e6 {
		if report != nil {
			report(at)
		}
		at.Elapsed += progressInterval
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (f *fakeSession) load(text string) (result, error) {
	m := fakeLoad.FindStringSubmatch(text)
	if m == nil {
		return nil, fakeError{text}
	}
	path, name := strings.ReplaceAll(m[1], "''", "'"), strings.Trim(m[2], "`")
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("cannot load: %w", err)
	}
	t := engine.TableInfo{Name: name, Rows: 3, Bytes: 99}
	for _, c := range strings.Split(m[3], ", ") {
		column, kind, _ := strings.Cut(c, " ")
		if column == "" {
			column = "c0"
		}
		t.Columns = append(t.Columns, engine.Column{Name: strings.Trim(column, "`"), Type: map[string]engine.Type{"STRING": engine.String}[kind] + 0})
	}
	f.tables = append(f.tables, t)
	slices.SortFunc(f.tables, func(a, b engine.TableInfo) int { return strings.Compare(a.Name, b.Name) })
	r := &fakeRows{message: "3 rows loaded into " + name}
	if strings.Contains(path, "bad") {
		r.warnings = []string{"1 row was dropped: line 2: unclosed quote"}
	}
	return r, nil
}

// fakeError is an error as an engine's: with a caret and a hint.
type fakeError struct{ text string }

func (e fakeError) Error() string { return "unknown statement" }
func (e fakeError) Detail() string {
	return e.Error() + "\n  " + e.text + "\n  ^\nhint: did you mean SELECT?\n"
}

// fakeLiterals is a row of literals, or several rows with | between them.
func fakeLiterals(text string) (result, error) {
	r := &memoryResult{}
	for _, line := range strings.Split(text, "|") {
		var row []engine.Value
		for i, word := range strings.Split(strings.TrimSpace(line), ",") {
			word = strings.TrimSpace(word)
			v := engine.Value{Type: engine.Int, Valid: true}
			if n, err := strconv.ParseInt(word, 10, 64); err == nil {
				v.Int = n
			} else if word == "NULL" {
				v = engine.Value{Type: engine.String}
			} else if unquoted := strings.Trim(word, "'"); len(word) == len(unquoted)+2 {
				v = stringOf(unquoted)
			} else {
				return nil, fakeError{"SELECT" + text}
			}
			if row = append(row, v); len(r.rows) == 0 {
				r.columns = append(r.columns, engine.Column{Name: fmt.Sprintf("x%d", i+1), Type: v.Type})
			}
		}
		r.add(row...)
	}
	return r, nil
}

// fakeRows are rows (id INT, name STRING), or none and a message.
type fakeRows struct {
	ctx      context.Context
	left     int
	fail     int // the row that fails, or -1
	n        int
	err      error
	message  string
	warnings []string
}

func (r *fakeRows) Columns() []engine.Column {
	if r.message != "" {
		return nil
	}
	return []engine.Column{{Name: "id", Type: engine.Int}, {Name: "name", Type: engine.String}}
}

func (r *fakeRows) Next() bool {
	if r.ctx != nil && r.ctx.Err() != nil {
		r.err = fmt.Errorf("the query ended: %w", r.ctx.Err())
		return false
	}
	if r.left--; r.left < 0 {
		return false
	}
	if r.n == r.fail {
		r.err = fakeError{"row " + strconv.Itoa(r.n)}
		return false
	}
	r.n++
	return true
}

func (r *fakeRows) Value(i int) engine.Value {
	if i == 0 {
		return intOf(int64(r.n))
	}
	return stringOf("row " + strconv.Itoa(r.n))
}

func (r *fakeRows) Err() error         { return r.err }
func (r *fakeRows) Close() error       { return r.err }
func (r *fakeRows) Message() string    { return r.message }
func (r *fakeRows) Warnings() []string { return r.warnings }

// withoutComments drops the comments that text begins with.
func withoutComments(text string) string {
	for {
		text = strings.TrimSpace(text)
		end := ""
		switch {
		case strings.HasPrefix(text, "--"):
			end = "\n"
		case strings.HasPrefix(text, "/*"):
			end = "*/"
		default:
			return text
		}
		_, text, _ = strings.Cut(text[2:], end)
	}
}
