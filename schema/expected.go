package schema

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// expected is what the sources declare; a source that there is none of is nil.
type expected struct {
	models, migrations *state
	invisible          []string // what cannot be known with this role
}

// main is the source that knows more.
func (e *expected) main() *state {
	if e.migrations != nil {
		return e.migrations
	}
	return e.models
}

func (e *expected) sources() []*state {
	var list []*state
	for _, source := range []*state{e.migrations, e.models} {
		if source != nil {
			list = append(list, source)
		}
	}
	return list
}

// table is a declared table, nil if no source has it.
func (e *expected) table(key string) *table {
	for _, source := range e.sources() {
		if t := source.tables[key]; t != nil {
			return t
		}
	}
	return nil
}

// expected builds what the sources declare, with the changes made to it; what was built before is kept.
func (c *Comparer) expected(ctx context.Context, conn *sql.Conn, changes []change) (*expected, error) {
	key := fmt.Sprint(changes)
	if kept := c.kept[key]; kept != nil {
		return kept, nil
	}
	built, err := c.build(ctx, conn, changes)
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && slices.Contains([]string{"42501", "25006"}, refusal.Code) { // no right to, or on a standby
		built, err = c.declared(ctx, conn)
	}
	if err != nil {
		return nil, err
	}
	if len(c.kept) > 8 { // what was renamed is mended some day
		c.kept = map[string]*expected{}
	}
	c.kept[key] = built
	return built, nil
}

func (c *Comparer) build(ctx context.Context, conn *sql.Conn, changes []change) (*expected, error) {
	built := &expected{}
	for _, source := range []struct {
		name string
		make func(context.Context, *scratch) error
		in   **state
	}{{FromModels, c.makeModels, &built.models}, {FromMigrations, c.applyMigrations, &built.migrations}} {
		if source.name == FromModels && len(c.Models) == 0 || source.name == FromMigrations && c.Migrations == nil {
			continue
		}
		s, err := c.scratch(ctx, conn)
		if err != nil {
			return nil, err
		}
		*source.in, err = s.build(ctx, source.make, changes)
		s.end()
		if err != nil {
			return nil, fmt.Errorf("build the schema of the %s: %w", source.name, err)
		}
	}
	return built, nil
}

// scratch is a transaction in which anything may be made; nothing of it is kept.
type scratch struct {
	tx     *sql.Tx
	schema string            // the schema that is compared
	names  map[string]string // scratch schemas, by what they stand for
	quoted map[string]string // what they stand for, as PostgreSQL prints it
	path   string            // behind the scratch schema: where extensions are
}

func (c *Comparer) scratch(ctx context.Context, conn *sql.Conn) (*scratch, error) {
	tx, err := c.begin(ctx, conn, nil)
	if err != nil {
		return nil, err
	}
	s := &scratch{tx: tx, schema: c.Schema, names: map[string]string{}, quoted: map[string]string{}}
	err = tx.QueryRowContext(ctx, `SELECT coalesce(string_agg(DISTINCT ', ' || quote_ident(n.nspname), ''), '')
		FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname NOT IN ('pg_catalog', $1)`, c.Schema).Scan(&s.path)
	if err == nil {
		err = s.stand(ctx, c.Schema)
	}
	if err != nil {
		s.end()
		return nil, fmt.Errorf("make a scratch schema: %w", err)
	}
	return s, nil
}

func (s *scratch) end() { _ = s.tx.Rollback() }

// stand makes a scratch schema for a real one, unless there is one.
func (s *scratch) stand(ctx context.Context, schema string) error {
	if s.names[schema] != "" {
		return nil
	}
	var random [6]byte
	_, _ = rand.Read(random[:]) // it never fails
	name := "scratch_" + hex.EncodeToString(random[:])
	var quoted string
	if err := s.tx.QueryRowContext(ctx, "SELECT quote_ident($1)", schema).Scan(&quoted); err != nil {
		return err
	}
	s.names[schema], s.quoted[schema] = name, quoted
	return s.exec(ctx, "CREATE SCHEMA "+name)
}

func (s *scratch) exec(ctx context.Context, statements string) error {
	_, err := s.tx.ExecContext(ctx, statements)
	return err
}

// build makes a source's schema and reads it.
func (s *scratch) build(ctx context.Context, fill func(context.Context, *scratch) error, changes []change) (*state, error) {
	if err := s.exec(ctx, "SET LOCAL search_path TO "+s.names[s.schema]+s.path); err != nil {
		return nil, err
	}
	if err := fill(ctx, s); err != nil {
		return nil, err
	}
	if err := s.exec(ctx, "SET LOCAL search_path TO pg_catalog"); err != nil {
		return nil, err
	}
	built, err := s.read(ctx)
	if err != nil || len(changes) == 0 {
		return built, err
	}
	for _, change := range changes {
		if err := change.apply(ctx, s, built); err != nil {
			return nil, err
		}
	}
	return s.read(ctx)
}

func (s *scratch) read(ctx context.Context) (*state, error) {
	read := &reader{db: s.tx, schema: s.schema, schemas: map[string]string{}, quoted: s.quoted}
	for real, name := range s.names {
		read.schemas[name] = real
	}
	return read.read(ctx)
}

var (
	upText       = regexp.MustCompile(`(?ms)^--\s*\+goose\s+Up\s*$(.*?)(?:^--\s*\+goose\s+Down\s*$|\z)`)
	concurrently = regexp.MustCompile(`(?i)\b((?:CREATE\s+(?:UNIQUE\s+)?|DROP\s+)INDEX|REINDEX\s+\w+|REFRESH\s+MATERIALIZED\s+VIEW)\s+CONCURRENTLY\b`)
	leading      = regexp.MustCompile(`^\d+`)
)

// applyMigrations runs what goose would run, in the order of the files' numbers. Indexes are built at once, since nothing
// else can be within a transaction, and nobody waits for them.
func (c *Comparer) applyMigrations(ctx context.Context, s *scratch) error {
	names, err := fs.Glob(c.Migrations, "*.sql")
	if err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	slices.SortFunc(names, func(a, b string) int { return int(version(a) - version(b)) })
	for _, extension := range c.Extensions {
		if err := s.exec(ctx, "CREATE EXTENSION IF NOT EXISTS "+quote(extension)+" SCHEMA pg_catalog"); err != nil {
			return fmt.Errorf("install the extension %s: %w", extension, err)
		}
	}
	for _, name := range names {
		content, err := fs.ReadFile(c.Migrations, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		up := upText.FindStringSubmatch(strings.ReplaceAll(string(content), "\r\n", "\n"))
		if up == nil {
			return fmt.Errorf("%s has no line \"-- +goose Up\"", name)
		}
		if err := s.exec(ctx, concurrently.ReplaceAllString(up[1], "$1")); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func version(file string) int64 {
	n, _ := strconv.ParseInt(leading.FindString(file), 10, 64) // goose refuses a file without a number
	return n
}
