package testdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/database"
)

// server is the private PostgreSQL as this program knows it.
type server struct {
	root    string // of the module
	running *database.Running
	inUse   *os.File // a shared lock: whoever stops the server asks for it first
	names   atomic.Int64
	start   string // tells this program's databases from those of an earlier one with its number

	common func() (*database.DB, error) // the database under Tx
}

// started is the one server of a test program.
var started = sync.OnceValues(start)

func current(t testing.TB) *server {
	t.Helper()
	s, err := started()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	return s
}

func start() (*server, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(root, "var", "postgres-test")
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	s := &server{root: root, start: strconv.FormatInt(time.Now().UnixNano(), 36)}
	s.common = sync.OnceValues(s.openCommon)
	if s.inUse, err = os.OpenFile(dir+".users", os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(s.inUse.Fd()), syscall.LOCK_SH); err != nil {
		return nil, err
	}
	if s.running, err = (database.Cluster{Dir: dir, Test: true}).Start(context.Background()); err != nil {
		return nil, err
	}
	return s, s.sweep()
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}

// within is a server's address with another database.
func within(server, name string) (string, error) {
	address, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), nil
}

// target is the database called name for both roles.
func (s *server) target(name string) (database.Target, error) {
	owner, err := within(s.running.OwnerURL, name)
	if err != nil {
		return database.Target{}, err
	}
	app, err := within(s.running.AppURL, name)
	return database.Target{OwnerURL: owner, AppURL: app, Schema: Schema}, err
}

// create makes a database of this test from the named template, and drops it afterwards.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := s.newName()
	if err := s.tryCreate(name, template); err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("testdb: %v", err)
		}
	})
	return name
}

func (s *server) newName() string {
	return fmt.Sprintf("t_%d_%s_%d", os.Getpid(), s.start, s.names.Add(1))
}

func (s *server) tryCreate(name, template string) error {
	return s.exec("CREATE DATABASE " + name + " OWNER unified_owner TEMPLATE " + template)
}

// exec runs a statement as the superuser.
func (s *server) exec(statement string) error {
	return s.super(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

func (s *server) super(do func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.running.SuperURL)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, conn), conn.Close(ctx))
}

// sweep drops what test programs that were killed left behind.
func (s *server) sweep() error {
	return s.super(func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 't\_%'`)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			pid, err := strconv.Atoi(strings.Split(name, "_")[1])
			if err != nil || syscall.Kill(pid, 0) == nil {
				continue
			}
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
				return err
			}
		}
		return nil
	})
}
