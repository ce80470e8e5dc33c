package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"unified/internal/testdb"
)

// TestSchemaPages_MendFromThePage breaks the schema by hand, reads the notice, has the page mend it, sees how far that is, and finds
// difference and notice gone.
func TestSchemaPages_MendFromThePage(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	staffed(t, db)
	p := start(t, onDatabase(db))
	b := open(t, p.url)
	b.signIn("admin", "admin123")
	second := visitor(t, start(t, onDatabase(db)).url) // another instance, which sees the run too
	second.signIn()
	execute(t, db, `ALTER TABLE dns_zones RENAME COLUMN primary_ns TO nameserver; ALTER TABLE users DROP COLUMN last_name; ALTER TABLE users ADD COLUMN nickname text;
		DROP INDEX idx_dns_zones_is_active; ALTER TABLE dns_records DROP CONSTRAINT dns_records_ttl_positive`)
	if status := b.visit("/users"); status != http.StatusOK || !strings.Contains(b.text("[data-drift]"), "lacks the column of “Last name”") {
		t.Errorf("the list is %d, and says %q", status, b.text("[data-drift]"))
	}
	b.accessible()
	b.follow("[data-drift] a")
	b.visit("/debug/schema")
	b.accessible()

	b.follow("button[name=all]")
	if buttons := b.text(".drift-buttons"); !strings.Contains(buttons, "Mend these") {
		t.Errorf("the plan: %s", b.text("main"))
	}
	b.tidy()
	b.follow(".drift-buttons button") // nothing is confirmed yet
	if said := b.text("main"); !strings.Contains(said, "Say that it is the same thing") || !strings.Contains(said, "Type users.nickname, or leave it out.") {
		t.Errorf("what is missing is not said: %s", said)
	}
	b.accessible()
	evaluate[any](b, `document.querySelector("input[name=confirm]").click()`)
	evaluate[any](b, `document.querySelector("input[name=lose]").value = "users.nickname"`)

	tx, err := db.Pool.Begin(t.Context()) // an index beside writes waits for it, so that the run can be seen
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "UPDATE dns_zones SET id = id WHERE false"); err != nil {
		t.Fatal(err)
	}
	b.follow(".drift-buttons button")
	if path := b.path(); path != "/debug/schema/run" {
		t.Fatalf("it leads to %s: %s", path, b.text("main"))
	}
	soon(t, func() bool {
		return strings.Contains(b.text("#run"), "CREATE INDEX CONCURRENTLY idx_dns_zones_is_active")
	})
	b.accessible()
	if got := second.get("/debug/schema/run"); !strings.Contains(got.body, "It is under way") || !strings.Contains(got.body, `http-equiv="refresh"`) {
		t.Errorf("another instance: %d %s", got.status, sentences(got.body))
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon(t, func() bool { return strings.Contains(b.text("#run"), "It has ended.") })
	if said := b.text("#run"); !strings.Contains(said, "Mended: The column dns_zones.primary_ns is named nameserver.") || strings.Contains(said, "Left:") {
		t.Errorf("it says %s", said)
	}
	b.tidy()
	b.follow("#run a")
	if said := b.text("main"); !strings.Contains(said, "0 break") || strings.Contains(said, "ttl_positive") {
		t.Errorf("what differs now: %s", said)
	}
	b.visit("/users")
	if notice := b.text("[data-drift]"); notice != "" {
		t.Errorf("the notice stays: %q", notice)
	}
	var entries int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_log l JOIN users u ON u.id = l.user_id WHERE action = 'bridge' AND username = 'admin'`).Scan(&entries); err != nil || entries != 2 {
		t.Errorf("the audit log has %d entries: %v", entries, err)
	}
	b.visit("/")
	b.follow("form[action$=logout] button")
	b.signIn("reader", staffPassword)
	for _, path := range []string{"/debug/schema/mend", "/debug/schema/run"} {
		if status := b.visit(path); status != http.StatusForbidden {
			t.Errorf("%s for who may only read: %d", path, status)
		}
	}
}

// TestSchemaPages_BreakItOff ends a run from another instance, and mends the rest afterwards.
func TestSchemaPages_BreakItOff(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	execute(t, db, `DROP INDEX idx_dns_zones_is_active`)
	first, second := visitor(t, start(t, onDatabase(db)).url), visitor(t, start(t, onDatabase(db)).url)
	first.signIn()
	second.signIn()
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "UPDATE dns_zones SET id = id WHERE false"); err != nil {
		t.Fatal(err)
	}
	action, plan := first.get("/debug/schema/mend?all=1").form(t, "main form")
	if got := first.send(http.MethodPost, action, plan); got.status != http.StatusOK || !strings.Contains(got.body, "It is under way") {
		t.Fatalf("begun: %d %s", got.status, sentences(got.body))
	}
	if got := second.send(http.MethodPost, action, plan); got.status != http.StatusConflict && got.status != http.StatusUnprocessableEntity {
		t.Errorf("a second run at once: %d %s", got.status, sentences(got.body))
	}
	if got := second.send(http.MethodPost, "/debug/schema/run", map[string][]string{"cancel": {"x"}}); got.status != http.StatusBadRequest {
		t.Errorf("no number: %d", got.status)
	}
	second.send(http.MethodPost, "/debug/schema/run", map[string][]string{"cancel": {"1"}})
	soon(t, func() bool { return strings.Contains(second.get("/debug/schema/run").body, "It was broken off.") })
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	action, plan = second.get("/debug/schema/mend?all=1").form(t, "main form")
	second.send(http.MethodPost, action, plan)
	soon(t, func() bool { return strings.Contains(second.get("/debug/schema/run").body, "It has ended.") })
	if got := first.get("/debug/schema"); !strings.Contains(got.body, "Nothing differs") {
		t.Errorf("what is left: %s", sentences(got.body))
	}
}

// soon asks until it is so.
func soon(t *testing.T, is func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it does not come to pass")
		}
	}
}
