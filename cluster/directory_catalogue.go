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
	file, frame := id+entrySuffix, column.AppendFrame(nil, column.KindEntry, b)
	d.mu.Lock()
	renamed := d.known[id]
	d.mu.Unlock()
	if renamed {
		changed, err := d.replace(file, frame)
		if err != nil && changed { // we do not know which name it has
			return d.halfWay(err)
		}
		return err
	}
	if err := d.addFile(file, frame); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[id] = true
	return nil
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
