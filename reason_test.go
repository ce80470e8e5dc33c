package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/internal/testdb"
)

// TestReason_Refused gives a reason that is too long in each form that asks for one: it comes back beside its field, as it was typed.
func TestReason_Refused(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	p := visitor(t, start(t, onDatabase(db)).url)
	p.signIn()
	var key string
	if err := db.Pool.QueryRow(t.Context(), `INSERT INTO users (username, email) VALUES ('erin', 'erin@mail.example') RETURNING id::text`).Scan(&key); err != nil {
		t.Fatal(err)
	}
	page := "/users/" + key
	action, form := p.get(page+"/edit").form(t, "form.form")
	form.Set("first_name", "Erin")
	p.send(http.MethodPost, action, form)
	var entry string
	if err := db.Pool.QueryRow(t.Context(), `SELECT max(id)::text FROM audit_log WHERE action = 'update'`).Scan(&entry); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		page   answer
		css    string
		linked bool
	}{
		"edit":   {p.get(page + "/edit"), "form.form", true},
		"delete": {p.get(page + "/delete"), "main form", true},
		"undo":   {p.get(page + "/history/" + entry + "/undo"), "main form", true},
		"bulk":   {p.send(http.MethodPost, "/users/bulk/delete", url.Values{"keys": {key}}), "main form", false},
	} {
		for what, reason := range map[string]string{"long": strings.Repeat("x", 501), "NUL": "a\x00b"} {
			action, form := test.page.form(t, test.css)
			form.Set("_reason", reason)
			got := p.send(http.MethodPost, action, form)
			shown, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
			if err != nil || got.status != http.StatusUnprocessableEntity || shown.Find(`#_reason[aria-invalid=true][aria-describedby~="_reason-error"]`).Length() != 1 ||
				shown.Find("#_reason-error").Text() == "" || test.linked && shown.Find(`a[href="#_reason"]`).Length() != 1 || strings.Contains(shown.Text(), "_reason:") {
				t.Errorf("%s, %s: %d\n%s", name, what, got.status, got.body)
			}
		}
	}
}
