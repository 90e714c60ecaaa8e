package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/eau2db/eau2/sor"
)

// folders are those below which a node reads files for clients and for other nodes. There may be none.
type folders []string

// newFolders makes sure that the folders are there, whatever the working directory will be.
func newFolders(paths []string) (folders, error) {
	var f folders
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() {
			err = errors.New("it is not a folder")
		}
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return nil, fmt.Errorf("files of %s: %w", path, err)
		}
		f = append(f, path)
	}
	return f, nil
}

var errNoFolders = errors.New("this node reads no files of its own for clients and other nodes: it would those below DIR with eau2sh serve --files DIR")

// open opens a file below one of the folders, in which a relative path is looked for one after the other. What leads out of them is
// refused, by links too, and also when it changes meanwhile: the system resolves the path from the folder on.
func (f folders) open(path string) (*sor.Input, error) {
	if len(f) == 0 {
		return nil, errNoFolders
	}
	for _, folder := range f {
		name, ok := below(folder, path)
		if !ok {
			continue
		}
		file, err := openBelow(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: below %s: %w", path, folder, reason(err))
		}
		return sor.FromFile(path, file)
	}
	return nil, f.refuse(path)
}

// refuse says why there is no file.
func (f folders) refuse(path string) error {
	for _, folder := range f {
		if _, ok := below(folder, path); ok {
			return fmt.Errorf("open %s: there is no such file below %s: %w", path, strings.Join(f, ", "), fs.ErrNotExist)
		}
	}
	return fmt.Errorf("open %s: it is not below a folder of which this node reads files (eau2sh serve --files): %s", path, strings.Join(f, ", "))
}

// below returns a path as it is named from a folder, by its text alone.
func below(folder, path string) (string, bool) {
	if !filepath.IsAbs(path) {
		path = filepath.Clean(path)
		return path, filepath.IsLocal(path)
	}
	bases := []string{folder}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		bases = append(bases, real)
	}
	for _, base := range bases {
		if rel, err := filepath.Rel(base, path); err == nil && filepath.IsLocal(rel) {
			return rel, true
		}
	}
	return "", false
}

func openBelow(folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(name)
}

// reason is an error of a path without the path.
func reason(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}
