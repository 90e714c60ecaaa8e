package docs

import (
	"bufio"
	"bytes"
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
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestClusterPageDoesWhatItSays types the commands of cluster.md in a folder with sales.sor and certificates. Nodes are left
// running, as in terminals of their own. Ports are others than those of the page, and all hosts are loopback.
func TestClusterPageDoesWhatItSays(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "eau2sh"), "../cmd/eau2sh").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	sales, err := os.ReadFile("examples/sales.sor")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "sales.sor"), sales, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	certificates(t, dir)
	text := &terminal{t: t, dir: dir, env: append(environment(t), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))}
	_, all := blocks(t, "cluster.md")
	page := ""
	for _, b := range all {
		if b.lang == "sh" {
			text.steps = append(text.steps, commands(b)...)
			page += b.text
		}
	}
	text.replaceAddresses(page)
	if len(text.steps) == 0 {
		t.Fatal("there are no commands in this page")
	}
	for _, s := range text.steps {
		if strings.HasPrefix(s.command, "eau2sh serve ") {
			text.serve(s)
			continue
		}
		c := text.command(s)
		out, err := c.CombinedOutput()
		text.compare(s, string(out))
		if exit := (*exec.ExitError)(nil); s.output == "" && errors.As(err, &exit) {
			t.Errorf("line %d: %s: %v\n%s", s.line, s.command, err, out)
		}
	}
}

// terminal runs the commands of a page.
type terminal struct {
	t      *testing.T
	dir    string
	env    []string
	steps  []step
	mine   *strings.Replacer // of what stands in the page
	theirs *strings.Replacer // the other way round
}

var pagePort = regexp.MustCompile(`(?:127\.0\.0\.1|0\.0\.0\.0|10\.0\.0\.5|db\.example\.org):\d+`)

// replaceAddresses finds a free port of loopback for each address of the page. One that is served under several names is one.
func (x *terminal) replaceAddresses(page string) {
	names := map[string]string{"0.0.0.0": "10.0.0.5", "db.example.org": "10.0.0.5"}
	free := map[string]string{}
	var mine, theirs []string
	seen := map[string]bool{}
	for _, address := range pagePort.FindAllString(page, -1) {
		if seen[address] {
			continue
		}
		seen[address] = true
		host, port, _ := net.SplitHostPort(address)
		key := host + ":" + port
		if same := names[host]; same != "" {
			key = same + ":" + port
		}
		if free[key] == "" {
			free[key] = freeAddress(x.t)
			theirs = append(theirs, free[key], key)
		}
		mine = append(mine, address, free[key])
	}
	x.mine = strings.NewReplacer(append(mine, "--advertise 10.0.0.5", "--advertise 127.0.0.1")...)
	x.theirs = strings.NewReplacer(theirs...)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (x *terminal) command(s step) *exec.Cmd {
	command := x.mine.Replace(s.command)
	if strings.HasPrefix(command, "eau2sh serve ") {
		command = "exec " + command // a signal is for the node
		if !strings.Contains(command, "--listen") {
			command += x.mine.Replace(" --listen 127.0.0.1:3282 --bind 127.0.0.1:3283") // that is where it would
		}
	}
	c := exec.Command("sh", "-c", command)
	c.Dir, c.Env = x.dir, x.env
	return c
}

// serve starts a node, which ends with the test.
func (x *terminal) serve(s step) {
	x.t.Helper()
	c := x.command(s)
	var log bytes.Buffer
	c.Stderr = &log
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		x.t.Fatal(err)
	}
	end := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() }) // one that does not start
	x.t.Cleanup(func() {
		end.Stop()
		_ = c.Process.Kill()
		_ = c.Wait()
		if x.t.Failed() {
			x.t.Logf("%s:\n%s", s.command, &log)
		}
	})
	lines, got := bufio.NewReader(out), ""
	for range strings.Count(s.output, "\n") {
		line, err := lines.ReadString('\n')
		if err != nil {
			x.t.Fatalf("line %d: %s: the node ended", s.line, s.command)
		}
		got += line
	}
	x.compare(s, got)
}

func (x *terminal) compare(s step, output string) {
	x.t.Helper()
	output = x.theirs.Replace(output)
	if s.output != "" && !pattern(s.output).MatchString(output) {
		x.t.Errorf("line %d: %s: %v", s.line, s.command, difference(s.output, output))
	}
}

// certificates writes those that the page takes for given: of an authority, and of a node that it signs.
func certificates(t *testing.T, dir string) {
	t.Helper()
	sign := func(name string, template, parent *x509.Certificate, by *ecdsa.PrivateKey) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if by == nil {
			by = key
		}
		template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		certificate, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for ending, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: certificate}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
			if err := os.WriteFile(filepath.Join(dir, name+ending), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return key
	}
	authority := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	by := sign("ca", authority, authority, nil)
	sign("node", &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, authority, by)
}
