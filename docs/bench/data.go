package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// A dataset is a table as text, once as SoR and once as CSV.
type dataset struct {
	Table   string
	Columns []field
	Rows    int
	SoR     string // path
	CSV     string
}

// A field is a column with its type in DuckDB; eau2 infers its own.
type field struct{ Name, Type string }

// names gives the columns' names, with commas between them.
func (d dataset) names() string {
	var names []string
	for _, f := range d.Columns {
		names = append(names, f.Name)
	}
	return strings.Join(names, ",")
}

// h2o is the group-by table of the h2o.ai database benchmark with 100 groups and without missing values: id1 and id2
// strings of 100 values, id3 of n/100; id4 and id5 integers of 100 values, id6 of n/100; v1 up to 5, v2 up to 15, and
// v3 a number below 100 with 6 decimals.
func h2o(dir string, n int) (dataset, error) {
	d := dataset{Table: "x", Rows: n, Columns: []field{
		{"id1", "VARCHAR"}, {"id2", "VARCHAR"}, {"id3", "VARCHAR"}, {"id4", "INTEGER"}, {"id5", "INTEGER"}, {"id6", "INTEGER"},
		{"v1", "INTEGER"}, {"v2", "INTEGER"}, {"v3", "DOUBLE"},
	}}
	few, many := 100, max(n/100, 1)
	return d, d.generate(dir, "h2o", 108, func(r *random) rowWriter {
		return func(b []byte) []byte {
			b = pad(append(b, "id"...), 1+r.below(few), 3)
			b = pad(append(b, ",id"...), 1+r.below(few), 3)
			b = pad(append(b, ",id"...), 1+r.below(many), 10)
			for _, groups := range []int{few, few, many, 5, 15} {
				b = strconv.AppendInt(append(b, ','), int64(1+r.below(groups)), 10)
			}
			millionths := r.below(100_000_000)
			b = strconv.AppendInt(append(b, ','), int64(millionths/1_000_000), 10)
			return pad(append(b, '.'), millionths%1_000_000, 6)
		}
	})
}

// commits is the history of many projects: a project, an author and a committer a row, all numbers, a few of them in
// very many rows.
func commits(dir string, n int) (dataset, error) {
	d := dataset{Table: "commits", Rows: n, Columns: []field{{"pid", "INTEGER"}, {"author", "INTEGER"}, {"committer", "INTEGER"}}}
	projects, users := max(n/12, 100), max(n/40, 100)
	spread := func(rank uint64, size int) int64 { return int64(rank * 2654435761 % uint64(size)) }
	return d, d.generate(dir, "commits", 3, func(r *random) rowWriter {
		project := rand.NewZipf(rand.New(r), 1.1, 8, uint64(projects-1))
		user := rand.NewZipf(rand.New(r), 1.2, 8, uint64(users-1))
		return func(b []byte) []byte {
			author := user.Uint64()
			committer := author
			if r.below(10) < 3 {
				committer = user.Uint64()
			}
			b = strconv.AppendInt(b, spread(project.Uint64(), projects), 10)
			b = strconv.AppendInt(append(b, ','), spread(author, users), 10)
			return strconv.AppendInt(append(b, ','), spread(committer, users), 10)
		}
	})
}

// A rowWriter appends the fields of the next row to b, with commas between them.
type rowWriter func(b []byte) []byte

// generate sets d's paths and writes the files unless they are there. Pieces of the table are made in parallel, each
// from its own seed, so that the same n gives the same bytes on any machine.
func (d *dataset) generate(dir, name string, seed uint64, rows func(*random) rowWriter) error {
	base := filepath.Join(dir, fmt.Sprintf("%s_%d", name, d.Rows))
	d.SoR, d.CSV = base+".sor", base+".csv"
	if exists(d.SoR) && exists(d.CSV) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "making %s and its CSV\n", d.SoR)
	sor, err := create(d.SoR, "")
	if err != nil {
		return err
	}
	csv, err := create(d.CSV, d.names()+"\n")
	if err != nil {
		return err
	}
	const piece = 100_000
	type texts struct{ sor, csv []byte }
	order := make(chan chan texts, runtime.GOMAXPROCS(0)) // of pieces under way
	go func() {
		defer close(order)
		for lo := 0; lo < d.Rows; lo += piece {
			done := make(chan texts, 1)
			order <- done
			go func() {
				r := random(uint64(lo/piece)*0x5851f42d4c957f2d + seed)
				sor, csv := render(min(piece, d.Rows-lo), rows(&r))
				done <- texts{sor, csv}
			}()
		}
	}()
	for done := range order {
		t := <-done
		sor.Write(t.sor) // a failed write is kept by the bufio.Writer and told by finish
		csv.Write(t.csv)
	}
	return errors.Join(sor.finish(d.SoR), csv.finish(d.CSV))
}

// render makes n rows as SoR and as CSV.
func render(n int, row rowWriter) (sor, csv []byte) {
	for range n {
		start := len(csv)
		csv = append(row(csv), '\n')
		sor = append(sor, '<')
		for _, c := range csv[start : len(csv)-1] {
			if c == ',' {
				sor = append(sor, '>', '<')
			} else {
				sor = append(sor, c)
			}
		}
		sor = append(sor, '>', '\n')
	}
	return sor, csv
}

// An output is a file under a temporary name until it is finished.
type output struct {
	*bufio.Writer
	file *os.File
}

func create(path, head string) (*output, error) {
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return nil, err
	}
	o := &output{bufio.NewWriterSize(f, 1<<20), f}
	o.WriteString(head)
	return o, nil
}

func (o *output) finish(path string) error {
	if err := errors.Join(o.Flush(), o.file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// random is the splitmix64 generator (Steele, Lea, Flood 2014).
type random uint64

// Uint64 returns the next number.
func (r *random) Uint64() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int((r.Uint64() >> 32) * uint64(n) >> 32) }

// pad appends v in decimal with zeros before it, width digits in all.
func pad(b []byte, v, width int) []byte {
	for i := len(strconv.Itoa(v)); i < width; i++ {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(v), 10)
}
