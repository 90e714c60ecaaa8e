package engine

import (
	"errors"
	"fmt"

	"github.com/eau2db/eau2/engine/function"
)

// nodeError is what a node could not do of the user's program.
type nodeError struct {
	node string
	err  error
}

func (e *nodeError) Error() string { return fmt.Sprintf("node %s: %v", e.node, e.err) }
func (e *nodeError) Unwrap() error { return e.err }

// named adds this node's name to an error about the user's program that has come up here.
func (e *Engine) named(err error) error {
	var p *function.Panic
	var n *nodeError
	switch {
	case err == nil || errors.As(err, &n):
		return err
	case errors.As(err, &p), errors.Is(err, function.ErrProgram), errors.Is(err, function.ErrUnknown):
		if self := e.node.Self(); self.Name != "" {
			return &nodeError{self.Name, err}
		}
	}
	return err
}
