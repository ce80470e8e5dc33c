package api_test

import (
	"strings"
	"testing"
)

func TestCreate(t *testing.T) {
	d := newDesk(t)
	got := d.ask("POST", "/books", `{"title": "Äneis", "copies": 9223372036854775807, "price": 0.10, "tags": ["a\nb", "", "[c"], "extra": {"n": 12345678901234567890.5},
		"origin": "192.0.2.0/24", "bought": "2026-01-02T05:04:05.123456+02:00", "printed": "2024-02-29", "shelf_id": 2, "lent": false, "weight": "1e-3"}`)
	want := `{"_key":"4","id":4,"title":"Äneis","subtitle":null,"lent":false,"copies":9223372036854775807,"price":"0.10","weight":0.001,"tags":["a\nb","","[c"],` +
		`"extra":{"n": 12345678901234567890.5},"origin":"192.0.2.0/24","cover":null,"condition":"new","bought":"2026-01-02T03:04:05.123456Z","printed":"2024-02-29","shelf_id":2}`
	if got.StatusCode != 201 || got.body != want || got.Header.Get("Location") != "/api/v1/books/4" {
		t.Fatalf("%d %s\n%s", got.StatusCode, got.Header.Get("Location"), got.body)
	}
	if again := d.ask("GET", "/books/4", ""); again.body != want || again.Header.Get("ETag") != got.Header.Get("ETag") {
		t.Errorf("it reads %s", again.body)
	}
	for name, want := range map[string]struct {
		body, field, sentence string
		status                int
	}{
		"no_object":                       {`[1]`, "", "object", 400},
		"no_json":                         {`{"title": }`, "", "line 1", 400},
		"more_behind_it":                  {`{"title": "x"} {}`, "", "JSON", 400},
		"a_member_twice":                  {`{"title": "x", "title": "y"}`, "", "twice", 400},
		"a_nul":                           {`{"title": "a\u0000b"}`, "", "NUL", 400},
		"half_a_letter":                   {`{"title": "\ud800"}`, "", "half", 400},
		"too_deep":                        {`{"extra": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "", "deep", 400},
		"a_number_for_a_text":             {`{"title": 5}`, "title", "text", 422},
		"a_text_for_a_bool":               {`{"title": "x", "lent": "yes"}`, "lent", "true or false", 422},
		"a_fraction_for_a_whole_number":   {`{"title": "x", "copies": 1.5}`, "copies", "whole", 422},
		"a_number_beyond_64_bits":         {`{"title": "x", "copies": 9223372036854775808}`, "copies", "9223372036854775807", 422},
		"an_object_for_a_number":          {`{"title": "x", "copies": {}}`, "copies", "number", 422},
		"a_list_of_numbers":               {`{"title": "x", "tags": [1]}`, "tags", "texts", 422},
		"null_where_something_must_be":    {`{"title": null}`, "title", "empty", 422},
		"nothing_where_something_must_be": {`{}`, "title", "empty", 422},
		"no_such_day":                     {`{"title": "x", "printed": "2023-02-30"}`, "printed", "date", 422},
		"no_choice":                       {`{"title": "x", "condition": "burnt"}`, "condition", "new, worn", 422},
		"no_such_row":                     {`{"title": "x", "shelf_id": 99}`, "shelf_id", "no such record", 422},
		"taken":                           {`{"title": "Emma"}`, "title", "taken", 422},
		"an_unknown_column":               {`{"title": "x", "colour": "red"}`, "colour", "no such field", 422},
		"a_secret":                        {`{"title": "x", "code": "y"}`, "code", "no such field", 422},
		"a_column_that_is_only_read":      {`{"title": "x", "id": 7}`, "id", "cannot be set", 422},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.ask("POST", "/books", want.body)
			problem := got.problem()
			said := problem.Detail
			for _, e := range problem.Errors {
				if e.Field == want.field {
					said = e.Detail
				}
			}
			if got.StatusCode != want.status || !strings.Contains(said, want.sentence) || (want.field != "") != (problem.Errors != nil) {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
	t.Run("all_mistakes_are_said_at_once", func(t *testing.T) {
		if got := d.ask("POST", "/books", `{"lent": 1, "copies": "x", "colour": 2}`); len(got.problem().Errors) != 4 {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("a_form_is_not_taken", func(t *testing.T) {
		if got := d.ask("POST", "/books", "title=x", "Content-Type", "application/x-www-form-urlencoded"); got.StatusCode != 415 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("too_much_is_not_taken", func(t *testing.T) {
		if got := d.ask("POST", "/books", `{"title": "`+strings.Repeat("x", 2<<20)+`"}`); got.StatusCode != 413 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("who_only_reads_makes_nothing", func(t *testing.T) {
		if got := d.ask("POST", "/books", `{"title": "x"}`, "Visitor", "reader"); got.StatusCode != 403 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("what_may_only_be_read_is_not_set", func(t *testing.T) {
		got := d.ask("PATCH", "/books/2", `{"copies": 5, "price": "1", "lent": false}`, "Visitor", "blind")
		if got.StatusCode != 422 || len(got.problem().Errors) != 2 || d.text("SELECT copies::text FROM books WHERE id = 2") != "1" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestChange(t *testing.T) {
	d := newDesk(t)
	value := func(column string) string {
		return d.text("SELECT coalesce(" + column + "::text, 'NULL') FROM books WHERE id = 1")
	}
	t.Run("only_what_is_sent_changes", func(t *testing.T) {
		before := d.text("SELECT (to_jsonb(b) - 'subtitle' - 'lent')::text FROM books b WHERE id = 1")
		got := d.ask("PATCH", "/books/1", `{"subtitle": "A novel", "lent": true}`, "Content-Type", "application/merge-patch+json")
		if got.StatusCode != 200 || value("subtitle") != "A novel" || d.text("SELECT (to_jsonb(b) - 'subtitle' - 'lent')::text FROM books b WHERE id = 1") != before {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("empty_and_null_differ", func(t *testing.T) {
		for body, want := range map[string]string{`{"subtitle": ""}`: "", `{"subtitle": null}`: "NULL"} {
			d.exec("UPDATE books SET subtitle = 'x' WHERE id = 1")
			if got := d.ask("PATCH", "/books/1", body); got.StatusCode != 200 || value("subtitle") != want {
				t.Errorf("%s: %d %q", body, got.StatusCode, value("subtitle"))
			}
		}
		d.exec("UPDATE books SET subtitle = '' WHERE id = 1")
		if d.ask("PATCH", "/books/1", `{"subtitle": null}`); value("subtitle") != "NULL" {
			t.Errorf("an empty text stays %q", value("subtitle"))
		}
	})
	t.Run("objects_are_merged_into_json", func(t *testing.T) {
		d.exec(`UPDATE books SET extra = '{"a": {"b": 1, "c": 2}, "d": 3.10}' WHERE id = 1`)
		got := d.ask("PATCH", "/books/1", `{"extra": {"a": {"b": null, "e": [1]}, "f": "x"}}`)
		if got.StatusCode != 200 || value("extra") != `{"a": {"c": 2, "e": [1]}, "d": 3.10, "f": "x"}` {
			t.Errorf("%d %s", got.StatusCode, value("extra"))
		}
		if d.ask("PATCH", "/books/1", `{"extra": [1]}`); value("extra") != "[1]" {
			t.Errorf("%s", value("extra"))
		}
		if d.ask("PATCH", "/books/1", `{"extra": null}`); value("extra") != "NULL" {
			t.Errorf("%s", value("extra"))
		}
	})
	t.Run("what_was_read_can_be_sent_back", func(t *testing.T) {
		row := d.ask("GET", "/books/1?expand=shelf_id", "").body
		if got := d.ask("PATCH", "/books/1", row); got.StatusCode != 200 || d.ask("GET", "/books/1?expand=shelf_id", "").body != row {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("PUT", "/books/1", row); got.StatusCode != 200 || d.ask("GET", "/books/1?expand=shelf_id", "").body != row {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_whole_row_takes_the_place_of_one", func(t *testing.T) {
		d.exec("UPDATE books SET subtitle = 'x', copies = 3, condition = 'worn', code = 'kept' WHERE id = 1")
		got := d.ask("PUT", "/books/1", `{"title": "Emma II"}`)
		if state := value("subtitle") + value("copies") + value("condition") + value("title") + value("code") + value("lent"); got.StatusCode != 200 || state != "NULL1newEmma IIkepttrue" {
			t.Errorf("%d %s %s", got.StatusCode, state, got.body)
		}
		if got := d.ask("PUT", "/books/1", `{"subtitle": "x"}`); got.StatusCode != 422 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_condition_is_kept", func(t *testing.T) {
		tag := d.ask("GET", "/books/1", "").Header.Get("ETag")
		for header, status := range map[string]int{`"other"`: 412, `"other", ` + tag: 200, "*": 200} {
			if got := d.ask("PATCH", "/books/1", `{"lent": true}`, "If-Match", header); got.StatusCode != status {
				t.Errorf("%s: %d %s", header, got.StatusCode, got.body)
			}
		}
		if got := d.ask("PATCH", "/books/1", `{"lent": false}`, "If-Match", tag); got.StatusCode != 200 || got.Header.Get("ETag") == tag {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		for _, method := range []string{"PATCH", "PUT", "DELETE"} {
			if got := d.ask(method, "/books/1", `{"title": "Late"}`, "If-Match", tag); got.StatusCode != 412 || got.problem().Type != "urn:unified:problem:precondition-failed" {
				t.Errorf("%s: %d %s", method, got.StatusCode, got.body)
			}
		}
	})
	t.Run("T96_what_others_changed_stays_or_is_said", func(t *testing.T) {
		d.exec("UPDATE books SET title = 'Emma', copies = 5, lent = true WHERE id = 1")
		base := `"_base": {"title": "Emma", "copies": 4, "lent": true}`
		if got := d.ask("PATCH", "/books/1", `{"lent": false, "copies": 4, `+base+`}`); got.StatusCode != 200 || value("copies") != "5" || value("lent") != "false" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		got := d.ask("PATCH", "/books/1", `{"title": "Emmas", "copies": 6, `+base+`}`)
		errors := got.problem().Errors
		if got.StatusCode != 409 || len(errors) != 1 || errors[0].Field != "copies" || string(errors[0].Base) != "4" || string(errors[0].Theirs) != "5" || string(errors[0].Mine) != "6" || value("title") != "Emma" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("PATCH", "/books/1", `{"copies": 6, "_base": {"copies": 5}}`); got.StatusCode != 200 || value("copies") != "6" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("PATCH", "/books/1", `{"copies": 7, "_base": {"copies": "x"}}`); got.StatusCode != 422 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_row_goes", func(t *testing.T) {
		if got := d.ask("DELETE", "/shelves/2", ""); got.StatusCode != 409 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("DELETE", "/books/3", ""); got.StatusCode != 204 || got.body != "" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("DELETE", "/books/3", ""); got.StatusCode != 404 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestOnce(t *testing.T) {
	d := newDesk(t)
	titles := func() string { return d.text("SELECT count(*)::text FROM books WHERE title LIKE 'Once%'") }
	t.Run("T97_a_key_acts_once", func(t *testing.T) {
		first := d.ask("POST", "/books", `{"title": "Once", "extra": {"a": "<b>"}}`, "Idempotency-Key", "k1")
		second := d.ask("POST", "/books", `{"title": "Once", "extra": {"a": "<b>"}}`, "Idempotency-Key", "k1")
		if first.StatusCode != 201 || second.StatusCode != 201 || first.body != second.body || titles() != "1" ||
			second.Header.Get("Location") != first.Header.Get("Location") || second.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%d %s\n%d %s", first.StatusCode, first.body, second.StatusCode, second.body)
		}
		if got := d.ask("POST", "/books", `{"title": "Once more"}`, "Idempotency-Key", "k1"); got.StatusCode != 422 || titles() != "1" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("what_was_refused_can_be_tried_again", func(t *testing.T) {
		if got := d.ask("POST", "/books", `{"title": "Emma"}`, "Idempotency-Key", "k2"); got.StatusCode != 422 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("POST", "/books", `{"title": "Once again"}`, "Idempotency-Key", "k2"); got.StatusCode != 201 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_key_that_is_none_is_refused", func(t *testing.T) {
		for _, key := range []string{"", strings.Repeat("k", 201), "ä"} {
			if got := d.ask("POST", "/books", `{"title": "Once 3"}`, "Idempotency-Key", key); got.StatusCode != 400 {
				t.Errorf("%q: %d", key, got.StatusCode)
			}
		}
	})
	t.Run("a_dry_run_changes_nothing", func(t *testing.T) {
		got := d.ask("POST", "/books?dry_run=true", `{"title": "Once dry"}`)
		if got.StatusCode != 200 || !strings.Contains(got.body, `"title":"Once dry"`) || titles() != "2" || got.Header.Get("Location") != "" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("POST", "/books?dry_run=true", `{"title": "Emma"}`); got.StatusCode != 422 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("DELETE", "/books/1?dry_run=true", ""); got.StatusCode != 204 || d.text("SELECT count(*)::text FROM books WHERE id = 1") != "1" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		for _, query := range []string{"dry_run=1", "dry_run=true&dry_run=true", "fields=title"} {
			if got := d.ask("POST", "/books?"+query, `{"title": "Once dry"}`); got.StatusCode != 400 {
				t.Errorf("%s: %d", query, got.StatusCode)
			}
		}
	})
	t.Run("who_wants_little_gets_little", func(t *testing.T) {
		got := d.ask("PATCH", "/books/1", `{"lent": true}`, "Prefer", `respond-async, return="minimal"; x=y`)
		if got.StatusCode != 204 || got.body != "" || got.Header.Get("ETag") == "" || got.Header.Get("Preference-Applied") != "return=minimal" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		if got := d.ask("POST", "/books", `{"title": "Little"}`, "Prefer", "return=minimal"); got.StatusCode != 201 || got.body != "" || got.Header.Get("Location") == "" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestTrash(t *testing.T) {
	d := newDesk(t).contract("")
	steps := []struct {
		method, path string
		status       int
		holds        string
	}{
		{"DELETE", "/notes/1", 204, ""},
		{"GET", "/notes/1", 200, `"text":"First","_trashed":"20`},
		{"GET", "/notes?fields=text", 200, `{"rows":[{"_key":"2","text":"Second"}],`},
		{"GET", "/notes?trash=1&fields=text", 200, `{"rows":[{"_key":"1","text":"First","_trashed":"20`},
		{"GET", "/notes?trash=2", 400, `trash`},
		{"GET", "/books?trash=1", 400, `trash`},
		{"PATCH", "/notes/1", 404, ""},
		{"POST", "/notes/1/restore?dry_run=true", 204, ""},
		{"POST", "/notes/1/restore", 204, ""},
		{"POST", "/notes/1/restore", 404, ""},
		{"GET", "/notes/1", 200, `{"_key":"1","id":1,"text":"First"}`},
		{"POST", "/notes/1/purge", 404, ""},
		{"DELETE", "/notes/1", 204, ""},
		{"POST", "/notes/1/purge", 204, ""},
		{"GET", "/notes/1", 404, ""},
		{"POST", "/books/1/restore", 404, ""},
	}
	for _, step := range steps {
		body := ""
		if step.method == "PATCH" {
			body = `{"text": "x"}`
		}
		if got := d.ask(step.method, step.path, body); got.StatusCode != step.status || !strings.Contains(got.body, step.holds) {
			t.Errorf("%s %s: %d %s", step.method, step.path, got.StatusCode, got.body)
		}
	}
	if got := d.text("SELECT count(*)::text FROM notes"); got != "1" {
		t.Errorf("%s rows are left", got)
	}
}
