package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"
)

// A result is what one query or load took on each system, in the order of the systems.
type result struct {
	Name string
	Took []time.Duration
}

// inTurn runs each of the functions once to warm up and then runs times, one after the other in each round, and
// returns the medians. before is not timed.
func inTurn(runs int, before, timed []func() error) ([]time.Duration, error) {
	took := make([][]time.Duration, len(timed))
	for round := range 1 + runs {
		for i := range timed {
			if err := before[i](); err != nil {
				return nil, err
			}
			start := time.Now()
			if err := timed[i](); err != nil {
				return nil, err
			}
			if round > 0 {
				took[i] = append(took[i], time.Since(start))
			}
		}
	}
	medians := make([]time.Duration, len(timed))
	for i := range took {
		medians[i] = median(took[i])
	}
	return medians, nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// load measures the loading of d, and leaves it loaded.
func load(ctx context.Context, runs int, systems []system, d dataset) (result, error) {
	var before, timed []func() error
	for _, s := range systems {
		before = append(before, func() error {
			err := s.Drop(ctx, d.Table)
			runtime.GC() // what the dropped table leaves is not this load's work
			return err
		})
		timed = append(timed, func() error { return s.Load(ctx, d) })
	}
	took, err := inTurn(runs, before, timed)
	return result{d.Table, took}, err
}

// run compares the answers of the systems to q and measures it.
func run(ctx context.Context, runs int, systems []system, q query) (result, error) {
	if err := compare(ctx, systems, q); err != nil {
		return result{}, err
	}
	var before, timed []func() error
	for _, s := range systems {
		before = append(before, func() error { return q.prepare(ctx, s) })
		timed = append(timed, func() error { return s.Run(ctx, q.on(s)) })
	}
	took, err := inTurn(runs, before, timed)
	for _, s := range systems {
		if err == nil {
			err = q.prepare(ctx, s)
		}
	}
	return result{q.Name, took}, err
}

// prepare removes the table that an earlier run of q made.
func (q query) prepare(ctx context.Context, s system) error {
	if q.Check == "" {
		return nil
	}
	return s.Run(ctx, "DROP TABLE IF EXISTS srt")
}

// compare returns an error unless the systems give the same answer to q.
func compare(ctx context.Context, systems []system, q query) error {
	var first *answer
	for _, s := range systems {
		text := q.on(s)
		if q.Check != "" {
			if err := s.Run(ctx, text); err != nil {
				return err
			}
			text = q.Check
		}
		a, err := read(ctx, s, text, q.Check != "")
		if err != nil {
			return err
		}
		if first == nil {
			first = a
		} else if err := first.differs(a, q.Slack); err != nil {
			return fmt.Errorf("%s: the answers of %s and %s differ: %w", q.Name, systems[0].Name(), s.Name(), err)
		}
		if err := q.prepare(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// oneShot measures a whole run of the program at path over a tiny file.
func oneShot(ctx context.Context, path, dir string) (time.Duration, error) {
	file, err := os.CreateTemp(dir, "tiny-*.sor")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString("<1><\"one\">\n<2><\"two\">\n"); err != nil {
		return 0, err
	}
	if err := file.Close(); err != nil {
		return 0, err
	}
	nothing := func() error { return nil }
	start := func() error {
		out, err := exec.CommandContext(ctx, path, "--no-init", "-e", "SELECT COUNT(*) FROM '"+file.Name()+"'").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", path, err, out)
		}
		return nil
	}
	took, err := inTurn(21, []func() error{nothing}, []func() error{start})
	if err != nil {
		return 0, err
	}
	return took[0], nil
}
