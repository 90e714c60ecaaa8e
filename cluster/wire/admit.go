package wire

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// Caller is who called a handler.
type Caller struct {
	Addr string // of its end of the connection: the same for all calls of one connection, and of no other
	Node bool   // it showed a certificate of a node
}

// CallerOf returns who made the call whose context ctx is.
func CallerOf(ctx context.Context) Caller {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return Caller{}
	}
	c := Caller{}
	if p.Addr != nil {
		c.Addr = p.Addr.String()
	}
	if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
		c.Node = len(info.State.VerifiedChains) > 0
	}
	return c
}

// admit checks the token of a caller who is not known to be a node.
func (s *Server) admit(ctx context.Context) error {
	if s.opt.Token == "" || CallerOf(ctx).Node {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, v := range md.Get("authorization") {
		scheme, token, _ := strings.Cut(v, " ")
		if strings.EqualFold(scheme, "bearer") && sameSecret(token, s.opt.Token) {
			return nil
		}
	}
	if len(md.Get("authorization")) == 0 {
		return status.Error(codes.Unauthenticated, "a token is needed")
	}
	return status.Error(codes.Unauthenticated, "wrong token")
}

// sameSecret compares without telling by its time how much is right.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// admitName refuses clients what is for nodes.
func (s *Server) admitName(ctx context.Context, name string) error {
	if s.opt.TLS == nil || s.opt.TLS.ClientCAs == nil || CallerOf(ctx).Node {
		return nil
	}
	for _, n := range s.opt.Nodes {
		if strings.HasPrefix(name, n) {
			return fmt.Errorf("%s: %w: only nodes may call it", name, ErrDenied)
		}
	}
	return nil
}

func (s *Server) admitCall(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (_ any, err error) {
	defer s.recovered(info.FullMethod, &err)
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func (s *Server) admitStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer s.recovered(info.FullMethod, &err)
	if err := s.admit(stream.Context()); err != nil {
		return err
	}
	return next(srv, stream)
}
