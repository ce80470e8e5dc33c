package controllers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// scenario is one request and what its answer holds. Holds maps selectors to texts; a selector that begins with "!" must
// find nothing.
type scenario struct {
	method, path, body, visitor string
	status                      int
	location                    string
	htmx                        string // "true" for a request of the script
	holds                       map[string]string
}

func (p *panel) run(name string, s scenario) {
	p.t.Helper()
	p.t.(*testing.T).Run(name, func(t *testing.T) {
		answer := p.ask(or(s.method, "GET"), s.path, s.body, "Visitor", s.visitor, "HX-Request", s.htmx)
		if answer.StatusCode != s.status || answer.Header.Get("Location") != s.location {
			t.Fatalf("%s %s: %d to %q, want %d to %q\n%s", s.method, s.path, answer.StatusCode, answer.Header.Get("Location"), s.status, s.location,
				trimmed(p.page(answer).Find("main")))
		}
		document := p.page(answer)
		for selector, want := range s.holds {
			if absent, ok := strings.CutPrefix(selector, "!"); ok {
				if found := document.Find(absent); found.Length() > 0 {
					t.Errorf("there is %s: %s", absent, trimmed(found))
				}
				continue
			}
			if got := trimmed(document.Find(selector).First()); !strings.Contains(got, want) || document.Find(selector).Length() == 0 {
				t.Errorf("%s holds %q, want %q", selector, got, want)
			}
		}
	})
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

const twoBooks = `INSERT INTO books (isbn, title, subtitle, lent, pages, bought, shelf_id) VALUES
	('a/b c', 'Emma', NULL, false, 474, '2026-01-02 03:04:05.123456Z', 3),
	('2', '<b>Ulysses</b>', '', true, 730, NULL, NULL)`

func TestTables_reading(t *testing.T) {
	p := newPanel(t)
	p.run("an_empty_list_offers_the_first_row", scenario{path: "/books", status: 200, holds: map[string]string{
		".empty-title": "No books yet", ".empty a": "New book", "title": "Books · Unified", "h1": "Books 0",
	}})
	p.exec(twoBooks)
	p.run("a_list_shows_rows", scenario{path: "/books?sort=title", status: 200, holds: map[string]string{
		"h1 .count": "2",
		`tbody th a[href^="/books/a~%2Fb%20c?back="]`: "Emma",
		`tbody td a[href="/shelves/3"]`:               "Shelf 3",
		"tbody .badge.yes":                            "yes",
		`time[datetime="2026-01-02T03:04:05Z"]`:       "2026-01-02 03:04:05",
		"tbody tr:first-child th":                     "<b>Ulysses</b>",
		`thead th[aria-sort="ascending"]`:             "Title",
		`.menu-link[aria-current="page"]`:             "Books",
		"caption":                                     "Books",
		"!tbody b":                                    "",
	}})
	p.run("a_search_that_finds_nothing_says_so", scenario{path: "/books?q=zzz", status: 200, holds: map[string]string{
		".empty-title": "Nothing matches “zzz”", `.empty a[href="/books"]`: "Clear the search",
	}})
	p.run("an_unknown_parameter_is_named", scenario{path: "/books?page=2", status: 400, holds: map[string]string{"main": `"page"`}})
	p.run("a_doubled_parameter_is_named", scenario{path: "/books?q=a&q=b", status: 400, holds: map[string]string{"main": `"q"`}})
	p.run("a_size_beyond_the_limit_is_refused", scenario{path: "/books?size=501", status: 400, holds: map[string]string{"main": "500"}})
	p.run("a_damaged_address_is_refused", scenario{path: "/books?q=%zz", status: 400, holds: map[string]string{"main": "damaged"}})
	p.run("a_last_page_that_is_not_1_is_refused", scenario{path: "/books?last=2", status: 400})
	p.run("an_unknown_sort_is_refused", scenario{path: "/books?sort=nope", status: 400})
	p.run("a_forged_cursor_is_refused", scenario{path: "/books?after=nope", status: 400})
	p.run("a_row_shows_its_fields", scenario{path: "/books/a~%2Fb%20c", status: 200, holds: map[string]string{
		"h1": "Emma", "title": "Emma · Books · Unified", `dd a[href="/shelves/3"]`: "Shelf 3", "dd time": "2026-01-02 03:04:05.123456",
		`form[action="/books/a~%2Fb%20c/actions/lend"] button`: "Lend", `a[href="/books/a~%2Fb%20c/edit"]`: "Edit",
	}})
	p.run("a_missing_row_is_not_found", scenario{path: "/books/nope", status: 404, holds: map[string]string{"h1": "Not found"}})
	p.run("a_key_that_does_not_parse_is_not_found", scenario{path: "/shelves/x", status: 404})
	p.run("an_unknown_page_is_not_found", scenario{path: "/nope", status: 404})
	p.run("a_path_that_only_resembles_a_page_is_not_found", scenario{path: "/books/", status: 404})
	p.run("an_escaped_verb_is_a_key", scenario{path: "/books/%6Eew", status: 404})
	p.run("another_method_is_refused", scenario{method: "DELETE", path: "/books", status: 405})
	p.run("deleting_is_never_a_visit", scenario{path: "/books/2/delete", status: 200, holds: map[string]string{"h1": "Delete <b>Ulysses</b>?"}})
}

func TestTables_policy(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.run("a_reader_sees_no_buttons", scenario{path: "/books", visitor: "reader", status: 200, holds: map[string]string{
		"h1": "Books 2", "!a[href='/books/new']": "", "!.list .tools": "", "!a[href='/shelves']": "",
		".head button[aria-disabled=true][aria-describedby=needs]": "New book", "#needs": "books:create:all",
	}})
	p.run("a_reader_sees_what_the_buttons_of_a_row_need", scenario{path: "/books/2", visitor: "reader", status: 200, holds: map[string]string{
		"!main a.btn:not([aria-label])": "", "!main form": "", ".buttons button[aria-describedby='needs needs-lend']": "Lend", "#needs-lend": "books:lend:all", "#needs-delete": "books:delete:all",
		".buttons button[aria-describedby='needs needs-update']": "Edit", "#needs-update": "books:update:all", "!main button:not([aria-disabled=true])": "",
	}})
	p.run("a_reader_of_another_table_is_turned_away", scenario{path: "/shelves", visitor: "reader", status: 403, holds: map[string]string{"h1": "Not allowed", ".problem-needs code": "shelves:read:all"}})
	for path, method := range map[string]string{
		"/books/new": "GET", "/books/2/edit": "GET", "/books/2/delete": "GET", "/books": "POST", "/books/2": "POST",
	} {
		p.run("a_reader_may_not_"+method+strings.ReplaceAll(path, "/", "_"), scenario{method: method, path: path, visitor: "reader", status: 403, body: "title=x"})
	}
	p.run("a_reader_may_not_ask_to_delete_what_is_missing", scenario{path: "/books/nope/delete", visitor: "reader", status: 403})
	p.run("a_reader_may_not_delete", scenario{method: "POST", path: "/books/2/delete", visitor: "reader", status: 403, body: "x=1"})
	p.run("a_reader_may_not_act", scenario{method: "POST", path: "/books/2/actions/lend", visitor: "reader", status: 403})
	p.run("a_stranger_sees_an_empty_dashboard", scenario{path: "/", visitor: "stranger", status: 200, holds: map[string]string{
		"main": "Nothing here for you yet", "!.latest": "",
	}})
}

func TestTables_choices(t *testing.T) {
	p := newPanel(t)
	answer := p.ask("GET", "/books/choices/shelf_id?q=shelf+12", "")
	var got struct {
		Items []struct{ Value, Label string }
		More  bool
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", answer.StatusCode, err)
	}
	if len(got.Items) != 1 || got.More || got.Items[0].Label != "Shelf 12" || got.Items[0].Value != "12" {
		t.Errorf("got %+v", got)
	}
	for _, query := range []string{"q=a&q=b", "colour=red", "sort=name", "q=%zz"} {
		if answer := p.ask("GET", "/books/choices/shelf_id?"+query, ""); answer.StatusCode != 400 {
			t.Errorf("%s is %d", query, answer.StatusCode)
		}
	}
	refused := p.ask("GET", "/books/choices/title", "", "Accept", "application/json")
	if kind := refused.Header.Get("Content-Type"); refused.StatusCode != 404 || kind != "application/problem+json" {
		t.Errorf("a field without choices is %d as %s", refused.StatusCode, kind)
	}
}

func TestTables_htmx(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	document := p.page(p.ask("GET", "/books?q=emma", "", "HX-Request", "true"))
	if document.Find("nav.menu").Length() != 0 || trimmed(document.Find("#list tbody th")) != "Emma" {
		t.Errorf("got %s", trimmed(document.Selection))
	}
}

func TestTables_pages(t *testing.T) {
	p := newPanel(t)
	p.exec(`INSERT INTO books (isbn, title) SELECT 'i' || i, 'Book ' || lpad(i::text, 3, '0') FROM generate_series(1, 60) i`)
	path := "/books?sort=title&size=25"
	var seen []string
	for path != "" {
		document := p.page(p.ask("GET", path, ""))
		seen = append(seen, document.Find("tbody th").Map(func(_ int, s *selection) string { return s.Text() })...)
		path = document.Find(`.pager a[aria-label="Next page"]`).AttrOr("href", "")
	}
	if len(seen) != 60 || seen[0] != "Book 001" || seen[59] != "Book 060" {
		t.Errorf("walked over %d rows, from %q to %q", len(seen), seen[0], seen[len(seen)-1])
	}
	last := p.page(p.ask("GET", "/books?last=1&size=25&sort=title", ""))
	if got := trimmed(last.Find("tbody tr:last-child th")); got != "Book 060" {
		t.Errorf("the last page ends with %q", got)
	}
}

func TestTables_count(t *testing.T) {
	p := newPanel(t)
	p.exec("ALTER TABLE books SET (autovacuum_enabled = false)")
	p.exec(`INSERT INTO books (isbn, title) SELECT i, i FROM generate_series(1, 10001) i`)
	p.run("a_figure_of_the_planner_that_is_too_low_is_not_told", scenario{path: "/books", status: 200, holds: map[string]string{"h1 .count": "more than 10,000"}})
	p.exec("ANALYZE books")
	p.run("a_figure_of_the_planner_is_an_estimate", scenario{path: "/books", status: 200, holds: map[string]string{"h1 .count": "about 10,000"}})
}
