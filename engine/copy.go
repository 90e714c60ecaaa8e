package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/eau2db/eau2/sor"
)

// exporters write rows to a file, by format, and count them.
var exporters = map[string]func(w io.Writer, r *Rows) (int64, error){
	"sor":   exportSoR,
	"csv":   func(w io.Writer, r *Rows) (int64, error) { return exportText(w, r, ',') },
	"tsv":   func(w io.Writer, r *Rows) (int64, error) { return exportText(w, r, '\t') },
	"json":  exportJSON,
	"jsonl": exportJSON,
	"arrow": exportArrow,
}

// export writes the rows to path. The file appears whole or not at all.
func export(path, format string, r *Rows) (rows int64, err error) {
	write, ok := exporters[format]
	if !ok {
		return 0, fmt.Errorf("COPY TO %s: the format %s is not supported yet; there are .sor, .csv, .tsv, .json, .jsonl and .arrow", path, format)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err // without the name of the temporary file
	}
	if err != nil {
		return 0, fmt.Errorf("COPY TO %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	b := bufio.NewWriterSize(f, 1<<20)
	if rows, err = write(b, r); err != nil {
		return 0, fmt.Errorf("COPY TO %s: %w", path, err)
	}
	if err := errors.Join(b.Flush(), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("COPY TO %s: %w", path, err)
	}
	return rows, os.Rename(f.Name(), path)
}

func exportSoR(w io.Writer, r *Rows) (n int64, err error) {
	sw := sor.NewWriter(w, r.fields)
	row := make([]Value, len(r.fields))
	for ; r.Next(); n++ {
		for i := range row {
			row[i] = r.Value(i)
		}
		if err := sw.WriteRow(row); err != nil {
			return n, err
		}
	}
	return n, errors.Join(r.Err(), sw.Flush())
}

// exportText writes CSV or TSV with a header line: NULL is an empty field, an empty string is quoted.
func exportText(w io.Writer, r *Rows, sep byte) (n int64, err error) {
	var b []byte
	for i, f := range r.fields {
		if i > 0 {
			b = append(b, sep)
		}
		b = appendField(b, f.Name, sep)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return 0, err
	}
	for ; r.Next(); n++ {
		b = b[:0]
		for i := range r.fields {
			if i > 0 {
				b = append(b, sep)
			}
			if v := r.Value(i); v.Valid {
				b = appendField(b, v.String(), sep)
			}
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return n, err
		}
	}
	return n, r.Err()
}

// appendField appends s, quoted where a reader would otherwise take it for something else.
func appendField(b []byte, s string, sep byte) []byte {
	if s != "" && !strings.ContainsAny(s, "\"\r\n"+string(rune(sep))) {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}

// exportJSON writes an object a line.
func exportJSON(w io.Writer, r *Rows) (n int64, err error) {
	var b []byte
	for ; r.Next(); n++ {
		b = append(b[:0], '{')
		for i, f := range r.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, f.Name)
			b = append(b, ':')
			b = appendJSON(b, r.Value(i))
		}
		b = append(b, '}', '\n')
		if _, err := w.Write(b); err != nil {
			return n, err
		}
	}
	return n, r.Err()
}

func exportArrow(w io.Writer, r *Rows) (n int64, err error) {
	records, err := r.Arrow()
	if err != nil {
		return 0, err
	}
	defer records.Release()
	fw, err := ipc.NewFileWriter(w, ipc.WithSchema(records.Schema()))
	if err != nil {
		return 0, err
	}
	for records.Next() {
		n += records.RecordBatch().NumRows()
		if err := fw.Write(records.RecordBatch()); err != nil {
			return n, err
		}
	}
	return n, errors.Join(records.Err(), fw.Close())
}
