package main

import (
	"context"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/database"
	"unified/internal/testdb"
)

// TestCrash_T90_T101_PostgreSQL crashes and stops a server under a program that only knows its address.
func TestCrash_T90_T101_PostgreSQL(t *testing.T) {
	folder := openFolder(t)
	cluster := database.Cluster{Dir: filepath.Join(folder, "postgres")}
	server := startServer(t, cluster)
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	again := func() { // on its port
		if err := server.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		server = startServer(t, cluster)
	}
	program := noting(t, counted(map[string]string{"DATABASE_URL": server.OwnerURL}))
	p := visitor(t, begin(t, program).url)
	p.signIn()
	people := []*person{p, visitor(t, p.base), visitor(t, p.base)}
	people[1].signIn()
	people[2].signIn()
	ask := func() asker { return superuser(t, server) }
	written := &ledger{word: "crash"}
	for _, fault := range []struct {
		name       string
		begin, end func()
		away       bool // until end
	}{
		{name: "a_backend_is_killed_and_all_are_thrown_out", begin: func() { killBackend(t, server) }, end: func() {}},
		{name: "the_server_is_killed", begin: func() { strike(t, cluster.Dir, syscall.SIGKILL) }, end: again, away: true},
		{name: "the_server_is_stopped_and_started_again", begin: func() { strike(t, cluster.Dir, syscall.SIGINT) }, end: again, away: true},
		{name: "the_server_is_stopped_at_once_and_recovers", begin: func() { strike(t, cluster.Dir, syscall.SIGQUIT) }, end: again, away: true},
	} {
		t.Run(fault.name, func(t *testing.T) {
			for _, one := range people {
				one.t = t
			}
			check := steady(p, ask, fewConnections)
			end := written.load(people...)
			written.enough(t, 10)
			fault.begin()
			if fault.away {
				p.outage("/", "/users", "/notes")
			}
			fault.end()
			p.recovers()
			written.enough(t, 10)
			end()
			for _, one := range people[1:] {
				one.CloseIdleConnections()
			}
			written.check(p)
			check()
		})
	}
}

func startServer(t *testing.T, cluster database.Cluster) *database.Running {
	t.Helper()
	server, err := cluster.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// superuser is a connection to the private server's database, closed with the test.
func superuser(t *testing.T, server *database.Running) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(server.SuperURL)
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "unified"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// killBackend kills one connection's process as the kernel would, after which the server throws out everybody.
func killBackend(t *testing.T, server *database.Running) {
	t.Helper()
	conn := superuser(t, server)
	var pid int
	err := conn.QueryRow(t.Context(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1`).Scan(&pid)
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

// TestCrash_T91_T95_TheProgram kills the program while people write, three times, and then stops it while they do.
func TestCrash_T91_T95_TheProgram(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := onDatabase(db)
	settings["PORT"] = freePort(t)
	written := &ledger{word: "killed"}
	people := make([]*person, 4)
	for i := range people {
		people[i] = visitor(t, "http://127.0.0.1:"+settings["PORT"])
	}
	for round := range 4 {
		began := time.Now()
		program := spawn(t, settings, "serve")
		people[0].answers()
		people[0].recovers()
		t.Logf("round %d: ready %s after the start", round, time.Since(began).Round(time.Millisecond))
		if round == 0 {
			for _, p := range people {
				p.signIn()
			}
		}
		written.check(people[0])
		end := written.load(people...)
		written.enough(t, 20)
		if round < 3 {
			program.kill()
		} else {
			program.stop()
		}
		end()
	}
	last := spawn(t, settings, "serve")
	people[0].answers()
	people[0].recovers()
	written.check(people[0])
	if got := people[0].get("/notes"); got.status != http.StatusOK {
		t.Errorf("/notes: %d", got.status)
	}
	last.stop()
}
