package main

import "testing"

// TestBrowser_ProfileSafe types into one's own data: leaving asks, what others changed stays, and what both changed is chosen.
func TestBrowser_ProfileSafe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.run(`UPDATE users SET first_name = 'Ann', last_name = 'One' WHERE username = 'admin'`)
	d.visit("/profile")
	if d.warns() {
		t.Error("leaving an unchanged profile asks")
	}
	d.fill("first_name", "Anna")
	if !d.warns() {
		t.Error("leaving a changed profile does not ask")
	}
	d.run(`UPDATE users SET last_name = 'Two' WHERE username = 'admin'`)
	d.follow("#data .btn-primary")
	d.holds("Anna Two", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'admin'`)
	if base := evaluate[string](d.browser, `document.querySelector("#data [name=_base]").value`); base != `{"seen":{"email":"admin@example.org","first_name":"Anna","last_name":"Two"}}` {
		t.Errorf("the form tells %s", base)
	}
	d.run(`UPDATE users SET last_name = 'Three' WHERE username = 'admin'`)
	d.fill("last_name", "Mine")
	if status := d.leave("#data .btn-primary"); status != 409 {
		t.Fatalf("a conflict is %d", status)
	}
	if !d.warns() {
		t.Error("leaving what was not saved does not ask")
	}
	d.accessible()
	d.click(`[name="_keep.last_name"][value=mine]`)
	d.follow("#data .btn-primary")
	d.holds("Anna Mine", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'admin'`)

	d.visit("/profile/tokens/new")
	d.fill("name", "backup")
	if !d.warns() {
		t.Error("leaving a changed token does not ask")
	}
	d.follow("button[data-save]")
	if !d.warns() {
		t.Error("leaving a token that was not made does not ask")
	}
}

// TestBrowser_SignedOutWhileDeciding ends the session of somebody who then presses a button that sends no text: the password is asked for, and
// it is done. Without scripts it is offered again after the sign-in.
func TestBrowser_SignedOutWhileDeciding(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/profile")
	d.run(`UPDATE sessions SET revoked_at = now()`)
	d.click("#sessions .own-foot button:first-of-type")
	d.wait(`!!document.querySelector("dialog.signin[open]")`)
	d.keys("#signin-password", "admin123")
	d.follow(".signin .btn-primary")
	if said := d.text(".notice"); said != "You were signed in nowhere else." {
		t.Errorf("it says %q", said)
	}

	d.visit("/users")
	d.click("#list tbody [name=keys]")
	d.run(`UPDATE sessions SET revoked_at = now()`)
	d.click(`[formaction$="/bulk/update"]`)
	d.wait(`!!document.querySelector("dialog.signin[open]")`)
	d.keys("#signin-password", "admin123")
	d.follow(".signin .btn-primary")
	if d.path() != "/users/bulk/update" || !d.exists(".bulk-rows") {
		t.Errorf("what was ticked is lost: %s", d.path())
	}

	d.visit("/profile")
	d.scripts(false)
	d.run(`UPDATE sessions SET revoked_at = now()`)
	d.follow("#sessions .own-foot button:first-of-type")
	d.keys("#name", "admin")
	d.keys("#password", "admin123")
	d.follow("button.btn-primary")
	d.follow(".again .btn-primary")
	if said := d.text(".notice"); said != "You were signed in nowhere else." {
		t.Errorf("without scripts it says %q", said)
	}
}
