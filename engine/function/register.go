package function

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/eau2db/eau2/engine/vector"
)

// The classes of functions of the user's program.
const (
	User    = "user"    // registered by name
	Closure = "closure" // known in one place only
)

// IsUser reports whether f is of the user's program.
func (f *Func) IsUser() bool { return f.Class == User || f.Class == Closure }

// registry holds them by name. It only grows.
type registry struct {
	mu     sync.RWMutex
	byName map[string]*Func
	sorted []*Func
}

var registered = registry{byName: map[string]*Func{}}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Register adds a function of the user's program, of class User, which Lookup finds from now on. Its name must not be one of
// a function that is there.
func Register(f *Func) error {
	if !identifier.MatchString(f.Name) {
		return fmt.Errorf("a function cannot be called %q: a name is letters, digits and _", f.Name)
	}
	name := strings.ToUpper(f.Name)
	if byName[name] != nil {
		return fmt.Errorf("%s is a function of SQL", name)
	}
	registered.mu.Lock()
	defer registered.mu.Unlock()
	if registered.byName[name] != nil {
		return fmt.Errorf("a function called %s is registered already", f.Name)
	}
	registered.byName[name] = f
	sorted := append(slices.Clone(registered.sorted), f)
	slices.SortFunc(sorted, func(a, b *Func) int { return strings.Compare(a.Name, b.Name) })
	registered.sorted = sorted
	return nil
}

func (r *registry) lookup(name string) (*Func, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	f, ok := r.byName[name]
	return f, ok
}

func (r *registry) after(fs []*Func) []*Func {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Concat(fs, r.sorted)
}

// Errors of what a program is asked to run by its name.
var (
	ErrProgram = errors.New("its program is another build") // code of the user means the same only to the same executable
	ErrUnknown = errors.New("its program has not registered it")
)

// Program returns what tells builds apart: the hash of the running executable.
var Program = sync.OnceValues(func() (string, error) {
	path := "/proc/self/exe" // is there even when the file has been replaced
	if runtime.GOOS != "linux" {
		var err error
		if path, err = os.Executable(); err != nil {
			return "", fmt.Errorf("find the program's file: %w", err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the program's file: %w", err)
	}
	return fmt.Sprintf("%x", xxh3.Hash128(b).Bytes()), nil
})

// SameProgram returns ErrProgram where program, as Program gave it elsewhere, is not this one.
func SameProgram(program string) error {
	own, err := Program()
	if err == nil && own != program {
		err = ErrProgram
	}
	return err
}

// Panic is a panic of the user's code.
type Panic struct {
	In    string // what of the program: a function, a fold
	Value any
	Stack []byte
	Place vector.Place // of the rows that it was called for
}

// Error tells where it was, for which rows, and the stack.
func (p *Panic) Error() string {
	where := ""
	if at := p.Place; at.Table != "" {
		where = fmt.Sprintf(" for table %s, chunk %d, rows from %d on", at.Table, at.Chunk, at.Row)
	}
	return fmt.Sprintf("panic in %s%s: %v\n%s", p.In, where, p.Value, p.Stack)
}
