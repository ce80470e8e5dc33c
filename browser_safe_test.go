package main

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// desk is somebody who works with records in a browser, and the database behind it.
type desk struct {
	*browser
	db *testdb.DB
}

func newDesk(t *testing.T) desk {
	t.Helper()
	db := testdb.Empty(t)
	d := desk{open(t, start(t, onDatabase(db)).url), db}
	d.signIn("admin", "admin123")
	d.run(`INSERT INTO users (username, email, first_name, last_name) VALUES ('zoe', 'zoe@mail.example', 'Zoe', 'Zed')`)
	return d
}

func (d desk) run(sql string) {
	d.t.Helper()
	if _, err := d.db.Pool.Exec(d.t.Context(), sql); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) holds(want, sql string) {
	d.t.Helper()
	var got string
	if err := d.db.Pool.QueryRow(d.t.Context(), sql).Scan(&got); err != nil || got != want {
		d.t.Errorf("%s gives %q, %v, want %q", sql, got, err, want)
	}
}

// zoe is the address of her form.
func (d desk) zoe() string {
	d.t.Helper()
	var id string
	if err := d.db.Pool.QueryRow(d.t.Context(), `SELECT id::text FROM users WHERE username = 'zoe'`).Scan(&id); err != nil {
		d.t.Fatal(err)
	}
	return "/users/" + id
}

// warns tells whether leaving the page now asks first.
func (d desk) warns() bool {
	return evaluate[bool](d.browser, `!dispatchEvent(new Event("beforeunload", {cancelable: true}))`)
}

// drafts tells what is kept in the browser.
func (d desk) drafts() string {
	return evaluate[string](d.browser, `JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith("draft:")))`)
}

// TestBrowser_Merge saves a form that others overtook: what they changed elsewhere stays, and what both changed is chosen.
func TestBrowser_Merge(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit(d.zoe() + "/edit")
	d.run(`UPDATE users SET last_name = 'Young' WHERE username = 'zoe'`)
	d.fill("first_name", "Zoë")
	d.follow("button[data-save]")
	if said := d.text(".notice"); said != "Saved zoe. Somebody else changed Last name meanwhile, which stays so." {
		t.Errorf("it says %q", said)
	}
	d.holds("Zoë Young", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'zoe'`)

	d.visit(d.zoe() + "/edit")
	d.run(`UPDATE users SET first_name = 'Theirs', last_name = 'Theirs' WHERE username = 'zoe'`)
	d.fill("first_name", "Mine")
	d.fill("last_name", "Mine")
	if status := d.leave("button[data-save]"); status != 409 {
		t.Fatalf("a conflict is %d", status)
	}
	d.accessible()
	d.keys("[name=first_name]", "Both")
	d.wait(`document.querySelector('[name="_keep.first_name"][value=mine]').checked`)
	d.click(`[name="_keep.last_name"][value=theirs]`)
	d.follow("button[data-save]")
	d.holds("Both Theirs", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'zoe'`)
	if kept := d.drafts(); kept != "[]" {
		t.Errorf("T34: kept after it was saved: %s", kept)
	}
}

// TestBrowser_Draft leaves a form in which something was typed: that is asked about, kept in the browser and offered again.
func TestBrowser_Draft(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const offered = `!!document.querySelector(".draft")`
	d.visit(d.zoe() + "/edit")
	if d.warns() {
		t.Error("leaving an unchanged form asks")
	}
	d.fill("first_name", "Typed")
	if !d.warns() {
		t.Error("leaving a changed form does not ask")
	}
	d.visit("/users") // the question is answered with yes
	d.run(`UPDATE users SET last_name = 'Theirs' WHERE username = 'zoe'`)
	d.visit(d.zoe() + "/edit")
	d.wait(offered)
	d.accessible()
	if said := d.text(".draft p"); said != "What you typed here just now was not saved. It differs in First name, Last name." {
		t.Errorf("it says %q", said)
	}
	d.click(".draft summary")
	d.accessible()
	if said := d.text(".draft table"); said != "Field\tHere now\tWhat you typed\nFirst name\tZoe\tTyped\nLast name\tTheirs\tZed" {
		t.Errorf("the difference is %q", said)
	}
	d.follow(".draft .btn-primary")
	d.wait(`document.querySelector("[name=first_name]").value === "Typed"`)
	d.follow("button[data-save]")
	d.holds("Typed Theirs", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'zoe'`)
	if kept := d.drafts(); kept != "[]" {
		t.Errorf("kept after it was saved: %s", kept)
	}

	d.visit(d.zoe() + "/edit")
	d.fill("first_name", "Again")
	d.visit("/users")
	d.visit(d.zoe() + "/edit")
	d.wait(offered)
	d.click(".draft .btn:last-of-type")
	if kept := d.drafts(); kept != "[]" {
		t.Errorf("kept after it was discarded: %s", kept)
	}

	d.visit(d.zoe() + "/edit")
	d.fill("first_name", "With a line")
	d.follow("button[name=_more]")
	if !d.warns() {
		t.Error("leaving a form that was drawn again does not ask")
	}
	d.fill("user_quotas.1.quota_value", "7")
	d.visit("/users")
	d.visit(d.zoe() + "/edit")
	d.wait(offered)
	d.follow(".draft .btn-primary")
	d.wait(`document.querySelector('[name="user_quotas.1.quota_value"]').value === "7" && document.querySelector("[name=first_name]").value === "With a line"`)
	d.holds("Typed", `SELECT first_name FROM users WHERE username = 'zoe'`)
	d.visit("/users")
	d.visit(d.zoe() + "/edit")
	d.wait(offered)
	d.click(".draft .btn:last-of-type")

	d.visit("/email_aliases/new")
	d.fill("alias_email", "draft@mail.example")
	d.fill("is_primary", "true")
	d.fill("user_id", "zoe")
	d.visit("/users")
	d.visit("/email_aliases/new")
	d.wait(offered)
	d.click(".draft summary")
	if said := d.text(".draft table"); !strings.Contains(said, "User\tnothing\tzoe") || !strings.Contains(said, "Primary\tno\tyes") {
		t.Errorf("the difference is %q", said)
	}
	d.click(".draft .btn-primary")
	if got := evaluate[string](d.browser, `(f => [f.querySelector("#alias_email").value, f.querySelector("#is_primary").checked, f.querySelector("#user_id").selectedOptions[0].text].join())(document.querySelector("form[data-draft]"))`); got != "draft@mail.example,true,zoe" {
		t.Errorf("restored is %q", got)
	}
	d.visit("/users")
	d.visit("/email_aliases/new")
	d.wait(offered)
	d.click(".draft .btn:last-of-type")

	d.visit("/user_passwords/new")
	d.fill("service", "web")
	d.fill("password", "violet tractor 81")
	d.wait(`Object.keys(localStorage).some(key => key.startsWith("draft:"))`)
	if kept := d.drafts(); kept == "[]" || evaluate[bool](d.browser, `Object.values(localStorage).join().includes("violet")`) {
		t.Errorf("T34: of a password is kept %s", kept)
	}
	d.visit("/users")
	d.wait(`!document.querySelector("[hx-trigger=load]")`) // what is still fetched then leads to the sign-in by itself
	d.follow(`form[action="/logout"] button`)
	if kept := d.drafts(); kept != "[]" {
		t.Errorf("kept after signing out: %s", kept)
	}
}

// TestBrowser_SignedOutWhileTyping ends the session of somebody who types: the password is asked for over the form, and what
// was typed is saved.
func TestBrowser_SignedOutWhileTyping(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const asked = `!!document.querySelector("dialog.signin[open]")`
	d.visit(d.zoe() + "/edit")
	d.fill("first_name", "Late")
	d.run(`UPDATE sessions SET revoked_at = now()`)
	d.click("button[data-save]")
	d.wait(asked)
	d.accessible()
	d.keys("#signin-password", "wrong")
	d.click(".signin .btn-primary")
	d.wait(`document.querySelector(".signin [role=alert]")?.innerText.includes("not right")`)
	d.keys("#signin-password", "admin123")
	d.follow(".signin .btn-primary")
	d.holds("Late", `SELECT first_name FROM users WHERE username = 'zoe'`)

	d.visit("/users?q=zoe")
	d.click(".in-place-switch")
	evaluate[bool](d.browser, `document.querySelector("#list tbody tr").cells[[...document.querySelectorAll("#list thead th")].findIndex(h => h.dataset.field === "first_name")].click() || true`)
	d.wait(`!!document.querySelector(".editing [name=first_name]")`)
	d.keys(".editing [name=first_name]", "Cell")
	if !d.warns() {
		t.Error("leaving a changed cell does not ask")
	}
	d.run(`UPDATE sessions SET revoked_at = now()`)
	d.click(".editing .btn-primary")
	d.wait(asked)
	d.keys("#signin-password", "admin123")
	d.click(".signin .btn-primary")
	d.wait(`!document.querySelector(".editing") && document.querySelector("#list tbody tr").innerText.includes("Cell")`)
	d.holds("Cell", `SELECT first_name FROM users WHERE username = 'zoe'`)
}

// TestBrowser_DoubleClick saves a new record by two clicks, with and without scripts.
func TestBrowser_DoubleClick(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/users/new")
	d.fill("username", "twice")
	d.fill("email", "twice@mail.example")
	if _, err := chromedp.RunResponse(d.within(), chromedp.DoubleClick(chromedp.CSS("button[data-save]"))); err != nil {
		t.Fatal(err)
	}
	d.holds("1", `SELECT count(*)::text FROM users WHERE username = 'twice'`)
	if said := d.text(".notice"); said != "Created twice." {
		t.Errorf("it says %q", said)
	}
	d.visit("/users/new")
	d.fill("username", "plain")
	d.fill("email", "plain@mail.example")
	d.scripts(false)
	if _, err := chromedp.RunResponse(d.within(), chromedp.DoubleClick(chromedp.CSS("button[data-save]"))); err != nil {
		t.Fatal(err)
	}
	if said := d.text(".notice"); said != "Created plain." {
		t.Errorf("without a script it says %q", said)
	}
	d.scripts(true)
	d.holds("1", `SELECT count(*)::text FROM users WHERE username = 'plain'`)
}

// TestBrowser_DependentFields shows what a form does by itself: fields that another one brings, and the browser's time zone.
func TestBrowser_DependentFields(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := chromedp.Call(d.within(), emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	d.visit("/dns_records/new")
	there := func(field string) bool {
		return evaluate[bool](d.browser, `(c => c.offsetParent !== null && !c.disabled)(document.querySelector('[name="`+field+`"]'))`)
	}
	for _, step := range []struct {
		kind                   string
		priority, weight, port bool
	}{{"A", false, false, false}, {"MX", true, false, false}, {"SRV", true, true, true}, {"TXT", false, false, false}} {
		d.fill("record_type", step.kind)
		if there("priority") != step.priority || there("weight") != step.weight || there("port") != step.port {
			t.Errorf("%s has priority %v, weight %v, port %v", step.kind, there("priority"), there("weight"), there("port"))
		}
	}
	d.run(`UPDATE users SET password_reset_expires_at = '2026-07-01 10:00Z' WHERE username = 'zoe'`)
	d.visit(d.zoe() + "/edit")
	if got := evaluate[string](d.browser, `document.querySelector("[name=password_reset_expires_at]").value`) + " " + d.text("#password_reset_expires_at-zone"); got != "2026-07-01 12:00:00 Europe/Berlin" {
		t.Errorf("the moment is %q", got)
	}
	d.fill("password_reset_expires_at", "2026-01-01 12:00")
	d.follow("button[data-save]")
	d.holds("t", `SELECT (password_reset_expires_at = '2026-01-01 11:00Z')::text::char FROM users WHERE username = 'zoe'`)
}

// TestBrowser_NarrowedPicker chooses a person, and then among what is that person's.
func TestBrowser_NarrowedPicker(t *testing.T) {
	t.Parallel()
	d := newAlerts(t)
	d.visit("/alerts/new")
	offered := func() string {
		d.click("#alias_id-ts-control")
		d.wait(`!!document.querySelector("#alias_id-ts-dropdown [data-selectable]")`)
		return evaluate[string](d.browser, `[...document.querySelectorAll("#alias_id-ts-dropdown [data-selectable]")].map(o => o.innerText.trim()).join(" | ")`)
	}
	d.fill("user_id", "person2")
	if got := offered(); !strings.Contains(got, "of-person2") || strings.Contains(got, "of-person1") {
		t.Errorf("of the second person are offered %q", got)
	}
	evaluate[bool](d.browser, `document.querySelector("#alias_id-ts-dropdown [data-selectable]").click() || true`)
	d.wait(`document.querySelector("#alias_id").value !== ""`)
	d.fill("user_id", "person1")
	d.wait(`document.querySelector("#alias_id").value === ""`) // it was of somebody else
	d.fill("user_id", "person2")
	offered()
	evaluate[bool](d.browser, `document.querySelector("#alias_id-ts-dropdown [data-selectable]").click() || true`)
	d.follow("button[data-save]")
	d.holds("t", `SELECT (a.user_id = e.user_id)::text::char FROM alerts a JOIN email_aliases e ON e.id = alias_id`)
}
