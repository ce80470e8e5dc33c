package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"unified/database"
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
	t.Cleanup(l.proxy.Stop)
	settings := onDatabase(db)
	for name, address := range settings {
		settings[name] = strings.Replace(address, owner.Host, l.proxy.Listen, 1)
	}
	settings["REQUEST_TIMEOUT"] = "6s"
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

// patience is how long a page may take to say that the database is away: 6 seconds, and more for a busy machine.
const patience = 15 * time.Second

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
	t.Parallel()
	line, settings := through(t, testdb.Empty(t))
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
	t.Parallel()
	line, settings := through(t, testdb.Empty(t))
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

// sessions counts the connections of the serving role, and those that sit in a transaction.
func sessions(t *testing.T, db *testdb.DB) (all, inTransaction int) {
	t.Helper()
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%') FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'unified%'`).Scan(&all, &inTransaction)
	if err != nil {
		t.Fatal(err)
	}
	return all, inTransaction
}

// hold locks the row of admin until the returned func is called.
func hold(t *testing.T, db *testdb.DB) (release func()) {
	t.Helper()
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM roles WHERE name = 'customer' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
}

func roleKey(t *testing.T, db *testdb.DB) (key string) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), "SELECT id::text FROM roles WHERE name = 'customer'").Scan(&key); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestFaults_T93_T101_ALongLockExhaustsThePool(t *testing.T) {
	db := testdb.Empty(t)
	settings := onDatabase(db)
	settings["DB_POOL_SIZE"], settings["REQUEST_TIMEOUT"] = "4", "6s"
	delete(settings, "DATABASE_URL_APP") // one role sees what its own connections do
	p := visitor(t, start(t, settings).url)
	p.signIn()
	edit := "/roles/" + roleKey(t, db)
	goroutines := runtime.NumGoroutine()

	release := hold(t, db)
	defer release()
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			got := p.send(http.MethodPost, edit, url.Values{"rank": {strconv.Itoa(i + 50)}})
			if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.took > patience {
				t.Errorf("an edit of a locked row: %d after %s", got.status, got.took)
			}
		})
	}
	stranger := visitor(t, p.base)
	for _, page := range []string{"/healthz", "/login"} {
		if got := stranger.get(page); got.status != http.StatusOK {
			t.Errorf("%s needs no database and answers %d", page, got.status)
		}
	}
	group.Wait()
	release()
	if got := p.send(http.MethodPost, edit, url.Values{"rank": {"77"}}); got.status != http.StatusOK || !strings.Contains(got.body, "77") {
		t.Errorf("afterwards: %d", got.status)
	}
	if all, inTransaction := sessions(t, db); all > 4 || inTransaction > 0 {
		t.Errorf("%d connections, %d of them in a transaction", all, inTransaction)
	}
	p.CloseIdleConnections()
	stranger.CloseIdleConnections()
	for began := time.Now(); runtime.NumGoroutine() > goroutines+8; time.Sleep(50 * time.Millisecond) { // some of the pool and of idle connections
		if time.Since(began) > 15*time.Second {
			t.Fatalf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
		}
	}
}

func TestFaults_T95_RequestsUnderWayFinish(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	settings := onDatabase(db)
	settings["SHUTDOWN_DELAY"] = "1s"
	delete(settings, "DATABASE_URL_APP") // one role sees what its own connections do
	running := start(t, settings)
	p := visitor(t, running.url)
	p.signIn()
	edit := "/roles/" + roleKey(t, db)

	release := hold(t, db)
	defer release()
	finished := make(chan answer, 1)
	go func() { finished <- p.send(http.MethodPost, edit, url.Values{"rank": {"99"}}) }()
	for began, waiting := time.Now(), 0; waiting == 0; time.Sleep(10 * time.Millisecond) {
		if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("the request does not wait for the lock")
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- running.stop() }()
	for began := time.Now(); ; {
		if got := p.get("/readyz"); got.status == http.StatusServiceUnavailable {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("readiness does not fall")
		}
	}
	release()
	if got := <-finished; got.status != http.StatusOK && got.status != http.StatusSeeOther {
		t.Errorf("the request under way: %d", got.status)
	}
	if err := <-ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	var rank int
	if err := db.Pool.QueryRow(t.Context(), "SELECT rank FROM roles WHERE name = 'customer'").Scan(&rank); err != nil || rank != 99 {
		t.Errorf("the row holds %d, %v", rank, err)
	}
}

// TestFaults_T90_CrashOfPostgreSQL kills a backend, after which the server throws out everybody and recovers.
func TestFaults_T90_CrashOfPostgreSQL(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "unified-crash-") //nolint:usetesting // the server's own user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	server, err := database.Cluster{Dir: filepath.Join(folder, "postgres")}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p := visitor(t, start(t, map[string]string{"DATABASE_URL": server.OwnerURL, "DATABASE_URL_APP": server.AppURL}).url)
	p.signIn()
	acknowledged := 0
	for round := range 3 {
		if got := p.send(http.MethodPost, "/roles", url.Values{"name": {fmt.Sprintf("crash-%d", round)}}); got.status == http.StatusOK {
			acknowledged++
		}
		crash(t, server.SuperURL)
		for _, page := range []string{"/", "/users", "/roles"} {
			if got := p.get(page); got.status != http.StatusOK && (got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "") {
				t.Errorf("%s right after the crash: %d", page, got.status)
			}
		}
		p.recovers()
	}
	list := p.get("/roles?q=crash-&size=100").body
	for round := range acknowledged {
		if n := strings.Count(list, fmt.Sprintf(">crash-%d<", round)); n != 1 {
			t.Errorf("crash-%d was acknowledged and is there %d times", round, n)
		}
	}
	if acknowledged != 3 {
		t.Errorf("%d of 3 writes were acknowledged", acknowledged)
	}
}

// crash kills one backend of the serving role as the kernel would.
func crash(t *testing.T, superURL string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), superURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var pid int
	err = conn.QueryRow(t.Context(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); conn.Ping(t.Context()) == nil; time.Sleep(10 * time.Millisecond) { // until we are thrown out too
		if time.Since(began) > 10*time.Second {
			t.Fatal("the server does not notice that a backend is gone")
		}
	}
}
