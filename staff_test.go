package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"unified/auth"
	"unified/internal/testdb"
)

// staffPassword opens the panel to everybody whom staffed makes.
const staffPassword = "correct horse battery"

// staffed adds two mail domains: reader may read all; dora looks after north.example, where carla is a user and carl
// holds no role; sven belongs to south.example. Each domain has a zone, and each of carla, carl and sven an alias. Of two
// certificates that dora made, one is for the other domain.
func staffed(t *testing.T, db *testdb.DB) {
	t.Helper()
	hash := auth.Argon2id(staffPassword)
	for _, person := range []struct{ name, domain, role string }{
		{"reader", "staff.example", "readonly"}, {"dora", "north.example", "domain_admin"}, {"carla", "north.example", "user"},
		{"carl", "north.example", ""}, {"sven", "south.example", ""},
	} {
		execute(t, db, `WITH person AS (INSERT INTO users (username, email, first_name) VALUES ($1::text, $1 || '@' || $2, initcap($1)) RETURNING id),
			password AS (INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) SELECT id, 'web', $4, 'ARGON2' FROM person)
			INSERT INTO user_roles (user_id, role_name, service) SELECT id, $3::text, 'web' FROM person WHERE $3 <> ''`, person.name, person.domain, person.role, hash)
	}
	execute(t, db, `INSERT INTO email_aliases (user_id, alias_email, destination_email)
		SELECT id, 'info-' || username || '@' || domain, email FROM users WHERE username IN ('carla', 'carl', 'sven')`)
	execute(t, db, `INSERT INTO dns_zones (domain, serial_number, primary_ns, admin_email)
		SELECT domain, 2026010101, 'ns1.' || domain, 'hostmaster@' || domain FROM unnest(ARRAY['north.example', 'south.example']) domain`)
	execute(t, db, `INSERT INTO certificates (domain, certificate_type, not_before, not_after, certificate_path, private_key_path, created_by)
		SELECT d.domain, 'manual', '2026-01-01', '2027-01-01', '/etc/tls/a', '/etc/tls/b', u.id
		FROM users u, unnest(ARRAY['north.example', 'south.example']) d (domain) WHERE u.username = 'dora'`)
}

func execute(t *testing.T, db *testdb.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// recordOf returns the address of a person's record.
func recordOf(t *testing.T, db *testdb.DB, name string) string {
	t.Helper()
	var id int64
	if err := db.Pool.QueryRow(t.Context(), `SELECT id FROM users WHERE username = $1`, name).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/users/%d", id)
}

// eachText returns what stands in each element that a selector finds.
func (b *browser) eachText(css string) []string {
	b.t.Helper()
	return evaluate[[]string](b, fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.innerText.trim())", css))
}

// names checks what stands in the elements that a selector finds, in any order.
func (b *browser) names(css string, want ...string) {
	b.t.Helper()
	got := b.eachText(css)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.t.Errorf("%s: %s is %s, want %s", b.path(), css, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// answers checks the status of a page, and what the page is checked for everywhere.
func (b *browser) answers(path string, want int) {
	b.t.Helper()
	if got := b.visit(path); got != want {
		b.t.Errorf("%s is %d, want %d:\n%s", path, got, want, b.text("main"))
	}
	b.accessible()
}

// sends posts a form from the page, as a script of it could, and returns the status; a redirect counts as what it leads to.
func (b *browser) sends(path, form string) int {
	b.t.Helper()
	return evaluate[int](b, fmt.Sprintf(`fetch(%q, {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: %q}).then(r => r.status)`, path, form))
}

func (b *browser) signOut() {
	b.t.Helper()
	b.follow("form[action$='/logout'] button")
}
