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
	r, err := readStream(payload)
	if err != nil {
		return nil, err
	}
	if len(r.columns) != 2 || r.columns[1].typ != arrow.UINT32 ||
		r.columns[0].typ != arrow.STRING && r.columns[0].typ != arrow.BINARY {
		return nil, fmt.Errorf("%w: other columns than strings and ranks", ErrCorrupt)
	}
	off, text, err := textBuffers(&r.columns[0], r.rows)
	if err != nil {
		return nil, err
	}
	rank, err := values[uint32](r.columns[1].buffers[1], r.rows)
	if err != nil {
		return nil, err
	}
	if r.rows > 0 && int64(maxCode32(rank)) >= int64(r.rows) {
		return nil, fmt.Errorf("%w: ranks beyond %d", ErrCorrupt, r.rows)
	}
	d := newTextDict(off, text)
	d.rank = rank
	return d, nil
}
