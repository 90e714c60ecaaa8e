package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// outsider serves e and returns a client that knows only Flight SQL.
func outsider(t *testing.T, e *Engine, o ServeOptions) *flightsql.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, e, l, o) }()
	c, err := flightsql.NewClient(l.Addr().String(), nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return c
}

// fetch reads a result as text, a line a row.
func fetch(t *testing.T, c *flightsql.Client, info *flight.FlightInfo) (*arrow.Schema, []string) {
	t.Helper()
	r, err := c.DoGet(t.Context(), info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var lines []string
	for r.Next() {
		rec := r.RecordBatch()
		for i := range int(rec.NumRows()) {
			var cells []string
			for _, col := range rec.Columns() {
				cells = append(cells, col.ValueStr(i))
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return r.Schema(), lines
}

func TestFlightSQLRunsStatements(t *testing.T) {
	e := sample(t, 30000, Options{})
	path := write(t, "f.sor", "<1>\n<2>\n")
	c := outsider(t, e, ServeOptions{Files: []string{filepath.Dir(path)}})
	info, err := c.Execute(t.Context(), "SELECT COUNT(*) AS n, 'x' AS s, 0.5 AS f, true AS b, NULL AS z FROM t")
	if err != nil {
		t.Fatal(err)
	}
	told, err := flight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	schema, lines := fetch(t, c, info)
	if !told.Equal(schema) || len(lines) != 1 || !strings.HasPrefix(lines[0], "30000|x|0.5|true|") {
		t.Errorf("columns %v and %v, rows %q", told, schema, lines)
	}
	info, err = c.Execute(t.Context(), "SELECT row FROM t")
	if err != nil {
		t.Fatal(err)
	}
	if _, lines := fetch(t, c, info); len(lines) != 30000 || lines[29999] != "29999" {
		t.Errorf("%d rows", len(lines))
	}
	if _, err := c.ExecuteUpdate(t.Context(), "CREATE TABLE u AS SELECT row FROM t LIMIT 5"); err != nil {
		t.Error(err)
	}
	info, err = c.Execute(t.Context(), "SHOW TABLES")
	if err != nil {
		t.Fatal(err)
	}
	if _, lines := fetch(t, c, info); len(lines) != 2 {
		t.Errorf("tables %q", lines)
	}
	if _, err := c.ExecuteUpdate(t.Context(), "LOAD '"+path+"' INTO f WITH (from_node=true)"); err != nil {
		t.Error(err)
	}
	if info, err = c.Execute(t.Context(), "SELECT SUM(c0) FROM f"); err != nil {
		t.Fatal(err)
	}
	if _, lines := fetch(t, c, info); len(lines) != 1 || !strings.Contains(lines[0], "3") {
		t.Errorf("the file's rows give %q", lines)
	}
}

func TestFlightSQLTellsErrors(t *testing.T) {
	c := outsider(t, sample(t, 10, Options{}), ServeOptions{})
	_, err := c.Execute(t.Context(), "SELECT nothing FROM t")
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "unknown column nothing") || !strings.Contains(err.Error(), "^") {
		t.Errorf("error %v", err)
	}
	if _, err := c.ExecuteUpdate(t.Context(), "LOAD '/etc/passwd' INTO u"); err == nil {
		t.Error("a file of the node was read")
	}
	if _, err := c.Execute(t.Context(), "SELECT * FROM '/etc/passwd'"); err == nil || strings.Contains(err.Error(), "root") {
		t.Errorf("a file of the node: %v", err)
	}
}

func TestFlightSQLNeedsTheToken(t *testing.T) {
	const token = "correct-horse-battery"
	c := outsider(t, sample(t, 10, Options{}), ServeOptions{Token: token})
	if _, err := c.Execute(t.Context(), "SELECT 1"); status.Code(err) != codes.Unauthenticated {
		t.Errorf("without: %v", err)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	if _, err := c.Execute(ctx, "SELECT 1"); err != nil {
		t.Errorf("with it: %v", err)
	}
}

func TestFlightSQLPreparesStatements(t *testing.T) {
	e := sample(t, 100, Options{})
	c := outsider(t, e, ServeOptions{})
	p, err := c.Prepare(t.Context(), "SELECT row, ? AS x FROM t WHERE row = ?")
	if err != nil {
		t.Fatal(err)
	}
	if s := p.ParameterSchema(); s.NumFields() != 2 {
		t.Errorf("parameters %v", s)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "1", Type: arrow.BinaryTypes.String}, {Name: "2", Type: arrow.PrimitiveTypes.Int32}}, nil)
	for i := range 3 {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Field(0).(*array.StringBuilder).Append("text")
		b.Field(1).(*array.Int32Builder).Append(int32(i))
		p.SetParameters(b.NewRecordBatch())
		info, err := p.Execute(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, lines := fetch(t, c, info); !slices.Equal(lines, []string{fmt.Sprintf("%d|text", i)}) {
			t.Errorf("rows %q", lines)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if p, err = c.Prepare(t.Context(), "SELECT row AS r, s FROM t"); err != nil {
		t.Fatal(err)
	}
	if s := p.DatasetSchema(); s == nil || s.NumFields() != 2 || s.Field(0).Name != "r" {
		t.Errorf("columns %v", s)
	}
	if _, err := c.Prepare(t.Context(), "SELECT nothing FROM t"); err == nil {
		t.Error("an unknown column is no error")
	}
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if p, err = c.Prepare(t.Context(), "DROP TABLE t"); err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	if _, err := p.ExecuteUpdate(t.Context()); err != nil || len(e.Tables()) != 0 {
		t.Errorf("%v, tables %v", err, e.Tables())
	}
}

func TestFlightSQLListsWhatThereIs(t *testing.T) {
	e := sample(t, 10, Options{})
	c := outsider(t, e, ServeOptions{})
	pattern, other := "%", "u%"
	for _, o := range []struct {
		opts *flightsql.GetTablesOpts
		want int
	}{
		{&flightsql.GetTablesOpts{}, 1},
		{&flightsql.GetTablesOpts{TableNameFilterPattern: &pattern, IncludeSchema: true}, 1},
		{&flightsql.GetTablesOpts{TableNameFilterPattern: &other}, 0},
		{&flightsql.GetTablesOpts{TableTypes: []string{"VIEW"}}, 0},
	} {
		info, err := c.GetTables(t.Context(), o.opts)
		if err != nil {
			t.Fatal(err)
		}
		if _, lines := fetch(t, c, info); len(lines) != o.want {
			t.Errorf("%v: %q", o.opts, lines)
		}
	}
	for name, get := range map[string]func() (*flight.FlightInfo, error){
		"catalogs":    func() (*flight.FlightInfo, error) { return c.GetCatalogs(t.Context()) },
		"schemas":     func() (*flight.FlightInfo, error) { return c.GetDBSchemas(t.Context(), &flightsql.GetDBSchemasOpts{}) },
		"table types": func() (*flight.FlightInfo, error) { return c.GetTableTypes(t.Context()) },
		"about us":    func() (*flight.FlightInfo, error) { return c.GetSqlInfo(t.Context(), nil) },
	} {
		info, err := get()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, lines := fetch(t, c, info)
		if name == "table types" && !slices.Equal(lines, []string{"TABLE"}) || name == "about us" && len(lines) < 5 {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

func TestFlightSQLStatementsEndWithTheirClient(t *testing.T) {
	stats := &ServeStats{}
	c := outsider(t, large(t, 20000, Options{}), ServeOptions{Stats: stats})
	ctx, cancel := context.WithCancel(t.Context())
	info, err := c.Execute(ctx, longAnswer)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal(r.Err())
	}
	cancel()
	for r.Next() {
	}
	if err := r.Err(); status.Code(err) != codes.Canceled && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	waitFor(t, func() bool { return stats.Running.Load() == 0 })
}
