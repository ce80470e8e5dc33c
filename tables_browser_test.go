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
