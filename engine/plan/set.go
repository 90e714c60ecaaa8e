package plan

import (
	"fmt"

	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/set"
)

// InSet returns x IN s.
func InSet(x Expr, s *set.Set) (Expr, error) {
	if IsNullConst(x) {
		x = Convert(x, column.Int)
	}
	if x.Type() != column.Int {
		return nil, fmt.Errorf("%s is %s, and the set is of INTs", x, x.Type())
	}
	return &In{X: x, Set: s}, nil
}
