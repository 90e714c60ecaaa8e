package cluster

import "context"

// turn is a lock for who waits for other nodes while holding it: to wait for it ends with a context, too, and lets the time
// of a simulation pass, as to wait for a mutex does not.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn. Who has taken it gives it back with pass.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) pass() { <-t }
