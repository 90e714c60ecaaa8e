package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// What ends a statement other than its own failure.
var (
	errInterrupted = errors.New("interrupted")
	errTimedOut    = errors.New("timed out")
	errTerminated  = errors.New("terminated")
)

// reportedError is an error that people have been told of.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// terminalRows is how many rows a terminal shows unless told otherwise, countingTime how long a statement whose rows
// are not all shown may go on to count them.
const (
	terminalRows = 1000
	countingTime = 100 * time.Millisecond
)

// shell runs statements and dot commands and shows what they give.
type shell struct {
	env         environment
	session     session
	settings    settings
	interactive bool
	history     *history // of the prompt, nil without one

	output *output // standard output, or what .output names
	once   string  // where the next result goes, as .once names it, or empty
	whole  bool    // show the next result whole, whatever its size
	last   statement
	depth  int  // of .read within .read
	quit   bool // .quit was given
	quiet  bool // say nothing of what statements without rows did

	mu         sync.Mutex              // guards what signals reach
	cancel     context.CancelCauseFunc // of what runs, nil when nothing does
	editor     lineEditor              // of the prompt, nil without one
	terminated bool                    // the process was told to end
}

// settings are what flags and dot commands set.
type settings struct {
	mode      *outputMode // nil: table for a terminal, tsv for anything else
	header    bool
	timing    bool
	maxRows   int64 // 0 is all, negative the default: terminalRows on a terminal, all elsewhere
	timeout   time.Duration
	keepGoing bool
}

// newShell returns a shell on a session.
func newShell(env environment, s session, o settings) *shell {
	return &shell{env: env, session: s, settings: o, output: standardOutput(env)}
}

// close ends the output.
func (sh *shell) close() error { return sh.output.close() }

// interruptible returns a context that interrupt ends, until done is called.
func (sh *shell) interruptible(parent context.Context) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(parent)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	before := sh.cancel
	sh.cancel = cancel
	return ctx, func() {
		sh.mu.Lock()
		sh.cancel = before
		sh.mu.Unlock()
		cancel(nil)
	}
}

// interrupt ends what runs and says whether anything did.
func (sh *shell) interrupt(cause error) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.cancel == nil {
		return false
	}
	sh.cancel(cause)
	return true
}

// runScript runs what r holds, statement by statement as they come. Errors are reported with name, if there is one.
// It stops at the first unless it is to keep going, and returns the first.
func (sh *shell) runScript(ctx context.Context, r io.Reader, name string) error {
	var s script
	var first error
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadString('\n')
		stmts := []statement(nil)
		if line != "" {
			stmts = s.feed(strings.TrimRight(line, "\r\n"))
		}
		if err != nil {
			stmts = append(stmts, s.finish()...)
		}
		if failed := sh.runAll(ctx, stmts, name); failed != nil {
			if first == nil {
				first = failed
			}
			if !sh.goesOn(failed) {
				return first
			}
		}
		if sh.quit || err == io.EOF {
			return first
		}
		if err != nil {
			err = fmt.Errorf("cannot read the script: %w", err)
			sh.report(err, name, 0)
			return err
		}
	}
}

// runAll runs statements, reports their errors and returns the first.
func (sh *shell) runAll(ctx context.Context, stmts []statement, name string) error {
	var first error
	for _, st := range stmts {
		if sh.quit {
			break
		}
		err := sh.run(ctx, st)
		if err == nil {
			continue
		}
		sh.report(err, name, st.line)
		if first == nil {
			first = err
		}
		if !sh.goesOn(err) {
			break
		}
	}
	return first
}

// goesOn says whether a script goes on after an error.
func (sh *shell) goesOn(err error) bool {
	return sh.settings.keepGoing && !errors.Is(err, errInterrupted) && !errors.Is(err, errTerminated) && !errors.Is(err, errClosedOutput)
}

// run runs one statement or dot command.
func (sh *shell) run(ctx context.Context, st statement) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if st.dot {
		return sh.runDot(ctx, st.text)
	}
	sh.last = st
	return sh.execute(ctx, st)
}

// execute runs a statement and shows its result.
func (sh *shell) execute(ctx context.Context, st statement) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if sh.settings.timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, sh.settings.timeout,
			fmt.Errorf("%w after %v", errTimedOut, sh.settings.timeout))
		defer cancel()
	}
	start := time.Now()
	bar := sh.newProgressBar()
	defer bar.close()
	rows, err := sh.session.Query(sh.session.WithProgress(ctx, bar.update), st.text)
	if err != nil {
		return because(ctx, err)
	}
	n, err := sh.show(ctx, cancel, rows, st.vertical, bar)
	if err != nil {
		return because(ctx, err)
	}
	bar.close()
	if message := rows.Message(); message != "" && !sh.quiet {
		sh.note(message)
	}
	for _, warning := range rows.Warnings() {
		sh.note("warning: " + warning)
	}
	if sh.settings.timing {
		sh.note(fmt.Sprintf("time: %v, %s", roundDuration(time.Since(start)), plural(n, "row")))
	}
	return nil
}

// because returns what ended ctx, if that is what made a statement fail with err.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errClosedOutput) {
		return context.Cause(ctx)
	}
	return err
}

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

// note tells people something, on standard error.
func (sh *shell) note(text string) {
	fmt.Fprintln(sh.env.stderr, string(appendVisibleLines(nil, text)))
}

// report tells people about an error, with the place in the script if it has a name.
func (sh *shell) report(err error, name string, line int) {
	var reported reportedError
	if errors.Is(err, errClosedOutput) || errors.As(err, &reported) {
		return
	}
	place := ""
	if name != "" && line > 0 {
		place = fmt.Sprintf("%s:%d: ", name, line)
	}
	if errors.Is(err, errInterrupted) || errors.Is(err, errTerminated) {
		sh.note(err.Error())
		return
	}
	sh.note(place + "error: " + detail(err))
}

// detail returns all an error has to say: an engine.Error shows the place in the statement, and a hint.
func detail(err error) string {
	var d interface{ Detail() string }
	if errors.As(err, &d) {
		return strings.TrimRight(d.Detail(), "\n")
	}
	return err.Error()
}

// newProgressBar returns a bar that shows on standard error if that is a terminal.
func (sh *shell) newProgressBar() *progressBar {
	if !isTerminal(sh.env.stderr) {
		return &progressBar{}
	}
	return &progressBar{w: sh.env.stderr, width: func() int {
		width, _ := terminalSize(sh.env.stderr)
		return width
	}}
}

// hasUTF8 says whether the locale's characters are UTF-8, which they are unless it says otherwise.
func hasUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := getenv(name); value != "" {
			value = strings.ToUpper(value)
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8") || !strings.Contains(value, ".") && value != "C" && value != "POSIX"
		}
	}
	return true
}

// readFile runs a script from a file, or from standard input for "-", and reports its errors.
func (sh *shell) readFile(ctx context.Context, path string) error {
	if path == "-" {
		return sh.runScript(ctx, sh.env.stdin, "stdin")
	}
	f, err := os.Open(path)
	if err != nil {
		err = fmt.Errorf("cannot read the script: %w", err)
		sh.report(err, "", 0)
		return err
	}
	defer f.Close()
	return sh.runScript(ctx, f, path)
}
