package main

import (
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_History changes a record, undoes a change, goes back to a version, deletes the record with what it takes along, and
// brings it back.
func TestBrowser_History(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	b.signIn("admin", "admin123")
	holds := func(want, sql string) {
		t.Helper()
		var got string
		if err := db.Pool.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s gives %q, %v, want %q", sql, got, err, want)
		}
	}
	b.visit("/users/new")
	b.fill("username", "zoe")
	b.fill("email", "zoe@mail.example")
	b.fill("last_name", "First")
	b.follow("button[data-save]")
	record := b.path()
	for _, name := range []string{"Second", "Third"} {
		b.visit(record + "/edit")
		b.fill("last_name", name)
		b.follow("button[data-save]")
	}
	b.visit(record + "/edit")
	b.fill("last_name", "Fourth")
	b.fill("email", "nothing")
	b.click(".say-why summary")
	b.keys("#_reason", "She married")
	b.accessible()
	if b.leave("button[data-save]") != 422 || !evaluate[bool](b, `document.querySelector("#_reason").checkVisibility() && document.querySelector("#_reason").value === "She married"`) {
		t.Error("a reason is lost with a form that comes back")
	}
	b.fill("email", "zoe@mail.example")
	b.fill("last_name", "Third")
	b.fill("first_name", "Zoë")
	b.follow("button[data-save]")
	b.follow(`main a[href$="/history"]`)
	if got := b.text("article.event:nth-of-type(1)"); !strings.Contains(got, "She married") || !strings.Contains(got, "Zoë") {
		t.Errorf("the change that was explained reads %q", got)
	}
	b.follow(`article.event:nth-of-type(1) a[href$="/undo"]`)
	b.follow(".step-foot .btn-primary")
	const named = `SELECT last_name FROM users WHERE username = 'zoe'`
	holds("Third", named)

	b.visit(record + "/history")
	b.accessible()
	if got := b.text("article.event:nth-of-type(3) .changes"); !strings.Contains(got, "Second") || !strings.Contains(got, "Third") {
		t.Errorf("the last change reads %q", got)
	}
	if got := evaluate[int](b, `document.querySelectorAll("article.event").length`); got != 5 {
		t.Errorf("%d changes are told", got)
	}
	b.follow(`article.event:nth-of-type(4) a[href$="/undo"]`) // First became Second, and Third since
	b.accessible()
	if !strings.Contains(b.text("main"), "Is now") {
		t.Errorf("what was changed since is not told: %s", b.text("main"))
	}
	b.follow(".step-foot .btn-primary")
	if said := b.text(".notice"); said != "Nothing was put back: it was changed since, and stays as it is." {
		t.Errorf("where nothing is chosen it says %q", said)
	}
	holds("Third", named)
	b.visit(record + "/history")
	b.follow(`article.event:nth-of-type(4) a[href$="/undo"]`)
	b.click(`input[name="_put"]`)
	b.keys("#_reason", strings.Repeat("x", 501))
	if b.leave(".step-foot .btn-primary") != 422 || !evaluate[bool](b, `document.querySelector("input[name=_put]").checked`) {
		t.Error("what was chosen is lost with a reason that is refused")
	}
	b.keys("#_reason", "It was <b>right</b>")
	b.follow(".step-foot .btn-primary")
	holds("First", named)

	b.visit(record + "/history")
	if got := b.text("article.event:nth-of-type(1) .event-reason"); got != "Reason:\nIt was <b>right</b>" {
		t.Errorf("the reason reads %q", got)
	}
	b.accessible()
	b.follow(`article.event:nth-of-type(2) a[href$="/restore"]`) // as it was when Third was written
	b.accessible()
	b.follow(".step-foot .btn-primary")
	holds("Third", named)

	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO email_aliases (user_id, alias_email, destination_email)
		SELECT id, 'z' || i || '@mail.example', 'zoe@mail.example' FROM users, generate_series(1, 120) i WHERE username = 'zoe'`); err != nil {
		t.Fatal(err)
	}
	b.visit(record + "/delete")
	b.accessible()
	if got := b.text("main"); !strings.Contains(got, "120 email aliases") || !strings.Contains(got, "deleted too") {
		t.Errorf("what goes too is told as %q", got)
	}
	typed := evaluate[string](b, `document.querySelector(".question-name b").innerText`)
	b.keys(".question-name input", "somebody else")
	b.keys("#_reason", "left the company")
	if b.leave(".btn-danger") != 422 {
		t.Errorf("another name deletes: %s", b.text("main"))
	}
	if got := evaluate[string](b, `document.querySelector("#_reason").value`); got != "left the company" {
		t.Errorf("the reason that was typed is %q", got)
	}
	holds("1", `SELECT count(*)::text FROM users WHERE username = 'zoe'`)
	b.keys(".question-name input", typed)
	b.follow(".btn-danger")
	holds("0", `SELECT count(*)::text FROM users WHERE username = 'zoe'`)

	b.visit(record + "/history")
	if !strings.Contains(b.text("main"), "It is deleted.") || b.text("article.event:nth-of-type(1) .event-reason") != "Reason:\nleft the company" {
		t.Errorf("the history of what is gone reads %q", b.text("main"))
	}
	b.follow(`article.event:nth-of-type(1) a[href$="/undo"]`)
	b.follow(".step-foot .btn-primary")
	holds("Third", named)
	holds(strings.TrimPrefix(record, "/users/"), `SELECT id::text FROM users WHERE username = 'zoe'`)
	if b.path() != record {
		t.Errorf("brought back, one is at %s, not %s", b.path(), record)
	}
}
