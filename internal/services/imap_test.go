//go:build services

package services

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// imap is a connection to an IMAP server.
type imap struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	tags int
}

func dialIMAP(t *testing.T, port int, roots *x509.CertPool) *imap {
	t.Helper()
	conn, err := tls.Dial("tcp", loopback(port), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c := &imap{t: t, conn: conn, in: bufio.NewReader(conn)}
	if greeting, err := c.in.ReadString('\n'); err != nil || !strings.HasPrefix(greeting, "* OK") {
		t.Fatalf("the server says %q, %v", greeting, err)
	}
	return c
}

// literal is a text of any bytes within a command.
func literal(text string) string { return fmt.Sprintf("{%d+}\r\n%s", len(text), text) }

// ask sends a command and returns the lines before its result, and the result without its tag.
func (c *imap) ask(format string, args ...any) (lines []string, result string) {
	c.t.Helper()
	c.tags++
	tag := fmt.Sprintf("t%d ", c.tags)
	if _, err := c.conn.Write([]byte(tag + fmt.Sprintf(format, args...) + "\r\n")); err != nil {
		c.t.Fatal(err)
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return lines, "connection lost: " + err.Error()
		}
		line = strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(line, tag); ok {
			return lines, rest
		}
		lines = append(lines, line)
	}
}

// login signs in and reports whether the server agreed.
func (c *imap) login(name, password string) bool {
	c.t.Helper()
	_, result := c.ask("LOGIN %s %s", literal(name), literal(password))
	return strings.HasPrefix(result, "OK")
}
