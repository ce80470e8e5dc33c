package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestBrowser_Zone shows what somebody in Berlin meets where there are moments: all by their own clocks, with the zone beside them.
func TestBrowser_Zone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := chromedp.Call(d.within(), emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"}); err != nil {
		t.Fatal(err)
	}
	d.run(`UPDATE users SET password_reset_expires_at = '2026-07-01 22:30Z' WHERE username = 'zoe'`)
	d.visit("/users") // where a script tells the zone
	const list = "/users?fields=username,password_reset_expires_at&filter="
	d.visit(list)
	if got := d.text("th.time"); got != "Password reset expires at Europe/Berlin" {
		t.Errorf("the heading reads %q", got)
	}
	moments := func() string {
		return evaluate[string](d.browser, `[...document.querySelectorAll("#list td.time time")].map(t => t.innerText).join(" ")`)
	}
	if got := moments(); got != "2026-07-02 00:30:00" {
		t.Errorf("the list says %q", got)
	}
	d.chooseColumn("password_reset_expires_at")
	if got := d.text("#_zone"); got != "Europe/Berlin" {
		t.Errorf("the filter asks for a day in %q", got)
	}
	d.accessible()
	asked := `document.querySelector("#_value").offsetParent !== null`
	if evaluate[bool](d.browser, asked) {
		t.Error("the last 24 hours ask for a day")
	}
	d.fill("_op", "on")
	if !evaluate[bool](d.browser, asked) {
		t.Error("a day is not asked for")
	}
	evaluate[string](d.browser, `document.querySelector("#_value").value = "2026-07-02"`) // a date is chosen
	d.follow("#filter-form .btn-primary")
	if got := moments(); got != "2026-07-02 00:30:00" {
		t.Errorf("%s has %q", evaluate[string](d.browser, "location.href"), got)
	}
	d.visit(list + "password_reset_expires_at.on:2026-07-01")
	if got := moments(); got != "" {
		t.Errorf("the day before, which it still is in UTC, has %q", got)
	}

	d.visit(d.zoe() + "/cell/password_reset_expires_at")
	if got := evaluate[string](d.browser, `document.querySelector("[name=password_reset_expires_at]").value`); got != "2026-07-02 00:30:00" {
		t.Errorf("the cell holds %q", got)
	}
	d.fill("password_reset_expires_at", "2026-01-01 12:00")
	d.follow(".cell-form .btn-primary")
	d.holds("2026-01-01 11:00:00", `SELECT (password_reset_expires_at AT TIME ZONE 'UTC')::text FROM users WHERE username = 'zoe'`)

	d.visit(d.zoe() + "/history")
	if got := d.text("article.event .changes"); !strings.Contains(got, "2026-07-02 00:30:00") || !strings.Contains(got, "2026-01-01 12:00:00") {
		t.Errorf("the history says %q", got)
	}
	if got := d.text("article.event .zone"); got != "Europe/Berlin" {
		t.Errorf("the history is in %q", got)
	}
	d.follow(`article.event a[href$="/undo"]`)
	if got := d.text("main"); !strings.Contains(got, " Europe/Berlin.") || !strings.Contains(got, "2026-07-02 00:30:00") {
		t.Errorf("the question says %q", got)
	}
	d.follow(".step-foot .btn-primary")
	d.holds("2026-07-01 22:30:00", `SELECT (password_reset_expires_at AT TIME ZONE 'UTC')::text FROM users WHERE username = 'zoe'`)

	d.visit("/")
	if got := d.text(".latest th.time"); !strings.Contains(got, "Europe/Berlin") {
		t.Errorf("the dashboard has %q", got)
	}
	if _, err := chromedp.Call(d.within(), emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/Argentina/Buenos_Aires"}); err != nil {
		t.Fatal(err)
	}
	d.visit("/users")
	d.phone(true)
	d.visit(list)
	if got := moments(); got != "2026-07-01 19:30:00" {
		t.Errorf("in another place it says %q", got)
	}
	d.tidy()
}

// TestZone_ProgramsGetUTC asks as a script does: with the session of somebody who lives elsewhere, and with their token.
func TestZone_ProgramsGetUTC(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	root := h.enter("root", hadPassword)
	root.fills("/profile", "/profile/settings", "time_zone", "Asia/Kathmandu", "theme", "dark").says(t, 200, "Your settings are saved.")
	h.exec(`UPDATE users SET last_login_at = '2026-07-01 18:30Z' WHERE username = 'root'`)
	day := func(day string) string {
		return "?" + url.Values{"filter": {"last_login_at.on:" + day + ";username.is:root"}}.Encode()
	}
	root.get("/users"+day("2026-07-02")).says(t, http.StatusOK, "1 row found")
	root.get("/users"+day("2026-07-01")).says(t, http.StatusOK, "Nothing matches")
	root.get("/users/export"+day("2026-07-02")+"&format=csv&fields=last_login_at").says(t, http.StatusOK, "2026-07-02T00:15:00+05:45")
	root.get("/api/v1/users"+day("2026-07-01")).says(t, http.StatusOK, `"last_login_at":"2026-07-01T18:30:00Z"`)
	root.get("/api/v1/users/export"+day("2026-07-01")+"&format=csv&fields=last_login_at").says(t, http.StatusOK, "2026-07-01T18:30:00+00:00")
	root.get("/api/v1/users"+day("2026-07-02")).says(t, http.StatusOK, `"rows":[]`)
}
