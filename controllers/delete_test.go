package controllers_test

import "testing"

// belonging makes books go with their shelf.
const belonging = `ALTER TABLE books DROP CONSTRAINT fk_books_shelf_id,
	ADD CONSTRAINT fk_books_shelf_id FOREIGN KEY (shelf_id) REFERENCES shelves ON DELETE CASCADE`

func TestDelete_says_what_is_in_the_way(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.run("what_refers_to_it_is_linked_and_the_button_is_off", scenario{path: "/shelves/3/delete", status: 200, holds: map[string]string{
		".impact li": "1 book by Shelf in the way", ".impact a[href='/books?filter=shelf_id.is%3A3']": "1 book",
		"form button[aria-disabled='true'][aria-describedby='impact-bars']": "Delete", "#impact-bars": "change or delete them first", "!.btn-danger": "",
	}})
	p.run("sent_all_the_same_it_is_refused", scenario{method: "POST", path: "/shelves/3/delete", status: 409, holds: map[string]string{
		".error": "Other records still refer to it.", ".impact li": "1 book",
	}})
	p.run("without_any_it_is_said_that_there_are_none", scenario{path: "/shelves/4/delete", status: 200, holds: map[string]string{
		".question p": "No other record refers to it.", "!.impact": "", ".btn-danger": "Delete",
	}})
}

func TestDelete_much_is_deleted_by_its_name_only(t *testing.T) {
	p := newPanel(t)
	p.exec(belonging)
	p.exec(`INSERT INTO books (isbn, title, shelf_id) SELECT i, 'Book ' || i, 3 FROM generate_series(1, 101) i`)
	p.exec(`INSERT INTO books (isbn, title, shelf_id) VALUES (900, 'One', 4)`)
	mark := func(path string) string {
		value, _ := p.page(p.ask("GET", path, "")).Find("input[name=_seen]").Attr("value")
		return value
	}
	p.run("the_name_is_asked_for", scenario{path: "/shelves/3/delete", status: 200, holds: map[string]string{
		".impact li": "101 books by Shelf deleted too", ".question-name label": "Type Shelf 3 to go on", "#_name": "",
	}})
	p.run("no_name", scenario{method: "POST", path: "/shelves/3/delete", status: 422, holds: map[string]string{".error": "Type the name"}})
	p.run("another_name", scenario{method: "POST", path: "/shelves/3/delete", body: values("_name", "Shelf 30"), status: 422, holds: map[string]string{"#_name": ""}})
	seen := mark("/shelves/4/delete")
	p.exec(`INSERT INTO books (isbn, title, shelf_id) VALUES (901, 'Two', 4)`)
	p.run("what_has_changed_since_is_told", scenario{method: "POST", path: "/shelves/4/delete", body: values("_seen", seen), status: 409,
		holds: map[string]string{".error": "has changed since you looked", ".impact li": "2 books"}})
	p.run("little_needs_no_name", scenario{method: "POST", path: "/shelves/4/delete", body: values("_seen", mark("/shelves/4/delete")), status: 303, location: "/shelves"})
	p.run("with_the_name_it_goes", scenario{method: "POST", path: "/shelves/3/delete", body: values("_seen", mark("/shelves/3/delete"), "_name", " Shelf  3 "),
		status: 303, location: "/shelves"})
	if left := p.text(`SELECT count(*)::text FROM books`); left != "0" {
		t.Errorf("%s books are left", left)
	}
}
