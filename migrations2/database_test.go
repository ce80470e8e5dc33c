package migrations2_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// querier is a pool or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// begin returns a transaction that is rolled back after the test.
func begin(t *testing.T, pool *pgxpool.Pool) pgx.Tx {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return tx
}

// run executes statements that must succeed.
func run(t *testing.T, db querier, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// column returns the first column of a query as text, NULL as "NULL".
func column(t *testing.T, db querier, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	values, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		raw := row.RawValues()[0]
		if raw == nil {
			return "NULL", nil
		}
		var text string
		err := row.Scan(&text)
		return text, err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}

// refused fails the test unless the statement is refused by the named constraint.
func refused(t *testing.T, db querier, constraint, statement string, args ...any) {
	t.Helper()
	_, err := db.Exec(t.Context(), statement, args...)
	violates(t, err, constraint)
}

func violates(t *testing.T, err error, constraint string) {
	t.Helper()
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || refusal.ConstraintName != constraint {
		t.Fatalf("want a violation of %s, got %v", constraint, err)
	}
}
