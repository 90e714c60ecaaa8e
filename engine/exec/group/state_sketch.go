package group

import (
	"encoding/binary"
	"unsafe"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/vector"
)

// sketchState ships a sketch as bytes: nothing for no values; a 0 and the hashes, eight bytes each, least significant
// first, while it is exact; or a 1 and the registers, a byte each.
type sketchState struct{ fold *sketch }

func (sketchState) types() []column.Type { return []column.Type{column.String} }

func (s sketchState) size(state []uint64) (pieces, words int) {
	if state[s.fold.at] == 0 {
		return 1, 0
	}
	return 1, registers / 8
}

func (s sketchState) write(r *reader, state []uint64, off []uint32, out []*vector.Vec) error {
	if r.registers == nil {
		r.registers = new([registers / 8]uint64)
	}
	out[0].Reset(column.String, len(off))
	for i, o := range off {
		out[0].Str[i] = r.a.sketchBytes(state[s.fold.at+int(o):], r.registers)
		if err := r.cancelled(); err != nil {
			return err
		}
	}
	return nil
}

// sketchBytes returns a sketch and all that are linked to it. regs is scratch memory.
func (a *Aggregation) sketchBytes(state []uint64, regs *[registers / 8]uint64) string {
	if state[0] == 0 {
		return ""
	}
	var b []byte
	if hashes, exact := a.sketchHashes(state, regs); exact {
		b = make([]byte, 1, 1+8*len(hashes))
		for h := range hashes {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
	} else {
		b = append(make([]byte, 0, 1+registers), 1)
		for _, w := range regs {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (s sketchState) read(w *Worker, cols []*vector.Vec, state []uint64, off []uint32) error {
	p := state[s.fold.at:]
	for i, text := range cols[0].Strings() {
		if text == "" {
			continue
		}
		if err := w.readSketch(p[off[i]:off[i]+2], text); err != nil {
			return err
		}
	}
	return nil
}

// readSketch adds what sketchBytes returned to the sketch of two state words.
func (w *Worker) readSketch(state []uint64, text string) error {
	kind, body := text[0], unsafe.Slice(unsafe.StringData(text[1:]), len(text)-1)
	switch {
	case kind == 0 && len(body)%8 == 0:
		for ; len(body) > 0; body = body[8:] {
			h := binary.LittleEndian.Uint64(body)
			if h == 0 {
				return errState
			}
			if err := w.addHash(state, h); err != nil {
				return err
			}
		}
		return nil
	case kind == 1 && len(body) == registers:
		regs, err := w.ownRegisters(state)
		if err != nil {
			return err
		}
		for _, rank := range body {
			if rank > maxRank {
				return errState
			}
		}
		var src [registers / 8]uint64
		for i := range src {
			src[i] = binary.LittleEndian.Uint64(body[8*i:])
		}
		mergeRegisters(regs, src[:])
		return nil
	}
	return errState
}

// ownRegisters returns the registers of a sketch of this worker, which it has from now on.
func (w *Worker) ownRegisters(state []uint64) ([]uint64, error) {
	old := []uint64(nil)
	if state[0] != 0 {
		class := state[1] >> sketchClassBits
		b := w.pool.at(state[0]&(1<<poolShift-1) - 1)[sketchHeader:]
		if class == registerClass {
			return b[:registers/8], nil
		}
		old = b[:8<<class]
	}
	if err := w.newSketch(state, registerClass); err != nil {
		return nil, err
	}
	regs := w.pool.at(state[0]&(1<<poolShift-1) - 1)[sketchHeader:][:registers/8]
	for _, h := range old {
		if h != 0 {
			addRegister(regs, h)
		}
	}
	return regs, nil
}
