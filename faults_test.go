package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"unified/internal/testdb"
)

// fewConnections is the pool of the tests that count.
const fewConnections = 4

// counted are settings whose connections a test can count: few, and of one role, which sees what its own do.
func counted(settings map[string]string) map[string]string {
	settings["DB_POOL_SIZE"], settings["REQUEST_TIMEOUT"] = strconv.Itoa(fewConnections), "6s"
	delete(settings, "DATABASE_URL_APP")
	return settings
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

// TestFaults_T90_T92_T101_TheLine breaks the line to the database in several ways, and each time mends it.
func TestFaults_T90_T92_T101_TheLine(t *testing.T) {
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	settings = counted(settings)
	settings["REQUEST_TIMEOUT"] = "3s" // one that swallows everything is waited for again and again
	p := visitor(t, begin(t, noting(t, settings)).url)
	p.signIn()
	written := &ledger{word: "line"}
	for _, fault := range []struct {
		name        string
		begin, end  func()
		pagesAnswer bool // the fault only makes them slower
	}{
		{name: "T90_all_connections_are_lost", begin: line.cut, end: line.mend},
		{name: "T92_the_network_swallows_every_answer", begin: func() { line.swallow("downstream") }, end: line.carry},
		{name: "T92_the_network_swallows_every_request", begin: func() { line.swallow("upstream") }, end: line.carry},
		{name: "T92_every_connection_is_reset", begin: line.reset, end: line.carry},
		{name: "T92_the_network_is_slow", begin: line.slow, end: line.carry, pagesAnswer: true},
	} {
		t.Run(fault.name, func(t *testing.T) {
			p.t, line.t = t, t
			check := steady(p, func() asker { return db.Pool }, fewConnections)
			written.write(p)
			fault.begin()
			got := written.write(p)
			if fault.pagesAnswer {
				if got.status != http.StatusOK || got.took > patience {
					t.Errorf("a write over a slow line: %d after %s", got.status, got.took)
				}
			} else {
				p.refusesWrites(got)
				p.outage("/", "/users", "/users/1/edit")
			}
			fault.end()
			p.recovers()
			if got := written.write(p); got.status != http.StatusOK {
				t.Errorf("a write afterwards: %d", got.status)
			}
			written.check(p)
			check()
		})
	}
}

// TestFaults_T92_TheAnswerToACommitIsLost makes a commit slow and breaks the line while it goes on: nobody can know then
// whether the row is saved, and the panel does not say that it is.
func TestFaults_T92_TheAnswerToACommitIsLost(t *testing.T) {
	db := testdb.New(t)
	line, settings := through(t, db)
	line.mend()
	p := visitor(t, begin(t, noting(t, counted(settings))).url)
	p.signIn()
	_, err := db.Pool.Exec(t.Context(), `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()`)
	if err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]struct {
		begin, end func()
		sure       bool // the commit goes through; else the driver may still have it cancelled
	}{
		"it is swallowed":           {func() { line.swallow("downstream") }, line.carry, true},
		"the connection is cut off": {line.cut, line.mend, false},
	} {
		t.Run(name, func(t *testing.T) {
			p.t, line.t = t, t
			check := steady(p, func() asker { return db.Pool }, fewConnections)
			answered := make(chan answer, 1)
			go func() {
				got, _ := p.try(http.MethodPost, "/notes", url.Values{"title": {name}})
				answered <- got
			}()
			waitFor(t, db, "query ILIKE 'commit%' AND state = 'active'")
			fault.begin()
			got := <-answered
			p.refusesWrites(got)
			if !strings.Contains(got.body, "may be saved or not") {
				t.Errorf("the page does not say that the outcome is unknown:\n%s", got.body)
			}
			fault.end()
			p.recovers()
			check() // waits for the commit, which goes on without us
			var saved int
			err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM notes WHERE title = $1", name).Scan(&saved)
			if err != nil || saved > 1 || fault.sure && saved == 0 {
				t.Errorf("the note, whose commit reached the server, is there %d times, %v", saved, err)
			}
		})
	}
}

// waitFor waits until a connection to the database is in a state.
func waitFor(t *testing.T, db *testdb.DB, state string) {
	t.Helper()
	for began, found := time.Now(), 0; found == 0; time.Sleep(10 * time.Millisecond) {
		err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "+state).Scan(&found)
		if err != nil {
			t.Fatal(err)
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("no connection is in the state %s", state)
		}
	}
}

// hold locks the role customer until the returned func is called.
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
	p := visitor(t, start(t, counted(onDatabase(db))).url)
	p.signIn()
	edit := "/roles/" + roleKey(t, db)
	check := steady(p, func() asker { return db.Pool }, fewConnections)

	release := hold(t, db)
	defer release()
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			got := p.send(http.MethodPost, edit, url.Values{"rank": {strconv.Itoa(i + 50)}})
			p.refusesWrites(got)
			if _, form := got.form(t, "form.again"); form.Get("rank") != strconv.Itoa(i+50) {
				t.Errorf("what was typed is gone: %v", form)
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
	stranger.CloseIdleConnections()
	check()
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
	waitFor(t, db, "wait_event_type = 'Lock'")
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
