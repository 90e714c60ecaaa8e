package engine

import (
	"encoding/json"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/engine/exec"
	"github.com/eau2db/eau2/engine/sql"
	"github.com/eau2db/eau2/sor"
)

// The errors that a client can tell apart as if the engine were its own.
func init() {
	for name, err := range map[string]error{
		"engine closed": ErrClosed,
		"too many":      ErrTooMany,
		"client file":   errClientFile,
		"sql no table":  sql.ErrNoTable,
		"sor no rows":   sor.ErrNoRows,
		"sor not sor":   sor.ErrNotSoR,
		"sor shrunk":    sor.ErrShrunk,
	} {
		wire.RegisterError(name, err)
	}
	wire.RegisterErrorType("statement", encodeStatementError, decodeStatementError)
	wire.RegisterErrorType("memory",
		func(e *exec.ErrMemory) []byte { b, _ := json.Marshal(e); return b },
		func(b []byte) (*exec.ErrMemory, error) { e := &exec.ErrMemory{}; return e, json.Unmarshal(b, e) })
	wire.RegisterErrorType("row",
		func(e *sor.RowError) []byte { b, _ := json.Marshal(e); return b },
		func(b []byte) (*sor.RowError, error) { e := &sor.RowError{}; return e, json.Unmarshal(b, e) })
}

// statementError is an Error on the wire. Its texts need not be UTF-8.
type statementError struct {
	Statement, Msg, Hint []byte
	Pos, Line, Col       int
}

// statementBytes is how long a statement may be to go along with its error. The client has longer ones itself.
const statementBytes = 16 << 10

func encodeStatementError(e *Error) []byte {
	w := statementError{Statement: []byte(e.Statement), Msg: []byte(e.Msg), Hint: []byte(e.Hint), Pos: e.Pos, Line: e.Line, Col: e.Col}
	if len(e.Statement) > statementBytes {
		w.Statement = nil
	}
	b, _ := json.Marshal(w) // cannot fail for these types
	return b
}

func decodeStatementError(b []byte) (*Error, error) {
	var w statementError
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, err
	}
	e := &Error{Statement: string(w.Statement), Msg: string(w.Msg), Hint: string(w.Hint), Pos: w.Pos, Line: w.Line, Col: w.Col}
	if e.Statement == "" {
		e.Pos, e.Line, e.Col = w.Pos, 0, 0 // no excerpt without the text; see Client
	}
	if e.Pos < 0 || e.Pos > len(e.Statement) && e.Statement != "" {
		e.Pos, e.Line, e.Col = -1, 0, 0
	}
	return e, nil
}
