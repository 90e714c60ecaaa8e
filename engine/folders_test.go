package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes a folder that clients may have read, named by a link, beside one that they may not.
func tree(t *testing.T) (allowed, secret string) {
	t.Helper()
	dir := t.TempDir()
	allowed, secret = filepath.Join(dir, "data"), filepath.Join(dir, "secret.sor")
	for _, folder := range []string{"real/sub", "data2", "database"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"secret.sor": "<13>\n", "real/a.sor": "<11>\n", "real/sub/b.sor": "<2>\n", "data2/c.sor": "<3>\n", "data2/a.sor": "<4>\n", "database/d.sor": "<13>\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"data": "real", "real/inside.sor": "sub/b.sor", "real/up.sor": "../secret.sor", "real/absolute.sor": secret, "real/out": "..",
		"real/sub/back.sor": "../a.sor", "real/broken.sor": "nothing.sor",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return allowed, secret
}

func TestClientsReadBelowTheFoldersOnly(t *testing.T) {
	allowed, secret := tree(t)
	second := filepath.Join(filepath.Dir(allowed), "data2")
	nodes := openNodes(t, 2, Options{Threads: 1, replicas: 1})
	for _, e := range nodes {
		e.rangeBytes, e.folders = 1, nil
	}
	c := connect(t, nodes[0], ServeOptions{Files: []string{allowed, second}})
	for _, test := range []struct{ path, value, err string }{
		{"a.sor", "11", ""},
		{"sub/b.sor", "2", ""},
		{"./sub/../a.sor", "11", ""},
		{"c.sor", "3", ""},
		{"inside.sor", "2", ""},
		{"sub/back.sor", "11", ""},
		{allowed + "/a.sor", "11", ""},
		{filepath.Dir(allowed) + "/real/sub/b.sor", "2", ""},
		{second + "/a.sor", "4", ""},
		{secret, "", "it is not below a folder"},
		{"../secret.sor", "", "it is not below a folder"},
		{"sub/../../secret.sor", "", "it is not below a folder"},
		{allowed + "/../secret.sor", "", "it is not below a folder"},
		{allowed + "base/d.sor", "", "it is not below a folder"},
		{"/etc/passwd", "", "it is not below a folder"},
		{"up.sor", "", "escapes"},
		{"absolute.sor", "", "escapes"},
		{"out/secret.sor", "", "escapes"},
		{"out/real/a.sor", "", "escapes"},
		{"broken.sor", "", "there is no such file below " + allowed},
		{"none.sor", "", "there is no such file below " + allowed},
		{"a.sor/x", "", "a.sor/x"},
		{"sub", "", "it is a directory"},
		{".", "", "it is a directory"},
		{"", "", "it is a directory"},
	} {
		_, err := c.Query(t.Context(), "LOAD '"+test.path+"' INTO t WITH (from_node=true)")
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), "line 1, column") {
				t.Errorf("%s: error is %v", test.path, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
			continue
		}
		if got := mustQuery(t, c, "SELECT c0 FROM t")[0][0].String(); got != test.value {
			t.Errorf("%s has %s, not %s", test.path, got, test.value)
		}
		mustQuery(t, c, "DROP TABLE t")
	}
	if _, err := nodes[0].Query(t.Context(), "LOAD '"+secret+"' INTO own WITH (from_node=true)"); err != nil {
		t.Errorf("a statement of this process's own: %v", err)
	}
	closed := connect(t, nodes[0], ServeOptions{})
	for _, option := range []string{"from_node=true", "from_all=true"} {
		if _, err := closed.Query(t.Context(), "LOAD 'a.sor' INTO t WITH ("+option+")"); err == nil || !strings.Contains(err.Error(), "--files DIR") {
			t.Errorf("without folders: error is %v", err)
		}
	}
	for _, files := range []string{secret, filepath.Join(allowed, "none")} {
		if _, err := newFolders([]string{files}); err == nil || !strings.Contains(err.Error(), files) {
			t.Errorf("%s is a folder: %v", files, err)
		}
	}
}

// Each node reads its part of a file below folders of its own, in which a relative path of a client is looked for.
func TestNodesReadRangesBelowTheirFoldersOnly(t *testing.T) {
	nodes := openNodes(t, 3, Options{Threads: 1, replicas: 1})
	text := strings.Repeat("<1>\n", 300)
	var paths []string
	for _, e := range nodes {
		path := write(t, "t.sor", text)
		e.rangeBytes, e.folders = 1, folders{filepath.Dir(path)}
		paths = append(paths, path)
	}
	c := connect(t, nodes[0], ServeOptions{Files: nodes[0].folders})
	mustQuery(t, c, "LOAD 't.sor' INTO t WITH (from_all=true)")
	if got := mustQuery(t, c, "SELECT SUM(c0) FROM t")[0][0].Int; got != 300 {
		t.Errorf("the sum is %d", got)
	}
	for _, q := range []querier{c, nodes[0]} { // the others see what that path means to them
		if _, err := q.Query(t.Context(), "LOAD '"+paths[0]+"' INTO u WITH (from_all=true)"); err == nil || !strings.Contains(err.Error(), "it is not below a folder") {
			t.Errorf("error is %v", err)
		}
	}
	nodes[2].folders = nil
	if _, err := c.Query(t.Context(), "LOAD 't.sor' INTO u WITH (from_all=true)"); err == nil || !strings.Contains(err.Error(), "node2") || !strings.Contains(err.Error(), "--files DIR") {
		t.Errorf("error is %v", err)
	}
}
