package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// report writes the results as Markdown that reads well in a terminal too.
type report struct {
	out     io.Writer
	options options
	systems []system
}

// head says what was measured on what.
func (r *report) head(ctx context.Context) error {
	duckVersion := ""
	for _, s := range r.systems {
		if d, ok := s.(*duck); ok {
			v, err := d.version(ctx)
			if err != nil {
				return err
			}
			duckVersion = ", DuckDB " + v
		}
	}
	experiment := ""
	if simd {
		experiment = " with SIMD"
	}
	fmt.Fprintf(r.out, "# eau2 and DuckDB, %d rows\n\n", r.options.rows)
	fmt.Fprintf(r.out, "%s: eau2 %s%s, %s%s, on %s.\n", time.Now().Format(time.DateOnly), version(), experiment, runtime.Version(), duckVersion, machine())
	fmt.Fprintf(r.out, "Hot, %d threads, median of %d runs in turn, answers compared; doc.go in this folder says how.\n", runtime.GOMAXPROCS(0), r.options.runs)
	return nil
}

// load reports the loading of d, with the size it has when loaded.
func (r *report) load(ctx context.Context, d dataset, took result) error {
	fmt.Fprintf(r.out, "\n## Load %s(%s)\n\n", d.Table, d.names())
	t := newTable(r.out, len(duckFile), "", "seconds", "GB/s of text", "loaded MB")
	for i, s := range r.systems {
		text := d.CSV
		if _, ok := s.(*eau2); ok {
			text = d.SoR
		}
		info, err := os.Stat(text)
		if err != nil {
			return err
		}
		size, err := s.Size(ctx)
		if err != nil {
			return err
		}
		seconds := took.Took[i].Seconds()
		t.row(s.Name(), fmt.Sprintf("%.3f", seconds), fmt.Sprintf("%.2f", float64(info.Size())/1e9/seconds), fmt.Sprintf("%.1f", float64(size)/1e6))
	}
	return nil
}

// queries reports a group of queries as measure runs them, and the geometric mean of eau2's ratios.
func (r *report) queries(title string, queries []query, measure func(query) (result, error)) error {
	if len(queries) == 0 {
		return nil
	}
	head := []string{"ms"}
	for _, s := range r.systems {
		head = append(head, s.Name())
	}
	compared := len(r.systems) > 1 && r.systems[0].Name() == eau2Memory
	if compared {
		head = append(head, "times faster")
	}
	fmt.Fprintf(r.out, "\n## %s\n\n", title)
	t := newTable(r.out, len("sum_float_filter2"), head...)
	logs := 0.0
	for _, q := range queries {
		result, err := measure(q)
		if err != nil {
			return err
		}
		row := []string{q.Name}
		for _, took := range result.Took {
			row = append(row, milliseconds(took))
		}
		if compared {
			ratio := result.ratio()
			logs += math.Log(ratio)
			row = append(row, fmt.Sprintf("%.2f", ratio))
		}
		t.row(row...)
	}
	if compared {
		mean := make([]string, len(head))
		mean[0] = "geometric mean"
		mean[len(mean)-1] = fmt.Sprintf("%.2f", math.Exp(logs/float64(len(queries))))
		t.row(mean...)
	}
	return nil
}

// ratio is the best time of the other systems over the first system's.
func (q result) ratio() float64 {
	best := q.Took[1]
	for _, t := range q.Took[1:] {
		best = min(best, t)
	}
	return float64(best) / float64(q.Took[0])
}

func (r *report) oneShot(took time.Duration) {
	fmt.Fprintf(r.out, "\n## One shot\n\n`eau2sh -e \"SELECT COUNT(*) FROM 'tiny.sor'\"`, from start to end: %s ms.\n", milliseconds(took))
}

func milliseconds(d time.Duration) string {
	ms := d.Seconds() * 1e3
	if ms >= 100 {
		return fmt.Sprintf("%.0f", ms)
	}
	return fmt.Sprintf("%.3g", ms)
}

// A table is a Markdown table, written a row at a time: the first column is text, the others are numbers.
type table struct {
	out    io.Writer
	widths []int
}

// newTable starts a table whose first column is at least first characters wide.
func newTable(out io.Writer, first int, head ...string) *table {
	t := &table{out, []int{max(first, len(head[0]))}}
	for _, h := range head[1:] {
		t.widths = append(t.widths, max(len(h), 7))
	}
	t.row(head...)
	fmt.Fprintf(out, "|%s|", strings.Repeat("-", t.widths[0]+2))
	for _, w := range t.widths[1:] {
		fmt.Fprintf(out, "%s:|", strings.Repeat("-", w+1))
	}
	fmt.Fprintln(out)
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintf(t.out, "| %-*s |", t.widths[0], cells[0])
	for i, cell := range cells[1:] {
		fmt.Fprintf(t.out, " %*s |", t.widths[i+1], cell)
	}
	fmt.Fprintln(t.out)
}

// version is this tree's version.
func version() string {
	out, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "of unknown version"
	}
	return strings.TrimSpace(string(out))
}

// machine names the processor, cores and memory.
func machine() string {
	return fmt.Sprintf("%s, %d cores, %s", procField("/proc/cpuinfo", "model name", runtime.GOARCH), runtime.NumCPU(), memory())
}

func memory() string {
	var kilobytes float64
	if _, err := fmt.Sscan(procField("/proc/meminfo", "MemTotal", ""), &kilobytes); err != nil {
		return "unknown memory"
	}
	return fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
}

// procField finds "name: value" in a file of /proc.
func procField(path, name, otherwise string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return otherwise
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return otherwise
}
