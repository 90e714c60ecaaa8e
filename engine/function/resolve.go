package function

import (
	"fmt"
	"strings"

	"github.com/eau2db/eau2/column"
)

var byName map[string]*Func

// Lookup finds a function by name or alias, in any case.
func Lookup(name string) (*Func, bool) {
	f, ok := byName[strings.ToUpper(name)]
	return f, ok
}

// All returns every function in the order of SHOW FUNCTIONS.
func All() []*Func { return nil }

// Resolve chooses the overload for arguments of these types. isNull[i] says that argument i is the literal NULL, which
// takes any type. BOOL is taken for INT and FLOAT, INT for FLOAT; the caller casts the arguments to want, which has an
// entry for each argument. The error names the function and the types.
func (f *Func) Resolve(types []column.Type, isNull []bool) (o *Overload, want []column.Type, err error) {
	return nil, nil, fmt.Errorf("%s: no overload for these arguments", f.Name)
}
