package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/test/bufconn"
)

// authority signs certificates into a directory.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert, a.key = a.sign(t, "ca")
	return a
}

// sign makes NAME.pem and NAME.key, valid for 127.0.0.1 and the host node.
func (a *authority) sign(t *testing.T, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"node"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".pem", "CERTIFICATE", der)
	a.write(t, name+".key", "PRIVATE KEY", keyDER)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

const testToken = "correct-horse-battery"

// TestWhoMayCall tries callers with all kinds of papers on a server with TLS and a token.
func TestWhoMayCall(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	ours.sign(t, "node")
	theirs.sign(t, "stranger")
	tls, err := ServerTLS(ours.path("node.pem"), ours.path("node.key"), ours.path("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, Options{Listener: listen(t), TLS: tls, Token: testToken, Nodes: []string{"store/"}}, func(s *Server) {
		s.HandleCall("echo", echo)
		s.HandleCall("store/put", echo)
	})
	for _, c := range []struct {
		name          string
		ca, cert      string
		token         string
		client, store error
	}{
		{"a client with the token", ours.path("ca"), "", testToken, nil, ErrDenied},
		{"a client without it", ours.path("ca"), "", "", ErrDenied, ErrDenied},
		{"a client with another", ours.path("ca"), "", "wrong-horse-battery", ErrDenied, ErrDenied},
		{"a node", ours.path("ca"), ours.path("node"), "", nil, nil},
		{"a stranger with a certificate", ours.path("ca"), theirs.path("stranger"), testToken, ErrUnavailable, ErrUnavailable},
		{"a client of others", theirs.path("ca"), "", testToken, ErrUnavailable, ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := ClientOptions{Token: c.token}
			cert, key := "", ""
			if c.cert != "" {
				cert, key = c.cert+".pem", c.cert+".key"
			}
			if o.TLS, err = ClientTLS(c.ca+".pem", cert, key); err != nil {
				t.Fatal(err)
			}
			conn, err := NewConn(s.Addr().String(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Call(t.Context(), "echo", nil); !errors.Is(err, c.client) {
				t.Errorf("what is for clients: %v, want %v", err, c.client)
			}
			if _, err := conn.Call(t.Context(), "store/put", nil); !errors.Is(err, c.store) {
				t.Errorf("what is for nodes: %v, want %v", err, c.store)
			}
		})
	}
	t.Run("a client without TLS", func(t *testing.T) {
		if _, err := Dial(t.Context(), s.Addr().String(), ClientOptions{Token: testToken}); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("error %v", err)
		}
	})
}

func TestCertificateErrorsAreNamed(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	ours.sign(t, "node")
	tls, err := ServerTLS(ours.path("node.pem"), ours.path("node.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, Options{Listener: listen(t), TLS: tls}, nil)
	o := ClientOptions{}
	if o.TLS, err = ClientTLS(theirs.path("ca.pem"), "", ""); err != nil {
		t.Fatal(err)
	}
	_, err = Dial(t.Context(), s.Addr().String(), o)
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("error %v", err)
	}
}

func TestServingStrangersNeedsPapers(t *testing.T) {
	ours := newAuthority(t)
	ours.sign(t, "node")
	tls, err := ServerTLS(ours.path("node.pem"), ours.path("node.key"), ours.path("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		addr string
		o    Options
		ok   bool
	}{
		{"loopback", "127.0.0.1:0", Options{}, true},
		{"loopback of IPv6", "[::1]:0", Options{}, true},
		{"everywhere", "0.0.0.0:0", Options{}, false},
		{"everywhere with a token only", "0.0.0.0:0", Options{Token: testToken}, false},
		{"everywhere with TLS only", "0.0.0.0:0", Options{TLS: tls}, false},
		{"everywhere with TLS and token", "0.0.0.0:0", Options{TLS: tls, Token: testToken}, true},
		{"everywhere, insecure", "0.0.0.0:0", Options{Insecure: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", c.addr)
			if err != nil {
				t.Skip(err)
			}
			defer l.Close()
			c.o.Listener = l
			s, err := New(c.o)
			if s != nil {
				s.Close()
			}
			if c.ok != (err == nil) || !c.ok && !errors.Is(err, ErrNotLocal) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestReadToken(t *testing.T) {
	for _, c := range []struct{ text, token, message string }{
		{testToken + "\n", testToken, ""},
		{" " + testToken, testToken, ""},
		{"", "", "empty"},
		{"short", "", "shorter than 16"},
		{"two words in one token", "", "characters other"},
		{"two-lines-of-text-\nin-a-file", "", "characters other"},
	} {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := ReadToken(path)
		if token != c.token || (err == nil) != (c.message == "") || err != nil && (!strings.Contains(err.Error(), c.message) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%q gives %q, %v", c.text, token, err)
		}
	}
	if _, err := ReadToken("/nowhere/token"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestPool(t *testing.T) {
	listeners := map[string]*bufconn.Listener{"a:1": bufconn.Listen(1 << 10), "b:1": bufconn.Listen(1 << 10)}
	began, ended := make(chan error, 1), make(chan error, 1)
	for _, l := range listeners {
		serve(t, Options{Listener: l}, func(s *Server) {
			s.HandleCall("echo", echo)
			s.HandleCall("hang", hang(began, ended))
		})
	}
	p := NewPool(ClientOptions{Dial: func(ctx context.Context, addr string) (net.Conn, error) {
		if l := listeners[addr]; l != nil {
			return l.DialContext(ctx)
		}
		return nil, errTest
	}})
	get := func(addr string) *Conn {
		c, err := p.Get(addr)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a, b, lost := get("a:1"), get("b:1"), get("lost:1")
	if get("a:1") != a || a == b {
		t.Error("there is not one connection to each address")
	}
	if _, err := a.Call(t.Context(), "echo", nil); err != nil {
		t.Error(err)
	}
	if _, err := lost.Call(t.Context(), "echo", nil); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errTest) {
		t.Errorf("a node that is not there: %v", err)
	}
	failed := make(chan error)
	call := func(c *Conn) {
		_, err := c.Call(t.Context(), "hang", nil)
		failed <- err
	}
	go call(a)
	<-began
	p.Gone("a:1")
	p.Gone("a:1")
	if err := <-failed; !errors.Is(err, ErrUnavailable) {
		t.Errorf("a call to a node that is gone: %v", err)
	}
	<-ended
	if c := get("a:1"); c == a {
		t.Error("the connection is still there")
	} else if _, err := c.Call(t.Context(), "echo", nil); err != nil {
		t.Errorf("the node has come back: %v", err)
	}
	go call(b)
	<-began
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("a call over a closed pool: %v", err)
	}
	<-ended
	if _, err := p.Get("a:1"); !errors.Is(err, ErrClosed) {
		t.Errorf("get after close: %v", err)
	}
}
