package controllers_test

import (
	"testing"

	"unified/crud"
)

// sevenBooks stand on the third shelf, and one on the fourth.
const sevenBooks = `INSERT INTO books (isbn, title, shelf_id) SELECT 'i' || i, 'Book ' || i, CASE WHEN i < 8 THEN 3 ELSE 4 END FROM generate_series(1, 8) i`

func TestChildren(t *testing.T) {
	p := newPanel(t)
	p.exec(sevenBooks)
	const of = "?of=shelves%2F3%2Fbooks"
	p.run("a_record_leads_to_what_refers_to_it", scenario{path: "/shelves/3", status: 200, holds: map[string]string{
		"#books h2": "Books", `#books a.btn[href="/books/new` + of + `"]`: "New", `#books [hx-get="/shelves/3/children/books"] a[href="/shelves/3/children/books"]`: "Show books",
	}})
	p.run("they_are_listed_a_few_at_a_time", scenario{path: "/shelves/3/children/books", status: 200, holds: map[string]string{
		"h1": "Books of Shelf 3", "tbody th": "Book 1", "!tbody tr:nth-child(6)": "", "thead tr": "Title Lent Pages", `.children-foot a[href^="/books?filter="]`: "All 7", `a[aria-label="Next page"]`: "",
		`tbody a[href="/books/i5` + of + `"]`: "Book 5", `a.btn-primary[href="/books/new` + of + `"]`: "New book",
	}})
	next := p.page(p.ask("GET", "/shelves/3/children/books", "", "HX-Request", "true")).Find(`a[aria-label="Next page"]`).AttrOr("href", "")
	p.run("the_next_page_has_the_others", scenario{path: next, status: 200, holds: map[string]string{"tbody tr:nth-child(2) th": "Book 7", "!tbody tr:nth-child(3)": ""}})
	p.run("a_record_without_any_says_so", scenario{path: "/shelves/5/children/books", status: 200, holds: map[string]string{".children": "None."}})
	p.run("a_new_one_refers_to_the_record", scenario{path: "/books/new" + of, status: 200, holds: map[string]string{
		`.fixed input[type=hidden][name=shelf_id][value="3"]`: "", `.fixed a[href="/shelves/3"]`: "Shelf 3", `form[action="/books` + of + `"] a[href="/shelves/3"]`: "", ".crumbs": "Shelves Shelf 3 Books",
	}})
	p.run("what_was_refused_still_does", scenario{method: "POST", path: "/books" + of, body: values("isbn", "i9", "title", "", "shelf_id", "3"), status: 422, holds: map[string]string{
		`.fixed input[name=shelf_id][value="3"]`: "",
	}})
	p.run("once_saved_the_record_is_there_again", scenario{method: "POST", path: "/books" + of, body: values("isbn", "i9", "title", "Nine", "shelf_id", "3"), status: 303, location: "/shelves/3"})
	if got := p.text("SELECT shelf_id::text FROM books WHERE isbn = 'i9'"); got != "3" {
		t.Errorf("it stands on shelf %s", got)
	}
	p.run("and_once_changed", scenario{method: "POST", path: "/books/i9" + of, body: values("title", "Neun"), status: 303, location: "/shelves/3"})
	p.run("and_once_deleted", scenario{method: "POST", path: "/books/i9/delete" + of, body: "x=1", status: 303, location: "/shelves/3"})
	p.run("its_page_keeps_the_way_back", scenario{path: "/books/i7" + of, status: 200, holds: map[string]string{
		`.crumbs a[href="/shelves/3"]`: "Shelf 3", `a[href="/books/i7/edit` + of + `"]`: "Edit",
	}})
}

func TestChildren_refuses(t *testing.T) {
	p := newPanel(t)
	p.exec(sevenBooks)
	for name, s := range map[string]scenario{
		"unknown_children":       {path: "/shelves/3/children/nope", status: 404},
		"a_missing_record":       {path: "/shelves/99/children/books", status: 404},
		"a_parameter":            {path: "/shelves/3/children/books?q=x", status: 400},
		"a_forged_cursor":        {path: "/shelves/3/children/books?after=nope", status: 400},
		"a_place_that_is_none":   {path: "/books/new?of=shelves", status: 400},
		"a_place_in_no_table":    {path: "/books/new?of=nope/3/books", status: 400},
		"a_place_twice":          {path: "/books/new?of=shelves/3/books&of=shelves/4/books", status: 400},
		"a_place_below_nothing":  {path: "/books/new?of=shelves/99/books", status: 404},
		"another_table's_place":  {path: "/shelves/new?of=shelves/3/books", status: 400},
		"a_place_beside_another": {path: "/books/i1?of=shelves/3/books&back=q%3Dx", status: 400},
		"who_may_not_see_either": {path: "/shelves/3/children/books", visitor: "reader", status: 403},
	} {
		p.run(name, s)
	}
}

func TestLines(t *testing.T) {
	p := newPanelOf(t, crud.Options[shelf]{Plural: "Shelves", Children: []crud.Child{{Table: "books", Label: "Its books", Inline: true}}})
	p.exec(sevenBooks)
	p.run("they_are_edited_in_the_form_of_their_record", scenario{path: "/shelves/4/edit", status: 200, holds: map[string]string{
		".lines legend": "Its books", `.lines[data-table="/books"] input[name="books.0._row"][value=i8]`: "", `input[name="books.0.title"][value="Book 8"]`: "", `input[name="books.1.title"]`: "",
		"form button:first-of-type[hidden]": "Save", `input[name="books.0._remove"]`: "", `!input[name="books.2.title"]`: "",
	}})
	p.run("another_line_saves_nothing", scenario{method: "POST", path: "/shelves/4", body: values("name", "New", "books.1.isbn", "i9", "books.1.title", "Nine", "_more", "books"), status: 200, holds: map[string]string{
		`#name[value="New"]`: "", `input[name="books.1.title"][value=Nine]`: "", `input[name="books.2.title"]`: "",
	}})
	p.run("what_is_wrong_stands_beside_its_control", scenario{method: "POST", path: "/shelves/4", body: values("name", "New", "books.1.isbn", "i9", "books.1.title", "Book 8"), status: 422, holds: map[string]string{
		`.problems a[href="#books.1.title"]`: "Title", `[id="books.1.title-error"]`: "already",
	}})
	p.run("a_row_that_is_gone_is_said_beside_its_line", scenario{method: "POST", path: "/shelves/4", body: values("books.0._row", "nope", "books.0.title", "x"), status: 422, holds: map[string]string{
		`.problems a[href="#books.0._row"]`: "Its books", `[id="books.0._row"].line.wrong .error`: "no such book any more", `input[name="books.0.title"][value=x]`: "", `!input[name="books.0._row"]`: "",
		`input[name="books.0._remove"]`: "",
	}})
	p.run("what_is_gone_need_not_be_removed", scenario{method: "POST", path: "/shelves/4", body: values("books.0._row", "nope", "books.0._remove", "1"), status: 303, location: "/shelves/4"})
	p.run("all_are_saved_together", scenario{method: "POST", path: "/shelves/4", body: values("name", "New", "books.0._row", "i8", "books.0._remove", "1", "books.1.isbn", "i9", "books.1.title", "Nine"), status: 303, location: "/shelves/4"})
	if got := p.text("SELECT string_agg(isbn, ' ') FROM books WHERE shelf_id = 4"); got != "i9" {
		t.Errorf("on the shelf are %s", got)
	}
}
