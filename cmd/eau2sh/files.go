package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// load is a file that becomes a table before anything else runs.
type load struct {
	path    string
	table   string
	columns []string // "name" or "name TYPE", nil to infer them
	renamed bool     // the table's name is not what the file's name would suggest
}

// parseLoad reads NAME=FILE[:c1,c2,…].
func parseLoad(arg string) (load, error) {
	name, path, found := strings.Cut(arg, "=")
	if name = strings.TrimSpace(name); !found || name == "" || path == "" {
		return load{}, fmt.Errorf("--load takes NAME=FILE or NAME=FILE:column,column,…, not %q", arg)
	}
	l := load{path: path, table: name}
	i := strings.LastIndexByte(path, ':')
	if i < 0 || fileExists(path) {
		return l, nil
	}
	var columns []string
	for _, c := range strings.Split(path[i+1:], ",") {
		fields := strings.Fields(c)
		if len(fields) == 0 || len(fields) > 2 || strings.ContainsRune(c, '/') {
			return l, nil // a path with a colon
		}
		columns = append(columns, strings.Join(fields, " "))
	}
	l.path, l.columns = path[:i], columns
	return l, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// loadFiles names tables after files: commits for data/commits.sor.gz.
func loadFiles(paths []string, taken []load) []load {
	used := map[string]bool{}
	for _, l := range taken {
		used[strings.ToLower(l.table)] = true
	}
	var loads []load
	for _, path := range paths {
		plain, name := tableName(path)
		for n, first := 2, name; used[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s_%d", first, n)
		}
		used[strings.ToLower(name)] = true
		loads = append(loads, load{path: path, table: name, renamed: name != plain})
	}
	return loads
}

// tableName returns the name of a file without its endings, and what has to become of it to be a table's name.
func tableName(path string) (plain, name string) {
	plain = filepath.Base(path)
	for _, ending := range []string{".gz", ".zst", ".sor"} {
		if rest, ok := strings.CutSuffix(plain, ending); ok && rest != "" {
			plain = rest
		}
	}
	var b []rune
	for i, r := range plain {
		switch {
		case r == utf8.RuneError || r == '$' || !isWordRune(r):
			r = '_'
		case i == 0 && r >= '0' && r <= '9':
			b = append(b, '_')
		}
		b = append(b, r)
	}
	name = string(b)
	if isKeyword(name) {
		name += "_"
	}
	return plain, name
}

// statement returns the LOAD statement.
func (l load) statement() string { return loadStatement(l.path, l.table, l.columns) }

// loadStatement writes LOAD 'path' INTO table (columns).
func loadStatement(path, table string, columns []string) string {
	text := "LOAD " + quoteString(path) + " INTO " + quoteName(table)
	if len(columns) == 0 {
		return text
	}
	quoted := make([]string, len(columns))
	for i, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		quoted[i] = strings.TrimSpace(quoteName(name) + " " + kind)
	}
	return text + " (" + strings.Join(quoted, ", ") + ")"
}
