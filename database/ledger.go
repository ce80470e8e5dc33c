package database

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	goosedb "github.com/pressly/goose/v3/database"
)

// The tables of the runner itself; they are no part of the schema that the files describe.
const (
	versionTable = "goose_db_version"
	filesTable   = "schema_files"
)

// file is a migration as it is on disk.
type file struct {
	version        int64
	name, checksum string
}

// readFiles lists the SQL files at the root of files, in order.
func readFiles(files fs.FS) ([]file, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	list := make([]file, 0, len(names))
	for _, name := range names {
		version, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		sum := sha256.Sum256(content)
		list = append(list, file{version, name, hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(list, func(a, b file) int { return cmp.Compare(a.version, b.version) })
	return list, nil
}

// entry is a row of schema_files.
type entry struct {
	checksum  string
	appliedAt time.Time
	duration  time.Duration
}

// readLedger reads schema_files; a database without it has nothing applied.
func readLedger(ctx context.Context, config *pgx.ConnConfig, schema string) (map[int64]entry, error) {
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	return entries(ctx, db, schema)
}

func entries(ctx context.Context, db *sql.DB, schema string) (map[int64]entry, error) {
	table := pgx.Identifier{schema, filesTable}.Sanitize()
	var there bool
	err := db.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", table).Scan(&there)
	if err != nil || !there {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT version, checksum, applied_at, duration_ms FROM "+table) //nolint:gosec // quoted above
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make(map[int64]entry)
	for rows.Next() {
		var version, milliseconds int64
		var e entry
		if err := rows.Scan(&version, &e.checksum, &e.appliedAt, &milliseconds); err != nil {
			return nil, err
		}
		e.duration = time.Duration(milliseconds) * time.Millisecond
		found[version] = e
	}
	return found, rows.Err()
}

// store is goose's own, which also writes schema_files, in the same transaction as the file.
type store struct {
	goosedb.Store
	files []file
}

func newStore(files []file) (*store, error) {
	inner, err := goosedb.NewStore(goosedb.DialectPostgres, versionTable)
	if err != nil {
		return nil, err
	}
	return &store{inner, files}, nil
}

// check reports every applied file whose content is another by now.
func (s *store) check(ctx context.Context, db *sql.DB, schema string) error {
	applied, err := entries(ctx, db, schema)
	if err != nil {
		return fmt.Errorf("reading %s: %w", filesTable, err)
	}
	var changed []string
	for _, file := range s.files {
		if entry, ok := applied[file.version]; ok && entry.checksum != file.checksum {
			changed = append(changed, file.name)
		}
	}
	if len(changed) > 0 {
		return fmt.Errorf("edited after having been applied: %s; put the content back and write a new migration for the change",
			strings.Join(changed, ", "))
	}
	return nil
}

// CreateVersionTable makes both tables of the runner.
func (s *store) CreateVersionTable(ctx context.Context, db goosedb.DBTxConn) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+filesTable+` (
		version bigint PRIMARY KEY, checksum text NOT NULL, duration_ms bigint NOT NULL, applied_at timestamptz NOT NULL)`)
	return errors.Join(err, s.Store.CreateVersionTable(ctx, db))
}

// Insert notes that a file is applied. Its duration is the transaction's so far.
func (s *store) Insert(ctx context.Context, db goosedb.DBTxConn, request goosedb.InsertRequest) error {
	for _, file := range s.files {
		if file.version != request.Version {
			continue
		}
		_, err := db.ExecContext(ctx, `INSERT INTO `+filesTable+` (version, checksum, duration_ms, applied_at)
			VALUES ($1, $2, extract(epoch FROM clock_timestamp() - now()) * 1000, clock_timestamp())`, file.version, file.checksum)
		if err != nil {
			return fmt.Errorf("noting %s: %w", file.name, err)
		}
	}
	return s.Store.Insert(ctx, db, request)
}

// Delete notes that a file is taken back.
func (s *store) Delete(ctx context.Context, db goosedb.DBTxConn, version int64) error {
	if _, err := db.ExecContext(ctx, `DELETE FROM `+filesTable+` WHERE version = $1`, version); err != nil {
		return fmt.Errorf("noting version %d: %w", version, err)
	}
	return s.Store.Delete(ctx, db, version)
}
