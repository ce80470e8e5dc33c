package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_RoleMatrix changes what a role gives: by the matrix, after a look at what that means for whom.
func TestBrowser_RoleMatrix(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	if _, err := db.Pool.Exec(t.Context(), `WITH u AS (INSERT INTO users (username, email) VALUES ('erin', 'erin@mail.example') RETURNING id)
		INSERT INTO user_roles (user_id, role_name, service) SELECT id, 'editor', 'web' FROM u`); err != nil {
		t.Fatal(err)
	}
	b.signIn("admin", "admin123")
	b.visit("/roles?q=editor")
	b.follow("#list tbody tr th a")
	b.follow(".buttons a[href$='/permissions']")
	b.accessible()
	b.fill("users:delete", "none")
	b.fill("dns_zones:create", "group")
	b.follow("button[data-save]")
	b.accessible()
	if shown := b.text("main"); !strings.Contains(shown, "One person holds this role") || !strings.Contains(shown, "erin") ||
		!strings.Contains(shown, "users:delete:all") || !strings.Contains(shown, "dns_zones:create:group") {
		t.Errorf("the preview says:\n%s", shown)
	}
	b.follow("button[name=_back]")
	if got := evaluate[string](b, `document.querySelector("[name='dns_zones:create']").value`); got != "group" {
		t.Errorf("back at the matrix the choice is %q", got)
	}
	b.follow("button[data-save]")
	b.follow("button[name=_confirm]")
	if notice := b.text("[role=status]"); !strings.Contains(notice, "Saved what editor gives.") {
		t.Errorf("after saving: %q", notice)
	}
	b.follow(".buttons a[href$='/permissions']")
	if got := evaluate[string](b, `[...document.querySelectorAll("[name='users:delete'],[name='dns_zones:create']")].map(s => s.value).join(" ")`); got != "none group" {
		t.Errorf("the matrix holds %q", got)
	}
	b.visit("/roles/1/permissions")
	if shown := b.text("main"); !strings.Contains(shown, "You hold this role yourself") || evaluate[bool](b, "!!document.querySelector('button[data-save]')") {
		t.Errorf("one's own role can be changed:\n%s", shown)
	}
	b.accessible()
}

func TestRoleMatrix(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	var key string
	if err := db.Pool.QueryRow(t.Context(), "SELECT id::text FROM roles WHERE name = 'editor'").Scan(&key); err != nil {
		t.Fatal(err)
	}
	page := "/roles/" + key + "/permissions"
	mark := func() string {
		t.Helper()
		got := p.send(http.MethodPost, page, url.Values{"users:read": {"own"}})
		found := regexp.MustCompile(`name="_confirm" value="([0-9a-f]+)"`).FindStringSubmatch(got.body)
		if found == nil {
			t.Fatalf("no question: %d", got.status)
		}
		return found[1]
	}
	old := mark()
	for _, test := range []struct {
		name   string
		form   url.Values
		status int
		says   string
	}{
		{"a cell that is not there", url.Values{"users:fly": {"all"}}, http.StatusUnprocessableEntity, "users:fly"},
		{"a choice that a cell lacks", url.Values{"roles:read": {"own"}}, http.StatusUnprocessableEntity, "roles:read"},
		{"a choice sent twice", url.Values{"users:read": {"own", "all"}}, http.StatusUnprocessableEntity, "users:read"},
		{"nothing changed", url.Values{"users:read": {"all"}}, http.StatusOK, "Nothing had changed"},
		{"a wider right for nobody", url.Values{"*:*": {"all"}}, http.StatusOK, "Nobody holds this role"},
		{"what was seen is no longer so", url.Values{"users:read": {"none"}, "_confirm": {"0123456789"}}, http.StatusConflict, "meanwhile"},
		{"what was seen is still so", url.Values{"users:read": {"none"}, "_confirm": {old}}, http.StatusOK, "Saved what editor gives."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := p.send(http.MethodPost, page, test.form); got.status != test.status || !strings.Contains(got.body, test.says) {
				t.Errorf("%d, want %d with %q:\n%s", got.status, test.status, test.says, got.body)
			}
		})
	}
	for _, key := range []string{"0", "x", "99999999999999999999", "1,1", "%00"} {
		if got := p.get("/roles/" + key + "/permissions"); got.status != http.StatusNotFound {
			t.Errorf("the page of role %q: %d", key, got.status)
		}
	}
}

// TestRoleMatrix_Meanwhile has two people change one role at the same time: what the first saved stays, and where both chose
// something of one cell the second decides.
func TestRoleMatrix_Meanwhile(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	var key string
	if err := db.Pool.QueryRow(t.Context(), "SELECT id::text FROM roles WHERE name = 'editor'").Scan(&key); err != nil {
		t.Fatal(err)
	}
	page := "/roles/" + key + "/permissions"
	shown := func() url.Values { _, form := p.get(page).form(t, "form.grid"); return form }
	send := func(form url.Values, changed ...string) answer {
		t.Helper()
		for i := 0; i < len(changed); i += 2 {
			form.Set(changed[i], changed[i+1])
		}
		return p.send(http.MethodPost, page, form)
	}
	save := func(preview answer) {
		t.Helper()
		found := regexp.MustCompile(`name="_confirm" value="([0-9a-f]+)"`).FindStringSubmatch(preview.body)
		if found == nil {
			t.Fatalf("no question: %d\n%s", preview.status, preview.body)
		}
		_, form := preview.form(t, "form.preview")
		if got := send(form, "_confirm", found[1]); !strings.Contains(got.body, "Saved what editor gives.") {
			t.Fatalf("not saved: %d\n%s", got.status, got.body)
		}
	}
	mine := shown()
	save(send(shown(), "dns_zones:create", "group", "users:delete", "own"))

	preview := send(mine, "users:read", "own")
	if strings.Contains(preview.body, "<code>dns_zones:create") {
		t.Errorf("the preview takes away what somebody else gave:\n%s", preview.body)
	}
	save(preview)
	if now := shown(); now.Get("dns_zones:create") != "group" || now.Get("users:read") != "own" || now.Get("users:delete") != "own" {
		t.Errorf("the role gives %q %q %q", now.Get("dns_zones:create"), now.Get("users:read"), now.Get("users:delete"))
	}

	got := send(mine, "users:read", "group", "users:delete", "none")
	_, again := got.form(t, "form.grid")
	if got.status != http.StatusConflict || !strings.Contains(got.body, `href="#users%3adelete"`) || !strings.Contains(got.body, `aria-describedby="users:delete-error"`) ||
		!strings.Contains(got.body, "it is “own” now") || again.Get("users:delete") != "none" || again.Get("dns_zones:create") != "group" {
		t.Fatalf("both changed a cell: %d\n%s", got.status, got.body)
	}
	save(send(again))
	if now := shown(); now.Get("users:delete") != "none" || now.Get("users:read") != "group" || now.Get("dns_zones:create") != "group" {
		t.Errorf("the role gives %q %q %q", now.Get("users:delete"), now.Get("users:read"), now.Get("dns_zones:create"))
	}

	preview = send(shown(), "users:read", "own")
	save(send(shown(), "users:read", "all"))
	_, form := preview.form(t, "form.preview")
	if got := send(form, "_back", "1"); got.status != http.StatusConflict || !strings.Contains(got.body, "it is “all” now") {
		t.Errorf("back from the preview: %d\n%s", got.status, got.body)
	}
	form.Del("_back")
	if got := send(form, "_confirm", "0123"); got.status != http.StatusConflict || !strings.Contains(got.body, `name="_base"`) || !strings.Contains(got.body, `id="users:read"`) {
		t.Errorf("the confirmed preview: %d\n%s", got.status, got.body)
	}
	for _, forged := range []string{"none", "all", "nonsense", ""} {
		if got := send(form, "_base", `{"nothing:read":"`+forged+`"}`, "nothing:read", "own"); got.status/100 != 4 {
			t.Errorf("a cell that is not there, shown as %q: %d", forged, got.status)
		}
	}
	form.Del("nothing:read")
	if got := send(form, "_base", "[]"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a base that cannot be read: %d", got.status)
	}
}

func TestRole_NameThatIsNotSeen(t *testing.T) {
	t.Parallel()
	p := visitor(t, start(t, onDatabase(testdb.Empty(t))).url)
	p.signIn()
	for path, name := range map[string]string{"/roles": "name", "/users/views": "_name"} {
		for _, text := range []string{"\ufeff", "\u200b \u2060", "\u3164"} {
			if got := p.send(http.MethodPost, path, url.Values{name: {text}}); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "This must not be empty.") {
				t.Errorf("%s: %q: %d", path, text, got.status)
			}
		}
	}
}
