package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"unified/internal/testdb"
)

// line is the connection between the program and its database, which a test can cut.
type line struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

// through puts a line before the database and returns settings that lead over it. It is cut until mended.
func through(t *testing.T, db *testdb.DB) (*line, map[string]string) {
	t.Helper()
	owner, err := url.Parse(db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &line{t, toxiproxy.NewProxy(server, "database", "127.0.0.1:0", owner.Host)}
	l.mend() // takes a port
	l.proxy.Listen = strings.Replace(l.proxy.Listen, "localhost", "127.0.0.1", 1)
	t.Cleanup(l.proxy.Stop)
	settings := onDatabase(db)
	for name, address := range settings {
		settings[name] = strings.Replace(address, owner.Host, l.proxy.Listen, 1)
	}
	l.cut()
	return l, settings
}

// cut ends all connections; new ones are refused.
func (l *line) cut() { l.proxy.Stop() }

func (l *line) mend() {
	l.t.Helper()
	if err := l.proxy.Start(); err != nil {
		l.t.Fatal(err)
	}
}

// swallow lets connections open and carries nothing on them any more.
func (l *line) swallow() {
	l.t.Helper()
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(`{"name":"hole","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`))
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) carry() {
	l.t.Helper()
	if err := l.proxy.Toxics.RemoveToxic(l.t.Context(), "hole"); err != nil {
		l.t.Fatal(err)
	}
}

// person is somebody with a browser's cookies, but without a browser.
type person struct {
	t    *testing.T
	base string
	http.Client
}

func visitor(t *testing.T, base string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, base: base, Client: http.Client{Jar: secureJar{jar}, Timeout: time.Minute}}
}

// secureJar sends secure cookies to this machine over http too, as browsers do.
type secureJar struct{ *cookiejar.Jar }

func (j secureJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.Jar.SetCookies(overTLS(u), cookies)
}
func (j secureJar) Cookies(u *url.URL) []*http.Cookie { return j.Jar.Cookies(overTLS(u)) }

func overTLS(u *url.URL) *url.URL {
	secure := *u
	secure.Scheme = "https"
	return &secure
}

// answer is what came back, and after what time.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

func (p *person) send(method, path string, form url.Values) answer {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", p.base)
	}
	began := time.Now()
	response, err := p.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body), time.Since(began)}
}

func (p *person) get(path string) answer { p.t.Helper(); return p.send(http.MethodGet, path, nil) }

func (p *person) signIn() {
	p.t.Helper()
	if got := p.send(http.MethodPost, "/login", url.Values{"name": {"admin"}, "password": {"admin123"}}); got.status != http.StatusOK {
		p.t.Fatalf("sign-in: %d\n%s", got.status, got.body)
	}
}

// patience is how long a page may take to say that the database is away: 6 seconds, and some for a busy machine.
const patience = 12 * time.Second

// answers waits until something listens.
func (p *person) answers() {
	p.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		response, err := p.Get(p.base + "/healthz")
		if err == nil {
			response.Body.Close()
			return
		}
		if time.Since(began) > 30*time.Second {
			p.t.Fatal(err)
		}
	}
}

// freePort returns a port that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// outage checks what is promised while the database is away.
func (p *person) outage(pages ...string) {
	p.t.Helper()
	if got := p.get("/healthz"); got.status != http.StatusOK {
		p.t.Errorf("/healthz: %d", got.status)
	}
	for _, page := range append(pages, "/readyz", "/login") {
		got := p.get(page)
		if page == "/login" && got.status == http.StatusOK {
			continue // a visitor's sign-in page needs no database
		}
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.took > patience {
			p.t.Errorf("%s: %d, Retry-After %q, after %s", page, got.status, got.header.Get("Retry-After"), got.took)
		}
	}
}

// recovers waits until the program is ready again by itself.
func (p *person) recovers() {
	p.t.Helper()
	for began := time.Now(); p.get("/readyz").status != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			p.t.Fatal("the program does not recover")
		}
	}
}

func TestFaults_DatabaseAwayAtStart(t *testing.T) {
	line, settings := through(t, testdb.Empty(t))
	t.Chdir(t.TempDir())
	settings["DB_WAIT"], settings["PORT"] = "1m", freePort(t)
	program := world(settings, "serve")
	p := visitor(t, "http://127.0.0.1:"+settings["PORT"])
	ready := make(chan panel, 1)
	go func() { ready <- begin(t, program) }()
	p.answers()
	p.outage("/", "/users")
	line.mend()
	p.recovers()
	<-ready
	p.signIn()
}

func TestFaults_DatabaseAwayLater(t *testing.T) {
	line, settings := through(t, testdb.Empty(t))
	t.Chdir(t.TempDir())
	line.mend()
	p := visitor(t, start(t, settings).url)
	p.signIn()

	t.Run("T90 all connections are lost", func(t *testing.T) {
		line.cut()
		p.outage("/", "/users", "/users/1/edit")
		line.mend()
		p.recovers()
		if got := p.get("/users"); got.status != http.StatusOK || !strings.Contains(got.body, "admin@example.org") {
			t.Errorf("afterwards: %d", got.status)
		}
	})
	t.Run("T92 the network swallows everything", func(t *testing.T) {
		line.swallow()
		p.outage("/users")
		line.carry()
		p.recovers()
		if got := p.get("/users"); got.status != http.StatusOK {
			t.Errorf("afterwards: %d", got.status)
		}
	})
}
