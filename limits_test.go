package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"unified/internal/testdb"
)

// raw sends bytes as they are and returns the first line of the answer, "" if the connection was closed without one.
func raw(t *testing.T, base, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, request) // the server may close before it has read everything
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	host := strings.TrimPrefix(p.base, "http://")

	for name, test := range map[string]struct{ request, want string }{
		"T76 a header that never ends":   {"GET /login HTTP/1.1\r\nHost: " + host + "\r\nX-Slow: ", ""},
		"T78 both a length and chunks":   {"POST /login HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 4"},
		"T78 two lengths":                {"POST /login HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "HTTP/1.1 400"},
		"T78 two hosts":                  {"GET /login HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 400"},
		"T78 a chunk that is none":       {"POST /login HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + p.base + "\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", "HTTP/1.1 4"},
		"T79 a huge header":              {"GET /login HTTP/1.1\r\nHost: " + host + "\r\nX-Big: " + strings.Repeat("a", 200<<10) + "\r\n\r\n", "HTTP/1.1 431"},
		"T79 TRACE":                      {"TRACE /login HTTP/1.1\r\nHost: " + host + "\r\n\r\n", "HTTP/1.1 405"},
		"T79 a method that nobody knows": {"BREW /login HTTP/1.1\r\nHost: " + host + "\r\n\r\n", "HTTP/1.1 405"},
		"T79 a long address":             {"GET /users?q=" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", "HTTP/1.1 4"},
		"T17 another host":               {"GET /login HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := raw(t, p.base, test.request); !strings.HasPrefix(got, test.want) || (test.want == "" && strings.Contains(got, " 5")) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}

	many := url.Values{"name": {"x"}, "password": {"y"}}
	for i := range 20_000 {
		many.Set(fmt.Sprintf("field%d", i), "1")
	}
	for name, test := range map[string]struct {
		path string
		form url.Values
		want int
	}{
		"T77 a body of 10 MB":          {"/users", url.Values{"username": {strings.Repeat("a", 10<<20)}}, http.StatusRequestEntityTooLarge},
		"T77 20,000 fields":            {"/users", many, http.StatusBadRequest},
		"T80 a page of a million":      {"/users?size=1000000", nil, http.StatusBadRequest},
		"T80 a page far behind":        {"/users?page=1000000000", nil, http.StatusBadRequest},
		"T72 no debug pages of others": {"/debug/vars", nil, http.StatusNotFound},
		"T75 no settings":              {"/.env", nil, http.StatusNotFound},
		"T75 no repository":            {"/.git/config", nil, http.StatusNotFound},
		"T75 no profiler":              {"/debug/pprof/", nil, http.StatusNotFound},
		"T75 no metrics":               {"/metrics", nil, http.StatusNotFound},
		"T75 no listing of the files":  {"/static/", nil, http.StatusNotFound},
		"T75 no way out of the files":  {"/static/..%2f..%2fgo.mod", nil, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			method := http.MethodGet
			if test.form != nil {
				method = http.MethodPost
			}
			if got := p.send(method, test.path, test.form); got.status != test.want || got.took > patience {
				t.Errorf("got %d after %s, want %d", got.status, got.took, test.want)
			}
		})
	}
}

func TestLimits_T74_LogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := onDatabase(db)
	settings["LOG_LEVEL"] = "debug"
	var log safeBuffer
	program := world(settings, "serve")
	program.Stderr = &log
	p := visitor(t, begin(t, program).url)
	p.send(http.MethodPost, "/login", url.Values{"name": {"admin"}, "password": {"wrong-Passw0rd-typed"}})
	p.signIn()
	p.get("/users?q=somebodys-secret-search")
	p.send(http.MethodPost, "/user_passwords", url.Values{"user_id": {"2"}, "service": {"dovecot"}, "password": {"correct horse battery"}})
	p.send(http.MethodPost, "/users", url.Values{"username": {"admin"}, "email": {"a-typed-value@mail.example"}})
	base, err := url.Parse(p.base)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"admin123", "wrong-Passw0rd-typed", "correct horse battery", "somebodys-secret-search", "a-typed-value"}
	for _, cookie := range p.Jar.Cookies(base) {
		secrets = append(secrets, cookie.Value)
	}
	for _, address := range []string{db.OwnerURL, db.AppURL} {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := parsed.User.Password()
		secrets = append(secrets, password)
	}
	text := log.String()
	if !strings.Contains(text, "/users") {
		t.Fatalf("the log holds nothing:\n%s", text)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// safeBuffer is a log that a test reads while the program writes.
type safeBuffer struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (b *safeBuffer) Write(data []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(data)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}
