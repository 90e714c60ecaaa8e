package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/eau2db/eau2/engine/sql"
)

// flightSQL answers clients of Arrow Flight SQL. A ticket is the statement itself; nothing is kept between calls but
// prepared statements.
type flightSQL struct {
	flightsql.BaseServer
	*service

	mu       sync.Mutex
	prepared map[string]*prepared
	order    []string // their handles, oldest first
}

// prepared is a prepared statement and the values of its parameters.
type prepared struct {
	text   string
	names  []string // of the parameters, "" for ?
	params []sql.Arg
}

// maxPrepared is how many prepared statements a node keeps. Then the oldest go.
const maxPrepared = 10000

func newFlightSQL(s *service) flight.FlightServer {
	f := &flightSQL{service: s, prepared: map[string]*prepared{}}
	for id, v := range map[flightsql.SqlInfo]any{
		flightsql.SqlInfoFlightSqlServerName:         "eau2",
		flightsql.SqlInfoFlightSqlServerArrowVersion: arrow.PkgVersion,
		flightsql.SqlInfoFlightSqlServerReadOnly:     false,
		flightsql.SqlInfoFlightSqlServerSql:          true,
		flightsql.SqlInfoFlightSqlServerSubstrait:    false,
		flightsql.SqlInfoFlightSqlServerTransaction:  int32(flightsql.SqlTransactionNone),
		flightsql.SqlInfoFlightSqlServerCancel:       false,
		flightsql.SqlInfoDDLCatalog:                  false,
		flightsql.SqlInfoDDLSchema:                   false,
		flightsql.SqlInfoDDLTable:                    true,
		flightsql.SqlInfoIdentifierQuoteChar:         "`",
	} {
		if err := f.RegisterSqlInfo(id, v); err != nil {
			panic(err) // a type that Flight SQL does not have
		}
	}
	return flightsql.NewFlightServer(f)
}

// info returns what a client needs to fetch a result.
func info(d *flight.FlightDescriptor, ticket []byte, schema *arrow.Schema) *flight.FlightInfo {
	f := &flight.FlightInfo{
		FlightDescriptor: d,
		Endpoint:         []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}},
		TotalRecords:     -1,
		TotalBytes:       -1,
	}
	if schema != nil {
		f.Schema = flight.SerializeSchema(schema, memory.DefaultAllocator)
	}
	return f
}

// schemaOf returns the columns that a query gives; none for other statements.
func (f *flightSQL) schemaOf(ctx context.Context, text string, params []sql.Arg) (*arrow.Schema, error) {
	fields, err := f.engine.fieldsOf(ctx, text, params)
	if err != nil {
		return nil, err
	}
	return rowSchema(fields), nil
}

// fieldsOf binds a query and returns its columns; none for other statements, which say what they give when they run.
func (e *Engine) fieldsOf(ctx context.Context, text string, params []sql.Arg) ([]Column, error) {
	st, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	q, ok := st.(*sql.Select)
	if !ok {
		return nil, nil
	}
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	tables := e.newTableSet()
	tables.noFiles = true
	defer tables.release()
	b, err := sql.Bind(ctx, q.Query, tables, params)
	if err != nil {
		return nil, err
	}
	return b.Plan.Fields(), nil
}

// run runs a statement and gives its rows to a channel, which is closed after the last or when ctx ends.
func (f *flightSQL) run(ctx context.Context, text string, params []sql.Arg) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	ctx, end, err := f.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	st, err := sql.Parse(text)
	var rows *Rows
	if err == nil {
		rows, err = f.engine.query(ctx, st, text, params, &clientFiles{node: f.folders})
	}
	if err != nil {
		end(err)
		return nil, nil, err
	}
	records, err := rows.Arrow()
	if err != nil {
		rows.Close()
		end(err)
		return nil, nil, err
	}
	ch := make(chan flight.StreamChunk)
	f.feeding.Go(func() { // ends with ctx; Flight SQL's server reads ch to its end
		flight.StreamChunksFromReader(ctx, records, ch)
		end(rows.Err())
	})
	return records.Schema(), ch, nil
}

// update runs a statement that gives no rows.
func (f *flightSQL) update(ctx context.Context, text string, params []sql.Arg) (int64, error) {
	_, ch, err := f.run(ctx, text, params)
	if err != nil {
		return 0, err
	}
	for c := range ch {
		if err == nil {
			err = c.Err
		}
		if c.Data != nil {
			c.Data.Release()
		}
	}
	return -1, err // how many rows it changed is not known
}

// GetFlightInfoStatement says how to fetch the rows of a statement.
func (f *flightSQL) GetFlightInfoStatement(ctx context.Context, q flightsql.StatementQuery, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	schema, err := f.schemaOf(ctx, q.GetQuery(), nil)
	if err != nil {
		return nil, err
	}
	ticket, err := flightsql.CreateStatementQueryTicket([]byte(q.GetQuery()))
	if err != nil {
		return nil, err
	}
	return info(d, ticket, schema), nil
}

// GetSchemaStatement says what columns a statement gives.
func (f *flightSQL) GetSchemaStatement(ctx context.Context, q flightsql.StatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	schema, err := f.schemaOf(ctx, q.GetQuery(), nil)
	if err != nil {
		return nil, err
	}
	return &flight.SchemaResult{Schema: flight.SerializeSchema(schema, memory.DefaultAllocator)}, nil
}

// DoGetStatement runs a statement.
func (f *flightSQL) DoGetStatement(ctx context.Context, t flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return f.run(ctx, string(t.GetStatementHandle()), nil)
}

// DoPutCommandStatementUpdate runs a statement without rows.
func (f *flightSQL) DoPutCommandStatementUpdate(ctx context.Context, u flightsql.StatementUpdate) (int64, error) {
	return f.update(ctx, u.GetQuery(), nil)
}

// CreatePreparedStatement keeps a statement. Its columns are known at once only when it has no parameters.
func (f *flightSQL) CreatePreparedStatement(ctx context.Context, r flightsql.ActionCreatePreparedStatementRequest) (out flightsql.ActionCreatePreparedStatementResult, err error) {
	p := &prepared{text: r.GetQuery()}
	if p.names, err = sql.Params(p.text); err != nil {
		return out, err
	}
	if len(p.names) == 0 {
		if out.DatasetSchema, err = f.schemaOf(ctx, p.text, nil); err != nil {
			return out, err
		}
	} else if _, err := sql.Parse(p.text); err != nil {
		return out, err
	}
	var fields []arrow.Field
	for i, name := range p.names {
		if name == "" {
			name = fmt.Sprintf("?%d", i+1)
		}
		fields = append(fields, arrow.Field{Name: name, Type: arrow.Null, Nullable: true}) // of any type
	}
	out.ParameterSchema = arrow.NewSchema(fields, nil)
	out.Handle = []byte(rand.Text())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared[string(out.Handle)] = p
	f.order = append(f.order, string(out.Handle))
	if len(f.order) > maxPrepared {
		delete(f.prepared, f.order[0])
		f.order = f.order[1:]
	}
	return out, nil
}

// statement finds a prepared statement.
func (f *flightSQL) statement(handle []byte) (prepared, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.prepared[string(handle)]
	if p == nil {
		return prepared{}, fmt.Errorf("there is no such prepared statement, or no longer")
	}
	return *p, nil
}

// ClosePreparedStatement forgets a statement.
func (f *flightSQL) ClosePreparedStatement(_ context.Context, r flightsql.ActionClosePreparedStatementRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	handle := string(r.GetPreparedStatementHandle())
	delete(f.prepared, handle)
	for i, h := range f.order {
		if h == handle {
			f.order = append(f.order[:i:i], f.order[i+1:]...)
			break
		}
	}
	return nil
}

// DoPutPreparedStatementQuery takes the values of the parameters: one row.
func (f *flightSQL) DoPutPreparedStatementQuery(_ context.Context, q flightsql.PreparedStatementQuery, r flight.MessageReader, _ flight.MetadataWriter) ([]byte, error) {
	handle := q.GetPreparedStatementHandle()
	p, err := f.statement(handle)
	if err != nil {
		return nil, err
	}
	if p.params, err = readParams(p.names, r); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prepared[string(handle)] = &p
	return handle, nil
}

// GetFlightInfoPreparedStatement says how to fetch the rows of a prepared statement.
func (f *flightSQL) GetFlightInfoPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	p, err := f.statement(q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	schema, err := f.schemaOf(ctx, p.text, p.params)
	if err != nil {
		return nil, err
	}
	return info(d, d.Cmd, schema), nil
}

// GetSchemaPreparedStatement says what columns a prepared statement gives.
func (f *flightSQL) GetSchemaPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery, _ *flight.FlightDescriptor) (*flight.SchemaResult, error) {
	p, err := f.statement(q.GetPreparedStatementHandle())
	if err != nil {
		return nil, err
	}
	schema, err := f.schemaOf(ctx, p.text, p.params)
	if err != nil {
		return nil, err
	}
	return &flight.SchemaResult{Schema: flight.SerializeSchema(schema, memory.DefaultAllocator)}, nil
}

// DoGetPreparedStatement runs a prepared statement.
func (f *flightSQL) DoGetPreparedStatement(ctx context.Context, q flightsql.PreparedStatementQuery) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	p, err := f.statement(q.GetPreparedStatementHandle())
	if err != nil {
		return nil, nil, err
	}
	return f.run(ctx, p.text, p.params)
}

// DoPutPreparedStatementUpdate runs a prepared statement without rows.
func (f *flightSQL) DoPutPreparedStatementUpdate(ctx context.Context, u flightsql.PreparedStatementUpdate, r flight.MessageReader) (int64, error) {
	p, err := f.statement(u.GetPreparedStatementHandle())
	if err != nil {
		return 0, err
	}
	if len(p.names) > 0 {
		if p.params, err = readParams(p.names, r); err != nil {
			return 0, err
		}
	}
	return f.update(ctx, p.text, p.params)
}

// single returns a record as a result of its own.
func single(r arrow.RecordBatch) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	ch := make(chan flight.StreamChunk, 1)
	ch <- flight.StreamChunk{Data: r}
	close(ch)
	return r.Schema(), ch, nil
}

// GetFlightInfoCatalogs says how to list the catalogs.
func (f *flightSQL) GetFlightInfoCatalogs(_ context.Context, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return info(d, d.Cmd, schema_ref.Catalogs), nil
}

// DoGetCatalogs lists the catalogs: none.
func (f *flightSQL) DoGetCatalogs(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return single(array.NewRecordBatch(schema_ref.Catalogs, emptyColumns(schema_ref.Catalogs), 0))
}

// GetFlightInfoSchemas says how to list the schemas.
func (f *flightSQL) GetFlightInfoSchemas(_ context.Context, _ flightsql.GetDBSchemas, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return info(d, d.Cmd, schema_ref.DBSchemas), nil
}

// DoGetDBSchemas lists the schemas: none.
func (f *flightSQL) DoGetDBSchemas(context.Context, flightsql.GetDBSchemas) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	return single(array.NewRecordBatch(schema_ref.DBSchemas, emptyColumns(schema_ref.DBSchemas), 0))
}

func emptyColumns(s *arrow.Schema) (cols []arrow.Array) {
	for _, f := range s.Fields() {
		cols = append(cols, array.MakeArrayOfNull(memory.DefaultAllocator, f.Type, 0))
	}
	return cols
}

// GetFlightInfoTableTypes says how to list the kinds of tables.
func (f *flightSQL) GetFlightInfoTableTypes(_ context.Context, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return info(d, d.Cmd, schema_ref.TableTypes), nil
}

// tableType is the one kind of tables.
const tableType = "TABLE"

// DoGetTableTypes lists the kinds of tables.
func (f *flightSQL) DoGetTableTypes(context.Context) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema_ref.TableTypes)
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append(tableType)
	return single(b.NewRecordBatch())
}
