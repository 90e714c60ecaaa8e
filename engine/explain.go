package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/plan"
	"github.com/eau2db/eau2/engine/sql"
)

// explain shows the plan of a query, a line an operator, what it reads from below it; with ANALYZE it runs the query and
// adds the rows that each operator gave and the time it took.
func (s *statement) explain(st *sql.Explain) (*Rows, error) {
	n, err := s.bind(st.Query)
	if err != nil {
		return nil, err
	}
	d := distributor{s.Engine, map[*plan.Remote]*fragmentRun{}}
	line := func(n plan.Node, depth int, where func(*fragmentRun) string) string {
		text := strings.Repeat("  ", depth) + n.String()
		if r, ok := n.(*plan.Remote); ok && d.runs[r] != nil {
			text += where(d.runs[r])
		}
		return text
	}
	if !st.Analyze {
		var rows [][]any
		walkPlan(n, 0, func(n plan.Node, depth int) {
			if r, ok := n.(*plan.Remote); ok && err == nil {
				_, err = d.Units(s.ctx, r)
			}
			rows = append(rows, []any{line(n, depth, (*fragmentRun).plan)})
		})
		if err != nil {
			return nil, err
		}
		return table([]Column{{Name: "plan", Type: String}}, rows...), nil
	}
	var stats exec.Stats
	o := s.execOptions(s.ctx)
	o.Stats, o.Remote = &stats, d
	defer s.report(s.ctx, n, &o)()
	start := time.Now()
	total, err := s.drain(n, o)
	if err != nil {
		return nil, err
	}
	elapsed := time.Since(start)
	var rows [][]any
	walkPlan(n, 0, func(n plan.Node, depth int) {
		f := stats.Node(n)
		rows = append(rows, []any{line(n, depth, (*fragmentRun).result), f.Rows.Load(), milliseconds(time.Duration(f.Busy.Load()))})
	})
	r := table([]Column{{Name: "plan", Type: String}, {Name: "rows", Type: Int}, {Name: "cpu_ms", Type: Float}}, rows...)
	r.message = fmt.Sprintf("%s in %.3f ms on %d threads", count(total), milliseconds(elapsed), o.ThreadCount())
	return r, nil
}

// drain runs n and counts its rows.
func (s *statement) drain(n plan.Node, o exec.Options) (rows int64, err error) {
	st := exec.Start(s.ctx, n, o)
	defer st.Close()
	for {
		b, err := st.Next()
		if err != nil {
			return rows, eof(err)
		}
		rows += int64(b.Len())
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func walkPlan(n plan.Node, depth int, f func(plan.Node, int)) {
	f(n, depth)
	for _, in := range n.Inputs() {
		walkPlan(in, depth+1, f)
	}
}
