package main

import (
	"strings"
	"testing"
)

// tidy fails the test for what the accessibility checker finds on a page, and for one that is wider than its window, on a desk and
// on a phone, in light and dark.
func (b *browser) tidy() {
	b.t.Helper()
	for _, phone := range []bool{true, false} {
		b.phone(phone)
		for _, theme := range []string{"dark", "light"} {
			evaluate[bool](b, `new Promise((done) => { // colours fade into each other
				document.documentElement.dataset.bsTheme = "`+theme+`";
				requestAnimationFrame(() => { document.getAnimations().forEach((a) => a.finish()); done(true); });
			})`)
			b.accessible()
		}
		if evaluate[bool](b, "document.documentElement.scrollWidth > innerWidth") {
			b.t.Errorf("%s is wider than its window", b.path())
		}
	}
}

// TestBrowser_Profile changes how somebody likes to see the panel, and signs them out everywhere.
func TestBrowser_Profile(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	b, elsewhere := open(t, h.url), h.enter("root", hadPassword)
	b.signIn("root", hadPassword)
	b.visit("/")
	b.follow("a.account")
	if b.path() != "/profile" || b.text("a.account[aria-current]") != "root" {
		t.Fatalf("the name in the menu leads to %s", b.path())
	}
	b.tidy()

	t.Run("colours_follow_the_person", func(t *testing.T) {
		b.t = t
		b.fill("theme", "dark")
		b.fill("time_zone", "Asia/Kathmandu")
		b.follow(`form[action="/profile/settings"] .btn-primary`)
		if got := b.text("[role=status]"); got != "Your settings are saved." {
			t.Errorf("it says %q", got)
		}
		other := open(t, h.url)
		other.signIn("root", hadPassword)
		other.visit("/users")
		const theme = "document.documentElement.dataset.bsTheme"
		if evaluate[string](other, theme) != "dark" {
			t.Error("another browser is light")
		}
		other.scripts(false) // without them the server's word is enough
		other.visit("/users")
		other.scripts(true)
		if evaluate[string](other, theme) != "dark" {
			t.Error("without scripts it is light")
		}
		other.visit("/users")
		other.click("[data-theme-toggle]") // from dark to what the system has
		other.wait(`document.documentElement.dataset.theme === "auto"`)
		for range 100 {
			if h.text(`SELECT theme FROM user_settings`) == "system" {
				break
			}
			other.visit("/profile")
		}
		h.holds("system", `SELECT theme FROM user_settings`)
		other.follow(`form[action="/logout"] button`)
	})

	t.Run("signing_out_everywhere", func(t *testing.T) {
		b.t = t
		b.visit("/profile")
		if got := b.text("#sessions"); !strings.Contains(got, "Chrome on Linux") || !strings.Contains(got, "this one") || !strings.Contains(got, "From 127.0.0.1") {
			t.Errorf("the sessions read %s", got)
		}
		b.follow("#sessions .own-foot button:first-of-type")
		if got := b.text("[role=status]"); !strings.HasPrefix(got, "You are signed out everywhere else: 1 other session ended.") || elsewhere.in() {
			t.Errorf("it says %q, and the other session is open: %v", got, elsewhere.in())
		}
		elsewhere = h.enter("root", hadPassword)
		b.visit("/profile")
		b.follow(`#sessions button[name="this"]`)
		if b.path() != "/login" || elsewhere.in() {
			t.Errorf("led to %s, and the other session is open: %v", b.path(), elsewhere.in())
		}
		b.visit("/profile")
		if !strings.HasPrefix(b.path(), "/login") {
			t.Errorf("the profile is open at %s", b.path())
		}
	})
}

// TestBrowser_Token makes a token, uses it as a program does, and revokes it, with and without scripts.
func TestBrowser_Token(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	b := open(t, h.url)
	b.signIn("carla", hadPassword)
	for _, scripts := range []bool{true, false} {
		b.visit("/profile")
		b.tidy()
		b.scripts(scripts)
		b.follow(`#tokens a.btn-primary`)
		if scripts {
			b.tidy()
			b.follow("button[data-save]")
			b.tidy()
			if got := b.text("main [role=alert]"); got != "Not saved: 3 things to look at." || !evaluate[bool](b, `document.activeElement.matches(".problems")`) {
				t.Errorf("an empty form begins with %q", got)
			}
			if got := b.texts(".error"); got != "Say what the token is for, such as the program that gets it.|Type your current password.|Choose what the token may do." {
				t.Errorf("an empty form says %q", got)
			}
			all := evaluate[int](b, `document.querySelectorAll("[name=permissions]").length`)
			b.keys("#grants-find", "users read")
			b.wait(`[...document.querySelectorAll(".grant-group")].filter(g => !g.hidden).length === 1`)
			if shown := evaluate[int](b, `[...document.querySelectorAll("[name=permissions]")].filter(c => c.checkVisibility()).length`); shown != 1 || all < 20 {
				t.Errorf("%d of %d are found", shown, all)
			}
		}
		b.fill("name", "Export")
		b.fill("current", hadPassword)
		b.click(`[value="users:read:own"]`)
		b.follow("button[data-save]")
		token := b.text("#token")
		if scripts {
			b.tidy()
		}
		if got := h.curl("GET", export, token); got.status != 200 || !strings.Contains(got.body, "carla") {
			t.Errorf("a program gets %d, %s", got.status, got.body)
		}
		b.visit("/profile")
		if got := b.text("#tokens"); strings.Contains(got, "never used") || !strings.Contains(got, "from 127.0.0.1") || strings.Contains(got, token) {
			t.Errorf("the tokens read %s", got)
		}
		b.follow(`#tokens form button`) // a question before it is answered with yes
		if got := b.text("[role=status]"); got != "The token Export is revoked." {
			t.Errorf("it says %q", got)
		}
		h.refused(token)
		b.scripts(true)
	}
}
