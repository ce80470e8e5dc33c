package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestBrowser_PickerFocus goes from the summary of what is wrong to a picker, and from its label.
func TestBrowser_PickerFocus(t *testing.T) {
	t.Parallel()
	d := newAlerts(t)
	d.run(`INSERT INTO users (username, email) SELECT 'many' || i, 'many' || i || '@mail.example' FROM generate_series(1, 120) i`)
	d.visit("/alerts/new")
	d.follow("button[data-save]")
	d.click(`.problems a[href="#user_id"]`)
	d.focus("#user_id-ts-control")
	evaluate[bool](d.browser, `document.activeElement.blur() || true`)
	d.click("#user_id-ts-label")
	d.focus("#user_id-ts-control")
	d.offline(true)
	d.keys("#user_id-ts-control", "many7")
	d.wait(`document.querySelector("#user_id-ts-dropdown .no-results")?.innerText === "The server does not answer: nothing was searched"`)
	d.offline(false)
	d.keys("#user_id-ts-control", "many8")
	d.wait(`document.querySelector("#user_id-ts-dropdown [data-selectable]")?.innerText.includes("many8")`)
	d.offline(true)
	d.click("a[data-make=user_id]")
	d.wait(`document.querySelector(".control .refused")?.innerText.includes("does not answer")`)
	d.accessible()
	d.offline(false)
}

// TestBrowser_FieldCalledAction types into a form that has a field of this name: its scripts do what they do for others.
func TestBrowser_FieldCalledAction(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/permissions/new")
	d.fill("model", "users")
	d.fill("action", "read")
	if !d.warns() {
		t.Error("leaving does not ask")
	}
	d.visit("/users")
	d.visit("/permissions/new")
	d.wait(`document.querySelector(".draft p")?.innerText.includes("Model, Action")`)
	d.click(".draft .btn-primary")
	if got := evaluate[string](d.browser, `document.querySelector("#model").value + ":" + document.querySelector("#action").value`); got != "users:read" {
		t.Errorf("restored is %q", got)
	}
	d.fill("action", "")
	d.follow("button[data-save]")
	d.focus(".problems")
	if !d.warns() {
		t.Error("leaving what was not saved does not ask")
	}
}

// TestBrowser_LinesFocus asks for another line, leaves it half typed, and is offered it again by the names of its fields.
func TestBrowser_LinesFocus(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit(d.zoe() + "/edit")
	d.follow("button[name=_more][value=user_quotas]")
	d.focus(`.lines[data-table="/user_quotas"] .line:last-of-type .field:first-child *`)
	d.fill("user_quotas.1.quota_value", "7")
	d.visit("/users")
	d.visit(d.zoe() + "/edit")
	d.wait(`!!document.querySelector(".draft")`)
	if said := d.text(".draft p"); !strings.HasPrefix(said, "What you typed here just now was not saved. It differs in ") || strings.Contains(said, "user_quotas") || strings.Contains(said, ",") {
		t.Errorf("it says %q", said)
	}
}

// TestBrowser_DraftGivenUp takes back what was typed, begins a copy, and logs out: nothing of that is offered where it does not belong.
func TestBrowser_DraftGivenUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const kept = `Object.keys(localStorage).filter(key => key.startsWith("draft:")).length`
	d.visit(d.zoe() + "/edit")
	d.fill("first_name", "Typed")
	d.wait(kept + " === 1")
	d.fill("first_name", "Zoe")
	d.wait(kept + " === 0")
	d.visit("/users/new")
	d.fill("first_name", "New")
	d.wait(kept + " === 1")
	d.visit("/users/new?from=" + strings.TrimPrefix(d.zoe(), "/users/"))
	if d.exists(".draft") {
		t.Error("what was typed into a new row is offered over a copy")
	}
	d.fill("first_name", "Copy")
	d.wait(kept + " === 2")
	d.visit("/users/new")
	d.wait(`!!document.querySelector(".draft")`)
	d.fill("last_name", "Secret")
	d.follow(`form[action="/logout"] button`)
	if drafts := d.drafts(); drafts != "[]" {
		t.Errorf("kept after signing out: %s", drafts)
	}
}

// TestBrowser_DialogKept closes a dialog with something typed by Escape again and again, and saves it by two clicks without a session.
func TestBrowser_DialogKept(t *testing.T) {
	t.Parallel()
	d := newAlerts(t)
	d.visit("/alerts/new")
	d.makes("user_id", "")
	d.keys(".make-dialog [name=username]", "nina")
	d.keys(".make-dialog [name=email]", "nina@mail.example")
	d.refuses()
	for i := range 4 {
		d.press("\x1b")
		d.wait(fmt.Sprintf(`asked === %d`, i+1))
	}
	if !d.exists(".make-dialog[open]") {
		t.Fatal("what was typed is lost")
	}
	d.pretends(503, `{"detail": "Too busy."}`)
	d.click(".make-dialog [data-save]")
	d.wait(`document.querySelector(".make-dialog .alert")?.innerText === "Not saved. Too busy."`)
	d.pretends(0, "")
	d.run(`UPDATE sessions SET revoked_at = now()`)
	evaluate[bool](d.browser, `(b => { b.click(); b.click(); return true; })(document.querySelector(".make-dialog [data-save]"))`)
	d.wait(`!!document.querySelector("dialog.signin[open]")`)
	d.keys("#signin-password", "admin123")
	d.click(".signin .btn-primary")
	d.wait(`!document.querySelector("dialog[open]")`)
	if got := d.chosen("user_id"); got != "nina" {
		t.Errorf("chosen is %q", got)
	}
}

// TestBrowser_PickerUnchosen types into a picker and chooses nothing: the form is not sent without that, and says why.
func TestBrowser_PickerUnchosen(t *testing.T) {
	t.Parallel()
	d := newAlerts(t)
	d.run(`INSERT INTO users (username, email) SELECT 'many' || i, 'many' || i || '@mail.example' FROM generate_series(1, 120) i`)
	d.run(`INSERT INTO alerts (user_id) SELECT id FROM users WHERE username = 'person1'`)
	d.visit("/alerts/1/edit")
	d.click("#user_id-ts-control")
	d.keys("#user_id-ts-control", "person2")
	d.wait(`document.querySelector("#user_id-ts-dropdown [data-selectable]")?.innerText.includes("person2")`)
	d.click("button[data-save]")
	d.wait(`document.querySelector(".control .refused")?.innerText === "“person2” was typed, and no row is chosen. Choose one, or take the text away."`)
	d.accessible()
	d.click("button[data-save]")
	d.focus("#user_id-ts-control")
	d.wait(`document.querySelector("#user_id-ts-control").value === "person2"`)
	d.wait(`document.querySelector("#user_id-ts-dropdown .active[data-selectable]")?.innerText.includes("person2")`) // which Enter takes
	d.click("#user_id-ts-dropdown .active")
	d.wait(`!document.querySelector(".control .refused")`)
	d.follow("button[data-save]")
	d.holds("person2", `SELECT username FROM alerts a JOIN users u ON u.id = user_id`)

	d.visit("/alerts/1/edit")
	d.click("#user_id-ts-control")
	d.keys("#user_id-ts-control", "person1")
	d.press("\x1b")
	d.follow("button[data-save]")
	d.holds("person2", `SELECT username FROM alerts a JOIN users u ON u.id = user_id`)

	d.visit("/alerts/1/edit")
	d.click("#user_id-ts-control")
	d.keys("#user_id-ts-control", "person1")
	d.wait(`document.querySelector("#user_id-ts-dropdown [data-selectable]")?.innerText.includes("person1")`)
	evaluate[bool](d.browser, `document.querySelector(".field:has(#user_id-ts-control)").hidden = true`) // as where it depends on another one
	d.follow("button[data-save]")
}

// TestBrowser_FocusKept saves a record and makes another one, and closes the menu of a phone: the keyboard is where one goes on.
func TestBrowser_FocusKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/users/new")
	d.fill("username", "first")
	d.fill("email", "first@mail.example")
	d.follow("button[name=_then]")
	d.focus("#username")
	d.visit("/users/new")
	d.focus("body")
	d.phone(true)
	d.visit("/users")
	d.click(".topbar-button")
	d.wait(`location.hash === "#menu"`)
	d.press("\x1b")
	d.focus(".topbar-button")
	d.phone(false)
}
