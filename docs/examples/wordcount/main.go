// Command wordcount counts the words of text files, on one node or several, next to the data.
//
//	wordcount [-top N] [-sor] [-timing] FILE…
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/eau2db/eau2/engine"
)

// words counts the words of all columns, as many as its argument says; they are STRINGs.
var words = engine.RegisterFold("words", func(columns int) (engine.Fold[*counts], error) {
	return engine.Fold[*counts]{
		Start: newCounts,
		Step: func(c *counts, rows engine.Chunk) (*counts, error) {
			for i := range columns {
				for _, text := range rows.Strings(i) { // "" where it is NULL
					c.addText(text)
				}
			}
			c.flush()
			return c, nil
		},
		Merge: func(a, b *counts) (*counts, error) {
			a.merge(b)
			return a, nil
		},
	}, nil
})

func main() {
	a := &app{out: os.Stdout, notes: os.Stderr}
	flag.IntVar(&a.top, "top", 0, "print so many words, the most frequent first; 0 prints all")
	flag.BoolVar(&a.sor, "sor", false, "the files are SoR: count the words of their STRING columns")
	flag.BoolVar(&a.timing, "timing", false, "tell on standard error how long loading and counting took")
	engine.Main(a)
}

// app counts when it runs.
type app struct {
	out, notes  io.Writer
	top         int
	sor, timing bool
	files       []string // nil are those of the command line
}

// Run runs on every node. Node 0 reads the files and asks; all count the words of what they keep.
func (a *app) Run(ctx context.Context, node *engine.Node) error {
	if node.Index() != 0 {
		return nil
	}
	files := a.files
	if files == nil {
		files = flag.Args()
	}
	if len(files) == 0 {
		return errors.New("which FILE is to be counted?")
	}
	start, counting := time.Now(), time.Duration(0)
	total := newCounts()
	load := loadLines
	if a.sor {
		load = loadSoR
	}
	err := load(ctx, node.Engine(), files, func(texts *engine.DataFrame, columns int) error {
		begin := time.Now()
		c, err := words.Run(ctx, texts, columns)
		if err != nil {
			return err
		}
		total.merge(c)
		counting += time.Since(begin)
		return nil
	})
	if err != nil {
		return err
	}
	if a.timing {
		fmt.Fprintf(a.notes, "%v, of which %v to count\n", time.Since(start).Round(time.Millisecond), counting.Round(time.Millisecond))
	}
	b := bufio.NewWriter(a.out)
	for _, w := range total.top(a.top) {
		fmt.Fprintf(b, "%d\t%s\n", w.count, w.text)
	}
	return b.Flush()
}

// loadLines makes a table of text files, calls count for it, and drops it.
func loadLines(ctx context.Context, e *engine.Engine, files []string, count func(*engine.DataFrame, int) error) error {
	name := fmt.Sprintf("wordcount_%d", os.Getpid())
	lines, err := e.LoadLines(ctx, name, files...)
	if err != nil {
		return err
	}
	return errors.Join(count(lines, 1), e.Drop(ctx, name))
}

// loadSoR does the same with the STRING columns of one SoR file after the other.
func loadSoR(ctx context.Context, e *engine.Engine, files []string, count func(*engine.DataFrame, int) error) error {
	for i, file := range files {
		name := fmt.Sprintf("wordcount_%d_%d", os.Getpid(), i)
		frame, err := e.Load(ctx, name, file, engine.LoadOptions{})
		if err != nil {
			return err
		}
		var texts []engine.Expr
		for _, t := range e.Tables() {
			for _, c := range t.Columns {
				if t.Name == name && c.Type == engine.String {
					texts = append(texts, engine.Col(c.Name))
				}
			}
		}
		if len(texts) > 0 {
			err = count(frame.Select(texts...), len(texts))
		}
		if err = errors.Join(err, e.Drop(ctx, name)); err != nil {
			return err
		}
	}
	return nil
}
