package database_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"unified/database"
	"unified/internal/testdb"
)

// TestMend_looked_at ends runs, by themselves and broken off, while it is looked how far they are: the connection for that holds the lock, and
// writes down what came of them.
func TestMend_looked_at(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]error{"it ends": nil, "it is broken off": context.Canceled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := testdb.New(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := database.Mend(ctx, db.Target(), database.Claim{By: "somebody"}, func(context.Context, *database.Mending) (string, error) {
				tx, err := db.Pool.Begin(t.Context())
				if err != nil {
					return "", err
				}
				if _, err := tx.Exec(t.Context(), `LOCK TABLE schema_runs IN SHARE MODE`); err != nil {
					return "", err
				}
				const waiting = `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`
				for waits := false; !waits; time.Sleep(10 * time.Millisecond) {
					if err := tx.QueryRow(t.Context(), waiting).Scan(&waits); err != nil {
						return "", err
					}
				}
				time.AfterFunc(200*time.Millisecond, func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
				if broken != nil {
					cancel()
				}
				return "done", broken
			})
			if !errors.Is(err, broken) || err != nil && strings.Contains(err.Error(), "noting") {
				t.Error(err)
			}
			pool := stdlib.OpenDBFromPool(db.Pool)
			defer pool.Close()
			if run, err := database.LastRun(t.Context(), pool, db.Schema); err != nil || run.Result != "done" || run.Running {
				t.Errorf("%+v, %v", run, err)
			}
		})
	}
}
