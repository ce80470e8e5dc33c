package crud_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
	"unified/database"
	"unified/internal/testdb"
)

const move = "INSERT INTO moves (slug) VALUES ($1)"

// What waits is done as if each statement had been waited for: with the rest, or not at all.
func TestLater(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, "CREATE UNIQUE INDEX ON moves (slug) WHERE slug LIKE 'once%'")
	undone := errors.New("undone")
	broken := func(ctx context.Context, tx *gorm.DB) error { return crud.Later(ctx, tx, move, "once") }
	cases := map[string]struct {
		work func(ctx context.Context, tx *gorm.DB) error
		want string // the moves, behind "once", and whether it failed
	}{
		"nothing":    {func(context.Context, *gorm.DB) error { return nil }, "0 false"},
		"it_is_done": {func(ctx context.Context, tx *gorm.DB) error { return crud.Later(ctx, tx, move, "a") }, "1 false"},
		"it_is_undone": {func(ctx context.Context, tx *gorm.DB) error {
			return errors.Join(crud.Later(ctx, tx, move, "a"), undone)
		}, "0 true"},
		"it_fails_at_end": {broken, "0 true"},
		"it_fails_before_a_query": {func(ctx context.Context, tx *gorm.DB) error {
			var n int64
			return errors.Join(broken(ctx, tx), tx.Raw("SELECT count(*) FROM moves").Scan(&n).Error)
		}, "0 true"},
		"it_fails_and_nothing_is_done_behind_it": {func(ctx context.Context, tx *gorm.DB) error {
			var n int
			_ = broken(ctx, tx)
			_ = tx.Statement.ConnPool.QueryRowContext(ctx, move+" RETURNING 1", "b").Scan(&n)
			_ = tx.Exec(move, "c").Error
			return nil
		}, "0 true"},
		"a_query_sees_it": {func(ctx context.Context, tx *gorm.DB) error {
			var n int
			err := errors.Join(crud.Later(ctx, tx, move, "a"), tx.Statement.ConnPool.QueryRowContext(ctx, "SELECT count(*) FROM moves").Scan(&n))
			if n != 2 {
				return fmt.Errorf("%d moves, %w", n, err)
			}
			return err
		}, "1 false"},
		"GORM_has_a_savepoint_in_it": {func(ctx context.Context, tx *gorm.DB) error {
			_ = tx.Transaction(func(tx *gorm.DB) error {
				return errors.Join(crud.Later(ctx, tx, move, "a"), tx.Exec(move, "b").Error, undone)
			})
			return tx.Transaction(func(tx *gorm.DB) error { return tx.Exec(move, "c").Error })
		}, "1 false"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w.exec(t, "TRUNCATE moves; INSERT INTO moves (slug) VALUES ('once')")
			err := w.Together(t.Context(), c.work)
			if got := fmt.Sprint(w.value(t, "SELECT count(*) - 1 FROM moves"), " ", err != nil); got != c.want {
				t.Errorf("got %s, want %s: %v", got, c.want, err)
			}
		})
	}
}

// A part that fails is undone alone, whether the database knew of it already or not.
func TestLater_within(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	one := func(slug string) error {
		_, err := articles.Submit(t.Context(), "", form("title", "One", "slug", slug, "author_id", "1"))
		return err
	}
	if err := one("taken"); err != nil {
		t.Fatal(err)
	}
	err := w.Together(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		for _, slug := range []string{"a", "b"} {
			if err := crud.Later(ctx, tx, move, slug); err != nil {
				return err
			}
			_, err := articles.Submit(ctx, "1", form("title", ""))
			if kind, _ := kindOf(t, err); kind != crud.KindInvalid {
				t.Errorf("an empty title: %v", err)
			}
			_, err = articles.Submit(ctx, "", form("title", "Two", "slug", "taken", "author_id", "1"))
			if _, fields := kindOf(t, err); fields["slug"] == "" {
				t.Errorf("a slug that is taken: %v", err)
			}
			if _, err := articles.Submit(ctx, "", form("title", "Two", "slug", slug, "author_id", "1")); err != nil {
				return err
			}
		}
		saved, err := articles.Submit(ctx, "1", form("slug", "a"))
		if _, fields := kindOf(t, err); fields["slug"] == "" {
			t.Errorf("an update to a slug that is taken: %v, %v", saved, err)
		}
		_, err = articles.Submit(ctx, "1", form("title", "Three"))
		return err
	})
	got := w.value(t, "SELECT string_agg(title || slug, ' ' ORDER BY slug) || (SELECT string_agg(slug, '' ORDER BY slug) FROM moves) FROM articles")
	if err != nil || got != "Twoa Twob Threetakenab" {
		t.Errorf("got %s, %v", got, err)
	}
}

// A connection on which nothing is prepared sends one statement after the other, with the same outcome.
func TestLater_without_prepared_statements(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	db, err := database.Open(t.Context(), w.db.OwnerURL+"&default_query_exec_mode=exec", testdb.Schema, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	reg := crud.Open(db.Gorm, crud.Config{Policy: w.policy, Record: func(ctx context.Context, tx *gorm.DB, changes []crud.Change) error {
		return crud.Later(ctx, tx, move, changes[0].Key)
	}})
	crud.Register(reg, crud.Options[author]{})
	crud.Register(reg, crud.Options[article]{})
	articles, _ := reg.Table("articles")
	saved, err := articles.Submit(t.Context(), "", form("title", "One", "slug", "one", "author_id", "1"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = articles.Submit(t.Context(), saved.Key, form("title", "Two"))
	if got := w.value(t, "SELECT title || (SELECT count(*) FROM moves) FROM articles"); err != nil || got != "Two2" {
		t.Errorf("got %s, %v", got, err)
	}
}

// The statements that a connection keeps are bounded.
func TestLater_forgets_statements(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	err := w.Together(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		for i := range 500 {
			if err := crud.Later(ctx, tx, fmt.Sprintf("INSERT INTO moves (slug) VALUES ($1 || '%d')", i), "a"); err != nil {
				return err
			}
			if err := tx.Exec(move, "b").Error; err != nil {
				return err
			}
		}
		var kept int
		err := tx.Raw("SELECT count(*) FROM pg_prepared_statements").Scan(&kept).Error
		if kept > 300 {
			t.Errorf("%d statements are kept", kept)
		}
		return err
	})
	if got := w.value(t, "SELECT count(*) FROM moves"); err != nil || got != "1000" {
		t.Errorf("got %s, %v", got, err)
	}
}

// Statements that are sent together stay prepared until they are, however many a connection has seen before.
func TestTransaction_many_statements(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, 1)
	for i := range 150 {
		err := w.Together(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
			for n := range 2 {
				if err := crud.Later(ctx, tx, fmt.Sprintf("UPDATE articles SET title = $1 -- %d %d", i, n), "x"); err != nil {
					return err
				}
			}
			var sum int64
			return crud.Question{SQL: fmt.Sprintf("SELECT $1::bigint -- %d", i), Args: []any{int64(i)}, Into: crud.Into(&sum)}.Each(tx.WithContext(ctx), func() error { return nil })
		})
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}
