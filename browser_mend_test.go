package main

import (
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_T38_ABrokenModelIsMendedFromTheInside drops a column that the model of users names and signing in does not need.
// The administrator signs in all the same, is told, finds the cause on the debug pages and the SQL that mends it there; the models
// take over again while the program runs on.
func TestBrowser_T38_ABrokenModelIsMendedFromTheInside(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	var log safeBuffer
	outside := world(onDatabase(db), "serve")
	outside.Stderr = &log
	b := open(t, begin(t, outside).url)
	execute(t, db, `ALTER TABLE users DROP COLUMN mailbox_format CASCADE`)

	b.signIn("admin", "admin123")
	if alarm := b.text(".alarm"); b.path() != "/" || !strings.Contains(alarm, "The models do not fit the database") || !strings.Contains(alarm, "mailbox_format") {
		t.Fatalf("signed in at %s, the notice says %q", b.path(), alarm)
	}
	b.accessible()
	b.visit("/debug/auth")
	b.keys("#name", "admin")
	b.follow(".debug-form button")
	if said := b.text("main"); !strings.Contains(said, "The ways differ in: Find the account") {
		t.Errorf("the steps of signing in:\n%s", said)
	}
	b.accessible()
	b.visit("/debug/schema")
	if said := b.text("main"); !strings.Contains(said, "mailbox_format") {
		t.Fatalf("the schema page says %q", b.text("main"))
	}
	execute(t, db, evaluate[string](b, `fetch(document.querySelector("a[download]").href).then(answer => answer.text())`))
	b.visit("/")
	b.signOut()
	b.signIn("admin", "admin123")
	if alarm := b.text(".alarm"); b.path() != "/" || alarm != "" {
		t.Errorf("mended, at %s the notice says %q", b.path(), alarm)
	}
	b.visit("/debug/auth")
	b.keys("#name", "admin")
	b.follow(".debug-form button")
	if said := b.text("main"); strings.Contains(said, "The ways differ") || !strings.Contains(said, "found number") {
		t.Errorf("the steps of signing in afterwards:\n%s", said)
	}
	if status := b.visit("/users"); status != 200 || !strings.Contains(log.String(), "the model fits its table again") {
		t.Errorf("the users afterwards: %d\n%s", status, log.String())
	}
}
