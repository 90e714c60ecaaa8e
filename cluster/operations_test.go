package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/eau2db/eau2/cluster/vfs/vfstest"
)

var idPattern = regexp.MustCompile(`[a-z2-7]{26}|[0-9a-f]{40}`)

// TestOperations shows what each change does to the disk, in which order.
func TestOperations(t *testing.T) {
	disk := vfstest.NewDisk()
	var n *Node
	names := map[string]string{}
	datadriven.RunTest(t, "testdata/operations", func(t *testing.T, td *datadriven.TestData) string {
		before := len(disk.Ops())
		var err error
		switch td.Cmd {
		case "open":
			n, err = openDisk(disk)
		case "close":
			err = n.Close()
		default:
			s := step{op: td.Cmd, name: td.CmdArgs[0].Key}
			td.MaybeScanArgs(t, "to", &s.to)
			td.MaybeScanArgs(t, "chunks", &s.seed)
			err = s.run(n)
		}
		var b strings.Builder
		for _, op := range disk.Ops()[before:] {
			if !op.Changes() || op.Kind == "write" {
				continue
			}
			line := strings.ReplaceAll(op.String(), dataDir+string(filepath.Separator), "")
			line = idPattern.ReplaceAllStringFunc(line, func(id string) string {
				if names[id] == "" {
					names[id] = fmt.Sprint("ID", len(names)+1)
				}
				return names[id]
			})
			b.WriteString(line + "\n")
		}
		if err != nil {
			fmt.Fprintln(&b, "error:", err)
		}
		return b.String()
	})
}
