package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_TablesPage looks at the entity diagram, on a desk and on a phone.
func TestBrowser_TablesPage(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	b := open(t, start(t, onDatabase(db)).url)
	b.signIn("admin", "admin123")
	b.visit("/debug/tables")
	b.accessible()
	if words := b.text(".erd-words"); !strings.Contains(words, "user_quotas.user_id") || !strings.Contains(words, "each row of user_quotas has one of users, which has any number") {
		t.Errorf("the relations are\n%s", words)
	}
	if tables := evaluate[int](b, "document.querySelectorAll('.erd rect').length"); tables < 25 {
		t.Errorf("%d tables are drawn", tables)
	}
	b.phone(true)
	b.visit("/debug/tables")
	b.accessible()
	if wide := evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth || document.querySelector('.erd-drawing .scroll').scrollWidth > innerWidth"); wide {
		t.Error("the drawing is wider than a phone")
	}
	b.phone(false)
	demo := visitor(t, b.base)
	demo.send(http.MethodPost, "/login", url.Values{"name": {"demo"}, "password": {"demo123"}})
	if got := demo.get("/debug/tables"); got.status != http.StatusForbidden {
		t.Errorf("who may not inspect the schema gets %d", got.status)
	}
}

// TestBrowser_IndexesPage filters a large table by a column that no index is on, and reads what the adviser says of it.
func TestBrowser_IndexesPage(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	execute(t, db, "INSERT INTO mailbox_events (event_type, username, error_message) SELECT 'created', 'user' || n, 'full' FROM generate_series(1, 10000) n")
	execute(t, db, "ANALYZE mailbox_events")
	running := start(t, onDatabase(db))
	b := open(t, running.url)
	b.signIn("admin", "admin123")
	if status := b.visit("/mailbox_events?filter=error_message.contains:secret-value&q=user7&sort=-error_message"); status != http.StatusOK {
		t.Fatalf("the list answers %d", status)
	}
	b.visit("/debug/indexes")
	b.accessible()
	for _, want := range []string{"mailbox_events.error_message", "by contains", "USING gin (error_message gin_trgm_ops)", "CREATE INDEX CONCURRENTLY idx_mailbox_events_error_message ON"} {
		if text := b.text("main"); !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if text := b.text("main"); strings.Contains(text, "secret-value") || strings.Contains(text, "mailbox_events.username") {
		t.Errorf("it tells what was looked for, or of a column that has an index:\n%s", text)
	}
	b.phone(true)
	b.visit("/debug/indexes")
	b.accessible()
	if wide := evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth"); wide {
		t.Error("the page is wider than a phone")
	}
	b.phone(false)
	b.visit("/mailbox_events?filter=domain.empty") // counted, though no index would help; and written down when the program ends
	if err := running.stop(); err != nil {
		t.Fatal(err)
	}
	var ways string
	err := db.Pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', column_name, operator), ', ' ORDER BY column_name, operator)
		FROM query_shapes WHERE table_name = 'mailbox_events' AND operator <> 'search' AND column_name <> 'id'`).Scan(&ways)
	if err != nil || ways != "domain empty, error_message contains, error_message sort" {
		t.Errorf("what is written down is %s, %v", ways, err)
	}
}
