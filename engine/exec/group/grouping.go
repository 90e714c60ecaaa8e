package group

const (
	// tableWords are the words of the records in a worker's hash table, beyond which they go to the partitions.
	tableWords = 1 << 20

	partitionBits = 8
	partitions    = 1 << partitionBits
	partitionTop  = 64 - partitionBits
)

// grouping is the records of one worker in one layout.
type grouping struct {
	*layout
	memory     *account
	dense      []uint64
	hot        []uint64 // compact records, by lane
	hotRows    int      // in them
	table      *table
	parts      *partitioned
	seen       int // rows since the table was empty
	direct     int // rows still to come that get a record each
	directRecs []uint64
	sparse     bool // most rows were groups of their own, at least once
	turn       int  // partition that took the last records of a Partial
	off        []uint32
}

// fold folds the rows of w's batch, whose keys are loaded, into records.
func (g *grouping) fold(w *Worker, folds []fold) error {
	if g.layout.dense {
		return g.foldDense(w, folds)
	}
	w.enc.pack(g.layout, w.rows)
	if g.direct > 0 {
		return g.foldDirect(w, folds)
	}
	if g.table == nil {
		g.table = &table{words: g.words, stride: g.stride, memory: g.memory}
	}
	g.off = resize(g.off, w.rows)
	if err := g.table.find(w.enc.keys, g.off); err != nil {
		return err
	}
	if w.a.words > 0 {
		if err := w.update(folds, g.table.recs[g.words:], g.off); err != nil {
			return err
		}
	}
	g.seen += w.rows
	if len(g.table.recs) < w.a.tableWords {
		return nil
	}
	if 3*g.table.count > 2*g.seen && w.a.small {
		g.direct, g.sparse = 16*g.table.count, true
	}
	return g.flush()
}

func (g *grouping) foldDense(w *Worker, folds []fold) error {
	if g.hotPlan != nil && w.phase == 0 {
		return g.foldHot(w)
	}
	if err := g.makeDense(); err != nil {
		return err
	}
	if g.slots == 1 {
		return w.updateOne(folds, g.dense)
	}
	w.enc.index(g.layout, w.rows, g.stride)
	return w.update(folds, g.dense, w.enc.off)
}

// makeDense makes the full dense records, unless there are.
func (g *grouping) makeDense() error {
	if g.dense != nil {
		return nil
	}
	if err := g.memory.use(8 * int64(g.slots*g.stride)); err != nil {
		return err
	}
	g.dense = newWords(g.slots * g.stride)
	return nil
}

// foldDirect makes a record of each row and moves it to its partition: rows of one group will meet when the partitions
// are merged.
func (g *grouping) foldDirect(w *Worker, folds []fold) error {
	g.direct -= w.rows
	n := w.rows * g.stride
	g.directRecs = resize(g.directRecs, n)
	clear(g.directRecs)
	g.off = resize(g.off, w.rows)
	for i := range g.off {
		g.off[i] = uint32(i * g.stride)
	}
	for k := range g.words {
		rec := g.directRecs[k:]
		for i, x := range w.enc.keys[k] {
			rec[i*g.stride] = x
		}
	}
	if w.a.words > 0 {
		if err := w.update(folds, g.directRecs[g.words:], g.off); err != nil {
			return err
		}
	}
	if w.a.partial { // who merges the state looks at the keys
		g.turn = (g.turn + 1) % partitions
		return g.partitioned().addTo(g.turn, g.directRecs)
	}
	return g.partitioned().add(g.directRecs, g.words)
}

func (g *grouping) partitioned() *partitioned {
	if g.parts == nil {
		g.parts = &partitioned{stride: g.stride, slabs: slabs{memory: g.memory}}
	}
	return g.parts
}

// flush moves the records of the table to the partitions.
func (g *grouping) flush() error {
	if err := g.partitioned().add(g.table.recs, g.words); err != nil {
		return err
	}
	g.table.empty()
	g.seen = 0
	return nil
}

// partitioned holds records by the top bits of their hash, in blocks.
type partitioned struct {
	stride int
	slabs  slabs
	last   [partitions][]uint64   // the block that is being filled
	full   [partitions][][]uint64 // those before
}

const (
	firstBlock = 16      // records
	lastBlock  = 1 << 13 // words
)

// add copies records, whose keys have the given number of words, to their partitions.
func (p *partitioned) add(recs []uint64, words int) error {
	stride := p.stride
	for o := 0; o < len(recs); o += stride {
		rec := recs[o : o+stride : o+stride]
		h := hashRecord(rec[:words])
		q := h >> partitionTop
		b := p.last[q]
		if len(b)+stride > cap(b) {
			if err := p.grow(int(q)); err != nil {
				return err
			}
			b = p.last[q]
		}
		n := len(b)
		b = b[:n+stride]
		copy(b[n:], rec)
		p.last[q] = b
	}
	return nil
}

// addTo copies records to partition q.
func (p *partitioned) addTo(q int, recs []uint64) error {
	for len(recs) > 0 {
		b := p.last[q]
		n := min(len(recs), (cap(b)-len(b))/p.stride*p.stride)
		p.last[q] = append(b, recs[:n]...)
		recs = recs[n:]
		if len(recs) == 0 {
			break
		}
		if err := p.grow(q); err != nil {
			return err
		}
	}
	return nil
}

func (p *partitioned) grow(q int) error {
	size := firstBlock * p.stride
	if b := p.last[q]; b != nil {
		p.full[q] = append(p.full[q], b)
		size = max(size, min(2*cap(b), lastBlock/p.stride*p.stride))
	}
	b, err := p.slabs.take(size)
	p.last[q] = b[:0]
	return err
}

// blocks returns the records of a partition.
func (p *partitioned) blocks(q int) [][]uint64 {
	if len(p.last[q]) == 0 {
		return p.full[q]
	}
	return append(p.full[q][:len(p.full[q]):len(p.full[q])], p.last[q])
}
