package engine

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/eau2db/eau2/engine/sql"
)

// Error is an error of a statement: where in its text, what, and where it helps a suggestion.
type Error = sql.Error

// refine puts what ended a query into the user's words.
func refine(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the statement took longer than its time limit: %w", err)
	}
	return err
}

// eof is nil for the end of the rows.
func eof(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
