package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// extensions are installed where every search path finds them.
var extensions = [...]string{"pg_trgm", "btree_gist"}

// session is the owner at work on one schema, alone: it holds an advisory lock until it ends.
type session struct {
	target Target
	config *pgx.ConnConfig
	db     *sql.DB // two connections: one holds the lock, the other migrates
	lock   *sql.Conn
	wait   time.Duration // for the lock; 0: as long as there is time
}

// work runs do while no other process does so for the same schema. The schema and the extensions are there by then.
func work(ctx context.Context, target Target, operation string, do func(*session) error) error {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return err
	}
	s := &session{target: target, config: config}
	if err := s.begin(ctx); err != nil {
		return errors.Join(explain(err, operation, &config.Config), s.end(ctx))
	}
	return errors.Join(do(s), s.end(ctx))
}

func (s *session) begin(ctx context.Context) error {
	first := stdlib.OpenDB(*s.config)
	defer func() { _ = first.Close() }()
	path, err := searchPath(ctx, first, s.target.Schema)
	if err != nil {
		return err
	}
	s.config.RuntimeParams["search_path"] = path
	s.config.RuntimeParams["application_name"] = "unified migrate"
	s.config.RuntimeParams["statement_timeout"] = "0"
	s.db = stdlib.OpenDB(*s.config)
	s.db.SetMaxOpenConns(2)
	if s.lock, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if err := s.acquire(ctx); err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(s.target.Schema)); err != nil {
		return err
	}
	return s.install(ctx)
}

// acquire waits for the lock.
func (s *session) acquire(ctx context.Context) error {
	if s.wait == 0 {
		return acquire(ctx, s.lock, lockID("schema "+s.target.Schema))
	}
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	err := acquire(waiting, s.lock, lockID("schema "+s.target.Schema))
	if waiting.Err() != nil && ctx.Err() == nil {
		return &sentence{ErrMending.Error(), ErrMending}
	}
	return err
}

// end gives the lock back with its connection.
func (s *session) end(ctx context.Context) error {
	if s.db == nil {
		return nil
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
	if err := s.db.Close(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("closing the owner's connections: %w", err)
	}
	return nil
}

// install adds the missing extensions; a lock for all schemas of the database keeps two runners from doing so at once.
func (s *session) install(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", lockID("extensions")); err != nil {
		return err
	}
	for _, name := range extensions {
		if _, err := tx.ExecContext(ctx, "CREATE EXTENSION IF NOT EXISTS "+name+" SCHEMA pg_catalog"); err != nil {
			return fmt.Errorf("installing the extension %s: %w", name, err)
		}
	}
	return tx.Commit()
}

// acquire asks again and again instead of waiting in the server: a waiting statement's snapshot would hold up a
// CREATE INDEX CONCURRENTLY of the process that has the lock.
func acquire(ctx context.Context, conn *sql.Conn, id int64) error {
	for {
		var ok bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", id).Scan(&ok); err != nil {
			return err
		}
		if ok {
			return nil
		}
		if err := pause(ctx, 2*pollInterval); err != nil {
			return &sentence{"another process has been migrating this schema for too long", err}
		}
	}
}

func lockID(name string) int64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("unified " + name))
	return int64(hash.Sum64())
}

// searchPath is the schema alone, or followed by those in which somebody installed the extensions before us.
func searchPath(ctx context.Context, db *sql.DB, schema string) (string, error) {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = ANY($1) AND n.nspname NOT IN ('pg_catalog', $2) ORDER BY 1`, extensions[:], schema)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	path := quote(schema)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		path += ", " + quote(name)
	}
	return path, rows.Err()
}
