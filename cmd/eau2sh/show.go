package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// terminalRows is how many rows a terminal shows unless told otherwise, countingTime how long a statement whose rows
// are not all shown may go on to count them.
const (
	terminalRows = 1000
	countingTime = 100 * time.Millisecond
)

// show writes the rows to where results go and closes them. It returns how many there were, as far as it saw.
// stop ends the statement behind them.
func (sh *shell) show(ctx context.Context, stop func(), rows result, vertical bool, bar *progressBar) (n int64, err error) {
	defer rows.Close()
	more := rows.Next()
	if !more && rows.Err() != nil || len(rows.Columns()) == 0 {
		for more {
			n++
			more = rows.Next()
		}
		return n, rows.Err()
	}
	out := sh.output
	if target := sh.once; target != "" {
		sh.once = ""
		if out, err = openOutput(sh.env, target); err != nil {
			return 0, err
		}
		defer func() {
			if closed := out.close(); err == nil {
				err = closed
			}
		}()
	}
	r, limit := sh.renderer(out, vertical)
	p := newPage(ctx, out)
	if out.people {
		p.before = bar.close
	}
	p.text = r.begin(p.text, rows.Columns())
	for ; more && (limit <= 0 || n < limit); more = rows.Next() {
		p.text = r.row(p.text, rows)
		n++
		if err = p.full(); err != nil {
			break
		}
	}
	if err == nil {
		if err = rows.Err(); err == nil {
			p.text = r.end(p.text)
		}
		if flushed := p.flush(); err == nil {
			err = flushed
		}
	}
	switch {
	case errors.Is(err, errClosedOutput) && out.file:
		return n, nil // a pager that was left
	case err != nil:
		return n, err
	}
	sh.noteHidden(r, rows, n, more, stop)
	return n, nil
}

// renderer returns what writes a result to out, and how many rows it is to write, 0 for all.
func (sh *shell) renderer(out *output, vertical bool) (renderer, int64) {
	o := renderOptions{header: sh.settings.header, plain: !hasUTF8(sh.env.getenv)}
	limit := sh.settings.maxRows
	if out.terminal {
		o.width, _ = terminalSize(out.of)
		if limit < 0 {
			limit = terminalRows
		}
	}
	if sh.whole {
		sh.whole, limit, o.width = false, 0, 0
	}
	m := mustMode("tsv")
	switch {
	case vertical:
		m = mustMode("vertical")
	case sh.settings.mode != nil:
		m = *sh.settings.mode
	case out.people:
		m = mustMode("table")
	}
	o.arg = m.arg
	return m.make(o), limit
}

// noteHidden says what of a result was not shown, counting rows for a moment.
func (sh *shell) noteHidden(r renderer, rows result, shown int64, more bool, stop func()) {
	var notes []string
	if more {
		total, all := countRows(rows, shown+1, stop)
		of := thousands(total)
		if !all {
			of = "more than " + of
		}
		notes = append(notes, fmt.Sprintf("%s of %s rows", thousands(shown), of))
	}
	if c, ok := r.(cutter); ok && c.hidden() > 0 {
		columns := len(rows.Columns())
		notes = append(notes, fmt.Sprintf("%d of %s", columns-c.hidden(), plural(int64(columns), "column")))
	}
	if len(notes) == 0 {
		return
	}
	hint := ""
	if sh.interactive {
		hint = "; .last shows all"
	} else if more {
		hint = "; --max-rows 0 shows all"
	}
	sh.note("(" + strings.Join(notes, ", ") + " shown" + hint + ")")
}

// countRows counts the rows that are left, n of them known, for countingTime: then stop ends the statement. It says
// whether it saw the last one.
func countRows(rows result, n int64, stop func()) (int64, bool) {
	timer := time.AfterFunc(countingTime, stop)
	defer timer.Stop()
	for rows.Next() {
		n++
	}
	return n, rows.Err() == nil && timer.Stop()
}
