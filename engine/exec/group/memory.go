package group

import "sync/atomic"

// Budget is asked before memory that grows with the data is taken.
type Budget interface {
	// Grow takes n bytes for what, or gives an error.
	Grow(n int64, what string) error
	// Shrink gives n bytes back.
	Shrink(n int64)
}

const what = "GROUP BY"

// account is what one worker has taken from the budget. Small amounts are drawn from a larger grant.
type account struct {
	budget Budget
	total  *atomic.Int64 // of the whole aggregation
	grant  int64         // taken and not used yet
}

// use takes n bytes.
func (a *account) use(n int64) error {
	if n <= a.grant {
		a.grant -= n
		return nil
	}
	want := n
	if n < bytesPerGrant {
		want = bytesPerGrant
	}
	if a.budget != nil {
		if err := a.budget.Grow(want, what); err != nil {
			return err
		}
	}
	a.total.Add(want)
	a.grant += want - n
	return nil
}

// free gives n bytes back.
func (a *account) free(n int64) { a.grant += n }
