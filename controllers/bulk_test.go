package controllers_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/controllers"
)

// stocked is a panel with three books, and a memory of what was answered.
func stocked(t *testing.T) *panel {
	t.Helper()
	said := map[string]string{}
	p := newPanel(t, func(c *controllers.Config) {
		c.Decisions.Once = func(ctx context.Context, id, _ string, work func(context.Context) (string, error)) (string, error) {
			if answer, again := said[id]; again {
				return answer, nil
			}
			answer, err := work(ctx)
			if err == nil {
				said[id] = answer
			}
			return answer, err
		}
	})
	p.exec(`INSERT INTO books (isbn, title, pages, subtitle) VALUES ('1', 'One', 10, 'x'), ('2', 'Two', 20, 'x'), ('a/b', 'Three', 30, 'x')`)
	return p
}

// asked sends what a list does and returns the page that asks, with its ticket.
func (p *panel) asked(verb string, pairs ...string) (*goquery.Document, string) {
	p.t.Helper()
	answer := p.ask("POST", "/books/bulk/"+verb, values(pairs...))
	page := p.page(answer)
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d %s", verb, answer.StatusCode, trimmed(page.Find("main")))
	}
	return page, page.Find("input[name=_ticket]").AttrOr("value", "")
}

func TestBulk_TheListTicks(t *testing.T) {
	p := stocked(t)
	page := p.page(p.ask("GET", "/books?size=2", ""))
	for css, want := range map[string]int{
		"#list tbody input[form=bulk][name=keys]": 2, "form#bulk[method=post]": 1, "form#bulk input[name=all]": 1,
		"form#bulk button[formaction='/books/bulk/update']": 1, "form#bulk button[formaction='/books/bulk/delete']": 1,
		"form#bulk button[formaction='/books/bulk/lend']": 1, "form#bulk button[formmethod=get][formaction='/books/export']": 1,
		"#list thead th[data-field=pages]": 1, "#list thead th[data-field=shelf_id]": 0, "#list thead th[data-field=isbn]": 0,
	} {
		if got := page.Find(css).Length(); got != want {
			t.Errorf("%s: %d, want %d", css, got, want)
		}
	}
	if said := trimmed(page.Find("form#bulk label")); said != "All 3 that match" {
		t.Errorf("all are called %q", said)
	}
	reader := p.page(p.ask("GET", "/books", "", "Visitor", "reader"))
	if buttons := trimmed(reader.Find("form#bulk button")); buttons != "Export" {
		t.Errorf("a reader is offered %s", buttons)
	}
}

func TestBulk_Delete(t *testing.T) {
	p := stocked(t)
	page, ticket := p.asked("delete", "keys", "1", "keys", "a~%2Fb", "keys", "99", "q", "o")
	if heading := trimmed(page.Find("h1")); heading != "Delete 2 books?" {
		t.Errorf("it asks %q", heading)
	}
	if said := trimmed(page.Find(".bulk-rows")); !strings.Contains(said, "2 books: One, Three") || !strings.Contains(said, "1 of those that were ticked is not there") {
		t.Errorf("it says %q", said)
	}
	if count := p.text("SELECT count(*)::text FROM books"); count != "3" {
		t.Fatalf("asking deleted: %s are left", count)
	}
	for range 2 { // sent again, it acts once and says the same
		answer := p.ask("POST", "/books/bulk/delete", values("_ticket", ticket))
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/books?q=o" {
			t.Fatalf("%d to %s", answer.StatusCode, answer.Header.Get("Location"))
		}
		if next := p.page(p.ask("GET", "/books", "", "Cookie", answer.Header.Get("Set-Cookie"))); !strings.Contains(trimmed(next.Find("main, [role=status]")), "Deleted 2 books.") {
			t.Error("it is not said")
		}
	}
	if left := p.text("SELECT string_agg(title, ' ') FROM books"); left != "Two" {
		t.Errorf("left are %s", left)
	}
}

func TestBulk_AnotherSet(t *testing.T) {
	p := stocked(t)
	_, ticket := p.asked("delete", "all", "1", "filter", "pages.ge:20")
	p.exec(`INSERT INTO books (isbn, title, pages) VALUES ('4', 'Four', 40)`)
	answer := p.ask("POST", "/books/bulk/delete", values("_ticket", ticket))
	page := p.page(answer)
	if answer.StatusCode != http.StatusConflict || trimmed(page.Find("h1")) != "Delete 3 books?" || !strings.Contains(trimmed(page.Find(".problems")), "Nothing was done") {
		t.Errorf("%d: %s", answer.StatusCode, trimmed(page.Find("main")))
	}
	if count := p.text("SELECT count(*)::text FROM books"); count != "4" {
		t.Errorf("%s are left", count)
	}
	again := page.Find("input[name=_ticket]").AttrOr("value", "")
	if answer := p.ask("POST", "/books/bulk/delete", values("_ticket", again)); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("the new question: %d", answer.StatusCode)
	}
	if left := p.text("SELECT string_agg(title, ' ') FROM books"); left != "One" {
		t.Errorf("left are %s", left)
	}
}

func TestBulk_Edit(t *testing.T) {
	p := stocked(t)
	page, ticket := p.asked("update", "keys", "1", "keys", "2")
	if mixed := page.Find(".bulk-field:has([name=pages]) .bulk-mixed").Length(); mixed != 1 {
		t.Errorf("mixed values are not said")
	}
	if same := page.Find("input[name=subtitle]").AttrOr("value", ""); same != "x" {
		t.Errorf("the common value is %q", same)
	}
	send := func(pairs ...string) *http.Response {
		return p.ask("POST", "/books/bulk/update", values(append([]string{"_ticket", ticket}, pairs...)...))
	}
	for name, test := range map[string]struct {
		pairs []string
		css   string
		says  string
	}{
		"nothing_ticked":   {[]string{"pages", "7"}, ".problems", "Tick the fields"},
		"a_wrong_value":    {[]string{"_set", "pages", "pages", "many"}, "#pages-error", "whole number"},
		"a_taken_value":    {[]string{"_set", "title", "title", "same"}, "#title-error", "already taken"},
		"a_row_that_stays": {[]string{"_set", "title", "title", "same"}, ".problems li a", "Two"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := send(test.pairs...)
			page := p.page(answer)
			if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(trimmed(page.Find(test.css)), test.says) {
				t.Errorf("%d: %s", answer.StatusCode, trimmed(page.Find("main")))
			}
			if name == "a_wrong_value" && (page.Find("[name=_set][value=pages][checked]").Length() != 1 || page.Find("input[name=pages]").AttrOr("value", "") != "many") {
				t.Error("what was ticked and typed is lost")
			}
		})
	}
	if stored := p.text("SELECT string_agg(title || pages, ' ' ORDER BY isbn) FROM books"); stored != "One10 Two20 Three30" {
		t.Fatalf("something was written: %s", stored)
	}
	if answer := send("_set", "pages", "pages", "7", "title", "ignored", "lent", "false"); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d: %s", answer.StatusCode, trimmed(p.page(answer).Find("main")))
	}
	if stored := p.text("SELECT string_agg(title || pages || lent, ' ' ORDER BY isbn) FROM books"); stored != "One7true Two7true Three30true" {
		t.Errorf("stored is %s", stored)
	}
}

func TestBulk_Refused(t *testing.T) {
	p := stocked(t)
	_, ticket := p.asked("delete", "keys", "1")
	for name, test := range map[string]struct {
		path, body, visitor string
		want                int
	}{
		"nothing_ticked":        {"delete", "", "", 422},
		"rows_that_are_gone":    {"delete", values("keys", "98", "keys", "99"), "", 404},
		"nothing_matches":       {"delete", values("all", "1", "q", "nothing like it"), "", 404},
		"a_bad_filter":          {"delete", values("all", "1", "filter", "nope.is:1"), "", 400},
		"a_forged_ticket":       {"delete", values("_ticket", ticket+"A"), "", 400},
		"no_ticket_at_all":      {"delete", values("_ticket", "x"), "", 400},
		"another_verb":          {"lend", values("_ticket", ticket), "", 400},
		"T26_who_may_only_read": {"delete", values("keys", "1"), "reader", 403},
		"T26_who_may_nothing":   {"update", values("all", "1"), "stranger", 403},
		"T77_too_many_keys":     {"delete", strings.Repeat("keys=1&", 10_002), "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := p.ask("POST", "/books/bulk/"+test.path, test.body, "Visitor", test.visitor); answer.StatusCode != test.want {
				t.Errorf("%d: %s", answer.StatusCode, trimmed(p.page(answer).Find("main")))
			}
		})
	}
	if count := p.text("SELECT count(*)::text FROM books"); count != "3" {
		t.Errorf("%s are left", count)
	}
}

func TestBulk_Actions(t *testing.T) {
	p := stocked(t)
	p.exec("UPDATE books SET lent = false")
	_, ticket := p.asked("lend", "all", "1")
	if answer := p.ask("POST", "/books/bulk/lend", values("_ticket", ticket)); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", answer.StatusCode)
	}
	if lent := p.text("SELECT count(*) FILTER (WHERE lent)::text FROM books"); lent != "3" {
		t.Errorf("%s are lent", lent)
	}
	page, ticket := p.asked("move", "keys", "1", "keys", "2")
	if page.Find("form[data-table='/books/actions/move'] [name=shelf_id]").Length() == 0 {
		t.Error("it does not ask for the shelf")
	}
	for _, try := range []struct {
		shelf string
		want  int
	}{{"", 422}, {"999", 422}, {"3", 303}} {
		if answer := p.ask("POST", "/books/bulk/move", values("_ticket", ticket, "shelf_id", try.shelf)); answer.StatusCode != try.want {
			t.Errorf("to the shelf %q: %d %s", try.shelf, answer.StatusCode, trimmed(p.page(answer).Find("main")))
		}
	}
	if moved := p.text("SELECT count(*)::text FROM books WHERE shelf_id = 3"); moved != "2" {
		t.Errorf("%s were moved", moved)
	}
}

func TestAct_Asks(t *testing.T) {
	p := stocked(t)
	show := p.page(p.ask("GET", "/books/1", ""))
	if link := show.Find("a[href='/books/1/actions/move']"); trimmed(link) != "Move…" {
		t.Error("the row's page does not lead to the form")
	}
	if form := p.page(p.ask("GET", "/books/1/actions/move", "")); form.Find("form[action='/books/1/actions/move'] [name=shelf_id]").Length() == 0 {
		t.Error("the form does not ask")
	}
	wrong := p.ask("POST", "/books/1/actions/move", values("shelf_id", "999"))
	if page := p.page(wrong); wrong.StatusCode != 422 || !strings.Contains(trimmed(page.Find("#shelf_id-error")), "no such record") {
		t.Errorf("%d: %s", wrong.StatusCode, trimmed(page.Find("main")))
	}
	if done := p.ask("POST", "/books/1/actions/move", values("shelf_id", "4")); done.StatusCode != 303 {
		t.Errorf("%d", done.StatusCode)
	}
	if shelf := p.text("SELECT shelf_id::text FROM books WHERE isbn = '1'"); shelf != "4" {
		t.Errorf("it stands on %s", shelf)
	}
	body, err := io.ReadAll(p.ask("GET", "/books/actions/move/choices/shelf_id?q=Shelf+30", "").Body)
	if err != nil || !strings.Contains(string(body), `"Shelf 30"`) {
		t.Errorf("offered are %s, %v", body, err)
	}
	for path, want := range map[string]int{"/books/actions/move/choices/nothing": 404, "/books/99/actions/move": 404, "/books/1/actions/lend": 405} {
		if got := p.ask("GET", path, "").StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestCell(t *testing.T) {
	p := stocked(t)
	seen := func() string {
		return p.page(p.ask("GET", "/books/1/cell/pages", "", "HX-Request", "true")).Find("input[name=_base]").AttrOr("value", "")
	}
	t.Run("is_a_page_without_a_script", func(t *testing.T) {
		page := p.page(p.ask("GET", "/books/1/cell/pages", ""))
		if trimmed(page.Find("h1")) != "Pages of One" || page.Find("form.cell-form [name=pages]").AttrOr("value", "") != "10" {
			t.Errorf("got %s", trimmed(page.Find("main")))
		}
		if answer := p.ask("POST", "/books/1/cell/pages", values("_base", seen(), "pages", "11")); answer.StatusCode != 303 || answer.Header.Get("Location") != "/books/1" {
			t.Errorf("%d", answer.StatusCode)
		}
	})
	t.Run("tells_a_script_what_was_done", func(t *testing.T) {
		answer := p.ask("POST", "/books/1/cell/pages", values("_base", seen(), "pages", "12"), "HX-Request", "true")
		body, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != 200 || string(body) != "Saved One." || p.text("SELECT pages::text FROM books WHERE isbn = '1'") != "12" {
			t.Errorf("%d %s", answer.StatusCode, body)
		}
	})
	t.Run("says_what_is_wrong_beside_the_control", func(t *testing.T) {
		answer := p.ask("POST", "/books/1/cell/pages", values("_base", seen(), "pages", "many"), "HX-Request", "true")
		page := p.page(answer)
		if answer.StatusCode != 422 || !strings.Contains(trimmed(page.Find("#pages-error")), "whole number") || page.Find("nav").Length() > 0 {
			t.Errorf("%d %s", answer.StatusCode, trimmed(page.Selection))
		}
	})
	t.Run("says_what_somebody_else_wrote_and_leaves_the_choice", func(t *testing.T) {
		before := seen()
		p.exec("UPDATE books SET pages = 99 WHERE isbn = '1'")
		answer := p.ask("POST", "/books/1/cell/pages", values("_base", before, "pages", "13"), "HX-Request", "true")
		page := p.page(answer)
		if answer.StatusCode != 409 || !strings.Contains(trimmed(page.Find("#pages-error")), "“99”") || page.Find("[name=pages]").AttrOr("value", "") != "13" {
			t.Fatalf("%d %s", answer.StatusCode, trimmed(page.Selection))
		}
		if sides := trimmed(page.Find(".sides")); sides != "Theirs99Before12" {
			t.Errorf("the sides are %q", sides)
		}
		if buttons := trimmed(page.Find(".cell-buttons")); buttons != "Save mine Keep theirs" {
			t.Errorf("the choice is %q", buttons)
		}
		mine := page.Find("input[name=_base]").AttrOr("value", "")
		if answer := p.ask("POST", "/books/1/cell/pages", values("_base", mine, "pages", "13", "_keep.pages", page.Find("[name='_keep.pages']").AttrOr("value", "")), "HX-Request", "true"); answer.StatusCode != 200 {
			t.Errorf("%d", answer.StatusCode)
		}
	})
	for path, want := range map[string]int{"/books/1/cell/code": 404, "/books/1/cell/blurb": 404, "/books/99/cell/pages": 404} {
		if got := p.ask("GET", path, "").StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got := p.ask("POST", "/books/1/cell/pages", values("pages", "1"), "Visitor", "reader").StatusCode; got != 403 {
		t.Errorf("T26: a reader writes: %d", got)
	}
}
