package cluster

import (
	"encoding/json"
	"fmt"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/column"
)

// entryJSON is an entry of the catalogue, a file for each table. It is written last: with it the table is there. A table
// that other nodes know of keeps its entry when it is dropped, so that it does not come back from them.
type entryJSON struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitzero"`
	Named    stampJSON `json:"named,omitzero"`
	Made     stampJSON `json:"made,omitzero"`
	Home     string    `json:"home,omitzero"`
	Maker    string    `json:"maker,omitzero"`
	Replicas int       `json:"replicas,omitzero"`
	Payload  []byte    `json:"payload,omitzero"`
	Dropped  bool      `json:"dropped,omitzero"`
}

type stampJSON struct {
	Count uint64 `json:"count"`
	Node  string `json:"node"`
}

func (d *directory) publish(e Entry) error {
	if err := d.writable(); err != nil {
		return err
	}
	b, err := json.Marshal(entryJSON{
		ID: e.ID, Name: e.Name, Named: stampJSON(e.Named), Made: stampJSON(e.Made),
		Home: e.Home, Maker: e.Maker, Replicas: e.Replicas, Payload: e.Payload, Dropped: e.Dropped,
	})
	if err != nil {
		return fmt.Errorf("write catalogue entry: %w", err)
	}
	file, frame := e.ID+entrySuffix, column.AppendFrame(nil, column.KindEntry, b)
	d.mu.Lock()
	known := d.known[e.ID]
	d.mu.Unlock()
	if known {
		changed, err := d.replace(file, frame)
		if err != nil && changed { // we do not know which one is there
			return d.halfWay(err)
		}
		return err
	}
	if err := d.addFile(file, frame); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[e.ID] = true
	return nil
}

func (d *directory) readEntry(id string) (Entry, error) {
	frame, err := d.fs.ReadFile(d.file(id + entrySuffix))
	if err != nil {
		return Entry{}, err
	}
	return parseEntry(frame, id)
}

func parseEntry(frame []byte, id string) (Entry, error) {
	b, err := column.ReadFrame(frame, column.KindEntry)
	if err != nil {
		return Entry{}, err
	}
	var j entryJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return Entry{}, fmt.Errorf("read catalogue entry: %w: %w", ErrCorrupt, err)
	}
	e := Entry{
		ID: j.ID, Name: j.Name, Named: gossip.Stamp(j.Named), Made: gossip.Stamp(j.Made),
		Home: j.Home, Maker: j.Maker, Replicas: j.Replicas, Payload: j.Payload, Dropped: j.Dropped,
	}
	if e.ID != id {
		return Entry{}, fmt.Errorf("read catalogue entry: %w: it is that of table %q", ErrCorrupt, e.ID)
	}
	if err := checkName(e.Name); err != nil && !e.Dropped {
		return Entry{}, fmt.Errorf("read catalogue entry: %w: %w", ErrCorrupt, err)
	}
	return e, nil
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
