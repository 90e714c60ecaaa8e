package cluster

import (
	"encoding/json"
	"fmt"

	"github.com/eau2db/eau2/column"
)

// entryJSON is an entry of the catalogue, a file for each table. It is written last: with it the table is there.
type entryJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (d *directory) publish(id, name string) error {
	if err := d.writable(); err != nil {
		return err
	}
	b, err := json.Marshal(entryJSON{ID: id, Name: name})
	if err != nil {
		return fmt.Errorf("write catalogue entry: %w", err)
	}
	changed, err := d.replace(id+entrySuffix, column.AppendFrame(nil, column.KindEntry, b))
	d.mu.Lock()
	known := d.known[id]
	d.known[id] = known || err == nil
	d.mu.Unlock()
	if err == nil || !changed {
		return err
	}
	// A new table can be taken back. Of a renamed one we do not know which name it has.
	if known {
		return d.halfWay(err)
	}
	if undo := d.erase(id + entrySuffix); undo != nil {
		return d.halfWay(also(err, undo))
	}
	return err
}

func (d *directory) readEntry(id string) (name string, err error) {
	frame, err := d.fs.ReadFile(d.file(id + entrySuffix))
	if err != nil {
		return "", err
	}
	return parseEntry(frame, id)
}

func parseEntry(frame []byte, id string) (name string, err error) {
	b, err := column.ReadFrame(frame, column.KindEntry)
	if err != nil {
		return "", err
	}
	var e entryJSON
	if err := json.Unmarshal(b, &e); err != nil {
		return "", fmt.Errorf("read catalogue entry: %w: %w", ErrCorrupt, err)
	}
	if e.ID != id {
		return "", fmt.Errorf("read catalogue entry: %w: it is that of table %q", ErrCorrupt, e.ID)
	}
	if err := checkName(e.Name); err != nil {
		return "", fmt.Errorf("read catalogue entry: %w: %w", ErrCorrupt, err)
	}
	return e.Name, nil
}

func (d *directory) forget(id string) error {
	if err := d.writable(); err != nil {
		return err
	}
	if err := d.erase(id + entrySuffix); err != nil {
		return d.halfWay(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, id)
	return nil
}

func (d *directory) remove(id string) {
	d.mu.Lock()
	files := d.packs[id]
	delete(d.packs, id)
	d.mu.Unlock()
	for _, f := range files {
		_ = d.fs.Remove(f) // the next Open does it otherwise
	}
}
