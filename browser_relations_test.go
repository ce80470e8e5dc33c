package main

import (
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_Children adds, finds and deletes what refers to a record from its page.
func TestBrowser_Children(t *testing.T) {
	t.Parallel()
	b := open(t, start(t, onDatabase(testdb.New(t))).url)
	b.signIn("admin", "admin123")
	b.visit("/dns_zones/new")
	for field, text := range map[string]string{"domain": "example.net", "serial_number": "1", "primary_ns": "ns.example.net", "admin_email": "a@example.net"} {
		b.keys("#"+field, text)
	}
	b.follow("[data-save]")
	zone := b.path()
	shown := func(script string) { // once they are in sight
		b.t.Helper()
		evaluate[bool](b, `(document.querySelector(".children").scrollIntoView(), true)`)
		b.wait(script)
	}
	shown(`document.querySelector(".children-none")?.innerText === "None."`)
	b.follow(".children-head a")
	if got := b.text(".fixed a"); got != "example.net" {
		t.Errorf("a new record stands in the zone %q", got)
	}
	b.keys("#name", "www")
	b.fill("record_type", "A")
	b.keys("#value", "192.0.2.7")
	b.follow("[data-save]")
	if got := b.path(); got != zone {
		t.Errorf("one comes back to %s", got)
	}
	shown(`document.querySelector(".children tbody th a")?.innerText === "www"`)
	b.follow(".children tbody th a")
	b.follow(".btn-ghost-danger")
	b.follow(".question .btn-danger")
	if got := b.path(); got != zone {
		t.Errorf("one comes back to %s", got)
	}
	shown(`document.querySelector(".children-none") !== null`)
}
