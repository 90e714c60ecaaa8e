// Package wire is the data plane: how nodes, and clients of nodes, call each other. It speaks Arrow Flight over gRPC and
// is the only place that knows either.
//
// A [Server] has handlers under names, of three kinds:
//
//	HandleCall    a small request, a small reply                       Conn.Call     Flight's DoAction
//	HandleStream  a request, a stream of messages                      Conn.Stream   DoGet
//	HandlePut     a stream of messages from the caller, a small reply  Conn.Put      DoPut
//
// What other Flight clients ask goes to another service, see [Server.HandleFlight]: their tickets, actions and
// descriptors do not begin as ours do.
//
//	s, err := wire.New(wire.Options{Listener: l})
//	s.HandleStream("scan", func(ctx context.Context, request []byte, out *wire.Sender) error {
//		return errors.Join(out.Start(schema, nil), out.Record(r, nil))
//	})
//	go s.Serve()
//
//	c, err := wire.Dial(ctx, addr, wire.ClientOptions{})
//	in, err := c.Stream(ctx, "scan", request)
//	defer in.Close()
//	for {
//		m, err := in.Next() // io.EOF after the last
//	}
//
// # Streams
//
// A stream is made of messages: the columns of records to come, records, blocks of bytes, each with metadata if need
// be, or metadata alone. Blocks and records are sent from where they lie and received with one copy, into memory that
// is aligned as Arrow wants it and that is the receiver's to keep. A sender waits while its receiver is some megabytes
// behind. A record's columns are booleans, numbers, text and dictionaries of text; what comes in is checked, so that
// reading its values cannot go wrong. Large blocks are the sender's to cut: a message has a limit.
//
// # Ends
//
// A call ends with its context, on both sides at once. The handler's context also ends when its caller is gone, when
// the connection breaks, and when the server closes. A panic in a handler is an error of its call.
//
// # Errors
//
// An error of a handler comes back as a [RemoteError] with its message. What is registered ([RegisterError],
// [RegisterErrorType]) keeps its identity for errors.Is and errors.As. When no handler has answered the error is a
// [ConnError] that names the address, and mostly [ErrUnavailable]: the connection was refused or broke, or the node is
// closing. A call that failed so may have had its effect. A peer that does not answer at all is noticed after 15
// seconds of silence; who knows earlier calls [Pool.Gone].
//
// # Who may call
//
// A server on another address than loopback wants TLS and a token, or certificates from all callers, unless it is told
// to be insecure. Nodes show a certificate (mutual TLS); clients, and nodes where there is no TLS, the token. Names that
// are for nodes are closed to clients where certificates tell them apart. Secrets are in files, and in no log.
package wire
