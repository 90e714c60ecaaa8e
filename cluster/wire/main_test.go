package wire

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"go.uber.org/goleak"
	"google.golang.org/grpc/test/bufconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves on a listener in memory, with the handlers that register adds, and returns a connection to it.
func start(t testing.TB, o Options, c ClientOptions, register func(*Server)) (*Conn, *Server) {
	t.Helper()
	l := bufconn.Listen(1 << 16)
	o.Listener = l
	c.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }
	s := serve(t, o, register)
	conn, err := NewConn("node:1", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, s
}

// serve starts a server that ends with the test.
func serve(t testing.TB, o Options, register func(*Server)) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if register != nil {
		register(s)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// listen returns a listener on loopback.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// echo answers with the request.
func echo(_ context.Context, request []byte) ([]byte, error) { return request, nil }

// hang waits for the end of its context and tells ended.
func hang(began, ended chan<- error) CallFunc {
	return func(ctx context.Context, _ []byte) ([]byte, error) {
		began <- nil
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}
}

// record returns a record of n rows of several types, with NULLs.
func record(n int) arrow.RecordBatch {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "s", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "d", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range n {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(string(rune('a' + i%26)))
		b.Field(2).(*array.BooleanBuilder).Append(i%2 == 0)
		b.Field(3).(*array.Float64Builder).AppendNull()
		if err := b.Field(4).(*array.BinaryDictionaryBuilder).AppendString([]string{"x", "yy", ""}[i%3]); err != nil {
			panic(err)
		}
	}
	return b.NewRecordBatch()
}

var errTest = errors.New("a test's error")

func init() { RegisterError("test", errTest) }
