package api_test

import (
	"strings"
	"testing"
)

func TestActions(t *testing.T) {
	d := newDesk(t)
	state := func() string {
		return d.text("SELECT string_agg(id || ':' || lent || ':' || coalesce(shelf_id, 0) || ':' || condition, ' ' ORDER BY id) FROM books")
	}
	do := func(t *testing.T, path, body, says, holds string) {
		t.Helper()
		got := d.ask("POST", path, body)
		if got.StatusCode != 200 || got.body != says || state() != holds {
			t.Errorf("%d %s\n%s", got.StatusCode, got.body, state())
		}
	}
	t.Run("an_action_of_the_table", func(t *testing.T) {
		do(t, "/books/actions/lend", `{"keys": ["1"]}`, `{"changed":1,"rows":1}`, "1:true:1:new 2:true:2:new 3:true:0:new")
	})
	t.Run("a_dry_run_does_nothing", func(t *testing.T) {
		do(t, "/books/actions/move?dry_run=true", `{"all": true, "values": {"shelf_id": 1}}`, `{"changed":2,"rows":3}`, "1:true:1:new 2:true:2:new 3:true:0:new")
	})
	t.Run("an_action_that_asks", func(t *testing.T) {
		do(t, "/books/actions/move", `{"all": true, "filter": "id.ge:2", "values": {"shelf_id": 1}}`, `{"changed":2,"rows":2}`, "1:true:1:new 2:true:1:new 3:true:1:new")
	})
	t.Run("columns_of_many_rows", func(t *testing.T) {
		do(t, "/books/actions/update", `{"keys": ["1", "3"], "values": {"condition": "worn", "shelf_id": null}}`, `{"changed":2,"rows":2}`, "1:true:0:worn 2:true:1:new 3:true:0:worn")
	})
	t.Run("what_stands_in_the_way_is_said_row_by_row", func(t *testing.T) {
		d.exec("UPDATE books SET lent = false WHERE id = 2")
		got := d.ask("POST", "/books/actions/lend", `{"all": true}`)
		rows := got.problem().Rows
		if got.StatusCode != 422 || len(rows) != 2 || rows[0].Key != "1" || rows[0].Label != "Emma" || !strings.Contains(rows[0].Detail, "lent already") || !strings.Contains(state(), "2:false") {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	before := state()
	for body, status := range map[string]int{
		`{}`: 422, `{"keys": []}`: 422, `{"keys": "1"}`: 422, `{"keys": ["1"], "all": true}`: 422, `{"q": "x"}`: 422, `{"keys": ["1"], "colour": 1}`: 422,
		`{"keys": ["1", "99"]}`: 404, `{"keys": ["x"]}`: 404, `[]`: 400, `{"all": true, "filter": "nope"}`: 400, `{"keys": ["1"], "values": {"lent": true}}`: 422,
		`{"keys": ["1"], "values": 5}`: 422, `{"keys": ["1"], "keys": ["2"]}`: 400,
	} {
		if got := d.ask("POST", "/books/actions/lend", body); got.StatusCode != status || state() != before {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
		}
	}
	for body, field := range map[string]string{`{"shelf_id": 99}`: "shelf_id", `{"shelf_id": "x"}`: "shelf_id", `{}`: "shelf_id", `{"room": 1}`: "room"} {
		got := d.ask("POST", "/books/actions/move", `{"keys": ["1"], "values": `+body+`}`)
		if errors := got.problem().Errors; got.StatusCode != 422 || len(errors) == 0 || errors[0].Field != field {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
		}
	}
	if got := d.ask("POST", "/books/actions/update", `{"keys": ["1"]}`); got.StatusCode != 422 || got.problem().Errors[0].Field != "values" {
		t.Errorf("without values: %d %s", got.StatusCode, got.body)
	}
	if got := d.ask("POST", "/books/actions/update", `{"keys": ["1"], "values": {"title": "x"}}`, "Visitor", "reader"); got.StatusCode != 403 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := d.ask("POST", "/books/actions/delete", `{"keys": ["1", "2", "3"]}`); got.StatusCode != 200 || d.text("SELECT count(*)::text FROM books") != "0" {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := d.ask("POST", "/books/actions/burn", `{"keys": ["1"]}`); got.StatusCode != 404 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}
