package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/database"
	"unified/migrations2"
)

// templatesKept is how many contents of the migrations are kept ready.
const templatesKept = 8

// clone makes a database of this test from the template for files, which it makes first if it is missing.
func (s *server) clone(t testing.TB, files fs.FS) string {
	t.Helper()
	template, err := s.template(files)
	if err != nil {
		t.Fatalf("testdb: making the template: %v", err)
	}
	return s.create(t, template)
}

// template returns the name of a migrated database that nobody is connected to.
func (s *server) template(files fs.FS) (string, error) {
	sum := sha256.New()
	if err := digest(sum, files); err != nil {
		return "", err
	}
	if err := digest(sum, os.DirFS(filepath.Join(s.root, "database"))); err != nil { // the runner has a say in the result
		return "", err
	}
	name := "template_" + hex.EncodeToString(sum.Sum(nil)[:8])
	return name, s.super(func(ctx context.Context, conn *pgx.Conn) error {
		if there, err := exists(ctx, conn, name); err != nil || there {
			return err
		}
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
			return err
		}
		if there, err := exists(ctx, conn, name); err != nil || there {
			return err
		}
		return s.build(ctx, conn, name, files)
	})
}

// build migrates under another name, so that a template is there whole or not at all.
func (s *server) build(ctx context.Context, conn *pgx.Conn, name string, files fs.FS) error {
	draft := s.newName()
	if err := s.tryCreate(draft, "template0"); err != nil {
		return err
	}
	target, err := s.target(draft)
	if err != nil {
		return err
	}
	if _, err := database.Migrate(ctx, target, files); err != nil {
		return errors.Join(err, s.exec("DROP DATABASE "+draft+" WITH (FORCE)"))
	}
	if _, err := conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name); err != nil {
		return err
	}
	return retire(ctx, conn)
}

// retire drops all templates but the newest, which other programs may be using.
func retire(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'template\_%' ORDER BY oid DESC OFFSET $1`, templatesKept)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name); err != nil {
			return err
		}
	}
	return nil
}

func exists(ctx context.Context, conn *pgx.Conn, name string) (bool, error) {
	var there bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	return there, err
}

// digest adds the name and content of every file at the root of files.
func digest(sum hash.Hash, files fs.FS) error {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		content, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", entry.Name(), len(content), content)
	}
	return nil
}

// openCommon makes the database under Tx. It outlives every test; the sweep of a later program drops it.
func (s *server) openCommon() (*database.DB, error) {
	template, err := s.template(migrations2.FS)
	if err != nil {
		return nil, err
	}
	name := s.newName()
	if err := s.tryCreate(name, template); err != nil {
		return nil, err
	}
	target, err := s.target(name)
	if err != nil {
		return nil, err
	}
	return database.Open(context.Background(), target.OwnerURL, Schema, options)
}
