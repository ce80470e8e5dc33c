package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// TestBrowser_Register goes from the sign-in page to the first record of one's own, by the keyboard, and then where a
// newcomer must not get.
func TestBrowser_Register(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	settings := onDatabase(db)
	settings["REGISTRATION"] = "true"
	b := open(t, start(t, settings).url)
	var other, password int
	err := db.Pool.QueryRow(t.Context(), `WITH u AS (INSERT INTO users (username, email) VALUES ('other', 'other@other.example') RETURNING id)
		INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) SELECT id, 'api', 'x', 'BCRYPT' FROM u RETURNING user_id, id`).Scan(&other, &password)
	if err != nil {
		t.Fatal(err)
	}
	b.registers("nina", "nina@nina.example", "violet tractor 81")
	if notice := b.text("[role=status]"); b.path() != "/" || b.text(".account") != "nina" || !strings.Contains(notice, "Welcome, nina.") {
		t.Fatalf("led to %s as %q: %s", b.path(), b.text(".account"), notice)
	}
	b.accessible()

	t.Run("the_navigation_and_the_dashboard_hold_what_can_be_ones_own", func(t *testing.T) {
		b.t = t
		own := "Users|User passwords|User roles|User quotas|Sessions|API tokens|Saved views|Email aliases|Mailbox events|Certificates|Certificate files|Certificate renewals|Certificate notifications|Audit log"
		if got := b.texts(".menu-body .menu-link"); got != "Dashboard|"+own+"|API" {
			t.Errorf("navigation: %s", got)
		}
		if got := b.texts(".area li span:first-of-type"); got != own {
			t.Errorf("dashboard: %s", got)
		}
		if got := b.texts(".area-count"); got != "1|1|2|0|1|0|0|0|1|0|0|0|0|2" {
			t.Errorf("counts: %s", got)
		}
	})
	t.Run("T27_the_lists_hold_ones_own_rows_alone", func(t *testing.T) {
		b.t = t
		for table, rows := range map[string]int{"users": 1, "user_passwords": 1, "user_roles": 2, "sessions": 1, "audit_log": 2} {
			b.visit("/" + table)
			if got := evaluate[int](b, "document.querySelectorAll('#list tbody tr').length"); got != rows || strings.Contains(b.text("#list"), "other") {
				t.Errorf("%s: %d rows\n%s", table, got, b.text("#list"))
			}
		}
	})
	t.Run("the_first_record_of_ones_own_asks_for_no_user", func(t *testing.T) {
		b.t = t
		b.visit("/user_passwords")
		b.follow("a[href$='/user_passwords/new']")
		if b.exists("[name=user_id]") {
			t.Error("there is a field for the user")
		}
		b.fill("service", "dovecot")
		b.fill("password", "orange piano 27")
		b.follow("button[data-save]")
		b.accessible()
		if shown := b.text("main"); !strings.Contains(shown, "dovecot password") || !strings.Contains(shown, "nina") {
			t.Errorf("%s shows\n%s", b.path(), shown)
		}
	})
	t.Run("greyed_buttons_say_what_they_take", func(t *testing.T) {
		b.t = t
		b.visit("/users")
		if !b.exists("button[aria-disabled=true][aria-describedby=needs]") || b.text("#needs") != "Needs the permission users:create:all" {
			t.Errorf("the list says %q", b.text("#needs"))
		}
		b.follow("#list tbody tr a")
		if !b.exists("a[href$='/edit']") || !b.exists("button[aria-disabled=true][aria-describedby='needs needs-delete']") || b.text("#needs-delete") != "users:delete:all" {
			t.Errorf("the record says %q", b.text(".buttons"))
		}
		b.accessible()
	})
	t.Run("T26_T36_rows_of_others_are_not_there", func(t *testing.T) {
		b.t = t
		for _, path := range []string{
			fmt.Sprintf("/users/%d", other), fmt.Sprintf("/users/%d/edit", other), "/users/1", "/users/999999",
			fmt.Sprintf("/user_passwords/%d", password), fmt.Sprintf("/user_passwords/%d/delete", password),
		} {
			if got := b.visit(path); got != 404 {
				t.Errorf("%s is %d", path, got)
			}
		}
		if got := b.posts(fmt.Sprintf("/user_passwords/%d", password), "service=api&password=orange+piano+28"); got != 404 {
			t.Errorf("a password of somebody else: %d", got)
		}
		if got := b.posts("/user_passwords", fmt.Sprintf("user_id=%d&service=samba&password=orange+piano+28", other)); got < 400 || got >= 500 {
			t.Errorf("a password for somebody else: %d", got)
		}
	})
	t.Run("T25_T29_T30_tables_that_are_not_theirs_are_closed", func(t *testing.T) {
		b.t = t
		for _, path := range []string{"/dns_zones", "/dns_records", "/service_certificates", "/roles", "/permissions", "/role_permissions", "/role_fields", "/users/new", "/user_roles/new"} {
			if got := b.visit(path); got != 403 {
				t.Errorf("%s is %d", path, got)
			}
		}
		if got := b.posts("/user_roles", "user_id=3&role_name=admin&service=web"); got != 403 {
			t.Errorf("a role for oneself: %d", got)
		}
	})
}

// registers fills the form from its link on the sign-in page on, with the keyboard alone, first leaving all empty.
func (b *browser) registers(name, address, password string) {
	b.t.Helper()
	b.visit("/login")
	b.accessible()
	b.follow(".login-other a")
	b.accessible()
	b.press("\r")
	if evaluate[string](b, "document.activeElement.id") != "username" || b.texts(".wrong label") != "User name|E-mail|Password" {
		b.t.Errorf("an empty form: %s", b.text("main"))
	}
	b.accessible()
	for _, text := range []string{name, address, "Nina", "", password} {
		if _, err := chromedp.Call(b.within(), input.InsertText, input.InsertTextParams{Text: text}); err != nil {
			b.t.Fatal(err)
		}
		b.press("\t")
	}
	b.press(" ") // on the button that shows the password
	if evaluate[string](b, "document.getElementById('password').type") != "text" {
		b.t.Error("the password is not shown")
	}
	b.press("\t")
	b.press("\r")
}

// press sends a key to what has the focus; one that sends a form is followed to the next page.
func (b *browser) press(key string) {
	b.t.Helper()
	action := chromedp.KeyEvent(key)
	var err error
	if key == "\r" {
		_, err = chromedp.RunResponse(b.within(), action)
	} else {
		err = chromedp.Do(b.within(), action)
	}
	if err != nil {
		b.t.Fatalf("press %q on %s: %v\n%s", key, b.path(), err, b.text("body"))
	}
}

// texts returns the texts of all that css finds, joined by |.
func (b *browser) texts(css string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf("[...document.querySelectorAll(%q)].map(e => e.innerText.trim()).join('|')", css))
}

func (b *browser) exists(css string) bool {
	b.t.Helper()
	return evaluate[bool](b, fmt.Sprintf("!!document.querySelector(%q)", css))
}

// posts sends a form that no page holds, as a script of the site would, and returns the status.
func (b *browser) posts(path, body string) int {
	b.t.Helper()
	return evaluate[int](b, fmt.Sprintf(`fetch(%q, {method: "POST", body: new URLSearchParams(%q), redirect: "manual"}).then(a => a.status)`, path, body))
}
