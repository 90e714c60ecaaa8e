package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// ServerTLS reads a node's certificate and key. With caFile, callers who show a certificate signed by one in it are
// nodes; others may still come, with the token.
func ServerTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate %s and key %s: %w", certFile, keyFile, err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}
	if caFile != "" {
		if c.ClientCAs, err = readCA(caFile); err != nil {
			return nil, err
		}
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c, nil
}

// ClientTLS reads the certificates that sign those of nodes; without caFile the system's count. A node also gives its
// own certificate and key.
func ClientTLS(caFile, certFile, keyFile string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	var err error
	if caFile != "" {
		if c.RootCAs, err = readCA(caFile); err != nil {
			return nil, err
		}
	}
	if certFile != "" {
		cert, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("read the TLS certificate %s and key %s: %w", certFile, keyFile, err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

func readCA(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the TLS authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("read the TLS authority %s: it holds no certificate in PEM", path)
	}
	return pool, nil
}

// ReadToken reads a token from a file: its only line, of at least 16 characters.
func ReadToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	switch {
	case token == "":
		err = errors.New("the file is empty")
	case len(token) < 16:
		err = errors.New("it is shorter than 16 characters")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		err = errors.New("it has characters other than letters, digits and signs")
	}
	if err != nil {
		return "", fmt.Errorf("read the token in %s: %w", path, err)
	}
	return token, nil
}
