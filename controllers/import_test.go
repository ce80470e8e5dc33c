package controllers_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// looked sends rows to be looked at, and returns the page with what would become of them.
func (p *panel) looked(status int, rows string, headers ...string) *goquery.Document {
	p.t.Helper()
	answer := p.ask("POST", "/books/import", values("rows", rows), headers...)
	if answer.StatusCode != status {
		p.t.Fatalf("%q: %d, want %d", rows, answer.StatusCode, status)
	}
	return p.page(answer)
}

// form is what the page sends back when its first button is pressed, with other values for some.
func sentBack(page *goquery.Document, pairs ...string) string {
	all := []string{}
	for _, name := range []string{"_form", "_seen"} {
		if held, ok := page.Find(".import input[name=" + name + "]").Attr("value"); ok {
			all = append(all, name, held)
		}
	}
	return values(append(append(all, "rows", page.Find("textarea[name=rows]").Text()), pairs...)...)
}

func TestImport_LooksFirst(t *testing.T) {
	p := stocked(t)
	books := func() string {
		return p.text("SELECT string_agg(isbn || title || pages, ' ' ORDER BY isbn) FROM books")
	}
	before := books()
	page := p.looked(200, "isbn,Title,Pages\r\n1,Uno,11\r\n2,Two,20\r\nnew,Four,4\r\n")
	if got := trimmed(page.Find("[role=status]")); got != "3 books: 1 to be created, 1 to be changed, 1 unchanged." {
		t.Errorf("it says %q", got)
	}
	if got := trimmed(page.Find(".import-lines")); got != "Row 1 Uno changes Titlefrom One → to UnoPagesfrom 10 → to 11 Row 3 Four new" {
		t.Errorf("it shows %q", got)
	}
	if books() != before || trimmed(page.Find("[data-save]")) != "Import 2 books" {
		t.Fatalf("it holds %s, with the button %s", books(), trimmed(page.Find("[data-save]")))
	}
	for range 2 { // a double click writes once
		if answer := p.ask("POST", "/books/import", sentBack(page)); answer.StatusCode != 303 || answer.Header.Get("Location") != "/books" {
			t.Fatalf("%d %s", answer.StatusCode, trimmed(p.page(answer).Find("main")))
		}
		if want := "1Uno11 2Two20 a/bThree30 newFour4"; books() != want {
			t.Errorf("it holds %s", books())
		}
	}
	page = p.looked(200, "isbn\tTitle\n2\tTwo\n")
	if got := trimmed(page.Find("[role=status]")); !strings.Contains(got, "Nothing would be written") || trimmed(page.Find("[data-save]")) != "Look at what becomes of it" {
		t.Errorf("it says %q", got)
	}
}

func TestImport_WhatWasSeenIsDone(t *testing.T) {
	p := stocked(t)
	title := func() string { return p.text("SELECT title FROM books WHERE isbn = '1'") }
	var page *goquery.Document
	for name, other := range map[string]string{
		"somebody changed it":    "UPDATE books SET title = 'Theirs' WHERE isbn = '1'",
		"somebody changed it so": "UPDATE books SET title = 'Mine' WHERE isbn = '1'",
		"it is gone":             "DELETE FROM books WHERE isbn = '1'",
	} {
		p.exec("DELETE FROM books WHERE isbn = '1'")
		p.exec("INSERT INTO books (isbn, title) VALUES ('1', 'One')")
		page = p.looked(200, "isbn;title\n1;Mine")
		p.exec(other)
		before := p.text("SELECT coalesce(string_agg(title, ' ' ORDER BY isbn), '') FROM books")
		answer := p.ask("POST", "/books/import", sentBack(page))
		if said := trimmed(p.page(answer).Find(".problems")); answer.StatusCode != 409 || !strings.Contains(said, "not what you looked at any more") {
			t.Errorf("%s: %d %s", name, answer.StatusCode, said)
		}
		if got := p.text("SELECT coalesce(string_agg(title, ' ' ORDER BY isbn), '') FROM books"); got != before {
			t.Errorf("%s: it became %s", name, got)
		}
	}
	p.exec("DELETE FROM books WHERE isbn = '1'")
	p.exec("INSERT INTO books (isbn, title) VALUES ('1', 'One')")
	page = p.looked(200, "isbn;title\n1;Mine")
	if answer := p.ask("POST", "/books/import", strings.Replace(sentBack(page), "Mine", "Other", 1)); answer.StatusCode != 409 || title() != "One" {
		t.Errorf("other rows: %d, and the title is %s", answer.StatusCode, title())
	}
	if answer := p.ask("POST", "/books/import", sentBack(page, "_look", "1")); answer.StatusCode != 200 || title() != "One" {
		t.Errorf("looking again: %d, and the title is %s", answer.StatusCode, title())
	}
}

func TestImport_WhatIsWrong(t *testing.T) {
	p := stocked(t)
	for rows, want := range map[string]string{
		"isbn,title,pages\n1,\"\",x\n9,Two,1\n3,Half,4": "Row 1 wrong Pages: Enter a whole number.Title: This must not be empty. Row 2 wrong Title: ",
		`{"isbn": "1", "code": "x"}`:                    "Row 1 wrong code: There is no such field.",
		`{"isbn": "1", "nothing": 1}`:                   "Row 1 wrong nothing: There is no such field.",
	} {
		page := p.looked(422, rows)
		if got := trimmed(page.Find(".import-lines")); !strings.HasPrefix(got, want) || page.Find("[name=_seen]").Length() > 0 || page.Find("textarea").Text() == "" {
			t.Errorf("%q: %q", rows, got)
		}
	}
	for rows, want := range map[string]struct {
		status int
		text   string
	}{
		"":                                       {422, "There are no rows in this."},
		"isbn,Isbn\n1,2":                         {400, "name each column once"},
		"title\n\"":                              {400, "no CSV"},
		"isbn,title\n1\n":                        {400, "Row 1 has 1 cells"},
		"isbn\n" + strings.Repeat("1\n", 10_001): {413, "more than 10000 rows"},
	} {
		if got := trimmed(p.looked(want.status, rows).Find(".problems")); !strings.Contains(got, want.text) {
			t.Errorf("%.20q: %s", rows, got)
		}
	}
	for who, status := range map[string]int{"reader": 403, "stranger": 403} {
		for _, method := range []string{"GET", "POST"} {
			if answer := p.ask(method, "/books/import", values("rows", "isbn\n1"), "Visitor", who); answer.StatusCode != status {
				t.Errorf("%s %s: %d", who, method, answer.StatusCode)
			}
		}
	}
	for who, links := range map[string]int{"reader": 0, "": 1} {
		if got := p.page(p.ask("GET", "/books", "", "Visitor", who)).Find(`a[href="/books/import"]`).Length(); got != links {
			t.Errorf("%q has %d links", who, got)
		}
	}
}
