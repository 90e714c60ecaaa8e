package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEverySystemGivesTheSameAnswers(t *testing.T) {
	var out bytes.Buffer
	o := options{rows: 2000, runs: 1, only: regexp.MustCompile(""), systems: "eau2,duckdb", data: t.TempDir()}
	if err := o.bench(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, q := range slices.Concat(groupings, scans) {
		if !strings.Contains(out.String(), "| "+q.Name+" ") {
			t.Errorf("no result of %s in\n%s", q.Name, &out)
		}
	}
}

func TestNodesAreMeasured(t *testing.T) {
	program := filepath.Join(t.TempDir(), "eau2sh")
	build := exec.Command("go", "build", "-o", program, "./cmd/eau2sh")
	build.Dir = filepath.Join("..", "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out bytes.Buffer
	o := options{rows: 2000, runs: 1, only: regexp.MustCompile(""), data: t.TempDir(), eau2sh: program, nodes: 2, idle: time.Millisecond}
	if err := o.benchNodes(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## An idle node of 2", "| 2 nodes", "| q10 ", "## q10 with a node killed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestDataIsTheSameOnEveryMachine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	dir := t.TempDir()
	table, err := h2o(dir, 200_001) // three pieces
	if err != nil {
		t.Fatal(err)
	}
	history, err := commits(dir, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		table.SoR:   "012426cda7a92a71",
		table.CSV:   "fc11c04b9ae72989",
		history.SoR: "77829eb46ad48e65",
	} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != want {
			t.Errorf("%s has sum %s, not %s", path, got, want)
		}
	}
}

func TestDataIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := h2o(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(first.CSV, []byte("kept"), 0o666); err != nil {
		t.Fatal(err)
	}
	again, err := h2o(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(again.CSV); err != nil || string(text) != "kept" {
		t.Errorf("the second call wrote %q, %v", text, err)
	}
}

func TestAnswersDiffer(t *testing.T) {
	base := [][]any{{"a", int64(1), 1.5}, {"b", int64(2), 2.5}, {"b", nil, 7.5}}
	for _, test := range []struct {
		name  string
		rows  [][]any
		slack float64
		same  bool
	}{
		{"the same", base, 0, true},
		{"in another order", [][]any{base[2], base[0], base[1]}, 0, true},
		{"last bits of a float", [][]any{base[0], {"b", int64(2), 2.5 + 1e-12}, base[2]}, 0, true},
		{"a float", [][]any{base[0], {"b", int64(2), 2.5 + 1e-6}, base[2]}, 0, false},
		{"a float within the slack", [][]any{base[0], {"b", int64(2), 2.5 + 1e-6}, base[2]}, 1e-5, true},
		{"an integer", [][]any{{"a", int64(3), 1.5}, base[1], base[2]}, 0, false},
		{"a string", [][]any{{"c", int64(1), 1.5}, base[1], base[2]}, 0, false},
		{"a missing value", [][]any{base[0], {"b", nil, 2.5}, base[2]}, 0, false},
		{"a type", [][]any{{"a", 1.0, 1.5}, base[1], base[2]}, 0, false},
		{"two floats swapped", [][]any{{"a", int64(1), 2.5}, {"b", int64(2), 1.5}, base[2]}, 0, false},
		{"a row missing", base[:2], 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, keep := range []bool{true, false} {
				a, b := answerOf(base, keep), answerOf(test.rows, keep)
				if err := a.differs(b, test.slack); (err == nil) != test.same {
					t.Errorf("row by row %v: %v", keep, err)
				}
			}
		})
	}
}

// answerOf collects rows as read does, with the rows or, as for big results, only the sums over them.
func answerOf(rows [][]any, keep bool) *answer {
	a := &answer{sums: make([]columnSum, len(rows[0]))}
	for _, row := range rows {
		a.add(row)
	}
	if !keep {
		a.kept = nil
	}
	return a
}
