package main

import (
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_DomainAdministrator follows dora, who looks after north.example, through what she may do for a new person
// and what she may not.
func TestBrowser_DomainAdministrator(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	p := start(t, onDatabase(db))
	staffed(t, db)
	b := open(t, p.url)
	b.signIn("dora", staffPassword)

	b.visit("/users/new")
	b.fill("username", "nina")
	b.fill("email", "nina@south.example")
	b.follow("button[data-save]")
	b.refused("", "out of your reach")
	b.fill("email", "nina@north.example")
	b.follow("button[data-save]")
	nina := b.path()
	if nina != recordOf(t, db, "nina") {
		t.Fatalf("nina is not there: %s\n%s", nina, b.text("main"))
	}

	b.visit("/user_roles/new")
	b.accessible()
	b.fill("user_id", "nina")
	b.fill("role_name", "admin")
	b.fill("service", "web")
	b.follow("button[data-save]")
	b.refused("role_name", "This role gives more than you have yourself")
	b.fill("role_name", "user")
	b.follow("button[data-save]")
	if role := b.text("h1"); role != "user for web" {
		t.Fatalf("nina has no role: %s\n%s", role, b.text("main"))
	}

	b.visit("/user_roles/new")
	b.fill("user_id", "dora")
	b.fill("role_name", "user")
	b.fill("service", "web")
	b.follow("button[data-save]")
	b.refused("user_id", "Nobody changes their own roles")

	b.visit(nina + "/edit")
	b.fill("email", "nina@south.example")
	b.follow("button[data-save]")
	b.refused("", "out of your reach")
	b.visit(recordOf(t, db, "dora") + "/edit")
	b.fill("email", "dora@south.example")
	b.follow("button[data-save]")
	if problems := b.text(".problems"); problems == "" {
		t.Errorf("dora moved to another mail domain: %s", b.text("main"))
	}
	b.visit(recordOf(t, db, "carla") + "/edit")
	if b.text("form.form") == "" || evaluate[bool](b, `!!document.querySelector("[name=system_uid], [name=home_directory]")`) {
		t.Errorf("the form of carla holds what is kept back from dora: %s", b.text("form.form"))
	}

	var moved bool
	if err := db.Pool.QueryRow(t.Context(), `SELECT bool_or(domain = 'south.example') FROM users WHERE username IN ('nina', 'dora')`).Scan(&moved); err != nil || moved {
		t.Errorf("somebody was moved: %v, %v", moved, err)
	}
	for _, path := range []string{recordOf(t, db, "sven"), recordOf(t, db, "admin"), recordOf(t, db, "sven") + "/edit"} {
		b.answers(path, 404)
	}
	b.visit("/email_aliases")
	if list := b.text("#list"); strings.Contains(list, "sven") || !strings.Contains(list, "carla") {
		t.Errorf("the aliases are %s", list)
	}

	b.signOut()
	execute(t, db, `INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme)
		SELECT n.id, 'web', p.password_hash, p.hash_scheme FROM users n, user_passwords p JOIN users c ON c.id = p.user_id WHERE n.username = 'nina' AND c.username = 'carla'`)
	b.signIn("nina", staffPassword)
	b.names("h1", "Dashboard")
	b.names(".area li span:first-of-type", belonging...)
}

// refused checks that a form came back with a sentence: beside a field, or above the form for "".
func (b *browser) refused(field, sentence string) {
	b.t.Helper()
	at := ".problems"
	if field != "" {
		at = "#" + field + "-error"
	}
	if got := b.text(at); !strings.Contains(got, sentence) {
		b.t.Errorf("%s says %q at %s, want %q\n%s", b.path(), got, at, sentence, b.text("main"))
	}
	b.accessible()
}
