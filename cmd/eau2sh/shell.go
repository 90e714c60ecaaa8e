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
	if end, ok := ctx.Deadline(); ok && errors.Is(err, context.DeadlineExceeded) && time.Until(end) < time.Second {
		<-ctx.Done() // a node has ended it, whose clock is a little ahead
	}
	if ctx.Err() != nil && !errors.Is(err, errClosedOutput) {
		return context.Cause(ctx)
	}
	return err
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
