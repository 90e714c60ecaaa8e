package gossip

import (
	"bytes"
)

// maxEvents is how many messages may wait to be handled.
const maxEvents = 1024

// event is something to be handled, one after the other.
type event struct {
	message []byte // from another node
	greet   Member // somebody who is here now
}

func (g *Gossip) enqueue(e event) {
	select {
	case g.events <- e:
	default: // it is sent again, or found missing when states are compared
		g.log.Warn("too many gossip messages at once: one is dropped")
	}
}

// take takes a message that somebody has sent. It does not wait.
func (g *Gossip) take(message []byte) {
	if len(message) > maxMessage {
		g.log.Warn("gossip message dropped", "err", errMessage, "bytes", len(message))
		return
	}
	g.enqueue(event{message: bytes.Clone(message)})
}

func (g *Gossip) receive() {
	for {
		select {
		case <-g.ctx.Done():
			return
		case e := <-g.events:
			if e.greet.ID != "" {
				g.outbox.send(e.greet, g.message(kindDigest).encode())
				continue
			}
			m, err := decodeMessage(e.message)
			if err != nil {
				g.log.Warn("gossip message dropped", "err", err)
				continue
			}
			g.handle(m)
		}
	}
}

func (g *Gossip) handle(m *message) {
	if own := g.Cluster(); own == "" || m.cluster != own || m.from == g.self.ID {
		g.log.Debug("gossip message dropped", "from", m.from, "cluster", m.cluster)
		return
	}
	switch m.kind {
	case kindAck:
		g.asked.acknowledge(m.seq, m.from, m.session)
	case kindLeave:
		g.members.left(m.from, m.session)
		g.reply(m, g.message(kindAck))
	case kindAnnounce:
		if g.merge(m) {
			g.reply(m, g.message(kindAck))
		}
	case kindEntries:
		switch {
		case !g.merge(m):
		case m.flags&flagLast != 0:
			g.asked.acknowledge(m.seq, m.from, m.session)
		default:
			g.asked.heard(m.seq)
		}
	case kindDigest:
		g.compare(m)
	}
}

func (g *Gossip) merge(m *message) bool {
	if _, err := g.Apply(m.entries); err != nil {
		g.log.Error("catalogue entries not taken over", "from", m.from, "err", err)
		return false
	}
	return true
}

// compare sends the other node what it may not have.
func (g *Gossip) compare(m *message) {
	entries := g.catalogue.differing(m.digest)
	wants := m.flags&flagAsked != 0
	if len(entries) == 0 && !wants {
		return
	}
	parts := chunks(entries)
	for i, part := range parts {
		reply := g.message(kindEntries)
		reply.entries = part
		if i == len(parts)-1 && wants {
			reply.flags = flagLast
		}
		g.reply(m, reply)
	}
}

// reply sends an answer to the sender of m, unless nothing is known of it.
func (g *Gossip) reply(m, answer *message) {
	if to, ok := g.members.session(m.from, m.session); ok {
		answer.seq = m.seq
		g.outbox.send(to, answer.encode())
	}
}

// message begins a message of this node.
func (g *Gossip) message(k kind) *message {
	m := &message{kind: k, cluster: g.Cluster(), from: g.self.ID, session: g.self.Session}
	if k == kindDigest {
		m.digest = g.catalogue.sum()
	}
	return m
}
