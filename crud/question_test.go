package crud_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"unified/crud"
)

// One place after the other is read as pgx reads it, whatever types the columns have this time.
func TestQuestion_Into(t *testing.T) {
	f := newForeseeing(t)
	type row struct {
		N       int64
		Small   *int32
		Text    string
		Maybe   *string
		At      time.Time
		Ended   *time.Time
		OK      bool
		Bytes   []byte
		List    []string
		Address netip.Addr
	}
	var got row
	places := crud.Into(&got.N, &got.Small, &got.Text, &got.Maybe, &got.At, &got.Ended, &got.OK, &got.Bytes, &got.List, &got.Address)
	for _, sql := range []string{
		`SELECT 7::bigint, 8::int, 'a', 'b'::text, '2026-01-02 03:04:05.6+00'::timestamptz, '2026-01-02 03:04:05+00'::timestamptz, true, '\x0102'::bytea, '{a,b}'::text[], '192.0.2.7'::inet`,
		`SELECT 7::int, 8::smallint, 'ä'::varchar, NULL::text, '2026-01-02 03:04:05+00'::timestamptz, NULL::timestamptz, false, NULL::bytea, NULL::text[], '2001:db8::7'::inet`,
		`SELECT 7::smallint, NULL::int, '', '', 'epoch'::timestamptz, NULL::timestamptz, false, '', '{}'::text[], '::1'::inet`,
		`SELECT 7::bigint, 8::int, 'again', 'b'::text, '2026-01-02 03:04:05.6+00'::timestamptz, NULL::timestamptz, true, '\x0102'::bytea, '{a,b}'::text[], '192.0.2.7'::inet`,
	} {
		var want row
		err := f.db.Pool.QueryRow(t.Context(), sql).Scan(&want.N, &want.Small, &want.Text, &want.Maybe, &want.At, &want.Ended, &want.OK, &want.Bytes, &want.List, &want.Address)
		if err != nil {
			t.Fatal(err)
		}
		if err := (crud.Question{SQL: sql, Into: places}).Ask(t.Context(), f.db.Pool); err != nil || !got.At.Equal(want.At) {
			t.Errorf("%s: %v", sql, err)
		}
		if want.Ended != nil && got.Ended.Equal(*want.Ended) {
			got.Ended = want.Ended
		}
		if got.At = want.At; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", sql, got, want)
		}
	}
	for _, sql := range []string{"SELECT NULL::bigint", "SELECT 'x'", "SELECT 1, 2"} {
		n := int64(0)
		if err := (crud.Question{SQL: sql, Into: crud.Into(&n)}).Ask(t.Context(), f.db.Pool); err == nil {
			t.Errorf("%s was read as %d", sql, n)
		}
	}
	if err := (crud.Question{SQL: "SELECT 1 WHERE false", Into: crud.Into(new(int64))}).Ask(t.Context(), f.db.Pool); !errors.Is(err, pgx.ErrNoRows) {
		t.Error(err)
	}
}

// What is sent ahead is read as it was behind the next statement, by who asks exactly that, once.
func TestQuestion_Ahead(t *testing.T) {
	f := newForeseeing(t)
	var title string
	question := func(id int64) crud.Question {
		return crud.Question{SQL: "SELECT title FROM articles WHERE id = $1", Args: []any{id}, Into: crud.Into(&title)}
	}
	ask := func(tx *gorm.DB, id int64) (titles []string) {
		t.Helper()
		if err := question(id).Each(tx, func() error { titles = append(titles, title); return nil }); err != nil {
			t.Fatal(err)
		}
		return titles
	}
	f.exec(t, `UPDATE articles SET title = 'early'`)
	err := f.Together(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		tx = tx.WithContext(ctx)
		question(1).Ahead(tx)
		question(2).Ahead(tx)
		if _, err := f.list(crud.Query{Size: 1})(ctx); err != nil {
			return err
		}
		f.exec(t, `UPDATE articles SET title = 'late'`)
		for _, want := range []struct {
			id    int64
			title string
		}{{3, "late"}, {1, "early"}, {1, "late"}} {
			if got := ask(tx, want.id); !slices.Equal(got, []string{want.title}) {
				t.Errorf("row %d: %v, want %s", want.id, got, want.title)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	outside := f.db.Gorm.WithContext(t.Context())
	question(1).Ahead(outside) // nothing to send it along with
	if got := ask(outside, 1); !slices.Equal(got, []string{"late"}) {
		t.Errorf("outside of a transaction: %v", got)
	}
	stop := errors.New("enough")
	if err := question(1).Each(outside, func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("what was said of a row: %v", err)
	}
}

// What fails ahead ends the transaction, and nothing of it stays.
func TestQuestion_Ahead_fails(t *testing.T) {
	f := newForeseeing(t)
	err := f.Together(t.Context(), func(ctx context.Context, tx *gorm.DB) error {
		if err := crud.Later(ctx, tx, "UPDATE articles SET title = $1", "gone"); err != nil {
			return err
		}
		crud.Question{SQL: "SELECT 1 / $1::int", Args: []any{0}}.Ahead(tx)
		_, first := f.list(crud.Query{Size: 1})(ctx)
		if first == nil {
			t.Error("it is not told")
		}
		_, second := f.list(crud.Query{Size: 1})(ctx)
		if second == nil {
			t.Error("something was done behind it")
		}
		return nil
	})
	if err == nil {
		t.Error("it was committed")
	}
	if titles, _ := f.ask(t, 9, f.list(crud.Query{Size: 1})); titles[0] == "gone" {
		t.Error("something of it stayed")
	}
}
