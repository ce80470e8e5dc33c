package main

import (
	"slices"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_Why asks why of records and people: by the picker, without scripts, and on a phone.
func TestBrowser_Why(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	staffed(t, db)
	execute(t, db, `UPDATE users SET is_locked = true WHERE username = 'sven'`)
	b.signIn("admin", "admin123")
	carla, dora, sven := recordOf(t, db, "carla"), recordOf(t, db, "dora"), recordOf(t, db, "sven")
	id := func(record string) string { return strings.TrimPrefix(record, "/users/") }

	b.visit(carla)
	b.follow(".buttons a[href$='/why']")
	b.accessible()
	b.says("carla of north.example holds user", map[string]string{ // the record's owner, without asking
		"Edit":            "yes users:update:own from the role user: id is " + id(carla) + ", this person",
		"Delete":          "no users:delete is given by no role of theirs",
		"Create new ones": "no users:create is given by no role of theirs",
	})
	if kept := b.text(".why .facts"); !strings.Contains(kept, "Shown, but not to be set in edited rows by a field rule of user: Username, Email") {
		t.Errorf("what is kept back: %s", kept)
	}
	b.fill("person", "dora")
	b.follow(".why-ask button")
	b.says("dora of north.example holds domain_admin", map[string]string{
		"Edit":   "yes users:update:group from the role domain_admin: domain is north.example, the person’s mail domain users:update:own from the role domain_admin: id is " + id(carla) + ", not " + id(dora) + ", this person",
		"Delete": "yes users:delete:group",
	})

	b.scripts(false)
	b.visit(sven + "/why")
	b.says("sven of south.example holds no role", map[string]string{"Read": "no Account locked. users:read is given by no role of theirs: they hold none in the panel"})
	b.keys("#person", id(dora))
	b.follow(".why-ask button")
	b.says("dora", map[string]string{"Read": "no users:read:group from the role domain_admin: domain is south.example, not north.example, the person’s mail domain"})
	b.keys("#person", "999999")
	if got := b.leave(".why-ask button"); got != 422 || b.text("#person-error") != "There is no such person." {
		t.Errorf("nobody: %d %s", got, b.text("#person-error"))
	}
	b.visit(recordOf(t, db, "admin") + "/why?person=" + id(dora))
	b.follow(".why-who a[href*='/rights']")
	b.scripts(true)

	if path := b.path(); path != dora+"/rights?table=users" {
		t.Errorf("all that she may do is at %s", path)
	}
	b.visit(dora + "/rights?table=users")
	b.accessible()
	b.says("dora", map[string]string{"Edit": "yes users:update:group from the role domain_admin: rows whose domain is north.example, the person’s mail domain"})
	b.keys("[name=q]", "ROLES:READ")
	b.fill("table", "all")
	b.follow(".why-filter button")
	if got := strings.Join(b.eachText(".why h2"), ", "); got != "User roles, Roles" {
		t.Errorf("found by a permission: %s", got)
	}
	b.visit(dora + "/rights")
	b.says("dora", map[string]string{"/debug": "no admin:debug is given by no role of theirs"})
	b.phone(true)
	b.accessible()
	if wide := evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth"); wide {
		t.Error("the page is wider than a phone")
	}
	b.visit(carla + "/why?person=" + id(dora))
	b.accessible()
	if wide := evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth"); wide {
		t.Error("the page is wider than a phone")
	}
}

// says checks whom a page is about, and what it says that they may do, and why.
func (b *browser) says(who string, want map[string]string) {
	b.t.Helper()
	if got := strings.Join(strings.Fields(b.text(".why-who")), " "); !strings.HasPrefix(got, who) {
		b.t.Errorf("%s is about %q, want %s", b.path(), got, who)
	}
	said := evaluate[[]string](b, `[...document.querySelectorAll(".why tbody tr")].map(line => { const copy = line.cloneNode(true);
		copy.querySelectorAll(".visually-hidden").forEach(e => e.remove()); return copy.textContent.replace(/\s+/g, " ").trim(); })`)
	for label, text := range want {
		if !slices.ContainsFunc(said, func(line string) bool { return strings.HasPrefix(line, label) && strings.Contains(line, text) }) {
			b.t.Errorf("%s says not %q of %s, but:\n%s", b.path(), text, label, strings.Join(said, "\n"))
		}
	}
}
