package database_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"unified/database"
	"unified/internal/testdb"
	"unified/migrations2"
)

var cutoff = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// logged is a database with seven entries from before the cutoff, three of them of one moment, and three from later.
func logged(t *testing.T) *testdb.DB {
	t.Helper()
	db := testdb.New(t)
	err := db.Gorm.Exec(`INSERT INTO audit_log (action, success, created_at) SELECT CASE WHEN day < 0 THEN 'old' ELSE 'new' END, true,
		?::timestamptz + day * interval '1 day' FROM unnest('{-400,-9,-9,-9,-3,-2,-1,0,1,2}'::int[]) day`, cutoff).Error
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// oneRole makes the owner serve too.
func oneRole(t *testing.T, db *testdb.DB) database.Target {
	t.Helper()
	target := db.Target()
	target.AppURL = ""
	if _, err := database.Migrate(t.Context(), target, migrations2.FS); err != nil {
		t.Fatal(err)
	}
	return target
}

func pruning(batch int) database.Pruning {
	return database.Pruning{Before: cutoff, Batch: batch, Note: func(rows int64) (string, []any, error) {
		return `INSERT INTO audit_log (action, resource_id, success) VALUES ('prune', $1, true) RETURNING id`, []any{rows}, nil
	}}
}

// left tells which entries there are: old ones, new ones, notes, and what the notes say.
func left(t *testing.T, db *testdb.DB) (text string) {
	t.Helper()
	err := db.Gorm.Raw(`SELECT concat_ws(' ', count(*) FILTER (WHERE action = 'old'), count(*) FILTER (WHERE action = 'new'),
		count(*) FILTER (WHERE action = 'prune'), sum(resource_id)) FROM audit_log`).Scan(&text).Error
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPrune(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]int{"at_once": 0, "in_full_batches": 7, "in_batches_that_part_a_moment": 2, "one_by_one": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := logged(t)
			if rows, err := database.Prunable(t.Context(), db.Target(), cutoff); err != nil || rows != 7 {
				t.Errorf("prunable: %d, %v", rows, err)
			}
			rows, err := database.Prune(t.Context(), db.Target(), pruning(batch))
			if got := left(t, db); err != nil || rows != 7 || got != "0 3 1 7" {
				t.Errorf("%d rows, %v; left %s", rows, err, got)
			}
			again, err := database.Prune(t.Context(), db.Target(), pruning(batch))
			if got := left(t, db); err != nil || again != 0 || got != "0 3 1 7" {
				t.Errorf("again: %d rows, %v; left %s", again, err, got)
			}
		})
	}
	t.Run("by_an_owner_who_serves_and_may_not_delete", func(t *testing.T) {
		t.Parallel()
		db := logged(t)
		target := oneRole(t, db)
		for range 2 { // the second finds nothing
			if _, err := database.Prune(t.Context(), target, pruning(2)); err != nil {
				t.Fatal(err)
			}
			if err := db.Gorm.Exec("DELETE FROM audit_log").Error; err == nil || left(t, db) != "0 3 1 7" {
				t.Errorf("T35: the serving role may delete afterwards: %v; left %s", err, left(t, db))
			}
		}
	})
	t.Run("T99_stopped_midway_leaves_whole_batches_and_their_note", func(t *testing.T) {
		t.Parallel()
		db := logged(t)
		ctx, cancel := context.WithCancel(t.Context())
		stopping := pruning(2)
		note := stopping.Note
		stopping.Note = func(rows int64) (string, []any, error) {
			if rows == 6 {
				cancel()
			}
			return note(rows)
		}
		rows, err := database.Prune(ctx, db.Target(), stopping)
		if got := left(t, db); !errors.Is(err, context.Canceled) || rows != 4 || got != "3 3 1 4" {
			t.Errorf("%d rows, %v; left %s", rows, err, got)
		}
	})
	t.Run("T99_what_cannot_be_noted_stays", func(t *testing.T) {
		t.Parallel()
		db := logged(t)
		broken := pruning(2)
		broken.Note = func(int64) (string, []any, error) { return `INSERT INTO audit_log (action) VALUES ('prune')`, nil, nil }
		rows, err := database.Prune(t.Context(), oneRole(t, db), broken)
		if got := left(t, db); err == nil || rows != 0 || got != "7 3 0" {
			t.Errorf("%d rows, %v; left %s", rows, err, got)
		}
	})
	t.Run("a_schema_without_a_log_is_a_sentence", func(t *testing.T) {
		t.Parallel()
		_, err := database.Prune(t.Context(), testdb.Empty(t).Target(), pruning(0))
		if err == nil || !strings.Contains(err.Error(), "migrate it first") {
			t.Errorf("got %v", err)
		}
	})
}

// TestPrune_while_the_server_runs has one role do everything at once: write, try to delete, prune, and migrate as a second
// server does at its start.
func TestPrune_while_the_server_runs(t *testing.T) {
	t.Parallel()
	db := logged(t)
	target := oneRole(t, db)
	ctx, done := context.WithCancel(t.Context())
	var group sync.WaitGroup
	work := func(do func() error) {
		group.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	work(func() error {
		return db.Gorm.Exec(`INSERT INTO audit_log (action, success) VALUES ('served', true)`).Error
	})
	work(func() error {
		if db.Gorm.Exec(`DELETE FROM audit_log WHERE action = 'new'`).Error == nil {
			return errors.New("the serving role deletes")
		}
		return nil
	})
	work(func() error {
		_, err := database.Migrate(t.Context(), target, migrations2.FS)
		return err
	})
	rows, err := database.Prune(t.Context(), target, pruning(1))
	done()
	group.Wait()
	if got := left(t, db); err != nil || rows != 7 || got != "0 3 1 7" {
		t.Errorf("%d rows, %v; left %s", rows, err, got)
	}
}
