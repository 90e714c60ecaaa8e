package exec

import (
	"errors"

	"github.com/eau2db/eau2/engine/plan"
)

func newAggregate(n *plan.Aggregate, threads int, mem *Memory) (breaker, error) {
	return nil, errors.New("contract")
}
