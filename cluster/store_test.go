package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
	"github.com/eau2db/eau2/column"
)

func TestValuesAreWrittenOnce(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx, s := t.Context(), n.Store()
		for _, k := range []Key{{Name: "k"}, {Name: "κ/../ä\n"}, {Name: "k", Home: n.ID()}} {
			_, err := s.Get(ctx, k)
			wantErr(t, err, ErrNoValue)
			value := []byte("value of " + k.Name)
			must(t, s.Put(ctx, k, value))
			must(t, s.Put(ctx, k, bytes.Clone(value)))
			wantErr(t, s.Put(ctx, k, []byte("other")), ErrValueExists)
			got, err := s.Get(ctx, k)
			must(t, err)
			if !bytes.Equal(got, value) {
				t.Errorf("%v is %q", k, got)
			}
			got[0] = 'X' // a copy
			value[1] = 'X'
			if again, err := s.Get(ctx, k); err != nil || string(again) != "value of "+k.Name {
				t.Errorf("%v is %q, %v", k, again, err)
			}
			must(t, s.Delete(ctx, k))
			wantErr(t, s.Delete(ctx, k), ErrNoValue)
			_, err = s.Get(ctx, k)
			wantErr(t, err, ErrNoValue)
			must(t, s.Put(ctx, k, []byte("other")))
			must(t, s.Delete(ctx, k))
		}
	})
}

func TestEmptyValueIsAValue(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, n.Store().Put(t.Context(), Key{Name: "k"}, nil))
		for _, get := range []func(context.Context, Key) ([]byte, error){n.Store().Get, n.Store().GetAndWait} {
			if got, err := get(t.Context(), Key{Name: "k"}); err != nil || got == nil || len(got) != 0 {
				t.Errorf("the value is %v, %v", got, err)
			}
		}
		wantErr(t, n.Store().Put(t.Context(), Key{Name: "k"}, []byte("x")), ErrValueExists)
	})
}

func TestKeysThatCannotBe(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx, s := t.Context(), n.Store()
		for _, k := range []Key{{}, {Name: "\xff"}, {Name: strings.Repeat("k", 5000)}, {Name: "k", Home: "elsewhere"}, {Name: "table/x"}} {
			if err := s.Put(ctx, k, nil); err == nil || !strings.Contains(err.Error(), "put") {
				t.Errorf("put %.20v: error is %v", k, err)
			}
			if err := s.Delete(ctx, k); err == nil {
				t.Errorf("%.20v was deleted", k)
			}
			if _, err := s.Get(ctx, k); err == nil {
				t.Errorf("%.20v was read", k)
			}
		}
		_, err := s.GetAndWait(ctx, Key{Name: "k", Home: "elsewhere"})
		wantErr(t, err, ErrNoNode)
	})
}

func TestGetAndWaitWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, Options{})
		ctx, s := t.Context(), n.Store()
		var mu sync.Mutex
		got := map[string]int{}
		var g errgroup.Group
		for i := range 6 {
			g.Go(func() error {
				v, err := s.GetAndWait(ctx, Key{Name: fmt.Sprint("k", i%2)})
				mu.Lock()
				defer mu.Unlock()
				got[string(v)]++
				return err
			})
		}
		synctest.Wait() // all of them wait
		must(t, s.Put(ctx, Key{Name: "other"}, nil))
		must(t, s.Put(ctx, Key{Name: "k0"}, []byte("v0")))
		synctest.Wait()
		mu.Lock()
		if len(got) != 1 || got["v0"] != 3 {
			t.Errorf("after the first Put: %v", got)
		}
		mu.Unlock()
		must(t, s.Put(ctx, Key{Name: "k1"}, []byte("v1")))
		must(t, g.Wait())
		if got["v0"] != 3 || got["v1"] != 3 {
			t.Errorf("got %v", got)
		}
		if len(n.store.waiters) != 0 {
			t.Errorf("%d waiters are left", len(n.store.waiters))
		}
	})
}

func TestGetAndWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		ended, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := n.Store().GetAndWait(ctx, Key{Name: "k"})
			ended <- err
		}()
		go func() {
			_, err := n.Store().GetAndWait(t.Context(), Key{Name: "k"})
			closed <- err
		}()
		synctest.Wait()
		cancel()
		wantErr(t, <-ended, context.Canceled)
		synctest.Wait()
		if w := n.store.waiters[Key{"k", n.ID()}]; w == nil || w.waiting != 1 {
			t.Errorf("waiters: %+v", w)
		}
		must(t, n.Close())
		wantErr(t, <-closed, ErrClosed)
	})
}

func TestGetAndWaitWaitsForTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, Options{})
		w, err := n.Create(t.Context(), "t")
		must(t, err)
		got := make(chan error, 1)
		go func() {
			frame, err := n.Store().GetAndWait(t.Context(), Key{Name: part{chunk: 0, col: 0}.name(w.id)})
			if err == nil {
				_, err = column.ReadArray(frame, nil)
			}
			got <- err
		}()
		synctest.Wait()
		must(t, w.Write(t.Context(), 0, []*column.Array{ints(7)}))
		synctest.Wait()
		select {
		case err := <-got:
			t.Fatalf("a value of a table that is not committed was got: %v", err)
		default:
		}
		tab, err := w.Commit(t.Context(), intField, make([]*column.Dict, 1))
		must(t, err)
		must(t, tab.Release())
		must(t, <-got)
	})
}

func TestValuesOfTablesAreInTheStore(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		must(t, small.load(n, "t"))
		tab, err := n.Table(t.Context(), "t")
		must(t, err)
		defer tab.Release()
		dict, err := n.Store().Get(t.Context(), Key{Name: part{kind: partDict, col: kindColumn}.name(tab.ID())})
		must(t, err)
		d, err := column.ReadDict(dict)
		must(t, err)
		first := 0
		for chunk := range tab.Chunks() {
			for col := range tab.Fields() {
				frame, err := n.Store().Get(t.Context(), tab.Key(chunk, col))
				must(t, err)
				a, err := column.ReadArray(frame, d)
				must(t, err)
				for i := range a.N {
					if got, want := a.Value(i), small.value(first+i, col); got != want {
						t.Fatalf("chunk %d column %d row %d is %v, want %v", chunk, col, i, got, want)
					}
				}
			}
			first += tab.ChunkRows(chunk)
		}
		frame, err := n.Store().Get(t.Context(), Key{Name: part{kind: partManifest}.name(tab.ID())})
		must(t, err)
		m, err := readManifest(frame)
		must(t, err)
		if m.total != tab.Rows() {
			t.Errorf("the manifest has %d rows", m.total)
		}
		for _, name := range []string{
			"table/" + newID() + "/0/0", "table/" + tab.ID() + "/4/0", "table/" + tab.ID() + "/0/5", "table/" + tab.ID() + "/dict/0", "table/" + tab.ID() + "/dict/9",
			"table/" + tab.ID(), "table/" + tab.ID() + "/00/0", "table/" + tab.ID() + "/x",
		} {
			_, err := n.Store().Get(t.Context(), Key{Name: name})
			wantErr(t, err, ErrNoValue)
		}
		key := tab.Key(0, 0)
		must(t, n.Drop(t.Context(), "t"))
		_, err = n.Store().Get(t.Context(), key)
		wantErr(t, err, ErrNoValue)
	})
}

func TestPutsOfOneKeyAtOnce(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		for round := range 5 {
			k := Key{Name: fmt.Sprint(round)}
			var mu sync.Mutex
			var won []string
			var g errgroup.Group
			for i := range 4 {
				g.Go(func() error {
					v := fmt.Sprint(i)
					err := n.Store().Put(t.Context(), k, []byte(v))
					if errors.Is(err, ErrValueExists) {
						return nil
					}
					mu.Lock()
					defer mu.Unlock()
					won = append(won, v)
					return err
				})
			}
			must(t, g.Wait())
			got, err := n.Store().Get(t.Context(), k)
			must(t, err)
			if len(won) != 1 || won[0] != string(got) {
				t.Fatalf("the value is %s, the Puts of %v succeeded", got, won)
			}
		}
	})
}

func TestValueOfAnotherKeyIsCorrupt(t *testing.T) {
	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	defer n.Close()
	must(t, n.Store().Put(t.Context(), Key{Name: "a"}, []byte("x")))
	d := n.place.(*directory)
	must(t, disk.Rename(d.file(valueName(Key{"a", n.ID()})), d.file(valueName(Key{"b", n.ID()}))))
	_, err = n.Store().Get(t.Context(), Key{Name: "b"})
	wantErr(t, err, ErrCorrupt)
	wantErr(t, n.Store().Put(t.Context(), Key{Name: "b"}, []byte("x")), ErrCorrupt)
	must(t, n.Store().Delete(t.Context(), Key{Name: "b"}))
}

func TestKeyParts(t *testing.T) {
	for _, p := range []part{{partManifest, 0, 0}, {partDict, 0, 3}, {partChunk, 0, 0}, {partChunk, maxChunks, 17}} {
		id, got, ok := parsePart(p.name("id"))
		if id != "id" || got != p || !ok {
			t.Errorf("%+v became %s, %+v, %v", p, id, got, ok)
		}
	}
	for _, name := range []string{"", "table/", "table/x", "table/x/", "table/x/dict", "table/x/-1/0", "table/x/01/0", "table/x/1/1234567890", "tables/x/0/0", "table/x/0/0/0"} {
		if _, p, ok := parsePart(name); ok {
			t.Errorf("%q is %+v", name, p)
		}
	}
}
