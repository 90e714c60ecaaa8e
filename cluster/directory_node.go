package cluster

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

// The file of the node marks the directory as ours, and is text:
//
//	eau2 store
//	format 1
//	node vhkq3bd6nfx2jza5yrt4cwmeso
//	cluster 3wz5r6mbqk…                 once it is one of several
//	xxh3 0123456789abcdef
//
// The checksum is of the lines before. Other versions keep the first two lines as they are here.
const (
	nodeTitle       = "eau2 store"
	directoryFormat = 1
)

func (d *directory) writeNode() error {
	_, err := d.replace(nodeFile, formatNode(d.identity))
	return err
}

// identity says whose directory it is.
type identity struct{ node, clusterID string }

func (d *directory) cluster() string { return d.clusterID }

func (d *directory) setCluster(id string) error {
	d.clusterID = id
	return d.writeNode()
}

func formatNode(i identity) []byte {
	text := fmt.Sprintf("%s\nformat %d\nnode %s\n", nodeTitle, directoryFormat, i.node)
	if i.clusterID != "" {
		text += "cluster " + i.clusterID + "\n"
	}
	return fmt.Appendf(nil, "%sxxh3 %016x\n", text, xxh3.HashString(text))
}

func (d *directory) readNode() (i identity, err error) {
	file := d.file(nodeFile)
	b, err := d.fs.ReadFile(file)
	if err != nil {
		return i, inFile(file, err)
	}
	i, err = parseNode(string(b))
	return i, inFile(file, err)
}

func parseNode(text string) (i identity, err error) {
	title, rest, _ := strings.Cut(text, "\n")
	if title != nodeTitle {
		return i, fmt.Errorf("%w: the file does not begin with %q", ErrForeign, nodeTitle)
	}
	line, rest, _ := strings.Cut(rest, "\n")
	number, ok := strings.CutPrefix(line, "format ")
	format, err := strconv.Atoi(number)
	if !ok || err != nil {
		return i, fmt.Errorf("%w: %q in place of a format", ErrCorrupt, line)
	}
	if format > directoryFormat {
		return i, fmt.Errorf("%w: the directory has format %d, this program knows up to %d", ErrVersion, format, directoryFormat)
	}
	line, rest, _ = strings.Cut(rest, "\n")
	i.node, ok = strings.CutPrefix(line, "node ")
	line, _, _ = strings.Cut(rest, "\n")
	i.clusterID, _ = strings.CutPrefix(line, "cluster ")
	if strings.HasPrefix(line, "xxh3 ") {
		i.clusterID = ""
	}
	if !ok || !isID(i.node) || text != string(formatNode(i)) {
		return i, fmt.Errorf("%w: the file is not as it was written", ErrCorrupt)
	}
	return i, nil
}
