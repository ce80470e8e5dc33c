package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"unified/crud"
)

// page is what a list answers.
type page struct {
	Rows []struct {
		ID int64 `json:"id"`
	}
	Next, Prev string
	Count      struct{ Rows int64 }
}

func (d *desk) page(path string) (p page) {
	d.t.Helper()
	got := d.ask("GET", strings.TrimPrefix(path, "/api/v1"), "")
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.StatusCode != 200 {
		d.t.Fatalf("%s: %d %s", path, got.StatusCode, got.body)
	}
	return p
}

func (p page) ids() (text string) {
	for _, row := range p.Rows {
		text += fmt.Sprint(row.ID)
	}
	return text
}

func TestList_FollowsToTheEndMeetingEachRowOnce(t *testing.T) {
	d := newDesk(t)
	d.exec("INSERT INTO books (title) VALUES ('Four'), ('Five')")
	for _, sort := range []string{"id,subtitle", "-id,shelf_id", "subtitle,id", "-subtitle", "title"} {
		for size := 1; size < 4; size++ {
			for first, follow := range map[string]func(page) string{"": func(p page) string { return p.Next }, "&last=1": func(p page) string { return p.Prev }} {
				met, pages, next := map[rune]int{}, 0, fmt.Sprintf("/books?fields=id&sort=%s&size=%d%s", sort, size, first)
				for ; next != "" && pages < 9; pages++ {
					p := d.page(next)
					for _, id := range p.ids() {
						met[id]++
					}
					next = follow(p)
				}
				if fmt.Sprint(met) != fmt.Sprint(map[rune]int{'1': 1, '2': 1, '3': 1, '4': 1, '5': 1}) || pages != (5+size-1)/size {
					t.Errorf("%s by %d%s: %v in %d pages", sort, size, first, met, pages)
				}
			}
		}
	}
	t.Run("a_page_whose_rows_are_gone_is_empty", func(t *testing.T) {
		next := d.page("/books?fields=id&sort=id&size=3").Next
		d.exec("DELETE FROM books WHERE id > 3")
		if p := d.page(next); p.ids() != "" || p.Next != "" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("the_trash_is_counted_by_itself", func(t *testing.T) {
		d.exec("INSERT INTO notes (text, deleted_at) VALUES ('Third', now())")
		for _, kind := range []string{"exact", "estimate"} {
			if in, out := d.page("/notes?trash=1&count="+kind), d.page("/notes?count="+kind); in.Count.Rows != 1 || out.Count.Rows != 2 {
				t.Errorf("%s: %d in the trash, %d not", kind, in.Count.Rows, out.Count.Rows)
			}
		}
	})
}

func TestChange_KeepsWhatIsSentExactly(t *testing.T) {
	d := newDesk(t)
	value := func(column string) string {
		return d.text("SELECT coalesce(" + column + "::text, 'NULL') FROM books WHERE id = 1")
	}
	t.Run("line_breaks", func(t *testing.T) {
		for _, text := range []string{"a\r\nb\rc\n", "a\nb\rc\n", "a\r\nb\rc\n"} {
			sent, _ := json.Marshal(map[string]string{"subtitle": text})
			if got := d.ask("PATCH", "/books/1", string(sent)); got.StatusCode != 200 || value("subtitle") != text {
				t.Errorf("%q became %q: %s", text, value("subtitle"), got.body)
			}
		}
	})
	t.Run("numbers_without_end_that_are_there", func(t *testing.T) {
		for _, number := range []string{"Infinity", "-Infinity", "NaN"} {
			d.exec("UPDATE books SET weight = '" + number + "' WHERE id = 1")
			if got := d.ask("PUT", "/books/1", d.ask("GET", "/books/1", "").body); got.StatusCode != 200 || value("weight") != number {
				t.Errorf("%s: %d %s", number, got.StatusCode, got.body)
			}
		}
	})
	t.Run("what_is_there_and_cannot_be_set", func(t *testing.T) {
		d.exec("UPDATE books SET weight = 1 WHERE id = 1")
		for column, held := range map[string]string{
			"printed": "0044-03-15 BC", "bought": "12026-01-02 03:04:05+00", "price": "1" + strings.Repeat("0", 1200),
		} {
			d.exec("UPDATE books SET " + column + " = '" + held + "' WHERE id = 1")
			whole, stored := d.ask("GET", "/books/1", "").body, value(column)
			for method, body := range map[string]string{
				"PUT": whole, "PATCH": `{"_base": ` + whole + `, "subtitle": "Beside ` + column + `"}`,
			} {
				if got := d.ask(method, "/books/1", body); got.StatusCode != 200 || value(column) != stored {
					t.Errorf("%s %s: %d %s", method, column, got.StatusCode, got.body)
				}
			}
			d.exec("UPDATE books SET " + column + " = NULL WHERE id = 1")
		}
	})
	t.Run("null_for_json_of_a_new_row", func(t *testing.T) {
		d.exec(`ALTER TABLE books ALTER extra SET DEFAULT '{"d": 1}'`)
		got := d.ask("POST", "/books", `{"title": "Null", "extra": null}`)
		if got.StatusCode != 201 || d.text("SELECT coalesce(extra::text, 'NULL') FROM books WHERE title = 'Null'") != "NULL" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_key_has_to_be_the_row's", func(t *testing.T) {
		for _, key := range []string{`"2"`, `1`, `null`} {
			if got := d.ask("PATCH", "/books/1", `{"_key": `+key+`, "copies": 77}`); got.StatusCode != 422 || got.problem().Errors[0].Field != "_key" || value("copies") == "77" {
				t.Errorf("%s: %d %s", key, got.StatusCode, got.body)
			}
		}
	})
	t.Run("a_member_has_a_name", func(t *testing.T) {
		if got := d.ask("PATCH", "/books/1", `{"": 1}`); got.StatusCode != 400 || !strings.Contains(got.problem().Detail, "no name") {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_base_tells_nothing_of_hidden_columns", func(t *testing.T) {
		for _, column := range []string{"price", "nothing"} {
			if got := d.ask("PATCH", "/books/1", `{"_base": {"`+column+`": [5]}}`, "Visitor", "blind"); got.StatusCode != 200 {
				t.Errorf("%s: %d %s", column, got.StatusCode, got.body)
			}
		}
	})
}

func TestShow_AValueThatTheModelCannotHold(t *testing.T) {
	d := newDesk(t)
	d.exec("UPDATE books SET bought = 'infinity' WHERE id = 2")
	for _, path := range []string{"/books", "/books/2", "/books?fields=id,bought&sort=bought"} {
		if got := d.ask("GET", path, ""); got.StatusCode != 503 || !strings.Contains(got.problem().Detail, "otherwise than the program needs it") {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	if got := d.ask("GET", "/books/1", ""); got.StatusCode != 200 {
		t.Errorf("another row: %d %s", got.StatusCode, got.body)
	}
}

func TestWrite_Conditions(t *testing.T) {
	d := newDesk(t)
	tag := d.ask("GET", "/books/1", "").Header.Get("ETag")
	for name, want := range map[string]struct {
		method, header, value string
		status                int
	}{
		"written_where_anything_else":         {"PATCH", "If-None-Match", `"other"`, 200},
		"not_written_where_it_is_still_this":  {"PATCH", "If-None-Match", tag, 412},
		"not_written_where_there_is_anything": {"DELETE", "If-None-Match", "*", 412},
		"not_read_where_it_is_not_this":       {"GET", "If-Match", `"other"`, 412},
		"read_where_it_is_this":               {"GET", "If-Match", `"other", ` + tag, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.ask(want.method, "/books/1", `{}`, want.header, want.value); got.StatusCode != want.status {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
}

func TestDryRun(t *testing.T) {
	d := newDesk(t)
	t.Run("is_true_or_false", func(t *testing.T) {
		for _, query := range []string{"dry_run", "dry_run=", "dry_run=1", "dry_run=TRUE"} {
			if got := d.ask("DELETE", "/books/1?"+query, ""); got.StatusCode != 400 || d.text("SELECT count(*)::text FROM books") != "3" {
				t.Errorf("%s: %d %s", query, got.StatusCode, got.body)
			}
		}
	})
	t.Run("tells_as_much_as_the_write", func(t *testing.T) {
		for _, call := range [][3]string{
			{"/books/import", "title,copies\nx,1\ny,z\n", "text/csv"},
			{"/books/actions/lend", `{"keys": ["1", "2"]}`, "application/json"},
			{"/books/actions/update", `{"keys": ["1", "2"], "values": {"title": "same"}}`, "application/json"},
		} {
			done := d.ask("POST", call[0], call[1], "Content-Type", call[2])
			dry := d.ask("POST", call[0]+"?dry_run=true", call[1], "Content-Type", call[2])
			same := strings.ReplaceAll(dry.body, dry.problem().Request, done.problem().Request) == done.body
			if done.StatusCode != 422 || dry.StatusCode != 422 || !same || !strings.Contains(done.body, `"rows":`) && !strings.Contains(done.body, `"report":`) {
				t.Errorf("%s: %d %s\n%d %s", call[0], done.StatusCode, done.body, dry.StatusCode, dry.body)
			}
		}
	})
	t.Run("a_key_is_for_one_media_type", func(t *testing.T) {
		for kind, want := range map[string]string{"text/csv": "200", "application/jsonl": "422", "application/x-ndjson": "422"} {
			d.ask("POST", "/books/import", "title\nKeyed\n", "Content-Type", "text/csv", "Idempotency-Key", "k")
			got := d.ask("POST", "/books/import", "title\nKeyed\n", "Content-Type", kind, "Idempotency-Key", "k")
			if fmt.Sprint(got.StatusCode) != want || want == "422" && !strings.Contains(got.body, "another request") {
				t.Errorf("%s: %d %s", kind, got.StatusCode, got.body)
			}
		}
	})
}

func TestImport_OfWhatIsThere(t *testing.T) {
	d := newDeskOf(t, crud.Config{Policy: visitors{}}, withStamps)
	extra := func() string { return d.text("SELECT extra::text FROM books WHERE id = 2") }
	d.exec(`UPDATE books SET weight = NULL, extra = '{"a": null, "b": {"c": null}}' WHERE id > 1`)
	for kind, query := range map[string]string{"application/jsonl": "", "text/csv": "format=csv&"} {
		t.Run("json_comes_back_as_"+kind, func(t *testing.T) {
			before, file := extra(), d.file(query+"filter=id.is:2&fields=id,extra")
			if _, got := d.load(kind, file); got != "200 0 0 1: 1same2" || extra() != before {
				t.Errorf("%s: %s", got, extra())
			}
			d.exec(`UPDATE books SET extra = extra || '{"added": 1}' WHERE id = 2`)
			if _, got := d.load(kind, file); got != "200 0 1 0: 1changed2" || extra() != before {
				t.Errorf("%s: %s", got, extra())
			}
		})
	}
	t.Run("rows_of_a_list", func(t *testing.T) {
		if _, got := d.load("application/jsonl", `{"_key": "2", "copies": 5}`+"\n"+`{"_key": "2", "id": 3, "copies": 5}`); got != "422 0 0 0: 1changed, 2wrong _key" {
			t.Error(got)
		}
		if _, got := d.load("application/jsonl", `{"_key": "2", "copies": 5}`); got != "200 0 1 0: 1changed2" {
			t.Error(got)
		}
	})
	t.Run("a_byte_order_mark_is_no_row", func(t *testing.T) {
		if _, got := d.load("application/jsonl", "\uFEFF"+`{"_key": "2", "copies": 6}`); got != "200 0 1 0: 1changed2" {
			t.Error(got)
		}
	})
	t.Run("what_cannot_be_changed_has_to_be_the_same", func(t *testing.T) {
		for body, want := range map[string]string{
			`{"id": 1, "name": "red"}` + "\n" + `{"name": "blue"}`: `{"created":1,"changed":0,"same":1,`,
			`{"id": 1, "name": "green"}`:                           `"errors":[{"field":"name","detail":"This cannot be set."}]`,
		} {
			if got := d.ask("POST", "/stamps/import", body, "Content-Type", "application/jsonl"); !strings.Contains(got.body, want) {
				t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
			}
		}
	})
}

// stamp is a row that stays as it is made.
type stamp struct {
	ID   int64
	Name string `gorm:"size:20;not null"`
}

func (stamp) TableName() string { return "stamps" }

func withStamps(d *desk, reg *crud.Registry) {
	d.exec("CREATE TABLE stamps (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL); INSERT INTO stamps (name) VALUES ('red')")
	crud.Register(reg, crud.Options[stamp]{Verbs: []crud.Verb{crud.Read, crud.Create, crud.Delete}})
}
