package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm/schema"
)

// Options say what is compared. Models and Migrations may each be missing.
type Options struct {
	Schema     string       // that the models' tables are in; a model may name another
	Models     []any        // pointers to structs, as AutoMigrate takes them
	Migrations fs.FS        // goose files at its root; nil for none
	Naming     schema.Namer // GORM's own if nil
	Ignore     []string     // tables that no source declares and nobody should miss: bookkeeping
	Extensions []string     // that the migrations need and their runner installs; they are made in the scratch schema's transaction too
	LockWait   time.Duration
	Timeout    time.Duration // of one statement
}

// Comparer compares. What is expected is built once and kept, since it depends on the program and the server alone.
// It may be used by several goroutines.
type Comparer struct {
	Options
	db *sql.DB

	mu   sync.Mutex
	kept map[string]*expected // by what was renamed
}

// New returns a Comparer that reads through db, of whose connections it takes one at a time. Zero times mean 2 s of
// waiting for a lock, and 30 s for a statement.
func New(db *sql.DB, options Options) *Comparer {
	if options.LockWait == 0 {
		options.LockWait = 2 * time.Second
	}
	if options.Timeout == 0 {
		options.Timeout = 30 * time.Second
	}
	if options.Naming == nil {
		options.Naming = schema.NamingStrategy{IdentifierMaxLength: 63}
	}
	return &Comparer{Options: options, db: db, kept: map[string]*expected{}}
}

// Compare reads the database and compares it. An error means that nothing could be compared; a table that is locked against
// reading is told in Report.Skipped instead.
func (c *Comparer) Compare(ctx context.Context) (*Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	start := time.Now().UTC()
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	want, err := c.expected(ctx, conn, nil)
	if err != nil {
		return nil, err
	}
	var got *state
	var about Report
	for range 5 { // a lock may come between the question and the reading
		got, err = c.found(ctx, conn, want, &about)
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) || refusal.Code != "55P03" {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	report, err := c.compare(ctx, conn, want, got)
	if err != nil {
		return nil, err
	}
	report.Role, report.Server, report.Skipped, report.At, report.Took = about.Role, about.Server, about.Skipped, start, time.Since(start)
	return report, nil
}

// found reads the database, and notes who reads it and what could not be read. Tables that a source declares in other schemas are read too.
func (c *Comparer) found(ctx context.Context, conn *sql.Conn, want *expected, report *Report) (*state, error) {
	tx, err := c.begin(ctx, conn, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	var there bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), current_user, current_setting('server_version')",
		c.Schema).Scan(&there, &report.Role, &report.Server)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	elsewhere, err := declaredElsewhere(ctx, tx, want.main())
	if err != nil {
		return nil, err
	}
	read := &reader{db: tx, schema: c.Schema, schemas: map[string]string{c.Schema: c.Schema}, tables: elsewhere}
	held, err := c.held(ctx, read)
	if err != nil {
		return nil, err
	}
	report.Skipped = nil
	for _, h := range held {
		read.skip = append(read.skip, h.OID)
		report.Skipped = append(report.Skipped, Skipped{h.Name, h.reason()})
	}
	got, err := read.read(ctx)
	if err != nil {
		return nil, err
	}
	got.missing = !there
	for _, h := range held {
		got.hidden[h.Name] = h.reason()
	}
	return got, c.moved(ctx, read, want, got)
}

// held is what is locked against reading. What somebody holds for a moment alone is waited for.
func (c *Comparer) held(ctx context.Context, read *reader) ([]heldObject, error) {
	for until := time.Now().Add(c.LockWait); ; {
		held, err := rows[heldObject](ctx, read, "SELECT * FROM ("+readHeld+") h WHERE $3::oid[] IS NOT NULL")
		if err != nil || len(held) == 0 || time.Now().After(until) {
			return held, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(c.LockWait / 20):
		}
	}
}

type heldObject struct {
	OID    uint32 `json:"oid"`
	Name   string `json:"name"`
	Schema string `json:"schema"`
	Table  string `json:"table"` // of an index
	Cause  string `json:"cause"`
	Kind   string `json:"kind"`
}

func (h heldObject) reason() string {
	if h.Cause != h.Name {
		return h.Cause + " is locked by another session"
	}
	return "it is locked by another session"
}

// begin starts a transaction that waits for no lock and no statement for ever, and prints names in full.
func (c *Comparer) begin(ctx context.Context, conn *sql.Conn, options *sql.TxOptions) (*sql.Tx, error) {
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	mode := "READ WRITE" // a database may have another default
	if options != nil && options.ReadOnly {
		mode = "READ ONLY"
	}
	_, err = tx.ExecContext(ctx, "SET TRANSACTION "+mode+fmt.Sprintf(`; SET LOCAL search_path TO pg_catalog; SET LOCAL lock_timeout TO %d; SET LOCAL statement_timeout TO %d;
		SET LOCAL jit TO off; SET LOCAL standard_conforming_strings TO on; SET LOCAL quote_all_identifiers TO off; SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO'; SET LOCAL intervalstyle TO 'postgres';
		SET LOCAL client_min_messages TO warning`, c.LockWait.Milliseconds(), c.Timeout.Milliseconds()))
	if err != nil {
		_ = tx.Rollback()
		return nil, fmt.Errorf("begin: %w", err)
	}
	return tx, nil
}

// declaredElsewhere are the tables that the models put into other schemas, as far as they are there.
func declaredElsewhere(ctx context.Context, db querier, want *state) ([]uint32, error) {
	var schemas, names []string
	for _, t := range want.tables {
		if t.Schema != want.schema {
			schemas, names = append(schemas, t.Schema), append(names, t.Name)
		}
	}
	if len(schemas) == 0 {
		return nil, nil
	}
	return ids(ctx, db, `SELECT c.oid::bigint FROM unnest($1::text[], $2::text[]) d (schema, name)
		JOIN pg_namespace n ON n.nspname = d.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = d.name`, schemas, names)
}

func ids(ctx context.Context, db querier, query string, args ...any) ([]uint32, error) {
	found, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	defer func() { _ = found.Close() }()
	var list []uint32
	for found.Next() {
		var id uint32
		if err := found.Scan(&id); err != nil {
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		list = append(list, id)
	}
	return list, found.Err()
}

// moved adds tables that are missing here and in another schema under the same name.
func (c *Comparer) moved(ctx context.Context, read *reader, want *expected, got *state) error {
	if got.missing {
		return nil
	}
	var names []string
	for _, source := range want.sources() {
		for key, t := range source.tables {
			if got.tables[key] == nil && got.views[key] == nil && got.hidden[key] == "" && t.Schema == c.Schema && !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	found, err := ids(ctx, read.db, `SELECT c.oid::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'p') AND n.nspname <> $2 AND n.nspname !~ '^(pg_|information_schema$)'`, names, c.Schema)
	if err != nil || len(found) == 0 {
		return err
	}
	other := &reader{db: read.db, schema: c.Schema, schemas: map[string]string{}, tables: found, skip: read.skip}
	away, err := other.read(ctx)
	if err != nil {
		return err
	}
	for key, t := range away.tables {
		if expected := want.table(t.Name); expected != nil && alike(expected, t) >= similar && strings.Contains(key, ".") {
			got.tables[key] = t
		}
	}
	return nil
}
