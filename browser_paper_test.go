package main

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestBrowser_Paper prints a list, a record and a form of somebody who likes the screen dark: what is read is there, dark on white, and nothing
// that is pressed.
func TestBrowser_Paper(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.run(`INSERT INTO user_settings (user_id, theme) SELECT id, 'dark' FROM users WHERE username = 'admin'`)
	for _, page := range []string{"/users", d.zoe(), d.zoe() + "/edit", d.zoe() + "/history"} {
		d.visit(page)
		if _, err := chromedp.Call(d.within(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
			t.Fatal(err)
		}
		if got := evaluate[string](d.browser, `document.documentElement.dataset.bsTheme + " " + getComputedStyle(document.querySelector("main h1")).color + " " + getComputedStyle(document.body).backgroundColor`); got != "dark rgb(0, 0, 0) rgb(255, 255, 255)" {
			t.Errorf("%s is %s", page, got)
		}
		if shown := evaluate[int](d.browser, `[...document.querySelectorAll("nav, main .btn, .skip")].filter(e => e.checkVisibility()).length`); shown != 0 {
			t.Errorf("%s: %d of what is pressed are printed", page, shown)
		}
		if _, err := chromedp.Call(d.within(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}); err != nil {
			t.Fatal(err)
		}
		if d.exists("tbody th a") && evaluate[string](d.browser, `getComputedStyle(document.querySelector("tbody th a")).unicodeBidi`) != "isolate" {
			t.Error("a name turns what stands beside it")
		}
	}
}
