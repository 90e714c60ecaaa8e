package column

import "unsafe"

// NoCode stands for a string that a merged dictionary does not hold.
const NoCode = ^uint32(0)

// DictMerger makes one dictionary of several of one column, whose chunks were made apart. The strings of the first keep
// their codes. One goroutine uses it at a time.
type DictMerger struct {
	limit     int
	textLimit int
	table     dictTable
}

// NewDictMerger returns a DictMerger whose dictionary is as large as that of a DictBuilder may be.
func NewDictMerger() *DictMerger {
	return &DictMerger{limit: maxDictStrings, textLimit: maxDictText, table: newDictTable()}
}

// Add takes the strings of d and returns for each of its codes the merged one: what [Array.Recode] wants. A string that the
// merged dictionary has no room for gets NoCode.
func (m *DictMerger) Add(d *Dict) (codes []uint32) {
	codes = make([]uint32, d.Len())
	for i := range codes {
		s := d.Value(uint32(i))
		b := unsafe.Slice(unsafe.StringData(s), len(s))
		k := m.table.seed.key(b)
		code, ok := m.table.find(&k, b)
		switch {
		case ok:
		case m.table.size() >= m.limit || len(m.table.text)+len(b) > m.textLimit:
			code = NoCode
		default:
			code = m.table.add(&k, b)
		}
		codes[i] = code
	}
	return codes
}

// Dict returns the merged dictionary, or nil when it has no strings. Call it when no more are added.
func (m *DictMerger) Dict() *Dict {
	if m.table.size() == 0 {
		return nil
	}
	return newTextDict(exact(m.table.off), exact(m.table.text))
}
