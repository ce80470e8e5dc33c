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
