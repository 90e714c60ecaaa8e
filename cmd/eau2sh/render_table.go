package main

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/eau2db/eau2/engine"
)

// A table is drawn in batches of batchRows rows or batchBytes bytes of cells, whichever are fewer. The first batch decides
// which columns are shown; later ones may widen them.
const (
	batchRows  = 1000
	batchBytes = 1 << 20
)

// minText is the least width a column of text or a header is squeezed to before a column is left out instead.
const minText = 6

// grid writes a table for people. It draws a batch of rows at a time: the first decides the widths. In a terminal
// every line fits its width: cells are cut, and columns left out. Elsewhere nothing is cut.
type grid struct {
	style   table.Style
	header  bool
	width   int
	columns []engine.Column
	widths  []int // of the columns shown, nil before the first batch
	batch   [][]string
	bytes   int    // of the cells in the batch
	bottom  string // the line that closes the table
}

func newASCIITable(o renderOptions) renderer { return newGrid(o, table.StyleDefault) }
func newBoxTable(o renderOptions) renderer   { return newGrid(o, table.StyleLight) }

func newGrid(o renderOptions, style table.Style) *grid {
	style.Format = table.FormatOptions{}
	return &grid{style: style, header: o.header, width: o.width}
}

func (g *grid) begin(b []byte, columns []engine.Column) []byte {
	g.columns = columns
	return b
}

func (g *grid) row(b []byte, r result) []byte {
	shown := len(g.columns)
	if g.widths != nil {
		shown = len(g.widths)
	}
	cells := make([]string, shown)
	for i := range cells {
		if v := r.Value(i); v.Valid && v.Type == engine.String {
			cells[i] = fit(v.Str, g.width)
		} else {
			cells[i] = fit(v.String(), g.width)
		}
		g.bytes += len(cells[i])
	}
	g.batch = append(g.batch, cells)
	if len(g.batch) < batchRows && g.bytes < batchBytes {
		return b
	}
	return g.draw(b)
}

func (g *grid) end(b []byte) []byte {
	if len(g.columns) == 0 {
		return b
	}
	if len(g.batch) > 0 || g.widths == nil {
		b = g.draw(b)
	}
	return append(append(b, g.bottom...), '\n')
}

func (g *grid) hidden() int {
	if g.widths == nil {
		return 0
	}
	return len(g.columns) - len(g.widths)
}

// draw appends the batch: all of it but the line at the bottom, and the lines at the top only the first time.
func (g *grid) draw(b []byte) []byte {
	first := g.widths == nil
	g.widths = g.layout()
	w := table.NewWriter()
	w.SetStyle(g.style)
	configs := make([]table.ColumnConfig, len(g.widths))
	for i, width := range g.widths {
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMin: width}
		if isNumber(g.columns[i].Type) {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	w.SetColumnConfigs(configs)
	if first && g.header {
		w.AppendHeader(g.tableRow(g.names()))
	}
	for _, cells := range g.batch {
		w.AppendRow(g.tableRow(cells))
	}
	g.batch, g.bytes = g.batch[:0], 0
	drawn := w.Render()
	if !first {
		_, drawn, _ = strings.Cut(drawn, "\n")
	}
	if cut := strings.LastIndexByte(drawn, '\n'); cut >= 0 {
		g.bottom = drawn[cut+1:]
		b = append(b, drawn[:cut+1]...)
	}
	return b
}

func (g *grid) names() []string {
	names := make([]string, len(g.columns))
	for i, c := range g.columns {
		names[i] = fit(c.Name, g.width)
	}
	return names
}

// tableRow returns the cells that are shown, cut to their columns.
func (g *grid) tableRow(cells []string) table.Row {
	row := make(table.Row, len(g.widths))
	for i, width := range g.widths {
		row[i] = cells[i]
		if g.width > 0 && displayWidth(cells[i]) > width {
			row[i] = fit(cells[i], width)
		}
	}
	return row
}

// layout decides how wide the columns are and, the first time, how many of them fit the terminal.
func (g *grid) layout() []int {
	columns := len(g.columns)
	if g.widths != nil {
		columns = len(g.widths)
	}
	natural := make([]int, columns) // what a column would like
	least := make([]int, columns)   // what it must have
	for i, c := range g.columns[:columns] {
		for _, cells := range g.batch {
			natural[i] = max(natural[i], displayWidth(cells[i]))
		}
		least[i] = natural[i]
		if !isNumber(c.Type) { // half a number would be a lie
			least[i] = min(natural[i], minText)
		}
		if g.header {
			header := displayWidth(string(appendVisible(nil, c.Name)))
			natural[i] = max(natural[i], header)
			least[i] = max(least[i], min(header, minText))
		}
		natural[i], least[i] = max(1, natural[i]), max(1, least[i])
		if g.widths != nil {
			natural[i], least[i] = max(g.widths[i], natural[i]), g.widths[i]
		}
	}
	if g.width <= 0 {
		return natural
	}
	for n := columns; n > 1; n-- {
		room := g.width - frameWidth(n)
		if sum(least[:n]) <= room {
			return share(least[:n], natural[:n], room-sum(least[:n]))
		}
	}
	return []int{max(1, min(natural[0], g.width-frameWidth(1)))}
}

// frameWidth is what the lines and spaces around n columns take.
func frameWidth(n int) int { return 3*n + 1 }

// share hands out room to columns that want more than their least, the modest ones first.
func share(least, natural []int, room int) []int {
	widths := append([]int(nil), least...)
	for room > 0 {
		hungry := 0
		for i := range widths {
			if widths[i] < natural[i] {
				hungry++
			}
		}
		if hungry == 0 {
			break
		}
		portion := max(1, room/hungry)
		for i := range widths {
			more := min(portion, natural[i]-widths[i], room)
			widths[i] += more
			room -= more
		}
	}
	return widths
}

func sum(widths []int) int {
	n := 0
	for _, w := range widths {
		n += w
	}
	return n
}
