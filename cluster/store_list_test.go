package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

func TestKeysAreListed(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		ctx, s := t.Context(), n.Store()
		must(t, sample{seed: 1, rows: 20, chunkRows: 7}.load(n, "t")) // whose values are not listed
		var want []Key
		for _, name := range []string{"a/1", "a/2", "b", "κ"} {
			must(t, s.Put(ctx, Key{Name: name}, []byte(name)))
			want = append(want, Key{name, n.ID()})
		}
		for prefix, want := range map[string][]Key{"": want, "a/": want[:2], "a/2": want[1:2], "c": nil, "table/": nil} {
			if got, err := s.List(ctx, prefix); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q: %v, %v, want %v", prefix, got, err, want)
			}
		}
		must(t, s.Delete(ctx, Key{Name: "a/1"}))
		if got, err := s.List(ctx, "a"); err != nil || !slices.Equal(got, want[1:2]) {
			t.Errorf("after Delete: %v, %v", got, err)
		}
		if _, err := s.List(ctx, "\xff"); err == nil {
			t.Error("there are names that are not UTF-8")
		}
		must(t, n.Close())
		_, err := s.List(ctx, "")
		wantErr(t, err, ErrClosed)
	})
}

func TestEveryNodeListsAllKeys(t *testing.T) {
	for _, replicas := range []int{1, 2} {
		m := startMesh(t, 3, replicas, replicas == 2)
		var want []Key
		for i, n := range m.nodes {
			k := Key{fmt.Sprint("k", i), n.ID()}
			must(t, m.nodes[0].Store().Put(t.Context(), k, []byte("v")))
			want = append(want, k)
		}
		for i, n := range m.nodes {
			if got, err := n.Store().List(t.Context(), "k"); err != nil || !slices.Equal(got, want) {
				t.Errorf("node %d: %v, %v, want %v", i, got, err, want)
			}
		}
		m.kill(2)
		got, err := m.nodes[0].Store().List(t.Context(), "")
		if err != nil || !slices.Equal(got, want[:replicas+1]) { // a copy is as good
			t.Errorf("%d replicas: after a loss %v, %v", replicas, got, err)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(appendKeys(nil, []Key{{"a", "b"}, {"κ", ""}}))
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := parseKeys(b)
		onlyOurErrors(t, err)
		if err != nil {
			return
		}
		again, err := parseKeys(appendKeys(nil, keys))
		must(t, err)
		if !slices.Equal(keys, again) {
			t.Fatalf("%v became %v", keys, again)
		}
	})
}

func TestTableIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := startMesh(t, 2, 1, false)
		alone := open(t, Options{})
		for _, c := range []struct {
			name         string
			maker, asked *Node
			make         func(n *Node) error
		}{
			{"made here", m.nodes[0], m.nodes[0], func(n *Node) error { return sample{seed: 1, rows: 9, chunkRows: 7}.load(n, "made here") }},
			{"made elsewhere", m.nodes[0], m.nodes[1], func(n *Node) error { return sample{seed: 1, rows: 9, chunkRows: 7}.load(n, "made elsewhere") }},
			{"renamed", m.nodes[0], m.nodes[1], func(n *Node) error { return n.Rename(t.Context(), "made here", "renamed") }},
			{"made alone", alone, alone, func(n *Node) error { return sample{seed: 1, rows: 9, chunkRows: 7}.load(n, "made alone") }},
			{"renamed alone", alone, alone, func(n *Node) error { return n.Rename(t.Context(), "made alone", "renamed alone") }},
		} {
			waited := make(chan error)
			go func() {
				tab, err := c.asked.WaitTable(t.Context(), c.name)
				if err == nil && tab.Rows() != 9 {
					err = fmt.Errorf("%d rows", tab.Rows())
				}
				if err == nil {
					err = tab.Release()
				}
				waited <- err
			}()
			synctest.Wait()
			select {
			case err := <-waited:
				t.Fatalf("%s: before there is a table: %v", c.name, err)
			default:
			}
			must(t, c.make(c.maker))
			must(t, <-waited)
		}
	})
}

func TestWaitForATableEnds(t *testing.T) {
	n := open(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := n.WaitTable(ctx, "t")
	wantErr(t, err, context.Canceled)
	ended := make(chan error)
	go func() {
		_, err := n.WaitTable(t.Context(), "t")
		ended <- err
	}()
	must(t, n.Close())
	if err := <-ended; !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "table t") {
		t.Errorf("error is %v", err)
	}
}
