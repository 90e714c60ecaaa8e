package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/eau2db/eau2/column"
)

// A value that is of no table has a file of its own, named after the hash of its key: a frame whose payload is the
// name and the home of the key, each after its length as a varint, and the value.

const valueNameLen = 40

func valueName(k Key) string {
	sum := sha256.Sum256(appendKey(nil, k))
	return hex.EncodeToString(sum[:valueNameLen/2]) + valueSuffix
}

func appendKey(b []byte, k Key) []byte {
	return appendText(appendText(b, k.Name), k.Home)
}

func (d *directory) put(k Key, value []byte) error {
	if err := d.writable(); err != nil {
		return err
	}
	old, err := d.get(k)
	if err == nil {
		return sameValue(old, value)
	}
	if !errors.Is(err, ErrNoValue) {
		return err
	}
	payload := append(appendKey(make([]byte, 0, len(value)+len(k.Name)+len(k.Home)+8), k), value...)
	return d.addFile(valueName(k), column.AppendFrame(nil, column.KindValue, payload))
}

func (d *directory) get(k Key) ([]byte, error) {
	file := d.file(valueName(k))
	frame, err := d.fs.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoValue
	}
	if err != nil {
		return nil, inFile(file, err)
	}
	value, err := parseValue(frame, k)
	return value, inFile(file, err)
}

// keys reads all values: their names do not tell their keys.
func (d *directory) keys(prefix string) (keys []Key, err error) {
	files, err := d.fs.List(d.path)
	if err != nil {
		return nil, inFile(d.path, err)
	}
	var errs []error
	for _, name := range files {
		if kind, _ := classify(name); kind != valueSuffix || strings.HasSuffix(name, temporary) {
			continue
		}
		file := d.file(name)
		frame, err := d.fs.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			continue
		}
		var k Key
		if err == nil {
			k, err = readValueKey(frame)
		}
		if err == nil && valueName(k) != name {
			err = fmt.Errorf("%w: the value of another key", ErrCorrupt)
		}
		if err != nil {
			errs = append(errs, inFile(file, err))
		} else if strings.HasPrefix(k.Name, prefix) {
			keys = append(keys, k)
		}
	}
	return keys, errors.Join(errs...)
}

func readValueKey(frame []byte) (Key, error) {
	b, err := column.ReadFrame(frame, column.KindValue)
	if err != nil {
		return Key{}, err
	}
	r := manifestReader{b: b}
	k := Key{Name: r.text(), Home: r.text()}
	if r.err != nil {
		return Key{}, fmt.Errorf("%w: the key of a value: %w", ErrCorrupt, r.err)
	}
	return k, nil
}

func parseValue(frame []byte, k Key) ([]byte, error) {
	b, err := column.ReadFrame(frame, column.KindValue)
	if err != nil {
		return nil, err
	}
	key := appendKey(nil, k)
	if len(b) < len(key) || string(b[:len(key)]) != string(key) {
		return nil, fmt.Errorf("%w: the value of another key", ErrCorrupt)
	}
	return b[len(key):], nil
}

func (d *directory) delete(k Key) error {
	if err := d.writable(); err != nil {
		return err
	}
	if _, err := d.get(k); errors.Is(err, ErrNoValue) {
		return err
	}
	if err := d.erase(valueName(k)); err != nil {
		return d.halfWay(err)
	}
	return nil
}
