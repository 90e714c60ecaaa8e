package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// number runs a query that gives one INT.
func number(ctx context.Context, e *Engine, stmt string) (int64, error) {
	rows, err := e.Query(ctx, stmt)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if !rows.Next() {
		return 0, errors.Join(errors.New("no row"), rows.Err())
	}
	var n int64
	return n, errors.Join(rows.Scan(&n), rows.Close())
}

func TestManyUsersOfOneEngine(t *testing.T) {
	const rows, sum = 3000, 3000 * 2999 / 2
	for _, dir := range []string{"", t.TempDir()} {
		e := sample(t, rows, Options{Dir: dir, Threads: 2})
		file := filepath.Join(t.TempDir(), "t.sor")
		queryAll(t, e, "COPY (SELECT row, s FROM t) TO '"+file+"'")
		g, ctx := errgroup.WithContext(t.Context())
		want := func(stmt string, want int64) error {
			n, err := number(ctx, e, stmt)
			if err == nil && n != want {
				err = fmt.Errorf("%d, want %d", n, want)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", stmt, err)
			}
			return nil
		}
		do := func(stmt string) error {
			rows, err := e.Query(ctx, stmt)
			if err != nil {
				return fmt.Errorf("%s: %w", stmt, err)
			}
			return rows.Close()
		}
		for u := range 6 {
			g.Go(func() error { // has tables of its own
				for range 4 {
					mine, other := fmt.Sprintf("mine%d", u), fmt.Sprintf("other%d", u)
					for _, step := range []func() error{
						func() error { return do("LOAD '" + file + "' INTO " + mine + " (row, s)") },
						func() error { return want("SELECT SUM(row) FROM "+mine, sum) },
						func() error { return do("CREATE TABLE " + other + " AS SELECT row FROM " + mine + " WHERE row < 10") },
						func() error { return do("DROP TABLE " + mine) },
						func() error { return do("ALTER TABLE " + other + " RENAME TO " + mine) },
						func() error { return want("SELECT COUNT(*) FROM "+mine, 10) },
						func() error { return do("DROP TABLE " + mine) },
						func() error { return want("SELECT SUM(c0) FROM '"+file+"'", sum) },
					} {
						if err := step(); err != nil {
							return err
						}
					}
				}
				return nil
			})
			g.Go(func() error { // share a table that comes and goes
				for range 8 {
					err := do("LOAD '" + file + "' INTO shared (row, s)")
					if err != nil && !strings.Contains(err.Error(), "exists already") {
						return err
					}
					if err := want("SELECT SUM(row) FROM shared", sum); err != nil && !strings.Contains(err.Error(), "unknown table") {
						return err
					}
					if err := do("DROP TABLE IF EXISTS shared"); err != nil {
						return err
					}
				}
				return nil
			})
			g.Go(func() error { // read only
				for range 8 {
					if err := want("SELECT SUM(row) FROM t", sum); err != nil {
						return err
					}
					if err := want("SELECT COUNT(*) FROM (SELECT s, COUNT(*) FROM t GROUP BY s) d", int64(len(words)+1)); err != nil {
						return err
					}
					e.Tables()
					if err := do("SHOW TABLES"); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if infos := e.Tables(); len(infos) != 1 {
			t.Errorf("tables left: %v", infos)
		}
		if n := e.memory.Used(); n != 0 {
			t.Errorf("%d bytes of the budget are still taken", n)
		}
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		e, err := Open(t.Context(), Options{Threads: 2, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		table := randomTable(newRand(5), 20000)
		loadTable(t, e, "t", writeSoR(t, table), table.fields)

		open, err := e.Query(t.Context(), "SELECT * FROM t") // never read to its end
		if err != nil || !open.Next() {
			t.Fatal(err)
		}
		forgotten, err := e.Query(t.Context(), "SELECT * FROM t") // never closed
		if err != nil {
			t.Fatal(err)
		}
		var busy, over sync.WaitGroup
		gates := make([]*gate, 4)
		errs := make([]error, len(gates))
		for i := range gates {
			gates[i] = newGate()
			over.Add(1)
			go func() {
				defer over.Done()
				d := e.Table("t").Select(Func1(gates[i].pass, Col("row")).As("x"))
				if i%2 == 0 {
					_, errs[i] = d.Save(context.Background(), fmt.Sprintf("x%d", i))
				} else {
					errs[i] = d.ForEachChunk(context.Background(), func(Chunk) error { return nil })
				}
			}()
			busy.Go(func() { <-gates[i].running })
		}
		busy.Wait()
		closed := make(chan error)
		go func() { closed <- e.Close() }()
		<-e.ctx.Done()
		for _, g := range gates {
			close(g.opened)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		over.Wait()
		for _, err := range errs {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("a running pipeline: %v", err)
			}
		}
		for open.Next() {
		}
		if err := open.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("open rows: %v", err)
		}
		_ = forgotten
		if _, err := e.Query(t.Context(), "SELECT 1"); !errors.Is(err, ErrClosed) {
			t.Errorf("Query after Close: %v", err)
		}
		if _, err := e.Load(t.Context(), "x", "x.sor", LoadOptions{}); !errors.Is(err, ErrClosed) {
			t.Errorf("Load after Close: %v", err)
		}
		if _, err := e.Table("t").Collect(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Collect after Close: %v", err)
		}
		if infos := e.Tables(); len(infos) != 0 {
			t.Errorf("Tables after Close: %v", infos)
		}
		if err := e.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	}
}
