package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/internal/testdb"
)

// TestLines_Page sends the form of a user with quotas that cannot be saved: what is wrong stands at its line and leads there.
func TestLines_Page(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	var key, quota string
	err := db.Pool.QueryRow(t.Context(), `WITH u AS (INSERT INTO users (username, email) VALUES ('erin', 'erin@mail.example') RETURNING id),
		q AS (INSERT INTO user_quotas (user_id, service, quota_type, quota_value) SELECT id, 'samba', 'storage', 5 FROM u RETURNING id)
		SELECT u.id::text, q.id::text FROM u, q`).Scan(&key, &quota)
	if err != nil {
		t.Fatal(err)
	}
	page := "/users/" + key
	send := func(changed ...string) answer {
		t.Helper()
		_, form := p.get(page+"/edit").form(t, "form.form")
		for i := 0; i < len(changed); i += 2 {
			form.Set("user_quotas."+changed[i], changed[i+1])
		}
		return p.send(http.MethodPost, page, form)
	}
	stands := func(got answer, line, text string) {
		t.Helper()
		shown, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
		mark := "user_quotas." + line + "._row"
		if err != nil || got.status != http.StatusUnprocessableEntity || shown.Find(`.problems a[href="#`+mark+`"]`).Length() != 1 ||
			!strings.Contains(shown.Find(`[id="`+mark+`"].wrong > .error`).Text(), text) {
			t.Errorf("%d, and not %q at line %s:\n%s", got.status, text, line, got.body)
		}
	}
	stands(send("1.service", "samba", "1.quota_type", "storage", "1.quota_value", "7"), "1", "is already taken")
	got := send("1.service", "apache", "1.quota_type", "storage", "1.quota_value", "7", "2.service", "apache", "2.quota_type", "storage", "2.quota_value", "8")
	stands(got, "2", "is already taken")
	if strings.Contains(got.body, "is already taken. See") {
		t.Errorf("it leads to a row that was not saved:\n%s", got.body)
	}

	_, mine := p.get(page+"/edit").form(t, "form.form")
	if _, err := db.Pool.Exec(t.Context(), "DELETE FROM user_quotas WHERE id = "+quota); err != nil {
		t.Fatal(err)
	}
	mine.Set("user_quotas.0.quota_value", "77")
	got = p.send(http.MethodPost, page, mine)
	stands(got, "0", "no such user quota any more")
	action, again := got.form(t, "form.form")
	if again.Get("user_quotas.0.quota_value") != "77" || again.Get("user_quotas.0.service") != "samba" {
		t.Errorf("what was typed is not there: %v", again)
	}
	if got := p.send(http.MethodPost, action, again); got.status != http.StatusOK || !strings.Contains(got.body, "Saved") {
		t.Errorf("it is not made anew: %d\n%s", got.status, got.body)
	}
	mine = url.Values{}
	if err := db.Pool.QueryRow(t.Context(), "SELECT id::text FROM user_quotas WHERE quota_value = 77").Scan(&quota); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), "DELETE FROM user_quotas WHERE id = "+quota); err != nil {
		t.Fatal(err)
	}
	mine.Set("user_quotas.0._row", quota)
	mine.Set("user_quotas.0._remove", "1")
	if got := p.send(http.MethodPost, page, mine); got.status != http.StatusOK {
		t.Errorf("what is gone cannot be removed: %d\n%s", got.status, got.body)
	}
}
