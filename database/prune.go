package database

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Pruning is what Prune is asked for.
type Pruning struct {
	Before time.Time // older rows go
	Batch  int       // rows of one transaction; 5,000 if 0

	// Note returns the statement that records how many rows have gone so far, and returns the number of its row.
	Note func(rows int64) (sql string, args []any, err error)
}

// Prune deletes old rows of the audit log as the owner, oldest first, and returns how many went. Each batch is a
// transaction, which also writes the one row that tells of all batches until then, so that it is there and right whenever
// the work ends. Between two batches the log is left alone for as long as the last one took; ctx ends the work there, and
// its error is returned with what was done. If nothing is old enough, nothing is written. Migrations wait for a batch and
// the other way round.
func Prune(ctx context.Context, target Target, pruning Pruning) (rows int64, err error) {
	p := pruner{Pruning: pruning, target: target}
	p.Batch = either(p.Batch, 5000)
	err = asOwner(ctx, target, "pruning the audit log", func(conn *pgx.Conn) error {
		for {
			began := time.Now()
			gone, err := p.batch(ctx, conn)
			switch {
			case errors.Is(err, errBusy):
			case err != nil || gone < int64(p.Batch):
				return err
			}
			if err := pause(ctx, max(time.Since(began), pollInterval)); err != nil {
				return err
			}
		}
	})
	return p.rows, err
}

// Prunable counts the rows that Prune would delete.
func Prunable(ctx context.Context, target Target, before time.Time) (rows int64, err error) {
	err = asOwner(ctx, target, "looking at the audit log", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT count(*) FROM "+auditLog+" WHERE created_at < $1", before).Scan(&rows)
	})
	return rows, err
}

// pruner is the state between two batches.
type pruner struct {
	Pruning
	target Target
	from   time.Time // no older row is left
	rows   int64     // that are gone
	note   *int64    // the row that says so; nil before the first batch
}

// errBusy says that a migration is under way. Waiting for its lock within a transaction would hold it up.
var errBusy = errors.New("the schema is being migrated")

// batch deletes the next rows, replaces the row that tells of them, and returns how many went.
func (p *pruner) batch(ctx context.Context, conn *pgx.Conn) (gone int64, err error) {
	next := *p
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var free bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", lockID("schema "+p.target.Schema)).Scan(&free); err != nil {
			return err
		}
		if !free {
			return errBusy
		}
		if gone, err = next.remove(ctx, tx); err != nil || gone == 0 {
			return err
		}
		next.rows += gone
		sql, args, err := p.Note(next.rows)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, sql, args...).Scan(&next.note)
	})
	if err == nil {
		*p = next
	}
	return gone, err
}

// The search begins where the last batch ended: the index still holds the rows that are gone.
const deleteOld = `
WITH gone AS (
	DELETE FROM ` + auditLog + ` WHERE id = ANY (ARRAY(
		SELECT id FROM ` + auditLog + ` WHERE created_at < $1 AND created_at >= $2 ORDER BY created_at LIMIT $3))
	RETURNING created_at),
note AS (DELETE FROM ` + auditLog + ` WHERE id = $4 AND EXISTS (SELECT FROM gone))
SELECT count(*), coalesce(max(created_at), $2) FROM gone`

// remove deletes the next rows. An owner that serves too has no right to delete: it takes it for these statements of a
// transaction, so that nobody else ever sees it.
func (p *pruner) remove(ctx context.Context, tx pgx.Tx) (gone int64, err error) {
	var may bool
	if err := tx.QueryRow(ctx, "SELECT has_table_privilege($1, 'DELETE')", auditLog).Scan(&may); err != nil {
		return 0, err
	}
	if !may {
		if _, err := tx.Exec(ctx, "GRANT DELETE ON "+auditLog+" TO CURRENT_USER"); err != nil {
			return 0, err
		}
	}
	if err := tx.QueryRow(ctx, deleteOld, p.Before, p.from, p.Batch, p.note).Scan(&gone, &p.from); err != nil {
		return 0, err
	}
	if !may {
		_, err = tx.Exec(ctx, "REVOKE DELETE ON "+auditLog+" FROM CURRENT_USER")
	}
	return gone, err
}

// asOwner runs do on a connection of the owner to a schema that has the audit log.
func asOwner(ctx context.Context, target Target, operation string, do func(*pgx.Conn) error) error {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return err
	}
	first := stdlib.OpenDB(*config)
	path, err := searchPath(ctx, first, target.Schema)
	_ = first.Close()
	if err != nil {
		return explain(err, operation, &config.Config)
	}
	config.RuntimeParams["search_path"] = path
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["application_name"] = "unified " + auditLog
	config.RuntimeParams["statement_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return explain(err, operation, &config.Config)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", auditLog).Scan(&there); err != nil {
		return explain(err, operation, &config.Config)
	}
	if !there {
		return fmt.Errorf("%s: the schema %q has none: migrate it first", operation, target.Schema)
	}
	return explain(do(conn), operation, &config.Config)
}
