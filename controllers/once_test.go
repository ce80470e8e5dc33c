package controllers_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// sent is what a form of a page sends as it stands, with other values in some controls.
func sent(page *goquery.Document, css string, pairs ...string) string {
	form := []string{}
	page.Find(css).Find("input[type=hidden]").Each(func(_ int, s *selection) {
		form = append(form, s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return values(append(form, pairs...)...)
}

func TestOnce(t *testing.T) {
	p := stocked(t)
	get := func(path string) *goquery.Document { return p.page(p.ask("GET", path, "")) }
	twice := func(t *testing.T, path, body, location, says string) {
		t.Helper()
		for range 2 {
			answer := p.ask("POST", path, body)
			if answer.StatusCode != 303 || answer.Header.Get("Location") != location {
				t.Fatalf("%s: %d to %s, want %s", path, answer.StatusCode, answer.Header.Get("Location"), location)
			}
			next := p.page(p.ask("GET", "/books", "", "Cookie", answer.Header.Get("Set-Cookie")))
			if said := trimmed(next.Find(".notice")); said != says {
				t.Errorf("%s says %q, want %q", path, said, says)
			}
		}
	}
	count := func(where string) string { return p.text("SELECT count(*)::text FROM books WHERE " + where) }
	blank := get("/books/new")
	t.Run("T97_a_new_row_is_made_once", func(t *testing.T) {
		twice(t, "/books", edited(blank, "isbn", "7", "title", "Seven"), "/books/7", "Created Seven.")
		if count("isbn = '7'") != "1" {
			t.Error("it is there twice")
		}
	})
	t.Run("what_differs_is_another_form", func(t *testing.T) {
		if got := p.ask("POST", "/books", edited(blank, "isbn", "8", "title", "Eight")); got.StatusCode != 303 || count("isbn = '8'") != "1" {
			t.Errorf("%d", got.StatusCode)
		}
	})
	t.Run("what_was_refused_is_tried_again", func(t *testing.T) {
		body := edited(get("/books/new"), "isbn", "9", "title", "Seven")
		if got := p.ask("POST", "/books", body); got.StatusCode != 422 {
			t.Fatalf("%d", got.StatusCode)
		}
		p.exec("DELETE FROM books WHERE isbn = '7'")
		twice(t, "/books", body, "/books/9", "Created Seven.")
	})
	t.Run("an_edit_is_written_once", func(t *testing.T) {
		body := edited(get("/books/1/edit"), "pages", "77")
		twice(t, "/books/1", body, "/books/1", "Saved One.")
		p.exec("UPDATE books SET pages = 78 WHERE isbn = '1'")
		if got := p.ask("POST", "/books/1", body); got.StatusCode != 303 || count("pages = 78") != "1" {
			t.Errorf("sent a third time it writes over others: %d", got.StatusCode)
		}
	})
	t.Run("a_cell", func(t *testing.T) {
		page := get("/books/1/cell/pages")
		twice(t, "/books/1/cell/pages", sent(page, ".cell-form", "pages", "79"), "/books/1", "Saved One.")
	})
	t.Run("an_action", func(t *testing.T) {
		page := get("/books/2")
		twice(t, "/books/2/actions/lend", sent(page, "form[action$='/lend']"), "/books/2", "Lend done: Two.")
		moving := get("/books/2/actions/move")
		twice(t, "/books/2/actions/move", sent(moving, ".bulk-form", "shelf_id", "4"), "/books/2", "Move done: Two.")
	})
	t.Run("a_row_is_deleted_once", func(t *testing.T) {
		twice(t, "/books/2/delete", sent(get("/books/2/delete"), ".question form"), "/books", "Deleted Two.")
	})
	t.Run("a_form_of_another_account_is_not_carried_out", func(t *testing.T) {
		for _, name := range []string{"x", "x.y", strings.Repeat("x", 3000) + ".", "."} {
			if got := p.ask("POST", "/books/1", values("_form", name, "title", "theirs")); got.StatusCode != 409 || count("title = 'theirs'") != "0" {
				t.Errorf("%.9s: %d", name, got.StatusCode)
			}
		}
	})
	t.Run("without_a_name_it_is_carried_out_each_time", func(t *testing.T) {
		for _, want := range []int{303, 422} {
			if got := p.ask("POST", "/books", values("isbn", "n", "title", "Nameless")); got.StatusCode != want {
				t.Errorf("%d, want %d", got.StatusCode, want)
			}
		}
	})
}
