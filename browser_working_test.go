package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"unified/internal/testdb"
)

// TestBrowser_WorkIsStopped sends a form that has to wait, is told so, and stops it: nothing is written, and it can be sent again.
func TestBrowser_WorkIsStopped(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	b.signIn("admin", "admin123")
	b.visit("/users/1/edit")
	b.fill("first_name", "Waiting")
	tx, err := db.Pool.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "SELECT FROM users WHERE id = 1 FOR UPDATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:errcheck // it is rolled back below, unless the test fails before
	said := evaluate[string](b, `new Promise(done => { // within the page: while it waits for another one the browser's tools wait too
		document.querySelector("[data-save]").click();
		const bar = document.querySelector(".savebar");
		new MutationObserver(() => {
			const stop = bar.querySelector(".working button");
			if (stop) stop.click();
			if (bar.innerText.includes("Stopped")) done(bar.innerText);
		}).observe(bar, { childList: true, subtree: true });
	})`)
	if !strings.Contains(said, "it is undone") {
		t.Errorf("it says %q", said)
	}
	b.accessible()
	name := func() (got string) {
		t.Helper()
		if err := db.Pool.QueryRow(t.Context(), "SELECT coalesce(first_name, '') FROM users WHERE id = 1").Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for waiting := 1; waiting > 0; { // the server leaves off; else the test's own time ends
		err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "" || b.path() != "/users/1/edit" {
		t.Errorf("stopped on %s, it became %q", b.path(), got)
	}
	b.follow("[data-save]")
	if got := name(); got != "Waiting" || !strings.Contains(b.text(".notice"), "Saved admin") {
		t.Errorf("sent again it is %q: %s", got, b.text("main"))
	}
}
