package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/eau2db/eau2/engine"
)

// A chart keeps chartRows rows, and is chartWidth columns wide where no terminal says otherwise. A line is drawn over
// lineHeight rows, and without being asked for when the first column ascends over at least lineRows rows.
const (
	chartRows  = 10000
	chartWidth = 80
	lineHeight = 16
	lineRows   = 20
)

// chart draws bars or a line. The first column says what each row is, the columns of numbers after it are drawn; a
// single column of numbers is drawn over the numbers of its rows.
type chart struct {
	kind    string // "bar", "line", or "" to choose
	width   int
	plain   bool
	names   []string // of the series
	series  [][]float64
	indexes []int     // of the series among the columns
	label   int       // the column that says what a row is, -1 is none
	numeric bool      // it holds numbers
	labels  []string  // of the rows
	x       []float64 // the labels as numbers, or the numbers of the rows
	left    int64     // rows that were not kept
}

func newChart(o renderOptions) renderer {
	c := &chart{kind: o.arg, width: o.width, plain: o.plain, label: -1}
	if c.width <= 0 {
		c.width = chartWidth
	}
	return c
}

func (c *chart) begin(b []byte, columns []engine.Column) []byte {
	for i, column := range columns {
		number := isNumber(column.Type)
		if i == 0 && (len(columns) > 1 || !number) {
			c.label, c.numeric = 0, number
			continue
		}
		if number || column.Type == engine.Bool {
			c.indexes = append(c.indexes, i)
			c.names = append(c.names, string(appendVisible(nil, column.Name)))
		}
	}
	c.series = make([][]float64, len(c.indexes))
	return b
}

func (c *chart) row(b []byte, r result) []byte {
	if len(c.x) >= chartRows {
		c.left++
		return b
	}
	n := len(c.x)
	label, x := "", float64(n+1)
	if c.label >= 0 {
		v := r.Value(c.label)
		if label = v.String(); v.Valid && v.Type == engine.String {
			label = fit(v.Str, c.width)
		}
		if c.numeric {
			x = number(v)
		}
	}
	c.labels, c.x = append(c.labels, label), append(c.x, x)
	for i, index := range c.indexes {
		c.series[i] = append(c.series[i], number(r.Value(index)))
	}
	return b
}

// number returns a value as a number, NaN for NULL.
func number(v engine.Value) float64 {
	switch {
	case !v.Valid || v.Type == engine.String:
		return math.NaN()
	case v.Type == engine.Float:
		return v.Float
	}
	return float64(v.Int)
}

func (c *chart) end(b []byte) []byte {
	switch {
	case len(c.series) == 0:
		return append(b, "(nothing to draw: no numbers)\n"...)
	case len(c.x) == 0:
		return append(b, "(nothing to draw: no rows)\n"...)
	case c.kind == "line" || c.kind == "" && c.ascends():
		b = c.drawLine(b)
	default:
		b = c.drawBars(b)
	}
	if c.left > 0 {
		b = fmt.Appendf(b, "(without %s after the first %s)\n", plural(c.left, "row"), thousands(chartRows))
	}
	return b
}

// ascends says whether the rows are points of a line: many, with ascending numbers.
func (c *chart) ascends() bool {
	for i := 1; i < len(c.x); i++ {
		if !(c.x[i] > c.x[i-1]) {
			return false
		}
	}
	return len(c.x) >= lineRows && (c.numeric || c.label < 0)
}

// bounds returns the least and greatest number of all series.
func bounds(series ...[]float64) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, numbers := range series {
		for _, n := range numbers {
			if !math.IsNaN(n) && !math.IsInf(n, 0) {
				least, most = min(least, n), max(most, n)
			}
		}
	}
	if least > most {
		return 0, 0
	}
	return least, most
}

// drawBars draws a bar for each number, beginning at zero.
func (c *chart) drawBars(b []byte) []byte {
	least, most := bounds(c.series...)
	least, most = min(0, least), max(0, most)
	labelWidth, valueWidth := 0, 0
	for i, label := range c.labels {
		labelWidth = max(labelWidth, displayWidth(label))
		for _, numbers := range c.series {
			valueWidth = max(valueWidth, len(shortNumber(numbers[i])))
		}
	}
	labelWidth = min(labelWidth, c.width/3)
	nameWidth := 0
	if len(c.series) > 1 {
		for _, name := range c.names {
			nameWidth = max(nameWidth, displayWidth(name)+1)
		}
		nameWidth = min(nameWidth, c.width/4)
	}
	room := max(1, c.width-labelWidth-nameWidth-valueWidth-3)
	for i, label := range c.labels {
		for s, numbers := range c.series {
			if s > 0 {
				label = ""
			}
			label = fit(label, labelWidth)
			b = append(b, label...)
			b = append(b, strings.Repeat(" ", labelWidth-displayWidth(label)+1)...)
			if nameWidth > 0 {
				name := fit(c.names[s], nameWidth-1)
				b = append(append(b, name...), strings.Repeat(" ", nameWidth-displayWidth(name))...)
			}
			b = c.appendBar(b, numbers[i], least, most, room)
			b = append(append(b, ' '), shortNumber(numbers[i])...)
			b = append(b, '\n')
		}
	}
	return b
}

// appendBar appends a bar of n on a scale from least to most, which room columns show.
func (c *chart) appendBar(b []byte, n, least, most float64, room int) []byte {
	scale := most - least
	if math.IsNaN(n) || scale == 0 {
		return b
	}
	zero := int(math.Round(-least / scale * float64(room)))
	if n < 0 {
		length := min(zero, int(math.Round(-n/scale*float64(room))))
		b = append(b, strings.Repeat(" ", zero-length)...)
		return append(b, strings.Repeat(c.block(), length)...)
	}
	b = append(b, strings.Repeat(" ", zero)...)
	eighths := int(math.Round(n / scale * float64(room) * 8))
	if c.plain {
		return append(b, strings.Repeat("#", (eighths+4)/8)...)
	}
	b = append(b, strings.Repeat(c.block(), eighths/8)...)
	if part := eighths % 8; part > 0 {
		b = append(b, string([]rune(" ▏▎▍▌▋▊▉")[part])...)
	}
	return b
}

func (c *chart) block() string {
	if c.plain {
		return "#"
	}
	return "█"
}

// shortNumber writes a number with at most 6 digits.
func shortNumber(n float64) string {
	switch {
	case math.IsNaN(n):
		return "NULL"
	case n == math.Trunc(n) && math.Abs(n) < 1e15:
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.6g", n)
}

// drawLine draws the series as lines over x.
func (c *chart) drawLine(b []byte) []byte {
	least, most := bounds(c.series...)
	top, bottom := shortNumber(most), shortNumber(least)
	margin := max(len(top), len(bottom))
	width := max(1, c.width-margin-2)
	from, to := bounds(c.x)
	grid := make([][]rune, lineHeight)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(" ", width))
	}
	for s, numbers := range c.series {
		c.plot(grid, c.columns(numbers, from, to, width), least, most, c.mark(s))
	}
	for i, row := range grid {
		label := ""
		switch i {
		case 0:
			label = top
		case lineHeight - 1:
			label = bottom
		}
		b = fmt.Appendf(b, "%*s %s%s\n", margin, label, c.axis("│", "|"), strings.TrimRight(string(row), " "))
	}
	b = fmt.Appendf(b, "%*s %s%s\n", margin, "", c.axis("└", "+"), strings.Repeat(c.axis("─", "-"), width))
	left, right := shortNumber(from), shortNumber(to)
	if gap := width - len(left) - len(right); gap > 0 {
		b = fmt.Appendf(b, "%*s  %s%s%s\n", margin, "", left, strings.Repeat(" ", gap), right)
	}
	if len(c.names) > 1 {
		for s, name := range c.names {
			b = fmt.Appendf(b, "%*s  %c %s\n", margin, "", c.mark(s), fit(name, max(1, width-2)))
		}
	}
	return b
}

func (c *chart) axis(drawn, plain string) string {
	if c.plain {
		return plain
	}
	return drawn
}

// mark is the character of a series.
func (c *chart) mark(series int) rune {
	if c.plain {
		return []rune("*+ox")[series%4]
	}
	return []rune("•+ox")[series%4]
}

// columns averages the numbers that fall in each column of the screen, and draws straight lines between columns with
// any. NaN is a column before the first or after the last.
func (c *chart) columns(numbers []float64, from, to float64, width int) []float64 {
	sums, counts := make([]float64, width), make([]int, width)
	for i, n := range numbers {
		if math.IsNaN(n) || math.IsNaN(c.x[i]) {
			continue
		}
		at := 0
		if to > from {
			at = min(width-1, int((c.x[i]-from)/(to-from)*float64(width-1)+0.5))
		}
		sums[at] += n
		counts[at]++
	}
	last := -1
	for i := range sums {
		if counts[i] == 0 {
			sums[i] = math.NaN()
			continue
		}
		sums[i] /= float64(counts[i])
		for j := last + 1; last >= 0 && j < i; j++ {
			share := float64(j-last) / float64(i-last)
			sums[j] = sums[last] + share*(sums[i]-sums[last])
		}
		last = i
	}
	return sums
}

// plot marks a series in the grid, joining steep steps.
func (c *chart) plot(grid [][]rune, columns []float64, least, most float64, mark rune) {
	before := -1
	for x, n := range columns {
		if math.IsNaN(n) {
			before = -1
			continue
		}
		row := lineHeight / 2
		if most > least {
			row = int(math.Round((most - n) / (most - least) * (lineHeight - 1)))
		}
		if before >= 0 {
			for y := min(before, row) + 1; y < max(before, row); y++ {
				grid[y][x] = mark
			}
		}
		grid[row][x] = mark
		before = row
	}
}
