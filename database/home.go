package database

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Names within every private cluster.
const (
	superuser    = "postgres"
	ownerRole    = "unified_owner"
	servingRole  = "unified_app"
	databaseName = "unified"
)

// errForeign says that somebody took the passwords away from their data.
var errForeign = errors.New("the password files do not belong to the data beside them; put them back, or remove the folder to start anew")

// home is an opened Cluster: where everything is, and as whom the server runs.
type home struct {
	dir       string // absolute, links resolved
	data      string
	binaries  string
	user      *account // nil: as oneself
	passwords map[string]string
	test      bool
}

func (c Cluster) open() (*home, error) {
	binaries, major, err := findBinaries()
	if err != nil {
		return nil, err
	}
	dir, user, err := settle(c.Dir)
	if err != nil {
		return nil, err
	}
	passwords := make(map[string]string)
	for _, role := range []string{superuser, ownerRole, servingRole} {
		if passwords[role], err = password(filepath.Join(dir, role+".password")); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data-"+major)
	return &home{dir, data, binaries, user.ownerOf(data), passwords, c.Test}, nil
}

// own takes the lock and with it the duty to run the server, or says errLocked.
func (h *home) own(ctx context.Context) (*Running, error) {
	lock, err := tryLock(filepath.Join(h.dir, "lock"))
	if err != nil {
		return nil, err
	}
	server, err := h.run(ctx)
	if err == nil {
		err = h.prepare(ctx, server.port)
	}
	if err != nil || h.test {
		err = errors.Join(err, lock.Close())
		lock = nil
	}
	if err != nil {
		return nil, err
	}
	return h.running(server, lock), nil
}

// attach uses the server of a live owner, or says errLocked while that is not ready.
func (h *home) attach(ctx context.Context) (*Running, error) {
	server, ok := h.server()
	if !ok || h.ready(ctx, server.port) != nil {
		return nil, errLocked
	}
	return h.running(server, nil), nil
}

// run takes over the server that an earlier owner left running, or launches one.
func (h *home) run(ctx context.Context) (*process, error) {
	for {
		server, ok := h.server()
		if !ok {
			return h.launch(ctx)
		}
		err := h.probe(ctx, h.url(superuser, superuser, server.port))
		if err == nil {
			return server, nil
		}
		if hasCode(err, wrongPassword) {
			return nil, errForeign
		}
		if err := pause(ctx, pollInterval); err != nil {
			return nil, fmt.Errorf("the server left running there (process %d) lets nobody in: %w", server.pid, err)
		}
	}
}

// server reads postmaster.pid and returns the live server that wrote it.
func (h *home) server() (*process, bool) {
	text, err := os.ReadFile(filepath.Join(h.data, "postmaster.pid"))
	if err != nil {
		return nil, false
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 4 {
		return nil, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return nil, false
	}
	port, err := strconv.Atoi(strings.TrimSpace(lines[3]))
	if err != nil {
		return nil, false
	}
	server := &process{pid: pid, port: port, data: h.data}
	return server, server.alive()
}

// ready tells whether prepare has been here: both roles get into the database.
func (h *home) ready(ctx context.Context, port int) error {
	if err := h.probe(ctx, h.url(ownerRole, databaseName, port)); err != nil {
		return err
	}
	return h.probe(ctx, h.url(servingRole, databaseName, port))
}

func (h *home) probe(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// prepare makes the roles, with the passwords at hand, and the database, last, so that its presence tells all is there.
func (h *home) prepare(ctx context.Context, port int) error {
	if h.ready(ctx, port) == nil {
		return nil
	}
	conn, err := pgx.Connect(ctx, h.url(superuser, superuser, port))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, role := range []string{ownerRole, servingRole} {
		if _, err := conn.Exec(ctx, "CREATE ROLE "+role); err != nil && !hasCode(err, duplicateObject) {
			return fmt.Errorf("making the role %s: %w", role, err)
		}
		if _, err := conn.Exec(ctx, "ALTER ROLE "+role+" LOGIN PASSWORD '"+h.passwords[role]+"'"); err != nil {
			return fmt.Errorf("setting the password of the role %s: %w", role, err)
		}
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+databaseName+" OWNER "+ownerRole)
	if err != nil && !hasCode(err, duplicateDatabase) {
		return fmt.Errorf("making the database %s: %w", databaseName, err)
	}
	return nil
}

func (h *home) running(server *process, lock *os.File) *Running {
	running := &Running{
		SuperURL: h.url(superuser, superuser, server.port),
		OwnerURL: h.url(ownerRole, databaseName, server.port),
		AppURL:   h.url(servingRole, databaseName, server.port),
		home:     h,
		lock:     lock,
	}
	running.use(server)
	return running
}

// log is the file that the server writes its own log to.
func (h *home) log() string { return filepath.Join(h.dir, "server.log") }

func (h *home) url(role, database string, port int) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(role, h.passwords[role]),
		Host:     net.JoinHostPort(loopback, strconv.Itoa(port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}
