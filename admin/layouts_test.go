package admin

import (
	"context"
	"testing"

	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

func TestLayoutBook(t *testing.T) {
	db := testdb.New(t)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO users (username, email) VALUES ('ada', 'ada@a.example'), ('bob', 'bob@a.example')`); err != nil {
		t.Fatal(err)
	}
	as := func(name string) context.Context {
		var account auth.Account
		if err := db.Pool.QueryRow(t.Context(), `SELECT id, username FROM users WHERE username = $1`, name).Scan(&account.ID, &account.Name); err != nil {
			t.Fatal(err)
		}
		return auth.With(t.Context(), account)
	}
	app := db.App()
	book, ada, bob := NewLayoutBook(app.Gorm, app.Pool), as("ada"), as("bob")
	holds := func(who context.Context, table string, want crud.Layout) {
		t.Helper()
		if got, err := book.Load(who, table); err != nil || got != want {
			t.Errorf("the layout of %s is %+v, %v, want %+v", table, got, err, want)
		}
	}
	for _, layout := range []crud.Layout{{Fields: "email,username", Size: 25, Compact: true}, {Fields: "email"}, {Compact: true}, {Size: 500}, {}} {
		if err := book.Save(ada, "users", layout); err != nil {
			t.Fatal(err)
		}
		holds(ada, "users", layout)
		holds(ada, "sessions", crud.Layout{})
		holds(bob, "users", crud.Layout{})
	}
	if err := book.Save(ada, "users", crud.Layout{Compact: true}); err != nil {
		t.Fatal(err)
	}
	if err := book.Save(t.Context(), "users", crud.Layout{Compact: true}); err != nil {
		t.Errorf("nobody saves a layout: %v", err)
	}
	holds(t.Context(), "users", crud.Layout{})
	if _, err := db.Pool.Exec(t.Context(), `DELETE FROM users WHERE username = 'ada'`); err != nil {
		t.Fatal(err)
	}
	holds(ada, "users", crud.Layout{})
}

func TestLayoutBook_ReadsWhatCameWithTheSession(t *testing.T) {
	db := testdb.New(t)
	for _, statement := range []string{
		`INSERT INTO users (id, username, email) VALUES (1000, 'ada', 'ada@a.example')`,
		`INSERT INTO sessions (user_id, token_hash, expires_at) VALUES (1000, 'open', '2100-01-01')`,
		`INSERT INTO list_settings (user_id, table_name, columns, density, page_size) VALUES (1000, 'users', '{email,username}', 'compact', 25), (1000, 'roles', '{}', 'comfortable', 500)`,
		`INSERT INTO saved_views (user_id, table_name, name, query, is_default) VALUES (1000, 'users', 'Mine', 'q=a', true), (1000, 'users', 'Other', 'q=b', false), (1000, 'sessions', 'Mine', 'q=c', true)`,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	app := db.App()
	finder, err := Finder(app.Gorm, app.Pool)
	if err != nil {
		t.Fatal(err)
	}
	session, err := finder.BySession(t.Context(), []byte("open"))
	if err != nil {
		t.Fatal(err)
	}
	came, asks := LayoutBook{}, NewLayoutBook(app.Gorm, app.Pool) // the first could not ask
	for table, want := range map[string]crud.Layout{
		"users": {Fields: "email,username", Size: 25, Compact: true, Home: "q=a"}, "roles": {Size: 500}, "sessions": {Home: "q=c"}, "audit_log": {},
	} {
		got, err := came.Load(auth.With(t.Context(), auth.Account{ID: 1000, Kept: session.Kept}), table)
		asked, failed := asks.Load(auth.With(t.Context(), auth.Account{ID: 1000}), table)
		if err != nil || failed != nil || got != want || asked != want {
			t.Errorf("the layout of %s is %+v, %v, and asked for %+v, %v, want %+v", table, got, err, asked, failed, want)
		}
	}
}
