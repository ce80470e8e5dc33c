package main

import (
	"fmt"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// sample is a row as a person enters it. Tables without fields can only be read, but for their action.
type sample struct {
	table  string
	fields [][2]string // control and value
	edit   [2]string   // what is changed then; the value is on the show page afterwards
	search string      // what finds the row
	seed   string      // SQL that makes a row where nobody can enter one
	action string
}

// samples covers every table in an order in which each finds the rows it refers to.
func samples() []sample {
	return []sample{
		{table: "users", fields: [][2]string{{"username", "zoe"}, {"email", "zoe@mail.example"}, {"first_name", "Zoë"}, {"mailbox_format", "mbox"}, {"is_active", "true"}},
			edit: [2]string{"last_name", "O'Brien <b>"}, search: "zoe@mail"},
		{table: "user_passwords", fields: [][2]string{{"user_id", "zoe"}, {"service", "dovecot"}, {"password", "correct horse battery"}},
			edit: [2]string{"expires_at", "2031-02-03 04:05:06"}, search: "dovecot"},
		{table: "user_roles", fields: [][2]string{{"user_id", "zoe"}, {"role_name", "moderator"}, {"service", "dovecot"}},
			edit: [2]string{"expires_at", "2031-02-03 04:05:06"}, search: "moderator"},
		{table: "user_quotas", fields: [][2]string{{"user_id", "zoe"}, {"service", "dovecot"}, {"quota_type", "storage"}, {"quota_value", "5"}, {"quota_unit", "GB"}},
			edit: [2]string{"quota_value", "0"}, search: "storage"},
		{table: "sessions", seed: `INSERT INTO sessions (user_id, token_hash, expires_at) SELECT id, '\x00', now() + interval '1 day' FROM users WHERE username = 'zoe'`, action: "revoke"},
		{table: "api_tokens", seed: `INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at) SELECT id, 'Backup', '\x00', '{users:read:own}', now() + interval '1 day' FROM users WHERE username = 'zoe'`, action: "revoke"},
		{table: "saved_views", fields: [][2]string{{"user_id", "zoe"}, {"table_name", "users"}, {"name", "Locked people"}, {"query", "filter=is_locked.is%3Atrue"}, {"role_name", "moderator"}},
			edit: [2]string{"query", "sort=-created_at"}, search: "locked peo"},
		{table: "email_aliases", fields: [][2]string{{"user_id", "zoe"}, {"alias_email", "info@mail.example"}, {"destination_email", "zoe@mail.example"}},
			edit: [2]string{"destination_email", "zoe2@mail.example"}, search: "info@"},
		{table: "mailbox_events", action: "retry"},
		{table: "certificates", fields: [][2]string{{"domain", "mail.example"}, {"certificate_type", "manual"}, {"subject_alt_names", "mail.example\nwww.mail.example"},
			{"not_before", "2026-01-01 00:00"}, {"not_after", "2027-01-01 00:00"}, {"certificate_path", "/etc/tls/mail.pem"}, {"private_key_path", "/etc/tls/mail.key"}},
			edit: [2]string{"issuer", "CN=Example CA"}, search: "mail.example"},
		{table: "certificate_files", fields: [][2]string{{"certificate_id", "mail.example (manual)"}, {"file_type", "chain"}, {"file_path", "/etc/tls/chain.pem"}, {"file_size", "1234"},
			{"file_checksum", strings.Repeat("ab", 32)}, {"file_permissions", "644"}}, edit: [2]string{"file_size", "0"}, search: "chain.pem"},
		{table: "certificate_renewals", fields: [][2]string{{"certificate_id", "mail.example (manual)"}, {"scheduled_at", "2026-12-01 02:00"}, {"renewal_method", "manual"}},
			edit: [2]string{"triggered_by", "zoe"}, search: "manual"},
		{table: "certificate_notifications", action: "retry"},
		{table: "service_certificates", fields: [][2]string{{"service_name", "nginx"}, {"domain", "mail.example"}, {"certificate_type", "live"}, {"hsts_enabled", "true"}},
			edit: [2]string{"hsts_max_age", "600"}, search: "nginx"},
		{table: "dns_zones", fields: [][2]string{{"domain", "mail.example"}, {"serial_number", "2026010101"}, {"primary_ns", "ns1.mail.example"}, {"admin_email", "hostmaster@mail.example"}},
			edit: [2]string{"minimum_ttl", "300"}, search: "ns1.mail"},
		{table: "dns_records", fields: [][2]string{{"domain", "mail.example"}, {"name", "_imap._tcp"}, {"record_type", "SRV"}, {"value", "mail.mail.example."}, {"priority", "0"}, {"weight", "0"}, {"port", "143"}},
			edit: [2]string{"ttl", "60"}, search: "_imap"},
		{table: "roles", fields: [][2]string{{"name", "auditor"}, {"rank", "0"}}, edit: [2]string{"description", "Reads the log."}, search: "auditor"},
		{table: "permissions", fields: [][2]string{{"model", "reports"}, {"action", "print"}, {"scope", "own"}}, search: "reports"},
		{table: "role_permissions", fields: [][2]string{{"role_id", "auditor"}, {"permission_id", "reports:print:own"}}},
		{table: "role_fields", fields: [][2]string{{"role_id", "auditor"}, {"model", "users"}, {"field", "last_name"}, {"access", "hidden"}},
			edit: [2]string{"access", "read-only"}, search: "last_name"},
		{table: "audit_log"},
	}
}

// TestBrowser_EveryTable signs in and creates, edits, searches and deletes a row of every table, as far as its Options
// allow, and has every screen checked for accessibility.
func TestBrowser_EveryTable(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := start(t, onDatabase(db))
	b := open(t, p.url)
	if b.visit("/users"); b.path() != "/login?next=%2Fusers" {
		t.Fatalf("a visitor is led to %s", b.path())
	}
	b.accessible()
	b.signIn("admin", "admin123")
	b.visit("/")
	b.accessible()

	rows := map[string]string{} // the address of each row that was made
	for _, s := range samples() {
		t.Run(s.table, func(t *testing.T) {
			b.t = t
			if s.seed != "" {
				if _, err := db.Pool.Exec(t.Context(), s.seed); err != nil {
					t.Fatal(err)
				}
			}
			if len(s.fields) == 0 {
				readOnly(b, s)
				return
			}
			rows[s.table] = enter(b, s)
			change(b, s, rows[s.table])
			find(b, s)
		})
	}
	b.t = t
	all := samples()
	for i := len(all) - 1; i >= 0; i-- {
		if s := all[i]; rows[s.table] != "" {
			t.Run("delete "+s.table, func(t *testing.T) {
				b.t = t
				remove(b, rows[s.table])
			})
		}
	}
}

// enter creates the row through the form, first wrongly, and returns its address.
func enter(b *browser, s sample) string {
	b.t.Helper()
	b.visit("/" + s.table)
	b.follow("a[href$='/" + s.table + "/new']")
	b.follow("button[data-save]")
	if problems := b.text(".problems"); problems == "" {
		b.t.Errorf("an empty form of %s was taken", s.table)
	}
	b.accessible()
	for _, field := range s.fields {
		b.fill(field[0], field[1])
	}
	b.follow("button[data-save]")
	path := b.path()
	if strings.HasSuffix(path, "/new") || path == "/"+s.table {
		b.t.Fatalf("the row of %s was not saved: %s", s.table, b.text("main"))
	}
	b.accessible()
	if !evaluate[bool](b, "!!document.querySelector(\"a[href$='/edit']\")") {
		return path
	}
	b.visit(path + "/edit")
	for _, field := range s.fields {
		b.holds(field[0], field[1])
	}
	return path
}

// holds checks that a control shows what was entered.
func (b *browser) holds(field, want string) {
	b.t.Helper()
	got := evaluate[string](b, fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll('[name=%q]')].filter(c => c.type !== "hidden");
		const c = all[0];
		if (c.type === "radio") return all.find(r => r.checked)?.value ?? "";
		if (c.type === "checkbox") return String(c.checked);
		if (c.type === "password") return "password";
		if (c.tomselect) return c.tomselect.getItem(c.value)?.innerText ?? "";
		return c.type === "select-one" ? c.selectedOptions[0].text : c.value;
	})()`, field))
	if field == "password" {
		want = "password"
	}
	if len(want) == len("2026-01-01 00:00") && strings.Contains(want, "-") && strings.Contains(want, ":") {
		want += ":00"
	}
	if got != want {
		b.t.Errorf("%s: %s holds %q, want %q", b.path(), field, got, want)
	}
}

func change(b *browser, s sample, path string) {
	b.t.Helper()
	if s.edit[0] == "" {
		return
	}
	b.visit(path)
	b.follow("a[href$='/edit']")
	b.fill(s.edit[0], s.edit[1])
	b.follow("button[data-save]")
	if shown := b.text("main"); !strings.Contains(shown, s.edit[1]) {
		b.t.Errorf("%s does not show %q:\n%s", b.path(), s.edit[1], shown)
	}
}

// find types into the search of the list and waits for the rows to be replaced.
func find(b *browser, s sample) {
	b.t.Helper()
	if s.search == "" {
		return
	}
	b.visit("/" + s.table)
	b.accessible()
	b.keys("#q", s.search)
	b.wait("document.querySelectorAll('#list tbody tr').length === 1 && location.search.includes('q=')")
	b.keys("#q", "no row holds this")
	b.wait("!!document.querySelector('#list .empty')")
}

func remove(b *browser, path string) {
	b.t.Helper()
	b.visit(path)
	b.follow("a[href$='/delete']")
	b.accessible()
	b.follow("button.btn-danger")
	if b.visit(path) != 404 {
		b.t.Errorf("%s is still there", path)
	}
}

// readOnly looks at a table that nobody writes by hand, and does its action.
func readOnly(b *browser, s sample) {
	b.t.Helper()
	b.visit("/" + s.table)
	b.accessible()
	if evaluate[bool](b, "!!document.querySelector(\"a[href$='/new']\")") {
		b.t.Error("there is a button for a new row")
	}
	b.follow("#list tbody tr a")
	b.accessible()
	if evaluate[bool](b, "!!document.querySelector(\"a[href$='/edit'], a[href$='/delete']\")") {
		b.t.Error("there is a button to edit or delete")
	}
	if s.action != "" {
		b.follow("form[action$='/actions/" + s.action + "'] button")
		if notice := b.text("[role=status]"); notice == "" {
			b.t.Errorf("%s says nothing:\n%s", s.action, b.text("main"))
		}
	}
}
