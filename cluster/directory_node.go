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
//	xxh3 0123456789abcdef
//
// The checksum is of the lines before. Other versions keep the first two lines as they are here.
const (
	nodeTitle       = "eau2 store"
	directoryFormat = 1
)

func (d *directory) writeNode() error {
	_, err := d.replace(nodeFile, formatNode(d.node))
	return err
}

func formatNode(id string) []byte {
	text := fmt.Sprintf("%s\nformat %d\nnode %s\n", nodeTitle, directoryFormat, id)
	return fmt.Appendf(nil, "%sxxh3 %016x\n", text, xxh3.HashString(text))
}

func (d *directory) readNode() (id string, err error) {
	file := d.file(nodeFile)
	b, err := d.fs.ReadFile(file)
	if err != nil {
		return "", inFile(file, err)
	}
	id, err = parseNode(string(b))
	return id, inFile(file, err)
}

func parseNode(text string) (id string, err error) {
	title, rest, _ := strings.Cut(text, "\n")
	if title != nodeTitle {
		return "", fmt.Errorf("%w: the file does not begin with %q", ErrForeign, nodeTitle)
	}
	line, rest, _ := strings.Cut(rest, "\n")
	number, ok := strings.CutPrefix(line, "format ")
	format, err := strconv.Atoi(number)
	if !ok || err != nil {
		return "", fmt.Errorf("%w: %q in place of a format", ErrCorrupt, line)
	}
	if format > directoryFormat {
		return "", fmt.Errorf("%w: the directory has format %d, this program knows up to %d", ErrVersion, format, directoryFormat)
	}
	line, _, _ = strings.Cut(rest, "\n")
	id, ok = strings.CutPrefix(line, "node ")
	if !ok || !isID(id) || text != string(formatNode(id)) {
		return "", fmt.Errorf("%w: the file is not as it was written", ErrCorrupt)
	}
	return id, nil
}
