package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// offline takes the network from the page, or gives it back.
func (b *browser) offline(off bool) {
	b.t.Helper()
	rule := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Offline: off, DownloadThroughput: -1, UploadThroughput: -1},
	}}
	if _, err := chromedp.Call(b.within(), network.EmulateNetworkConditionsByRule, rule); err != nil {
		b.t.Fatalf("go offline: %v", err)
	}
}

// pretends has what asks by fetch get this status and text from now on, or the server's own for 0.
func (b *browser) pretends(status int, text string) {
	b.t.Helper()
	evaluate[bool](b, fmt.Sprintf(`(window.kept ||= fetch, window.fetch = (url, sent) => %d && sent?.method === "POST" ? Promise.resolve(new Response(%q, {status: %[1]d})) : kept(url, sent), true)`, status, text))
}

// refuses has questions be answered with no from now on, and counted.
func (b *browser) refuses() {
	b.t.Helper()
	evaluate[bool](b, `(window.asked = 0, window.confirm = () => { asked += 1; return false; }, true)`)
}

// cell is the script of the cell of a column in the first row.
func cell(field string) string {
	return fmt.Sprintf(`document.querySelector("#list tbody tr").cells[[...document.querySelectorAll("#list thead th")].findIndex(h => h.dataset.field === %q)]`, field)
}

// edits opens a cell.
func (d desk) edits(field string) {
	d.t.Helper()
	d.wait(`!!document.querySelector(".in-place tbody [tabindex]")`)
	evaluate[bool](d.browser, cell(field)+`.click() || true`)
	d.wait(fmt.Sprintf(`!!document.querySelector(".editing [name=%s]")`, field))
}

// focus checks what has it.
func (b *browser) focus(css string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.activeElement.matches(%q)`, css))
}

// TestBrowser_CellRefused edits a cell where the server is away, or answers with a failure: what was typed stays, and can be saved.
func TestBrowser_CellRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/users?q=zoe")
	d.click(".in-place-switch")
	d.offline(true)
	evaluate[bool](d.browser, cell("first_name")+`.click() || true`)
	d.wait(`document.querySelector(".said").innerText.includes("does not answer")`)
	d.accessible()
	d.offline(false)
	d.edits("first_name")
	if said := d.text(".said"); said != "" {
		t.Errorf("it still says %q", said)
	}
	d.keys(".editing [name=first_name]", "Kept")
	d.offline(true)
	d.enter()
	d.wait(`document.querySelector(".editing .refused")?.innerText.includes("nothing was saved")`)
	d.offline(false)
	for status, said := range map[int]string{503: "Not saved. The server answered 503.", 429: "Not saved. Too many at once."} {
		text := "<p>a page</p>"
		if status == 429 {
			text = `{"detail": "Too many at once."}`
		}
		d.pretends(status, text)
		d.click(".editing .btn-primary")
		d.wait(fmt.Sprintf(`document.querySelector(".editing .refused").innerText === %q`, said))
	}
	d.accessible()
	d.pretends(0, "")
	d.holds("Zoe", `SELECT first_name FROM users WHERE username = 'zoe'`)
	d.focus(".editing [name=first_name]")
	d.enter()
	d.wait(`!document.querySelector(".editing") && document.querySelector("#list tbody").innerText.includes("Kept")`)
	d.holds("Kept", `SELECT first_name FROM users WHERE username = 'zoe'`)
	if !evaluate[bool](d.browser, `document.activeElement === `+cell("first_name")) {
		t.Error("the cell that was saved has not the focus")
	}
}

// TestBrowser_OneCell opens a second cell while there is something in the first, a switch for one.
func TestBrowser_OneCell(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.visit("/users?q=zoe&fields=username%2Cfirst_name%2Clast_name%2Cis_locked")
	d.click(".in-place-switch")
	d.edits("first_name")
	d.edits("last_name") // nothing was typed into the first
	if got := d.texts(".editing label"); got != "Last name" {
		t.Errorf("open are %q", got)
	}
	d.keys(".editing [name=last_name]", "Typed")
	d.refuses()
	evaluate[bool](d.browser, cell("first_name")+`.click() || true`)
	d.wait(`asked === 1`)
	d.focus(".editing [name=last_name]")
	d.enter()
	d.wait(`!document.querySelector(".editing")`)
	d.holds("Zoe Typed", `SELECT first_name || ' ' || last_name FROM users WHERE username = 'zoe'`)
	d.edits("is_locked")
	if d.warns() {
		t.Error("leaving asks though nothing was switched")
	}
	d.click(".editing [type=checkbox]")
	if !d.warns() {
		t.Error("leaving what was switched does not ask")
	}
	evaluate[bool](d.browser, cell("first_name")+`.click() || true`)
	d.wait(`asked === 2 && document.querySelector(".editing [type=checkbox]").checked`)
}

// TestBrowser_CellOvertaken gives up what somebody else was faster with: the cell then shows theirs.
func TestBrowser_CellOvertaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, give := range []func(){func() { d.press("\x1b") }, func() { d.click(".editing .cell-buttons a") }} {
		d.run(`UPDATE users SET first_name = 'Zoe' WHERE username = 'zoe'`)
		d.visit("/users?q=zoe")
		d.click(".in-place-switch")
		d.edits("first_name")
		d.keys(".editing [name=first_name]", "Mine")
		d.run(`UPDATE users SET first_name = 'Theirs' WHERE username = 'zoe'`)
		d.enter()
		d.wait(`document.querySelector(".editing .error")?.innerText.includes("Theirs")`)
		give()
		d.wait(`!document.querySelector(".editing") && document.querySelector("#list tbody").innerText.includes("Theirs")`)
	}
}

// TestBrowser_ListFocus turns pages and sorts by the keyboard, and searches without a network.
func TestBrowser_ListFocus(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.run(`INSERT INTO users (username, email) SELECT 'staff' || i, 'staff' || i || '@mail.example' FROM generate_series(1, 60) i`)
	d.visit("/users?q=staff")
	evaluate[bool](d.browser, `document.querySelector('#list th[data-field="email"] .sort').focus() || true`)
	d.enter()
	d.wait(`document.querySelector('#list th[data-field="email"]').ariaSort === "ascending"`)
	d.focus(`th[data-field="email"] .sort`)
	d.settled()
	evaluate[bool](d.browser, `document.querySelector('.pager a[aria-label="Next page"]').focus() || true`)
	d.enter()
	d.wait(`document.querySelectorAll("#list tbody tr").length === 10`)
	d.focus(".pager a")
	d.settled()
	d.offline(true)
	d.keys("#q", "nobody")
	d.wait(`document.querySelector(".said").innerText.includes("The server does not answer. The list still shows")`)
	d.accessible()
	d.offline(false)
	d.keys("#q", "staff1")
	d.wait(`document.querySelectorAll("#list tbody tr").length === 11 && document.querySelector(".said").innerText === ""`)
}

// TestBrowser_Narrow edits a cell and looks at views and at a long name on a phone: nothing lies over anything, nothing is too wide.
func TestBrowser_Narrow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	zoe := d.zoe()
	d.run(`UPDATE users SET username = repeat('z', 100) WHERE username = 'zoe'`)
	d.run(`INSERT INTO saved_views (user_id, table_name, name, query) SELECT id, 'users', 'View number ' || i, 'q=' || i FROM users, generate_series(1, 5) i WHERE username = 'admin'`)
	d.phone(true)
	for _, page := range []string{zoe + "/edit", zoe + "/why?person=" + zoe[len("/users/"):]} {
		d.visit(page)
		if got := evaluate[string](d.browser, `[...document.querySelectorAll(".crumbs li, .ts-control")].filter(e => e.scrollWidth > e.clientWidth || e.getBoundingClientRect().right > innerWidth).map(e => e.className).join()`); got != "" {
			t.Errorf("%s: too wide is %s", page, got)
		}
	}
	d.visit("/users?q=zzz")
	if got := evaluate[string](d.browser, `[...document.querySelectorAll(".views > *")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText).join()`); got != "" {
		t.Errorf("these are cut: %s", got)
	}
	d.click(".in-place-switch")
	d.edits("first_name")
	if !evaluate[bool](d.browser, `(b => { const r = b.getBoundingClientRect(); return b === document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2); })(document.querySelector(".editing .btn-primary"))`) {
		t.Error("something lies over the button that saves")
	}
}
