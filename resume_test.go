package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/internal/testdb"
)

// TestResume_WithoutAScript signs somebody out while they type. What they typed is carried through the sign-in page, but for
// secrets, and only to the account that typed it.
func TestResume_WithoutAScript(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	run := func(statement string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var late string
	err := db.Pool.QueryRow(t.Context(), `INSERT INTO users (username, email, email_verified) VALUES ('late', 'late@mail.example', true) RETURNING id::text`).Scan(&late)
	if err != nil {
		t.Fatal(err)
	}
	opened := func(css string) (string, url.Values) {
		action, form := p.get("/user_passwords/new").form(t, css)
		form.Set("user_id", late)
		form.Set("service", "<web>")
		form.Set("password", "violet tractor 81")
		run("UPDATE sessions SET revoked_at = now()")
		return action, form
	}
	action, form := opened("form[data-guard]")
	page := p.send(http.MethodPost, action, form)
	if page.status != http.StatusUnauthorized || strings.Contains(page.body, "violet") || !strings.Contains(page.body, "session has ended") {
		t.Fatalf("%d\n%s", page.status, page.body)
	}
	if carried := page.header.Get("Cache-Control"); carried != "no-store" {
		t.Errorf("T09: it may be kept: %q", carried)
	}
	login, credentials := page.form(t, "form")
	credentials.Set("name", "admin")
	credentials.Set("password", "wrong")
	page = p.send(http.MethodPost, login, credentials)
	if page.status != http.StatusUnprocessableEntity {
		t.Fatalf("a wrong password: %d", page.status)
	}
	login, credentials = page.form(t, "form")
	credentials.Set("password", "admin123")
	page = p.send(http.MethodPost, login, credentials)
	shown, err := goquery.NewDocumentFromReader(strings.NewReader(page.body))
	if err != nil || page.status != http.StatusOK || !strings.Contains(shown.Find("dl").Text(), "<web>") || shown.Find("[type=password][name=password]").Length() != 1 {
		t.Fatalf("what was typed is not shown: %d\n%s", page.status, page.body)
	}
	again, sent := page.form(t, "form.again")
	sent.Set("service", "web")
	sent.Set("password", "violet tractor 81")
	if got := p.send(http.MethodPost, again, sent); got.status != http.StatusOK || !strings.Contains(got.body, "Created") {
		t.Errorf("%d\n%s", got.status, got.body)
	}
	var rows int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM user_passwords WHERE user_id = $1`, late).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}

	for name, change := range map[string]func(url.Values){
		"another_account": func(c url.Values) { c.Set("name", "late"); c.Set("password", "violet tractor 81") },
		"another_site": func(c url.Values) {
			c.Set("_kept", strings.Replace(c.Get("_kept"), "/user_passwords\",\"form", "//evil.example\",\"form", 1))
		},
		"a_forged_form": func(c url.Values) { c.Set("_kept", strings.Replace(c.Get("_kept"), `"_form":["`, `"_form":["x`, 1)) },
		"another_page":  func(c url.Values) { c.Set("_kept", strings.Replace(c.Get("_kept"), `"page":"`, `"page":"/x`, 1)) },
		"no_json":       func(c url.Values) { c.Set("_kept", "{") },
	} {
		t.Run("is_not_offered_to_"+name, func(t *testing.T) {
			p.signIn()
			action, form := opened("form[data-guard]")
			login, credentials := p.send(http.MethodPost, action, form).form(t, "form")
			credentials.Set("name", "admin")
			credentials.Set("password", "admin123")
			change(credentials)
			if got := p.send(http.MethodPost, login, credentials); got.status != http.StatusOK {
				t.Errorf("%d\n%s", got.status, got.body)
			} else if strings.Contains(got.body, "signed in again") {
				t.Errorf("it is offered:\n%s", got.body)
			}
		})
	}
	t.Run("a_form_without_a_name_leads_to_the_sign_in_page", func(t *testing.T) {
		run("UPDATE sessions SET revoked_at = now()")
		if got := p.send(http.MethodPost, "/user_passwords", url.Values{"service": {"web"}}); got.status != http.StatusOK || strings.Contains(got.body, "_kept") {
			t.Errorf("%d", got.status)
		}
	})
	t.Run("what_was_typed_into_a_row_that_is_gone_is_shown", func(t *testing.T) {
		p.signIn()
		action, form := p.get("/users/"+late+"/edit").form(t, "form[data-guard]")
		form.Set("first_name", "<Typed>")
		run("DELETE FROM users WHERE id = " + late)
		got := p.send(http.MethodPost, action, form)
		if got.status != http.StatusNotFound || !strings.Contains(got.body, "&lt;Typed&gt;") || strings.Contains(got.body, `class="again card" method`) {
			t.Errorf("%d\n%s", got.status, got.body)
		}
	})
}

// TestResume_Elsewhere ends the session before forms that are no records': what was sent is carried through the sign-in page, too.
func TestResume_Elsewhere(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	for name, test := range map[string]struct {
		page, css, action string // no action: the form's own
		typed             url.Values
		secrets           url.Values
		says              string
	}{
		"ticked_rows": {"/users", "form#bulk", "/users/bulk/update", url.Values{"keys": {"1"}}, nil, "Edit 1 user"},
		"a_view":      {"/users/views?q=adm", "form#view-form", "", url.Values{"_name": {"Adm"}}, nil, "Saved the view Adm."},
		"a_token": {"/profile/tokens/new", "main form.form", "", url.Values{"name": {"Backup"}, "permissions": {"users:read:all", "roles:read:all"}, "current": {"admin123"}},
			url.Values{"current": {"admin123"}}, "Backup"},
		"settings": {"/profile", "form[action='/profile/settings']", "", url.Values{"time_zone": {"Europe/Berlin"}}, nil, "Your settings are saved."},
	} {
		t.Run(name, func(t *testing.T) {
			p.signIn()
			page := p.get(test.page)
			action, form := page.form(t, test.css)
			if test.action != "" {
				action = test.action
				form.Set("_form", page.control(t, "input[form=bulk][name=_form]"))
			}
			for name, values := range test.typed {
				form[name] = values
			}
			if _, err := db.Pool.Exec(t.Context(), "UPDATE sessions SET revoked_at = now()"); err != nil {
				t.Fatal(err)
			}
			ended := p.send(http.MethodPost, action, form)
			if ended.status != http.StatusUnauthorized || !strings.Contains(ended.body, "go on with what you typed") {
				t.Fatalf("%d\n%s", ended.status, ended.body)
			}
			login, credentials := ended.form(t, "form")
			credentials.Set("name", "admin")
			credentials.Set("password", "admin123")
			again, sent := p.send(http.MethodPost, login, credentials).form(t, "form.again")
			for name, values := range test.secrets {
				sent[name] = values
			}
			if got := p.send(http.MethodPost, again, sent); got.status != http.StatusOK || !strings.Contains(got.body, test.says) {
				t.Errorf("%d, not %q\n%s", got.status, test.says, got.body)
			}
		})
	}
	t.Run("the_question_about_ticked_rows", func(t *testing.T) {
		p.signIn()
		action, form := p.send(http.MethodPost, "/users/bulk/update", url.Values{"keys": {"1"}}).form(t, "form.bulk-form")
		form["_set"], form["first_name"] = []string{"first_name"}, []string{"Typed"}
		if _, err := db.Pool.Exec(t.Context(), "UPDATE sessions SET revoked_at = now()"); err != nil {
			t.Fatal(err)
		}
		if got := p.send(http.MethodPost, action, form); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "Typed") {
			t.Errorf("%d\n%s", got.status, got.body)
		}
	})
	t.Run("ticked_rows_are_exported", func(t *testing.T) {
		p.signIn()
		if got := p.get("/users/export?keys=1&_form=x"); got.status != http.StatusOK {
			t.Errorf("%d", got.status)
		}
	})
}

// control is the value of the one control that css finds.
func (a answer) control(t *testing.T, css string) string {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil || page.Find(css).Length() != 1 {
		t.Fatalf("%d controls %s, %v", page.Find(css).Length(), css, err)
	}
	return page.Find(css).AttrOr("value", "")
}
