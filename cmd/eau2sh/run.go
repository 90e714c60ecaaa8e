package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/eau2db/eau2/engine"
)

// The exit codes of the process.
const (
	exitOK          = 0
	exitFailed      = 1 // a statement failed
	exitUsage       = 2 // the command line is wrong
	exitTimeout     = 124
	exitInterrupted = 130
	exitTerminated  = 143
)

// run is the program: it returns the exit code. Signals are the process's own.
func run(args []string, env environment, open opener) int {
	var code error
	c := newCommand(func(o options) error {
		code = start(o, env, open)
		return nil
	})
	c.SetArgs(args)
	c.SetIn(env.stdin)
	c.SetOut(env.stdout)
	c.SetErr(env.stderr)
	var command commandError
	if err := c.Execute(); errors.As(err, &command) {
		code = command.error
		fmt.Fprintf(env.stderr, "error: %s\n", detail(code))
	} else if err != nil {
		code = usageError{err}
	}
	var usage usageError
	if errors.As(code, &usage) {
		fmt.Fprintf(env.stderr, "eau2sh: %v\nTry 'eau2sh --help'.\n", usage)
	}
	return exitCode(code)
}

// exitCode is what the process ends with after err.
func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, errClosedOutput):
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errTerminated):
		return exitTerminated
	case errors.Is(err, errTimedOut):
		return exitTimeout
	}
	return exitFailed
}

// start opens the session and runs what the command line asks for. Errors but those of usage have been reported.
func start(o options, env environment, open opener) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	set := settings{header: true, maxRows: -1}
	if err := o.apply(&set); err != nil {
		return err
	}
	var loads []load
	for _, arg := range o.loads {
		l, err := parseLoad(arg)
		if err != nil {
			return usageError{err}
		}
		loads = append(loads, l)
	}
	loads = append(loads, loadFiles(o.files, loads)...)
	interactive := len(o.steps) == 0 && isTerminal(env.stdin) && (isTerminal(env.stdout) || isTerminal(env.stderr))
	if len(o.steps) == 0 && !interactive {
		o.steps = []step{{file: "-"}}
	}

	sh := newShell(env, nil, set)
	sh.interactive = interactive
	defer sh.watchSignals()()
	ctx, done := sh.interruptible(context.Background())
	if o.node.addr != "" {
		open = o.node.open
	}
	if sh.session, err = open(ctx, o.engine); err != nil {
		done()
		sh.report(err, "", 0)
		return err
	}
	defer func() {
		closed := errors.Join(sh.close(), sh.session.Close())
		if err == nil && closed != nil {
			sh.report(closed, "", 0)
			err = closed
		}
	}()
	if !o.noInit {
		sh.runInit(ctx)
		if err := o.apply(&sh.settings); err != nil {
			return err
		}
	}
	if interactive {
		err := sh.loadAll(ctx, loads)
		done()
		if errors.Is(err, errTerminated) {
			return err
		}
		return sh.repl()
	}
	defer done()
	if err := sh.loadAll(ctx, loads); err != nil && !sh.goesOn(err) {
		return err
	}
	return sh.runSteps(ctx, o.steps)
}

// runSteps runs what -e and -f gave and returns the first error.
func (sh *shell) runSteps(ctx context.Context, steps []step) error {
	var first error
	for _, s := range steps {
		var err error
		if s.file != "" {
			err = sh.readFile(ctx, s.file)
		} else {
			err = sh.runScript(ctx, strings.NewReader(s.text), "")
		}
		if first == nil {
			first = err
		}
		if sh.quit || err != nil && !sh.goesOn(err) {
			break
		}
	}
	return first
}

// loadAll makes tables of files, reports errors and returns the first.
func (sh *shell) loadAll(ctx context.Context, loads []load) error {
	var first error
	sh.quiet = !sh.interactive // a script's output should not change with every row of its input
	defer func() { sh.quiet = false }()
	for _, l := range loads {
		if l.renamed {
			sh.note(fmt.Sprintf("%s becomes table %s", l.path, l.table))
		}
		err := sh.run(ctx, statement{text: l.statement()})
		if err == nil {
			continue
		}
		var inStatement *engine.Error
		if errors.As(err, &inStatement) { // a statement that nobody has written
			sh.report(errors.New(inStatement.Msg), "", 0)
		} else {
			sh.report(err, "", 0)
		}
		if first == nil {
			first = err
		}
		if !sh.goesOn(err) {
			break
		}
	}
	sh.last = statement{}
	return first
}

// initFile is the script in the home directory that runs first.
const initFile = ".eau2shrc"

// runInit runs the init file if there is one. Its errors are reported, and that is all.
func (sh *shell) runInit(ctx context.Context) {
	home := sh.env.getenv("HOME")
	if home == "" {
		return
	}
	path := home + "/" + initFile
	f, err := os.Open(path)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			sh.report(fmt.Errorf("cannot read the init file: %w", err), "", 0)
		}
		return
	}
	defer f.Close()
	sh.runScript(ctx, f, path)
	sh.last, sh.quit = statement{}, false
}

// watchSignals ends what runs when the process is told to, until the function it returns is called.
//
// An interrupt at the prompt ends no more than a statement. In one shot it ends the program in good order; a second
// one ends it on the spot, as the system does. A write to a closed pipe gives an error, as it does not by default.
func (sh *shell) watchSignals() (stop func()) {
	ch := make(chan os.Signal, 4)
	pipe := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(pipe, syscall.SIGPIPE)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wait := time.Duration(0); ; { // until the writers are woken again
			var again <-chan time.Time
			if wait > 0 {
				again = time.After(wait)
			}
			select {
			case s, ok := <-ch:
				if !ok {
					return
				}
				sh.signalled(s)
				wait = firstWake
			case <-again:
				sh.wakeWriters()
				if wait *= 2; wait > lastWake {
					wait = 0
				}
			}
		}
	}()
	return func() {
		signal.Stop(ch)
		signal.Stop(pipe)
		close(ch)
		<-ended
	}
}

// After an interrupt those who write to a terminal are woken at once, and again after firstWake, twice that and so on up to
// lastWake: they may have fallen asleep since.
const (
	firstWake = 20 * time.Millisecond
	lastWake  = 3 * time.Second
)

func (sh *shell) wakeWriters() {
	wakeWriters(sh.env.stdout)
	wakeWriters(sh.env.stderr)
}

func (sh *shell) signalled(s os.Signal) {
	switch {
	case s != os.Interrupt:
		sh.interrupt(errTerminated)
		sh.hangUp()
	case sh.interactive:
		sh.dropInput() // first: once interrupted, the prompt reads on
		sh.interrupt(errInterrupted)
	default:
		signal.Reset(os.Interrupt)
		sh.interrupt(errInterrupted)
	}
	if s == os.Interrupt {
		sh.wakeWriters()
	}
}
