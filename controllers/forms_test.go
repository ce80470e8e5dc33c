package controllers_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

type selection = goquery.Selection

func TestForms_drawing(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.run("a_new_form_holds_the_defaults", scenario{path: "/books/new", status: 200, holds: map[string]string{
		"h1": "New book", `input[type=hidden][name=lent][value=false]`: "", `input#lent[value=true][checked]`: "",
		`input[type=radio][name=condition][value=new][checked]`: "", `label[for=title] .star`: "*", "#title-help": "As on the cover",
		`input#title[aria-describedby="title-help"][required]`: "", "!#code": "", `button[value=new]`: "Save and new",
	}})
	p.run("a_large_relation_is_typed_or_picked", scenario{path: "/books/a~%2Fb%20c/edit", status: 200, holds: map[string]string{
		`input#shelf_id[data-picker="choices/shelf_id"][value="3"][data-label="Shelf 3"]`: "", "#shelf_id-choices option": "", ".current a": "Shelf 3",
		"h1": "Edit Emma", `form[action="/books/a~%2Fb%20c"]`: "", "title": "Edit Emma · Books · Unified", `input#bought[value="2026-01-02 03:04:05.123456"]`: "",
	}})
	p.run("null_and_empty_differ", scenario{path: "/books/a~%2Fb%20c/edit", status: 200, holds: map[string]string{`input[name=_null][value=subtitle]`: ""}})
	p.run("empty_is_not_null", scenario{path: "/books/2/edit", status: 200, holds: map[string]string{`!input[name=_null][value=subtitle]`: ""}})
}

// Every record survives a visit to its form: what the form shows, sent back as a browser does, changes nothing.
func TestForms_what_is_shown_and_sent_back_stays(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.exec(`INSERT INTO books (isbn, title, subtitle, blurb, bought) VALUES ('3', '  spaced  ', E'two\nlines', E'\n\nleading & "quoted"\n', '1999-12-31 23:59:59.999999Z')`)
	for _, key := range []string{"a~%2Fb%20c", "2", "3"} {
		before := p.text(`SELECT string_agg(b::text, ';' ORDER BY isbn) FROM books b`)
		answer := p.ask("POST", "/books/"+key, values(filled(p.page(p.ask("GET", "/books/"+key+"/edit", "")))...))
		if answer.StatusCode != 303 {
			t.Fatalf("%s: %d %s", key, answer.StatusCode, trimmed(p.page(answer).Find("main")))
		}
		if after := p.text(`SELECT string_agg(b::text, ';' ORDER BY isbn) FROM books b`); after != before {
			t.Errorf("%s\nbefore %s\nafter  %s", key, before, after)
		}
	}
}

// filled returns the form's fields as a browser sends them.
func filled(document *goquery.Document) []string {
	var pairs []string
	document.Find("form[data-guard]").Find("input, select, textarea").Each(func(_ int, s *selection) {
		name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", ""); {
		case (kind == "checkbox" || kind == "radio") && !checked:
			return
		case goquery.NodeName(s) == "textarea":
			value = strings.ReplaceAll(s.Text(), "\n", "\r\n")
		case goquery.NodeName(s) == "select":
			value = s.Find("option[selected]").AttrOr("value", "")
		}
		pairs = append(pairs, name, value)
	})
	return pairs
}

func TestForms_writing(t *testing.T) {
	p := newPanel(t)
	p.run("a_row_is_created", scenario{method: "POST", path: "/books", body: values("isbn", "new", "title", "Dune", "lent", "false", "shelf_id", "4"), status: 303, location: "/books/~new"})
	if got := p.text(`SELECT title || lent || shelf_id || condition FROM books`); got != "Dunefalse4new" {
		t.Errorf("stored %s", got)
	}
	p.run("its_key_that_is_a_verb_is_reached", scenario{path: "/books/~new", status: 200, holds: map[string]string{"h1": "Dune"}})
	p.run("another_form_follows_where_asked", scenario{method: "POST", path: "/books", body: values("isbn", "5", "title", "Kim", "_then", "new"), status: 303, location: "/books/new"})
	p.run("what_is_missing_stands_beside_its_field", scenario{method: "POST", path: "/books", body: values("isbn", "6", "title", "", "pages", "7"), status: 422, holds: map[string]string{
		"#title-error": "must not be empty", `.problems a[href="#title"]`: "Title", `input#title[aria-invalid=true]`: "", `input#pages[value="7"]`: "",
		`input#title[aria-describedby="title-error title-help"]`: "", "title": "Not saved: New book", "h1": "New book",
	}})
	p.run("what_does_not_parse_comes_back_as_typed", scenario{method: "POST", path: "/books/5", body: values("pages", "<many>"), status: 422, holds: map[string]string{
		"#pages-error": "whole number", `input#pages[value="<many>"][aria-invalid=true]`: "", "title": "Not saved: Edit Kim",
	}})
	p.run("what_is_taken_stands_beside_its_field", scenario{method: "POST", path: "/books", body: values("isbn", "6", "title", "Dune"), status: 422, holds: map[string]string{
		"#title-error": "", `input#isbn[value="6"]`: "", `input#title[value=Dune]`: "",
	}})
	p.run("an_unknown_field_is_refused", scenario{method: "POST", path: "/books/5", body: values("owner", "1"), status: 422, holds: map[string]string{".problems": "owner"}})
	p.run("a_secret_is_never_written", scenario{method: "POST", path: "/books/5", body: values("code", "1"), status: 422})
	p.run("a_missing_relation_is_refused", scenario{method: "POST", path: "/books/5", body: values("shelf_id", "999"), status: 422, holds: map[string]string{"#shelf_id-error": ""}})
	p.run("a_row_is_changed", scenario{method: "POST", path: "/books/5", body: values("subtitle", "", "_null", "subtitle", "pages", "0"), status: 303, location: "/books/5"})
	if got := p.text(`SELECT (subtitle IS NULL) || ' ' || pages FROM books WHERE isbn = '5'`); got != "true 0" {
		t.Errorf("stored %s", got)
	}
	p.run("parameters_of_the_address_are_not_the_form", scenario{method: "POST", path: "/books/5?title=Hacked", body: values("pages", "1"), status: 303, location: "/books/5"})
	p.run("the_key_can_be_changed", scenario{method: "POST", path: "/books/5", body: values("title", "Kim"), status: 303, location: "/books/5"})
	for _, path := range []string{"/books//edit", "/books//delete", "/books//history", "/books//cell/title"} {
		p.run("an_address_without_a_key_is_none"+path, scenario{path: path, status: 404})
	}
	p.run("a_missing_row_is_not_found", scenario{method: "POST", path: "/books/nope", body: values("title", "x"), status: 404})
	p.run("an_action_is_done", scenario{method: "POST", path: "/books/~new/actions/lend", status: 303, location: "/books/~new"})
	p.run("an_unknown_action_is_not_found", scenario{method: "POST", path: "/books/5/actions/burn", status: 404})
	if answer := p.ask("POST", "/books/5", `{"title":"x"}`, "Content-Type", "application/json"); answer.StatusCode != 415 {
		t.Errorf("a body that is no form is %d", answer.StatusCode)
	}
	p.run("too_large_a_form_is_refused", scenario{method: "POST", path: "/books/5", body: "blurb=" + strings.Repeat("a", 2<<20), status: 413})
	p.run("a_row_that_is_used_says_so", scenario{method: "POST", path: "/shelves/4/delete", status: 409, holds: map[string]string{"h1": "Delete Shelf 4?", ".error": ""}})
	p.run("a_row_is_deleted", scenario{method: "POST", path: "/books/5/delete", status: 303, location: "/books"})
	p.run("and_is_gone", scenario{path: "/books/5", status: 404})
}

func TestForms_flash(t *testing.T) {
	p := newPanel(t)
	answer := p.ask("POST", "/shelves", values("name", "<b>Top</b>"))
	cookie := answer.Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || !strings.HasPrefix(cookie.Name, "__Host-") {
		t.Errorf("the cookie is %v", cookie)
	}
	next := p.ask("GET", answer.Header.Get("Location"), "", "Cookie", cookie.Name+"="+cookie.Value)
	if got := trimmed(p.page(next).Find(".notice")); got != "Created <b>Top</b>." {
		t.Errorf("the next page says %q", got)
	}
	if spent := next.Cookies(); len(spent) != 1 || spent[0].MaxAge >= 0 {
		t.Errorf("the cookie stays: %v", spent)
	}
	forged := p.ask("GET", "/shelves", "", "Cookie", cookie.Name+"=%%%")
	if forged.StatusCode != 200 || p.page(forged).Find(".notice").Length() != 0 {
		t.Error("a forged cookie is not ignored")
	}
}
