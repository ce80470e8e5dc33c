package controllers_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestPlace_InAListSurvivesEditing(t *testing.T) {
	p := newPanel(t)
	p.exec(`INSERT INTO books (isbn, title) SELECT 'i' || i, 'Title ' || to_char(i, 'FM00') FROM generate_series(1, 60) i`)
	next, _ := p.page(p.ask("GET", "/books?sort=title&size=25&q=title", "")).Find(`a[aria-label="Next page"]`).Attr("href")
	if !strings.Contains(next, "after=") {
		t.Fatalf("the next page is %q", next)
	}
	list := p.page(p.ask("GET", next, ""))
	show, _ := list.Find("tbody th a").First().Attr("href")
	edit, _ := list.Find("tbody .tool").First().Attr("href")
	_, back, _ := strings.Cut(next, "?")
	carried := "?back=" + url.QueryEscape(back)
	if !strings.HasSuffix(show, carried) || !strings.HasSuffix(edit, "/edit"+carried) {
		t.Fatalf("%s leads to %s and %s", next, show, edit)
	}
	for path, links := range map[string][]string{
		show: {`.crumbs a[href="` + next + `"]`, `a[data-key="e"][href="` + edit + `"]`, `a[href$="/delete` + carried + `"]`, `form[action$="/actions/lend` + carried + `"]`},
		edit: {`.crumbs a[href="` + next + `"]`, `.savebar a[href="` + next + `"]`, `form[action="` + show + `"]`, `.crumbs a[href="` + show + `"]`},
		strings.Replace(edit, "/edit", "/delete", 1): {`a[href="` + show + `"]`, `form[action$="/delete` + carried + `"]`},
	} {
		page := p.page(p.ask("GET", path, ""))
		for _, link := range links {
			if page.Find(link).Length() == 0 {
				t.Errorf("%s has no %s", path, link)
			}
		}
	}
	for what, got := range map[string]string{
		"saving":     p.ask("POST", show, values("subtitle", "new")).Header.Get("Location"),
		"deleting":   p.ask("POST", strings.Replace(edit, "/edit", "/delete", 1), "").Header.Get("Location"),
		"the action": strings.Replace(p.ask("POST", strings.Replace(edit, "/edit", "/actions/lend", 1), values()).Header.Get("Location"), show, next, 1),
	} {
		if got != next && what != "the action" {
			t.Errorf("%s leads to %s, want %s", what, got, next)
		}
	}
	if got := p.ask("POST", "/books/i1", values("subtitle", "new")).Header.Get("Location"); got != "/books/i1" {
		t.Errorf("without a place saving leads to %s", got)
	}
}

func TestPlace_IsNothingButAQueryOfTheList(t *testing.T) {
	p := newPanel(t)
	p.exec(`INSERT INTO books (isbn, title) VALUES ('a', 'One')`)
	for _, back := range []string{"colour=red", "size=0", "size=x", "last=2", "q=a&q=b", "https://evil.example/", "//evil.example", "_field=title", "%zz", "back=q"} {
		for _, path := range []string{"/books/a", "/books/a/edit", "/books/a/delete", "/books/new"} {
			if got := p.ask("GET", path+"?back="+url.QueryEscape(back), "").StatusCode; got != 400 {
				t.Errorf("%s back to %q: %d", path, back, got)
			}
		}
		if got := p.ask("POST", "/books/a?back="+url.QueryEscape(back), values("subtitle", back)).StatusCode; got != 400 {
			t.Errorf("saving, back to %q: %d", back, got)
		}
	}
	if got := p.ask("GET", "/books/a?back=q%3Da&back=q%3Db", "").StatusCode; got != 400 {
		t.Errorf("two places: %d", got)
	}
	if got := p.text("SELECT coalesce(subtitle, 'none') FROM books"); got != "none" {
		t.Errorf("what was refused is saved: %s", got)
	}
}

func TestList_SortsBySeveralColumns(t *testing.T) {
	p := newPanel(t)
	p.exec(`INSERT INTO books (isbn, title, shelf_id) VALUES ('a', 'One', 10), ('b', 'Two', 9), ('c', 'Three', 10)`)
	p.run("headings_say_how", scenario{path: "/books?sort=shelf_id,-title", status: 200, holds: map[string]string{
		`thead th[aria-sort="ascending"]`: "Shelf1", `thead th:nth-child(2):not([aria-sort]) .place`: "2", `thead th:nth-child(2) .visually-hidden`: ", then descending",
		`tbody tr:first-child th`: "Three", `tbody tr:last-child th`: "Two",
		`th:nth-child(2) .then[href="/books?sort=shelf_id"][aria-label="Do not sort by Title"]`: "",
		`th:nth-child(3) .then[href="/books?sort=-shelf_id%2C-title"]`:                          "", `th:nth-child(3) .sort[href="/books?sort=-shelf_id"]`: "",
		`th .then[href="/books?sort=shelf_id%2C-title%2Cpages"][aria-label="Then sort by Pages"]`: "",
	}})
	p.run("twice_is_refused", scenario{path: "/books?sort=title,-title", status: 400})
}

func TestList_CountsExactlyOnRequest(t *testing.T) {
	p := newPanel(t)
	p.exec(`INSERT INTO books (isbn, title) SELECT i, 'Title ' || i FROM generate_series(1, 10002) i`)
	p.run("more_than_are_counted", scenario{path: "/books?sort=title", status: 200, holds: map[string]string{
		`.count`: "more than 10,000", `.exactly a[href="/books?sort=title&count=exact"]`: "Count exactly",
	}})
	p.run("exactly", scenario{path: "/books?sort=title&count=exact", status: 200, holds: map[string]string{`.count`: "10,002", `!.exactly`: ""}})
	p.run("another_way", scenario{path: "/books?count=quickly", status: 400})
	p.run("few", scenario{path: "/books?filter=isbn.is:1", status: 200, holds: map[string]string{`.count`: "1", `!.exactly`: ""}})
}
