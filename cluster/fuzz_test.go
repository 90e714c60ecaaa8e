package cluster

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
	"github.com/eau2db/eau2/column"
)

// onlyOurErrors checks that an error of reading bytes is one of the two.
func onlyOurErrors(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
		t.Fatalf("error is %v", err)
	}
}

func sampleManifest(t testing.TB) *manifest {
	chunks, dicts := small.arrays()
	described := map[int]*written{}
	for seq, arrays := range chunks {
		c, err := describe(arrays)
		if err != nil {
			t.Fatal(err)
		}
		described[seq] = c
	}
	m, err := newManifest("id", "home", "a name", sampleFields, dicts, described)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func FuzzReadManifest(f *testing.F) {
	for _, m := range []*manifest{sampleManifest(f), {}} {
		payload, err := column.ReadFrame(m.bytes(), column.KindManifest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		f.Add(payload[:len(payload)-1])
		f.Add(append(payload, 0))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := readManifest(column.AppendFrame(nil, column.KindManifest, payload))
		onlyOurErrors(t, err)
		if err != nil {
			return
		}
		again, err := readManifest(m.bytes())
		must(t, err)
		if !reflect.DeepEqual(withoutNaN(m), withoutNaN(again)) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}

// withoutNaN makes bounds that are NaN, which none is that we write, comparable.
func withoutNaN(m *manifest) *manifest {
	for _, stats := range m.stats {
		for i := range stats {
			if math.IsNaN(stats[i].Min.Float) {
				stats[i].Min.Float = 0
			}
			if math.IsNaN(stats[i].Max.Float) {
				stats[i].Max.Float = 0
			}
		}
	}
	return m
}

func FuzzParseNode(f *testing.F) {
	f.Add(string(formatNode(identity{newID(), ""})))
	f.Add(string(formatNode(identity{newID(), "some cluster"})))
	for _, s := range []string{"", nodeTitle, nodeTitle + "\nformat 1\n", nodeTitle + "\nformat 2\n", nodeTitle + "\nformat -1\nnode \n", "x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := parseNode(text)
		if err == nil && text != string(formatNode(id)) {
			t.Fatalf("%q has node %s", text, id)
		}
		if err != nil && !errors.Is(err, ErrForeign) {
			onlyOurErrors(t, err)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"id":"id","name":"t"}`))
	f.Add([]byte(`{"id":"other","name":"t"}`))
	f.Add([]byte(`{"id":"id","name":""}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := parseEntry(column.AppendFrame(nil, column.KindEntry, payload), "id")
		onlyOurErrors(t, err)
		if err == nil && !e.Dropped && checkName(e.Name) != nil {
			t.Fatalf("the table has the name %q", e.Name)
		}
	})
}

func FuzzParseValue(f *testing.F) {
	k := Key{"name", "home"}
	f.Add(appendKey(nil, k))
	f.Add(append(appendKey(nil, k), "value"...))
	f.Add([]byte("value"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		v, err := parseValue(column.AppendFrame(nil, column.KindValue, payload), k)
		onlyOurErrors(t, err)
		if err == nil && string(append(appendKey(nil, k), v...)) != string(payload) {
			t.Fatalf("%q has the value %q", payload, v)
		}
		got, keyErr := readValueKey(column.AppendFrame(nil, column.KindValue, payload))
		onlyOurErrors(t, keyErr)
		if err == nil && (keyErr != nil || got != k) {
			t.Fatalf("%q has the key %v, %v", payload, got, keyErr)
		}
	})
}

// FuzzHolds asks for values that are here and not.
func FuzzHolds(f *testing.F) {
	n, err := Open(f.Context(), Options{})
	must(f, err)
	f.Cleanup(func() { n.Close() })
	k := Key{Name: "name", Home: "home"}
	must(f, n.place.put(k, []byte("value")))
	f.Add(appendKey(nil, k))
	f.Add(appendKey(appendKey(nil, Key{Name: "other"}), k))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, request []byte) {
		got, err := n.holds(t.Context(), request)
		if err != nil {
			return
		}
		var asked []byte
		for rest, i := request, 0; len(rest) > 0; i++ {
			name, after, _ := uvarintText(rest)
			home, after, _ := uvarintText(after)
			asked, rest = append(asked, 0), after
			if (Key{Name: name, Home: home}) == k {
				asked[i] = 1
			}
		}
		if string(got) != string(asked) {
			t.Fatalf("%q gives %v, want %v", request, got, asked)
		}
	})
}

// FuzzOpenPack reads files whose index has a right checksum, whatever it says, and then the same without one.
func FuzzOpenPack(f *testing.F) {
	index := binary.AppendUvarint(append(binary.AppendUvarint(nil, 3), "key"...), 70)
	f.Add(make([]byte, 128), index, uint64(128))
	f.Add(make([]byte, 64), index, uint64(64))
	f.Add([]byte{}, []byte{}, uint64(0))
	f.Add(make([]byte, 64), binary.AppendUvarint([]byte{0}, math.MaxUint64), uint64(64))
	f.Add(make([]byte, 64), binary.AppendUvarint(nil, math.MaxInt64), uint64(64))
	f.Add(make([]byte, 64), binary.AppendUvarint([]byte{0}, math.MaxInt64), uint64(math.MaxUint64-63))
	f.Fuzz(func(t *testing.T, values, payload []byte, off uint64) {
		frame := column.AppendFrame(nil, column.KindIndex, payload)
		file := slices.Concat(pad(slices.Clone(values)), pad(frame), trailer(int64(off), int64(len(frame))))
		openAny(t, file)
		openAny(t, slices.Concat(values, payload))
	})
}

func openAny(t *testing.T, content []byte) {
	t.Helper()
	disk := vfstest.NewDisk()
	file, err := disk.Create("/f")
	must(t, err)
	_, err = file.WriteAt(content, 0)
	must(t, err)
	must(t, file.Close())
	var places []location
	p, err := openPack(disk, "/f", func(_ string, at location) error {
		places = append(places, at)
		return nil
	})
	onlyOurErrors(t, err)
	if err != nil {
		return
	}
	for _, at := range places {
		onlyOurErrors(t, at.read(func(b []byte) error {
			if int64(len(b)) != at.size {
				t.Fatalf("%d bytes in place of %d", len(b), at.size)
			}
			return nil
		}))
	}
	must(t, p.close())
}

func FuzzParsePart(f *testing.F) {
	for _, s := range []string{"table/id/0/0", "table/id/dict/7", "table/id/manifest", "table/id/00/0", "", "table//0/0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		id, p, ok := parsePart(name)
		if ok && !strings.Contains(id, "/") && p.name(id) != name {
			t.Fatalf("%q is %+v of %q, whose name is %q", name, p, id, p.name(id))
		}
	})
}

// FuzzReceiveLoad gives a node the blocks of a load: those of a real one with one of them replaced, cut off after some.
func FuzzReceiveLoad(f *testing.F) {
	s := sample{seed: 1, rows: 20, chunkRows: 7}
	id := newID()
	blocks := loadBlocks(f, s, id)
	f.Add(-1, []byte{}, len(blocks), false)
	for i, b := range loadBlocks(f, sample{seed: 1, rows: 7, chunkRows: 7, columns: 2}, id)[:2] {
		f.Add(i, b, len(blocks), false)
	}
	for i, b := range blocks {
		f.Add(i, b, len(blocks), false)
		f.Add(i, b[:len(b)/2], i+1, true)
	}
	f.Add(0, chunkHead(0, make([]int64, 9)), len(blocks), false)
	f.Add(1, []byte{}, len(blocks), false)
	f.Add(2, []byte("\x000\x05\xf0\x04\xe0\x04\xa8\x04\xf8\x04\xe0\x05"), len(blocks), false) // the frames of another chunk
	f.Add(len(blocks)-2, appendSizes([]byte{blockEnd}, nil), len(blocks), true)
	f.Fuzz(func(t *testing.T, at int, block []byte, n int, part bool) {
		sent := slices.Clone(blocks)
		if at >= 0 && at < len(sent) {
			sent[at] = block
		}
		sent = sent[:max(min(n, len(sent)), 0)]
		next := func() ([]byte, error) {
			if len(sent) == 0 {
				return nil, io.EOF
			}
			b := sent[0]
			sent = sent[1:]
			return b, nil
		}
		node, err := Open(t.Context(), Options{})
		must(t, err)
		defer node.Close()
		if part {
			in, err := node.expect(id)
			must(t, err)
			_ = node.receivePart(t.Context(), id, next)
			must(t, in.abort())
			return
		}
		if err := node.receive(id, next); err != nil {
			if at < 0 && n >= len(blocks) {
				t.Fatal(err)
			}
			return
		}
		st, _, err := node.findID(id)
		must(t, err)
		defer st.release()
		tab, err := st.table(t.Context(), "t")
		must(t, err)
		for chunk := range tab.Chunks() {
			if !tab.Has(chunk) {
				continue // a node has a part of the chunks
			}
			for col := range tab.Fields() {
				_, err := tab.Column(t.Context(), chunk, col)
				must(t, err)
			}
		}
		must(t, tab.Release())
	})
}

// loadBlocks are the blocks that a node sends of a sample.
func loadBlocks(t testing.TB, s sample, id string) (blocks [][]byte) {
	chunks, dicts := s.arrays()
	written := map[int]*written{}
	for seq, arrays := range chunks {
		sizes, frames, err := appendArrays(nil, arrays)
		if err == nil {
			written[seq], err = describe(arrays)
		}
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, chunkHead(seq, sizes), frames)
	}
	m, err := newManifest(id, "home", "t", s.fields(), dicts, written)
	if err != nil {
		t.Fatal(err)
	}
	m.spread = true
	head, tail, err := endBlocks(m, dicts)
	if err != nil {
		t.Fatal(err)
	}
	return append(blocks, head, tail)
}
