package api_test

import (
	"strings"
	"testing"

	"unified/controllers/api"
	"unified/crud"
)

func TestImpact(t *testing.T) {
	d := newDeskOf(t, crud.Config{Policy: visitors{}}, func(d *desk, _ *crud.Registry) {
		d.exec(`ALTER TABLE books DROP CONSTRAINT fk_books_shelf_id, ADD CONSTRAINT fk_books_shelf_id FOREIGN KEY (shelf_id) REFERENCES shelves ON DELETE SET NULL;
		ALTER TABLE shelves DROP CONSTRAINT fk_shelves_room_id, ADD CONSTRAINT fk_shelves_room_id FOREIGN KEY (room_id) REFERENCES rooms ON DELETE CASCADE;
		CREATE TABLE keys (room_id bigint REFERENCES rooms); INSERT INTO keys VALUES (1)`)
	})
	const one, shelves = `"rows":{"rows":1,"exact":true,"more":false},"others":false`, `"table":"shelves","columns":["room_id"],`
	const hidden = `{"rule":"forbids","level":1,"table":null,"columns":[],"rows":null,"others":true,"filter":null}`
	for name, test := range map[string]struct{ path, visitor, want string }{
		"nothing_refers_to_it":    {"/books/1/impact", "", `{"bars":false,"rows":0,"more":false,"deeper":false,"uses":[]}`},
		"what_is_emptied":         {"/shelves/1/impact", "", `{"bars":false,"rows":1,"more":false,"deeper":false,"uses":[{"rule":"emptied","level":1,"table":"books","columns":["shelf_id"],` + one + `,"filter":"shelf_id.is:1"}]}`},
		"level_by_level_and_bars": {"/rooms/1/impact", "", `{"bars":true,"rows":2,"more":false,"deeper":false,"uses":[` + hidden + `,{"rule":"goes","level":1,` + shelves + one + `,"filter":"room_id.is:1"},{"rule":"emptied","level":2,"table":"books","columns":["shelf_id"],` + one + `,"filter":null}]}`},
		"T36_of_hidden_rows_no_more_than_that": {"/shelves/1/impact", "books:read", `{"bars":false,"rows":0,"more":true,"deeper":false,"uses":[` +
			strings.Replace(hidden, "forbids", "emptied", 1) + `]}`},
		"into_the_trash_takes_nothing_along": {"/notes/1/impact", "", `{"bars":false,"rows":0,"more":false,"deeper":false,"uses":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.ask("GET", test.path, "", "Visitor", "not "+test.visitor); got.StatusCode != 200 || got.body != test.want {
				t.Errorf("%d %s\nwant %s", got.StatusCode, got.body, test.want)
			}
		})
	}
	d.exec("UPDATE notes SET deleted_at = now() WHERE id = 2")
	for name, test := range map[string]struct {
		path, visitor string
		status        int
	}{
		"a_row_that_is_not_there":         {"/books/99/impact", "", 404},
		"a_key_of_no_row":                 {"/books/x/impact", "", 404},
		"T36_who_may_not_delete":          {"/books/1/impact", "reader", 403},
		"a_parameter_that_is_not_known":   {"/books/1/impact?trash=1", "", 400},
		"one_in_the_trash":                {"/notes/2/impact?trash=1", "", 200},
		"one_that_is_not_in_the_trash":    {"/notes/1/impact?trash=1", "", 404},
		"one_that_is":                     {"/notes/2/impact", "", 404},
		"T36_who_may_not_delete_for_good": {"/notes/2/impact?trash=1", "not notes:purge", 403},
		"T36_who_may_do_that_alone":       {"/notes/2/impact?trash=1", "not notes:delete", 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.ask("GET", test.path, "", "Visitor", test.visitor); got.StatusCode != test.status {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
	if got := strings.Join(calls(d.described("")), "\n"); !strings.Contains(got, "GET /books/{key}/impact getBookImpact") || strings.Contains(strings.Join(calls(d.described("reader")), "\n"), "impact") {
		t.Errorf("below %s there are\n%s", api.Path, got)
	}
}
