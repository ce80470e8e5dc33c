package main

import (
	"net/http"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestSchemaPages_BreakAndMend breaks a table by hand, reads the notice and the finding in a real browser, mends it by the SQL
// that the page offers, and finds it gone.
func TestSchemaPages_BreakAndMend(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	staffed(t, db)
	p := start(t, onDatabase(db))
	b := open(t, p.url)
	b.signIn("admin", "admin123")
	b.visit("/debug/schema")
	if text := b.text("main"); !strings.Contains(text, "Nothing differs") {
		t.Fatalf("a fresh database differs: %s", text)
	}
	b.accessible()
	execute(t, db, "ALTER TABLE dns_zones ALTER COLUMN primary_ns TYPE varchar(20)")
	execute(t, db, "DROP INDEX idx_dns_zones_is_active")

	b.visit("/debug/schema?severity=breaks")
	b.names(".drift-says b", "The column dns_zones.primary_ns is of type character varying(20) instead of character varying(255).")
	b.accessible()
	b.visit("/dns_zones")
	if notice := b.text("[data-drift]"); !strings.Contains(notice, "one difference breaks") {
		t.Errorf("the notice is %q", notice)
	}
	b.follow("[data-drift] a")
	if path := b.path(); path != "/debug/schema?table=dns_zones" {
		t.Errorf("the notice leads to %s", path)
	}
	if row := b.text("tr.differs"); !strings.Contains(row, "varchar") && !strings.Contains(row, "character varying(20)") {
		t.Errorf("the columns side by side: %q", row)
	}
	b.accessible()
	b.visit("/debug/migrations")
	if text := b.text("main"); !strings.Contains(text, "0 pending, 0 changed") {
		t.Errorf("the migrations: %s", text)
	}
	b.accessible()

	b.visit("/debug/schema")
	for _, script := range evaluate[[]string](b, `[...document.querySelectorAll(".drift-fix pre")].map(p => p.textContent)`) {
		for statement := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(statement) != "" {
				execute(t, db, statement)
			}
		}
	}
	b.visit("/debug/schema")
	if text := b.text("main"); !strings.Contains(text, "Nothing differs") {
		t.Errorf("after it was mended: %s", text)
	}

	execute(t, db, "ALTER TABLE dns_zones RENAME COLUMN primary_ns TO nameserver")
	if status := b.visit("/dns_zones"); status != http.StatusOK || !strings.Contains(b.text("[data-drift]"), "lacks the column of “Primary name server”") {
		t.Errorf("a list without one of its columns is %d, and says %q", status, b.text("[data-drift]"))
	}
	b.accessible()
	b.follow("[data-drift] a")
	b.names(".drift-says b", "The column dns_zones.primary_ns is named nameserver.")
	execute(t, db, "ALTER TABLE dns_zones RENAME COLUMN nameserver TO primary_ns")
	if status := b.visit("/dns_zones"); status != http.StatusOK {
		t.Errorf("the list with all of its columns again is %d", status)
	}
	b.visit("/debug/schema")
	b.visit("/dns_zones")
	if notice := b.text("[data-drift]"); notice != "" {
		t.Errorf("the notice stays: %q", notice)
	}
	for path, want := range map[string]int{
		"/debug/schema?severity=awful": http.StatusBadRequest, "/debug/schema?order=1": http.StatusBadRequest, "/debug/schema?table=%00": http.StatusNotFound,
	} {
		if status := b.visit(path); status != want {
			t.Errorf("%s answers %d", path, status)
		}
	}

	b.visit("/")
	b.follow("form[action$=logout] button")
	b.signIn("reader", staffPassword)
	if status := b.visit("/debug/schema"); status != http.StatusForbidden {
		t.Errorf("who may only read gets %d", status)
	}
}

// TestSchemaPages_Production has no page about the program unless it is asked for.
func TestSchemaPages_Production(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	settings := onDatabase(db)
	settings["APP_ENV"] = "production"
	settings["ADMIN_PASSWORD"] = "correct horse battery staple"
	for _, switched := range []string{"false", "true"} {
		settings["DEBUG_PAGES"] = switched
		program, err := load(world(settings, "serve"))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := program.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(opened.close)
		site, err := program.panel(t.Context(), opened)
		if err != nil {
			t.Fatal(err)
		}
		there := false
		for _, route := range site.Routes() {
			there = there || strings.HasPrefix(route.Path, "/debug")
		}
		if there != (switched == "true") {
			t.Errorf("DEBUG_PAGES=%s: pages %v", switched, there)
		}
	}
}
