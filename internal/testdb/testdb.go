// Package testdb gives every test a real PostgreSQL database of its own, cloned from a migrated template.
//
// It starts a private server under var/ by itself and leaves it running, so that the test programs of one "go test ./..."
// share it; the template is made once for each content of the migrations. A test that cannot have its database fails.
package testdb

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"unified/database"
	"unified/migrations2"
)

// Schema is the schema that the migrations fill.
const Schema = "unified"

var options = database.Options{PoolSize: 4}

// DB is a database of one test. Pool and Gorm are one pool of the owner role, closed with the test.
type DB struct {
	Pool     *pgxpool.Pool
	Gorm     *gorm.DB
	OwnerURL string
	AppURL   string // the serving role
	Schema   string

	t testing.TB
}

// New returns a migrated database with no rows but those of the migrations. It is dropped after the test.
func New(t testing.TB) *DB {
	t.Helper()
	return Migrated(t, migrations2.FS)
}

// Migrated is New with other migrations.
func Migrated(t testing.TB, files fs.FS) *DB {
	t.Helper()
	db := &DB{Schema: Schema, t: t}
	db.connect(current(t).clone(t, files))
	return db
}

// Copy returns another database with all that db holds. db is closed and must not be used any more, so that further copies can be
// made of it. The copy is dropped after the test t.
func (db *DB) Copy(t testing.TB) *DB {
	t.Helper()
	db.Pool.Close()
	copied := &DB{Schema: db.Schema, t: t}
	copied.connect(current(t).create(t, db.Pool.Config().ConnConfig.Database))
	return copied
}

// Empty returns a database without any schema of ours. It is dropped after the test.
func Empty(t testing.TB) *DB {
	t.Helper()
	db := &DB{Schema: Schema, t: t}
	db.connect(current(t).create(t, "template0"))
	return db
}

// Tx returns a transaction on a migrated database that all such tests of a program share. It is rolled back after the test.
func Tx(t testing.TB) *gorm.DB {
	t.Helper()
	db, err := current(t).common()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	tx := db.Gorm.WithContext(t.Context()).Begin()
	if tx.Error != nil {
		t.Fatalf("testdb: beginning a transaction: %v", tx.Error)
	}
	t.Cleanup(func() { tx.Rollback() })
	return tx
}

// App opens the database as the serving role does: without the owner's rights. It is closed with the test.
func (db *DB) App() *database.DB {
	db.t.Helper()
	return open(db.t, db.AppURL)
}

// Target is what database.Migrate and its like take.
func (db *DB) Target() database.Target {
	return database.Target{OwnerURL: db.OwnerURL, AppURL: db.AppURL, Schema: db.Schema}
}

func (db *DB) connect(name string) {
	db.t.Helper()
	target, err := current(db.t).target(name)
	if err != nil {
		db.t.Fatalf("testdb: %v", err)
	}
	db.OwnerURL, db.AppURL = target.OwnerURL, target.AppURL
	opened := open(db.t, db.OwnerURL)
	db.Pool, db.Gorm = opened.Pool, opened.Gorm
}

func open(t testing.TB, address string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), address, Schema, options)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// SuperExec runs statements in the database as the superuser: what its owner may not do, such as switching foreign keys off.
func (db *DB) SuperExec(statements string) error {
	s, err := started()
	if err != nil {
		return err
	}
	address, err := within(s.running.SuperURL, db.Pool.Config().ConnConfig.Database)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statements)
	return errors.Join(err, conn.Close(ctx))
}
