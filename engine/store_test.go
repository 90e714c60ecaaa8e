package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster"
	"github.com/eau2db/eau2/column"
)

// storedSamples are values of all types that a Store keeps.
var storedSamples = []any{
	true, false, int64(0), int64(math.MinInt64), 0.0, -2.5, math.Inf(1), "", "κ\xff", []byte{}, []byte{0, 255},
	[]bool{}, []bool{true}, []bool{true, false, true, true, false, false, false, true, true},
	[]int64{}, []int64{1}, []int64{-1, 300}, []int64{1 << 20, -1 << 40, math.MaxInt64}, []float64{}, []float64{1.5, math.Inf(-1)},
	[]string{}, []string{""}, []string{"a", "", "κ\xff", strings.Repeat("long", 100)},
}

func TestStoredValuesComeBack(t *testing.T) {
	for _, v := range storedSamples {
		b, err := encodeStored(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeStored(slices.Clone(b))
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%T %.50v became %T %.50v, %v", v, v, got, got, err)
		}
		for _, bad := range [][]byte{b[:len(b)-1], append(slices.Clone(b), 0), b[:4], append([]byte{b[0], 1}, b[2:]...)} {
			if got, err := decodeStored(bad); err == nil && b[0] != storedString && b[0] != storedBytes {
				t.Errorf("%T, damaged, became %v", v, got)
			}
		}
		if b[0] >= storedBools { // a frame has a checksum
			b[len(b)-1] ^= 1
			if _, err := decodeStored(b); !errors.Is(err, cluster.ErrCorrupt) {
				t.Errorf("%T with another bit: %v", v, err)
			}
		}
	}
	if _, err := encodeStored(int32(1)); err == nil {
		t.Error("an int32 was stored")
	}
}

func FuzzDecodeStored(f *testing.F) {
	for _, v := range storedSamples {
		b, err := encodeStored(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		decodeAny(t, b)
		if len(b) > storedHead+column.FrameHeader { // and with a right checksum
			decodeAny(t, column.AppendFrame(slices.Clone(b[:storedHead]), column.KindRows, b[storedHead+column.FrameHeader:]))
		}
	})
}

func decodeAny(t *testing.T, b []byte) {
	v, err := decodeStored(slices.Clone(b))
	if err != nil {
		if !errors.Is(err, cluster.ErrCorrupt) && !errors.Is(err, cluster.ErrVersion) {
			t.Fatalf("error is %v", err)
		}
		return
	}
	again, err := encodeStored(v)
	if err != nil {
		t.Fatal(err)
	}
	w, err := decodeStored(again)
	if err != nil || fmt.Sprint(v) != fmt.Sprint(w) {
		t.Fatalf("%v became %v, %v", v, w, err)
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add(encode(event{Kind: eventArrive, Name: []byte("a\xff")}))
	f.Add(encode(event{Kind: eventLost, Index: 2}))
	f.Add(encode(event{Kind: eventFail, Index: -1, Err: []byte("{}")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEvent(b, 3)
		if err == nil && (e.Index < 0 || e.Index >= 3) && e.Kind != eventArrive && e.Kind != eventEnd && e.Kind != eventBye {
			t.Fatalf("%+v", e)
		}
	})
}

// onNodes runs f on n nodes, and fails the test with what it returns.
func onNodes(t *testing.T, n int, f func(ctx context.Context, node *Node) error) {
	t.Helper()
	for _, err := range runAll(t, n, cluster.NewMesh(), ApplicationFunc(f)) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestValuesOfAllNodes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		onNodes(t, n, func(ctx context.Context, node *Node) error {
			s, i := node.Store(), node.Index()
			for _, size := range []int{0, 1, 2, 100} {
				texts := make([]string, size)
				for k := range texts {
					texts[k] = fmt.Sprintln(i, k)
				}
				if err := Put(ctx, s, Key{Name: fmt.Sprintf("texts%d-%d", size, i)}, texts); err != nil {
					return err
				}
				for j := range n {
					got, err := GetAndWait[[]string](ctx, s, Key{Name: fmt.Sprintf("texts%d-%d", size, j)})
					if err != nil || len(got) != size || size > 0 && got[size-1] != fmt.Sprintln(j, size-1) {
						t.Errorf("node %d has %d texts of node %d: %v", i, len(got), j, err)
					}
				}
			}
			if err := node.Barrier(ctx, "put"); err != nil {
				return err
			}
			keys, err := s.List(ctx, "texts1")
			if err != nil || len(keys) != 2*n || keys[0].Name != "texts1-0" || keys[0].Home == "" { // texts1 and texts100
				t.Errorf("the keys are %v, %v", keys, err)
			}
			if err := node.Barrier(ctx, "listed"); err != nil || i > 0 {
				return err
			}
			for j := range n {
				if err := s.Delete(ctx, Key{Name: fmt.Sprint("texts2-", j)}); err != nil {
					t.Error(err)
				}
			}
			if _, err := Get[[]string](ctx, s, Key{Name: "texts2-0"}); !errors.Is(err, ErrNoValue) {
				t.Errorf("error is %v", err)
			}
			if err := s.Delete(ctx, Key{Name: "texts2-0"}); !errors.Is(err, ErrNoValue) {
				t.Errorf("error is %v", err)
			}
			return nil
		})
	}
}

func TestMistakesOfTheStoreAreTold(t *testing.T) {
	onNodes(t, 2, func(ctx context.Context, node *Node) error {
		s, k := node.Store(), node.KeyAt(1, "k")
		if node.Index() == 0 {
			return Put(ctx, s, k, []float64{1, 2})
		}
		got, err := GetAndWait[[]float64](ctx, s, k)
		if err != nil || !slices.Equal(got, []float64{1, 2}) {
			t.Errorf("%v, %v", got, err)
		}
		if _, err := Get[int64](ctx, s, k); err == nil || !strings.Contains(err.Error(), "its value is a []float64, not a int64") {
			t.Errorf("error is %v", err)
		}
		if err := Put(ctx, s, k, []float64{1, 2}); err != nil {
			t.Error(err)
		}
		if err := Put(ctx, s, k, "other"); !errors.Is(err, ErrValueExists) {
			t.Errorf("error is %v", err)
		}
		if err := Put(ctx, s, Key{Name: "table/x"}, true); err == nil {
			t.Error("a value has the key of a table")
		}
		if _, err := Get[bool](ctx, s, Key{Name: "x", Home: "nowhere"}); err == nil {
			t.Error("there is a value at a node that is not there")
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := GetAndWait[bool](ended, s, node.Key("never")); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		return nil
	})
}

// Values without a home of their own outlive the node that was it, and further ones find another.
func TestValuesOutliveTheirHome(t *testing.T) {
	mesh := cluster.NewMesh()
	const n, keys = 3, 12
	errs := runAll(t, n, mesh, recoverer{func(ctx context.Context, node *Node) error {
		s := node.Store()
		if node.Index() == 0 {
			for i := range int64(keys) {
				if err := Put(ctx, s, Key{Name: fmt.Sprint("k", i)}, i); err != nil {
					return err
				}
			}
		}
		if err := node.Barrier(ctx, "put"); err != nil {
			return err
		}
		if node.Index() == 2 {
			mesh.Kill(node.run.self)
			return errors.New("I am dead")
		}
		for i := range int64(keys) {
			if v, err := Get[int64](ctx, s, Key{Name: fmt.Sprint("k", i)}); v != i || err != nil {
				t.Errorf("k%d is %d, %v", i, v, err)
			}
			if err := Put(ctx, s, Key{Name: fmt.Sprint("k", i)}, i); err != nil {
				t.Error(err)
			}
			if err := Put(ctx, s, Key{Name: fmt.Sprint("k", i)}, -1-i); !errors.Is(err, ErrValueExists) {
				t.Errorf("k%d: error is %v", i, err)
			}
			if err := Put(ctx, s, Key{Name: fmt.Sprintf("late%d-%d", i, node.Index())}, i); err != nil {
				t.Error(err)
			}
			if v, err := GetAndWait[int64](ctx, s, Key{Name: fmt.Sprintf("late%d-%d", i, 1-node.Index())}); v != i || err != nil {
				t.Errorf("late%d is %d, %v", i, v, err)
			}
		}
		return nil
	}, func(context.Context, *Node, []int) error { return nil }})
	if errs[0] != nil || errs[1] != nil {
		t.Error(errs)
	}
}
