package cluster

import (
	"encoding/json"
	"slices"

	"github.com/eau2db/eau2/cluster/gossip"
	"github.com/eau2db/eau2/column"
)

// membersFile has the members that the node has seen, so that it finds them again when it is started anew: a frame with
// what the Network has given. It is a hint: without it, or when it is damaged, the node asks its seeds only.
const membersFile = "eau2.members"

func (d *directory) peers() []byte {
	frame, err := d.fs.ReadFile(d.file(membersFile))
	if err != nil {
		return nil
	}
	b, err := column.ReadFrame(frame, column.KindValue)
	if err != nil {
		return nil
	}
	return b
}

func (d *directory) setPeers(b []byte) error {
	if err := d.writable(); err != nil {
		return err
	}
	_, err := d.replace(membersFile, column.AppendFrame(nil, column.KindValue, b)) // whichever is there then will do
	return err
}

// knownJSON is a member that was seen.
type knownJSON struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Data    string `json:"data"`
	Gossip  string `json:"gossip"`
	Session uint64 `json:"session"`
	Left    bool   `json:"left,omitzero"` // said so itself
}

// encodeKnown writes the members other than self.
func encodeKnown(members []gossip.Member, self string) []byte {
	all := []knownJSON{}
	for _, m := range members {
		if m.ID != self {
			all = append(all, knownJSON{m.ID, m.Name, m.Data, m.Gossip, m.Session, m.State == gossip.Left})
		}
	}
	b, _ := json.Marshal(all) // cannot fail for these types
	return b
}

// parseKnown reads what encodeKnown wrote; of anything else, nothing.
func parseKnown(b []byte) []gossip.Member {
	var all []knownJSON
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	all = slices.DeleteFunc(all, func(k knownJSON) bool { return k.ID == "" || len(k.ID) > gossip.MaxID })
	members := make([]gossip.Member, len(all))
	for i, k := range all {
		members[i] = gossip.Member{ID: k.ID, Name: k.Name, Data: k.Data, Gossip: k.Gossip, Session: k.Session, State: gossip.Dead}
		if k.Left {
			members[i].State = gossip.Left
		}
	}
	return members
}
