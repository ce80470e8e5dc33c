package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

// TestBrowser_Lists filters, sorts and lays out a list and keeps it as a view, as a person does.
func TestBrowser_Lists(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	b.signIn("admin", "admin123")
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO users (username, email, first_name, is_locked)
		SELECT 'p' || i, 'p' || i || '@mail.example', (ARRAY['Ann','Bob','Cy'])[1 + i % 3], i % 2 = 0 FROM generate_series(1, 30) i`); err != nil {
		t.Fatal(err)
	}
	step := func(name string, run func()) {
		t.Run(name, func(inner *testing.T) {
			b.t = inner
			defer func() { b.t = t }()
			run()
		})
	}
	step("filter", b.filters)
	step("filter_through_a_relation", b.filtersThrough)
	step("sort", b.sorts)
	step("columns", b.choosesColumns)
	step("views", b.keepsViews)
	step("views_without_scripts", b.keepsViewsPlainly)
	step("first_column_stays", b.firstColumnStays)
}

// shows checks the names of the first rows.
func (b *browser) shows(want ...string) {
	b.t.Helper()
	got := evaluate[string](b, fmt.Sprintf(`[...document.querySelectorAll("#list tbody th")].slice(0, %d).map(h => h.innerText).join(" ")`, len(want)))
	if got != strings.Join(want, " ") {
		b.t.Errorf("%s shows %s, want %s", b.path(), got, strings.Join(want, " "))
	}
}

func (b *browser) filters() {
	b.visit("/users")
	b.keys("#q", "mail.example")
	b.wait(`document.querySelectorAll("#list tbody tr").length === 30 && location.search.includes("mail.example")`)
	b.chooseColumn("first_name")
	b.accessible()
	b.fill("_op", "is")
	b.keys("#_value", "Bob")
	b.follow("#filter-form .btn-primary")
	b.wait(`document.querySelectorAll("#list tbody tr").length === 10`)
	if pill := b.text(".pill span"); pill != "First name is Bob" {
		b.t.Errorf("the filter is shown as %q", pill)
	}
	b.chooseColumn("id")
	b.fill("_op", "gt")
	b.keys("#_value", "many")
	if code := b.leave("#filter-form .btn-primary"); code != 422 || !strings.Contains(b.text("#_error"), "whole number") {
		b.t.Errorf("a wrong value is answered %d, %q", code, b.text("#_error"))
	}
	if got := evaluate[string](b, `document.querySelector("#_op").value + document.querySelector("#_value").value + document.querySelectorAll("#list tbody tr").length`); got != "gtmany10" {
		b.t.Errorf("what was typed, or the list, is not there any more: %s", got)
	}
	b.accessible()
	b.follow("#filter-form .btn-link")
	b.follow(`.pill a[href*="_or"]`)
	b.chooseColumn("last_name")
	b.fill("_op", "empty")
	b.follow("#filter-form .btn-primary")
	b.wait(`document.querySelectorAll("#list tbody tr").length === 30`)
	b.accessible()
	b.follow(".pill-x")
	b.wait(`!document.querySelector(".pill")`)
}

// filtersThrough filters sessions by what the person is called that they are of, and then by another relation of that kind or none.
func (b *browser) filtersThrough() {
	b.visit("/sessions")
	b.chooseColumn("user_id")
	b.click(".filter-behind summary")
	b.accessible()
	b.follow(`.filter-behind a[href*="user_id.username"]`)
	b.accessible()
	b.keys("#_value", "nobody at all")
	b.follow("#filter-form .btn-primary")
	b.wait(`document.querySelectorAll("#list tbody input[name=keys]").length === 0`)
	b.follow(`.pill a[href*="_or"]`)
	b.chooseColumn("user_id")
	b.click(".filter-behind summary")
	b.follow(`.filter-behind a[href*="user_id.is_active"]`)
	b.follow("#filter-form .btn-primary")
	b.wait(`document.querySelectorAll("#list tbody input[name=keys]").length === 1`)
	if pill := b.text(".pill span"); pill != "User: username contains nobody at all or User: active is yes" {
		b.t.Errorf("the filter is shown as %q", pill)
	}
}

// settled waits until htmx is done with what it has put into the page.
func (b *browser) settled() {
	b.t.Helper()
	b.wait(`!document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")`)
}

// chooseColumn chooses what to filter by, which leads to a page.
func (b *browser) chooseColumn(name string) {
	b.t.Helper()
	choose := fmt.Sprintf(`(s => { s.value = %q; s.dispatchEvent(new Event("change", {bubbles: true})); return {}; })(document.querySelector("#_field"))`, name)
	if _, err := chromedp.RunResponse(b.within(), chromedp.Evaluate[chromedp.Void](choose)); err != nil {
		b.t.Fatalf("choose the column %s: %v", name, err)
	}
}

func (b *browser) sorts() {
	b.visit("/users?q=mail.example")
	b.click(`#list thead th[data-field="first_name"] .sort`)
	b.wait(`document.querySelector('#list thead th[data-field="first_name"]').ariaSort === "ascending"`)
	b.settled()
	shift := input.DispatchMouseEventParams{Modifiers: 8}
	at := evaluate[[]float64](b, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('#list thead th[data-field="email"] .sort').getBoundingClientRect())`)
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		shift.Type, shift.X, shift.Y, shift.Button, shift.ClickCount = kind, at[0], at[1], input.MouseButtonLeft, 1
		if _, err := chromedp.Call(b.within(), input.DispatchMouseEvent, shift); err != nil {
			b.t.Fatal(err)
		}
	}
	b.wait(`[...document.querySelectorAll("#list thead .place")].map(p => p.textContent).join() === "1,2" || [...document.querySelectorAll("#list thead .place")].map(p => p.textContent).join() === "2,1"`)
	b.wait(`location.search.includes("sort=first_name%2Cemail")`)
	b.shows("p12", "p15", "p18")
	b.accessible()
}

func (b *browser) choosesColumns() {
	b.visit("/users?q=mail.example&sort=email")
	b.click(`[popovertarget="columns"]`)
	b.wait(`document.querySelector("#columns:popover-open #columns-form") !== null`)
	evaluate[bool](b, `[...document.querySelectorAll("#columns [name=show]")].forEach(c => c.checked = ["username", "is_locked", "first_name"].includes(c.value)) ?? true`)
	b.accessible()
	for range 12 { // to the top, past all others
		if evaluate[bool](b, `document.querySelector("#columns-form li [name=show]").value === "is_locked"`) {
			break
		}
		b.click(`#columns-form li:has([value="is_locked"]) [data-move="up"]`)
	}
	b.click(`#columns [name=density][value=compact]`)
	b.follow("#columns .btn-primary")
	heads := `[...document.querySelectorAll("#list thead th[data-field], #list thead th:not(.check):not(.tools)")].map(h => h.innerText.trim().split("\n")[0]).join()`
	if got := evaluate[string](b, heads); got != "Locked,Username,First name" {
		b.t.Errorf("the columns are %s", got)
	}
	if b.path() != "/users?q=mail.example&sort=email" || !evaluate[bool](b, `!!document.querySelector("#list table.compact")`) {
		b.t.Errorf("%s is not laid out", b.path())
	}
	b.visit("/users")
	if got := evaluate[string](b, heads); got != "Locked,Username,First name" {
		b.t.Errorf("next time the columns are %s", got)
	}
	b.click(`[popovertarget="columns"]`)
	b.wait(`document.querySelector("#columns-form") !== null`)
	b.follow("#columns [name=_default]")
	if got := evaluate[string](b, heads); !strings.HasPrefix(got, "Username,Email") {
		b.t.Errorf("by default the columns are %s", got)
	}
}

func (b *browser) keepsViews() {
	b.visit("/users?filter=is_locked.is:true&sort=-email")
	b.click(`[popovertarget="view"]`)
	b.wait(`document.querySelector("#view").matches(":popover-open")`)
	b.accessible()
	b.keys("#view-name", "Locked people")
	b.click("#view [name=_default]")
	b.follow("#view .btn-primary")
	b.wait(`document.querySelector(".view-link[aria-current]")?.innerText.includes("Locked people")`)
	b.accessible()
	b.visit("/users")
	if b.path() != "/users?filter=is_locked.is%3Atrue&sort=-email" {
		b.t.Errorf("the list opens as %s", b.path())
	}
	b.shows("p8", "p6")
	b.wait(`!!document.querySelector(".view-link[aria-current]")`)
	b.keys("#q", "p1")
	b.wait(`location.search.includes("q=p1") && !document.querySelector(".view-link[aria-current]")`)
	b.click(`[popovertarget="view"]`)
	b.keys("#view-name", "Locked people")
	if b.leave("#view .btn-primary") != 422 || !strings.Contains(b.text("#view-name-error"), "of this name already") {
		b.t.Errorf("the same name: %s", b.text("main"))
	}
	b.accessible()
	b.follow("[name=_replace]")
	b.wait(`document.querySelector(".view-link[aria-current]")?.innerText.includes("Locked people")`)
	if !strings.Contains(b.path(), "q=p1") {
		b.t.Errorf("replaced, the list is %s", b.path())
	}
	b.follow(`.view-link[href="/users?size=50"]`)
	b.wait(`document.querySelector(".view-link[aria-current]")?.innerText === "All users"`)
	b.follow(".views-more")
	b.follow(`[aria-label="Delete Locked people"]`)
	b.follow("main .btn-danger")
	b.visit("/users")
	if b.path() != "/users" {
		b.t.Errorf("without the view the list opens as %s", b.path())
	}
}

func (b *browser) keepsViewsPlainly() {
	b.scripts(false)
	defer b.scripts(true)
	b.visit("/users?sort=email")
	b.follow("#views .view-link")
	if b.path() != "/users/views?sort=email" {
		b.t.Fatalf("views are at %s", b.path())
	}
	b.keys("#view-name", "By address")
	b.follow("#view-form .btn-primary")
	if b.path() != "/users?sort=email" || !strings.Contains(b.text("main"), "Saved the view By address.") {
		b.t.Errorf("saved, one is at %s", b.path())
	}
	b.follow("#views .view-link")
	b.follow(`.views-list a[href="/users?sort=email"]`)
}

// firstColumnStays looks at a phone whose list is moved sideways.
func (b *browser) firstColumnStays() {
	b.phone(true)
	defer b.phone(false)
	b.visit("/users?q=mail.example&sort=email")
	moved := evaluate[float64](b, `(s => { const before = s.querySelector("tbody th").getBoundingClientRect().x; s.scrollLeft = 400; return Math.abs(s.querySelector("tbody th").getBoundingClientRect().x - before) + (s.scrollLeft > 100 ? 0 : 1000); })(document.querySelector("#list .scroll"))`)
	if moved > 1 {
		b.t.Errorf("the first column moves by %v", moved)
	}
	if evaluate[bool](b, `document.documentElement.scrollWidth > innerWidth`) {
		b.t.Error("the page itself moves sideways")
	}
}
