package column

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// AppendBytes appends d as a frame of KindDict to dst. The payload is an Arrow IPC stream of one record batch: the
// strings by code, and their ranks.
func (d *Dict) AppendBytes(dst []byte) ([]byte, error) {
	_, text := d.Text()
	t := textType(text)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "value", Type: t},
		{Name: "rank", Type: arrow.PrimitiveTypes.Uint32},
	}, nil)
	rank := &Array{Type: String, Layout: Code32, N: d.Len(), C32: d.Rank()}
	dst, at := beginFrame(dst)
	dst, err := appendStream(dst, schema, d.arrow(t), rank.arrow(arrow.PrimitiveTypes.Uint32))
	if err != nil {
		return nil, fmt.Errorf("write dictionary: %w", err)
	}
	endFrame(dst[at:], KindDict)
	return dst, nil
}

// ReadDict reads the frame b, which Dict.AppendBytes wrote. The strings point into b, which must stay as it is. The
// error wraps ErrCorrupt or ErrVersion.
func ReadDict(b []byte) (*Dict, error) {
	payload, err := ReadFrame(b, KindDict)
	if err != nil {
		return nil, err
	}
	d, err := readDict(payload)
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", err)
	}
	return d, nil
}

func readDict(payload []byte) (*Dict, error) {
	batch, err := readStream(payload)
	if err != nil {
		return nil, err
	}
	if batch.NumCols() != 2 {
		return nil, fmt.Errorf("%w: %d columns in place of two", ErrCorrupt, batch.NumCols())
	}
	strs, ranks := batch.Column(0), batch.Column(1)
	if t := strs.DataType().ID(); t != arrow.STRING && t != arrow.BINARY {
		return nil, fmt.Errorf("%w: strings of Arrow type %v", ErrCorrupt, t)
	}
	if t := ranks.DataType().ID(); t != arrow.UINT32 {
		return nil, fmt.Errorf("%w: ranks of Arrow type %v", ErrCorrupt, t)
	}
	n := strs.Len()
	off, text, err := textBuffers(strs.Data(), n)
	if err != nil {
		return nil, err
	}
	rank, err := values[uint32](ranks.Data(), 1, n)
	if err != nil {
		return nil, err
	}
	if n > 0 && int64(maxCode(rank)) >= int64(n) {
		return nil, fmt.Errorf("%w: ranks beyond %d", ErrCorrupt, n)
	}
	d := newTextDict(off, text)
	d.rank = rank
	return d, nil
}
