package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestQueryOfAFileWarnsOfWhatReadingItLost(t *testing.T) {
	e := open(t, Options{})
	file := filepath.Join(t.TempDir(), "bad.sor")
	if err := os.WriteFile(file, []byte("<1><2>\n<1 2>\n<3><4>\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{"SELECT COUNT(*) FROM '" + file + "'", "CREATE TABLE c AS SELECT * FROM '" + file + "'", "SELECT 1 FROM '" + file + "'"} {
		rows, err := e.Query(t.Context(), stmt)
		if err != nil {
			t.Fatal(err)
		}
		if w := strings.Join(rows.Warnings(), "\n"); !strings.Contains(w, "1 row dropped") {
			t.Errorf("%s: the warnings are %q", stmt, w)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
