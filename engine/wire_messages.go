package engine

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/eau2db/eau2/cluster/wire"
	"github.com/eau2db/eau2/column"
	"github.com/eau2db/eau2/engine/sql"
)

// What clients ask a node, by the names of the data plane. Requests and replies are JSON; texts of users, which need
// not be UTF-8, go as bytes.
const (
	nameQuery     = "sql/query"     // a stream: a query in, its rows out
	nameLoad      = "sql/load"      // a put: a LOAD and its file in, the outcome back
	nameTables    = "sql/tables"    // a call: the list of tables
	nameFunctions = "sql/functions" // a call: the list of functions
)

// query is a statement on its way to a node.
type query struct {
	Text     []byte  `json:"text"`
	Params   []param `json:"params,omitempty"`
	Progress bool    `json:"progress,omitempty"` // tell how far it is
	Size     int64   `json:"size,omitempty"`     // of the file of a LOAD, 0 when not known
	File     []byte  `json:"file,omitempty"`     // its name
}

// param is a parameter of a statement.
type param struct {
	Name  string      `json:"name,omitempty"`
	Type  column.Type `json:"type"`
	Null  bool        `json:"null,omitempty"`
	Int   int64       `json:"int,omitempty"` // also of a BOOL
	Float float64     `json:"float,omitempty"`
	Str   []byte      `json:"str,omitempty"`
	Set   []byte      `json:"set,omitempty"` // in place of a value
}

// note is what a node says of a statement beside its rows.
type note struct {
	Progress *Progress `json:"progress,omitempty"`
	Outcome  *outcome  `json:"outcome,omitempty"` // with the columns: so far; after the rows: all of it
	Done     bool      `json:"done,omitempty"`    // there are no more rows
}

// outcome is what a statement did, beside giving rows.
type outcome struct {
	Message  []byte   `json:"message,omitempty"`
	Warnings [][]byte `json:"warnings,omitempty"`
}

func outcomeOf(r *Rows) *outcome {
	o := &outcome{Message: []byte(r.Message())}
	for _, w := range r.Warnings() {
		o.Warnings = append(o.Warnings, []byte(w))
	}
	return o
}

// apply gives the outcome to rows.
func (o *outcome) apply(r *Rows) {
	r.message, r.warnings = string(o.Message), nil
	for _, w := range o.Warnings {
		r.warnings = append(r.warnings, string(w))
	}
}

// encode returns a message as bytes.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // there is no such value of these types: floats of statements are finite
	}
	return b
}

// decode reads a message.
func decode(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", wire.ErrGarbled, err)
	}
	return nil
}

func encodeParams(args []sql.Arg) (ps []param, err error) {
	for _, a := range args {
		if a.Set != nil {
			b, err := a.Set.MarshalBinary()
			if err != nil {
				return nil, err
			}
			ps = append(ps, param{Name: a.Name, Set: b})
			continue
		}
		v := a.Value
		ps = append(ps, param{Name: a.Name, Type: v.Type, Null: !v.Valid, Int: v.Int, Float: v.Float, Str: []byte(v.Str)})
	}
	return ps, nil
}

func decodeParams(ps []param) (args []sql.Arg, err error) {
	for _, p := range ps {
		a := sql.Arg{Name: p.Name, Value: column.Null(p.Type)}
		switch {
		case p.Set != nil:
			a.Set = &Set{}
			if err := a.Set.UnmarshalBinary(p.Set); err != nil {
				return nil, err
			}
		case p.Type > column.String:
			return nil, errors.New("a parameter of no type")
		case p.Null:
		case p.Type == column.Bool:
			a.Value = column.BoolValue(p.Int != 0)
		case p.Type == column.Int:
			a.Value = column.IntValue(p.Int)
		case p.Type == column.Float:
			a.Value = column.FloatValue(p.Float)
		default:
			a.Value = column.StringValue(string(p.Str))
		}
		args = append(args, a)
	}
	return args, nil
}
