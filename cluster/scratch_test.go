package cluster

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

func TestScratchGivesBackWhatItGot(t *testing.T) {
	inEveryPlace(t, func(t *testing.T, n *Node) {
		s := sample{seed: 1, rows: 300, chunkRows: 7}
		want, _ := s.arrays()
		chunks, dicts := s.arrays()
		kept := n.Scratch()
		var g errgroup.Group
		for seq, arrays := range chunks {
			g.Go(func() error { return kept.Add(seq, arrays) })
		}
		must(t, g.Wait())
		for seq, arrays := range want {
			g.Go(func() error {
				got, err := kept.Chunk(seq, dicts)
				if err != nil {
					return err
				}
				for col, a := range got {
					if coded(arrays[col].Layout) {
						arrays[col].Dict = dicts[col]
					}
					for i := range a.N {
						if a.Value(i) != arrays[col].Value(i) || a.N != arrays[col].N || a.Layout != arrays[col].Layout {
							return errors.New("the values are others")
						}
					}
				}
				return nil
			})
		}
		must(t, g.Wait())
		if _, err := kept.Chunk(0, dicts); err == nil {
			t.Error("a chunk is given back twice")
		}
		must(t, kept.Close())
		must(t, kept.Close())
		must(t, n.Scratch().Close())
	})
}

func TestScratchLeavesNoFile(t *testing.T) {
	chunks, dicts := sample{seed: 1, rows: 30, chunkRows: 7}.arrays()
	none := func(disk *vfstest.Disk, when string) {
		t.Helper()
		for file := range disk.Files(dataDir) {
			if strings.HasSuffix(file, temporary) {
				t.Errorf("%s: %s is left", when, file)
			}
		}
		if mappings, files := disk.Open(); mappings+files > 0 {
			t.Errorf("%s: %d files and %d mappings are open", when, files, mappings)
		}
	}
	for _, failing := range []string{"", "create", "write", "map", "remove"} {
		disk := vfstest.NewDisk()
		n, err := openDisk(disk)
		must(t, err)
		broken := errors.New("broken")
		failed := false
		disk.Fail(func(op vfstest.Op) error {
			if op.Kind == failing && strings.HasSuffix(op.Name, temporary) && !failed {
				failed = true
				return broken
			}
			return nil
		})
		s := n.Scratch()
		for seq, arrays := range chunks {
			err = errors.Join(err, s.Add(seq, arrays))
		}
		for seq := range chunks {
			_, cerr := s.Chunk(seq, dicts)
			err = errors.Join(err, cerr)
		}
		if failing != "" && !errors.Is(err, broken) {
			t.Errorf("%s: error is %v", failing, err)
		}
		if failing == "" {
			must(t, err)
		}
		_ = s.Close()
		disk.Fail(nil)
		must(t, n.Close())
		if failing != "remove" { // that goes at the next Open
			none(disk, failing)
		}
		n, err = openDisk(disk)
		must(t, err)
		must(t, n.Scratch().Close())
		must(t, n.Close())
		none(disk, failing)
	}

	disk := vfstest.NewDisk()
	n, err := openDisk(disk)
	must(t, err)
	must(t, n.Scratch().Add(0, chunks[0]))
	crashed := disk.Crash(vfstest.Keep, nil)
	again, err := openDisk(crashed)
	must(t, err)
	must(t, again.Close())
	must(t, n.Close())
	none(crashed, "after a crash")
}
