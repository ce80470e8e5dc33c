package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
)

// diary keeps what is recorded in a table, within the transaction that did it, and tells it again.
type diary struct{}

func (diary) record(_ context.Context, db *gorm.DB, changes []crud.Change) error {
	for _, change := range changes {
		text, err := json.Marshal(change)
		if err != nil {
			return err
		}
		if err := db.Exec("INSERT INTO diary (change) VALUES (?::jsonb)", string(text)).Error; err != nil {
			return err
		}
	}
	return nil
}

func (diary) Changes(_ context.Context, db *gorm.DB, of crud.HistoryOf) ([]crud.Recorded, error) {
	before, err := strconv.ParseInt(of.Before, 10, 64)
	if err != nil {
		before = 1 << 62
	}
	return noted(db.Raw("SELECT id, change::text FROM diary WHERE change ->> 'Table' = ? AND change ->> 'Key' = ? AND id < ? ORDER BY id DESC LIMIT ?", of.Table, of.Key, before, of.Limit))
}

func (diary) Set(_ context.Context, db *gorm.DB, set string, limit int) ([]crud.Recorded, error) {
	return noted(db.Raw("SELECT id, change::text FROM diary WHERE change ->> 'Set' = ? ORDER BY id LIMIT ?", set, limit))
}

func noted(query *gorm.DB) ([]crud.Recorded, error) {
	var rows []struct{ ID, Change string }
	if err := query.Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]crud.Recorded, len(rows))
	for i, row := range rows {
		out[i].ID = row.ID
		if err := json.Unmarshal([]byte(row.Change), &out[i].Change); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newArchive is a desk whose changes are kept.
func newArchive(t *testing.T) *desk {
	t.Helper()
	d := newDeskOf(t, crud.Config{Policy: visitors{}, Record: diary{}.record, History: diary{}})
	d.exec("CREATE TABLE diary (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, change jsonb NOT NULL)")
	return d
}

// change asks for a write that has to go well, and returns the id of the last entry that it left.
func (d *desk) change(method, path, body string) string {
	d.t.Helper()
	if got := d.ask(method, path, body); got.StatusCode >= 300 {
		d.t.Fatalf("%s %s: %d %s", method, path, got.StatusCode, got.body)
	}
	return d.text("SELECT max(id)::text FROM diary")
}

// reversal is what of one is asked about.
type reversal struct {
	Entry, Mark             string
	Rows, Doable, Conflicts int
	There                   *bool
	Steps                   []struct {
		Verb, Table, Key, Label, Problem, Denied, Takes, Put string
		Fields                                               []putBack
	}
}

// putBack is a value of a reversal.
type putBack struct {
	Name, State, Put string
	Secret           bool
	Base, Now, Then  json.RawMessage
}

// reversal reads an answer that has to be one.
func (d *desk) reversal(got said) (out reversal) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.StatusCode != 200 {
		d.t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	return out
}

// agree is the body of who agrees to what stands at an address now, with what they choose.
func (d *desk) agree(path string, put ...string) string {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{"mark": d.reversal(d.ask("GET", path, "")).Mark, "put": put})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

func TestUndo_AnUpdate(t *testing.T) {
	d := newArchive(t)
	before := d.text("SELECT to_jsonb(b)::text FROM books b WHERE id = 1")
	id := d.change("PATCH", "/books/1", `{"title": "Emma II", "subtitle": "", "lent": true, "copies": 5, "price": "1.50", "weight": 2, "tags": [], "extra": {"n": 2},
		"origin": null, "bought": null, "printed": "2026-02-03", "shelf_id": null}`)
	path := "/books/1/history/" + id + "/undo"
	seen := d.reversal(d.ask("GET", path, ""))
	fields := strings.Replace(`[{"name":"title","state":"back","base":"Emma II","now":"Emma II","then":"Emma","put":null},`+
		`{"name":"subtitle","state":"back","base":"","now":"","then":null,"put":null},`+
		`{"name":"lent","state":"back","base":true,"now":true,"then":false,"put":null},`+
		`{"name":"copies","state":"back","base":5,"now":5,"then":9007199254740993,"put":null},`+
		`{"name":"price","state":"back","base":"1.50","now":"1.50","then":"12345678901234567890.120","put":null},`+
		`{"name":"weight","state":"back","base":2,"now":2,"then":0.1,"put":null},`+
		`{"name":"tags","state":"back","base":[],"now":[],"then":["a b","c\"d"],"put":null},`+
		`{"name":"extra","state":"back","base":{"n": 2, "s": "é"},"now":{"n": 2, "s": "é"},"then":{"n": 1ZEROS, "s": "é"},"put":null},`+
		`{"name":"origin","state":"back","base":null,"now":null,"then":"2001:db8::7","put":null},`+
		`{"name":"bought","state":"back","base":null,"now":null,"then":"2026-01-02T03:04:05.123456Z","put":null},`+
		`{"name":"printed","state":"back","base":"2026-02-03","now":"2026-02-03","then":"2026-01-02","put":null},`+
		`{"name":"shelf_id","state":"back","base":null,"now":null,"then":1,"put":null}]`, "ZEROS", strings.Repeat("0", 400), 1)
	whole := fmt.Sprintf(`{"entry":%q,"rows":1,"doable":1,"conflicts":0,"mark":%q,"steps":[{"verb":"update","table":"books","key":"1","label":"Emma II",`+
		`"problem":null,"denied":null,"takes":null,"put":null,"note":null,"fields":%s}]`, id, seen.Mark, fields)
	if got := d.ask("GET", path, ""); got.body != whole+"}" || seen.Mark == "" {
		t.Errorf("it would do\n%s, want\n%s", got.body, whole)
	}
	if got := d.ask("POST", path, d.agree(path)); got.StatusCode != 200 || got.body != whole+`,"there":true}` {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := d.text("SELECT to_jsonb(b)::text FROM books b WHERE id = 1"); got != before {
		t.Errorf("the row is\n%s, and was\n%s", got, before)
	}
	if got := d.text("SELECT max(id)::text FROM diary"); got == id {
		t.Error("what is undone is not recorded")
	}
	if again := d.reversal(d.ask("GET", path, "")); again.Doable != 0 || again.Steps[0].Problem != "There is nothing to put back." || again.Steps[0].Fields[0].State != "same" {
		t.Errorf("it can be undone again: %+v", again)
	}
}

func TestUndo_ACreation(t *testing.T) {
	d := newArchive(t)
	id := d.change("POST", "/books", `{"title": "New"}`)
	d.change("PATCH", "/books/4", `{"title": "Newer"}`)
	path, there := "/books/4/history/"+id+"/undo", func() string { return d.text("SELECT count(*)::text FROM books WHERE id = 4") }
	seen := d.reversal(d.ask("GET", path, ""))
	step := seen.Steps[0]
	if step.Verb != "delete" || step.Put != "books/4" || step.Takes == "" || seen.Conflicts != 1 || string(step.Fields[0].Base) != `"New"` || string(step.Fields[0].Now) != `"Newer"` {
		t.Errorf("it would do %+v", seen)
	}
	if kept := d.reversal(d.ask("POST", path, d.agree(path))); there() != "1" || !*kept.There {
		t.Errorf("it goes although that was not chosen: %+v", kept)
	}
	if done := d.reversal(d.ask("POST", path, d.agree(path, "books/4"))); there() != "0" || *done.There {
		t.Errorf("it stays although it was chosen: %+v", done)
	}
}

func TestUndo_ADeletion(t *testing.T) {
	d := newArchive(t)
	before := d.text("SELECT to_jsonb(b)::text FROM books b WHERE id = 2")
	path := "/books/2/history/" + d.change("DELETE", "/books/2", "") + "/undo"
	seen := d.reversal(d.ask("GET", path, ""))
	if step := seen.Steps[0]; step.Verb != "create" || step.Label != `Ulysses "1922"` || !slices.ContainsFunc(step.Fields, func(f putBack) bool {
		return f.Name == "copies" && string(f.Base) == "null" && string(f.Now) == "null" && string(f.Then) == "1"
	}) {
		t.Errorf("it would do %+v", seen)
	}
	if done := d.reversal(d.ask("POST", path, d.agree(path))); !*done.There || d.text("SELECT to_jsonb(b)::text FROM books b WHERE id = 2") != before {
		t.Errorf("%+v", done)
	}
	t.Run("out_of_the_trash", func(t *testing.T) {
		path := "/notes/1/history/" + d.change("DELETE", "/notes/1", "") + "/undo"
		if done := d.reversal(d.ask("POST", path, d.agree(path))); !*done.There || d.text("SELECT count(*)::text FROM notes WHERE id = 1 AND deleted_at IS NULL") != "1" {
			t.Errorf("%+v", done)
		}
	})
}

func TestUndo_AVersion(t *testing.T) {
	d := newArchive(t)
	id := d.change("PATCH", "/books/3", `{"title": "First"}`)
	d.change("PATCH", "/books/3", `{"title": "Second", "copies": 2}`)
	d.change("PATCH", "/books/3", `{"title": "Third", "copies": 3}`)
	path := "/books/3/history/" + id + "/restore"
	if seen := d.reversal(d.ask("GET", path, "")); seen.Entry != id || seen.Rows != 1 || len(seen.Steps[0].Fields) != 2 || string(seen.Steps[0].Fields[0].Then) != `"First"` {
		t.Errorf("it would do %+v", seen)
	}
	d.reversal(d.ask("POST", path, d.agree(path)))
	if got := d.text("SELECT title || copies FROM books WHERE id = 3"); got != "First1" {
		t.Errorf("it is %s", got)
	}
	last := "/books/3/history/" + d.text("SELECT max(id)::text FROM diary") + "/restore"
	if got := d.ask("POST", last, d.agree(last)); got.StatusCode != 200 || !strings.Contains(got.body, `"rows":0,"doable":0,"conflicts":0`) || !strings.Contains(got.body, `"steps":[],"there":true`) {
		t.Errorf("what it is already: %d %s", got.StatusCode, got.body)
	}
}

func TestUndo_AConflict(t *testing.T) {
	d := newArchive(t)
	id := d.change("PATCH", "/books/3", `{"title": "First", "copies": 2}`)
	d.change("PATCH", "/books/3", `{"copies": 3}`)
	path, state := "/books/3/history/"+id+"/undo", func() string { return d.text("SELECT title || copies FROM books WHERE id = 3") }
	seen := d.reversal(d.ask("GET", path, ""))
	clash := seen.Steps[0].Fields[1]
	if seen.Conflicts != 1 || clash.State != "conflict" || clash.Put != "books/3/copies" || string(clash.Base)+string(clash.Now)+string(clash.Then) != "231" {
		t.Errorf("it would do %+v", seen)
	}
	for _, name := range []string{"copies", "books/3/title", "books/3", ""} {
		got := d.ask("POST", path, d.agree(path, "books/3/copies", name))
		if errors := got.problem().Errors; got.StatusCode != 422 || len(errors) != 1 || errors[0].Field != "put" || state() != "First3" {
			t.Errorf("%q is chosen: %d %s", name, got.StatusCode, got.body)
		}
	}
	if d.reversal(d.ask("POST", path, d.agree(path))); state() != "Zettel3" {
		t.Errorf("what was changed since does not stay: %s", state())
	}
	if d.reversal(d.ask("POST", path, d.agree(path, "books/3/copies"))); state() != "Zettel1" {
		t.Errorf("what was chosen is not put back: %s", state())
	}
}

func TestUndo_WhatIsSent(t *testing.T) {
	d := newArchive(t)
	path := "/books/3/history/" + d.change("PATCH", "/books/3", `{"title": "First"}`) + "/undo"
	for name, want := range map[string]struct {
		body, fields string
		status       int
	}{
		"no_object":          {`["mark"]`, "", 400},
		"no_json":            {`{"mark"`, "", 400},
		"a_member_twice":     {`{"mark": "x", "mark": "y"}`, "", 400},
		"no_mark":            {`{}`, "mark", 422},
		"an_empty_mark":      {`{"mark": "", "put": []}`, "mark", 422},
		"null_for_a_mark":    {`{"mark": null}`, "mark", 422},
		"other_kinds":        {`{"mark": 1, "put": "books/3/title"}`, "mark put", 422},
		"an_unknown_member":  {`{"mark": "x", "keep": true}`, "keep", 422},
		"a_list_of_numbers":  {`{"mark": "x", "put": [1]}`, "put", 422},
		"a_mark_of_another":  {`{"mark": "x"}`, "", 409},
		"another_and_a_name": {`{"mark": "x", "put": ["nothing"]}`, "", 409},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.ask("POST", path, want.body)
			var fields []string
			for _, e := range got.problem().Errors {
				fields = append(fields, e.Field)
			}
			if got.StatusCode != want.status || strings.Join(fields, " ") != want.fields || d.text("SELECT title FROM books WHERE id = 3") != "First" {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
	t.Run("the_sentence_is_the_screen's", func(t *testing.T) {
		if got := d.ask("POST", path, `{}`); got.problem().Errors[0].Detail != "Look at what would be done, and confirm it there." {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("a_form_is_not_taken", func(t *testing.T) {
		if got := d.ask("POST", path, "mark=x", "Content-Type", "application/x-www-form-urlencoded"); got.StatusCode != 415 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_stale_mark_does_nothing", func(t *testing.T) {
		body := d.agree(path)
		d.change("PATCH", "/books/3", `{"title": "Second"}`)
		if got := d.ask("POST", path, body); got.StatusCode != 409 || !strings.Contains(got.problem().Detail, "nothing was done") || d.text("SELECT title FROM books WHERE id = 3") != "Second" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("an_address_knows_little", func(t *testing.T) {
		for method, query := range map[string]string{"GET": "?dry_run=true", "POST": "?fields=title"} {
			if got := d.ask(method, path+query, `{"mark": "x"}`); got.StatusCode != 400 {
				t.Errorf("%s: %d %s", method, got.StatusCode, got.body)
			}
		}
	})
}

func TestUndo_Once(t *testing.T) {
	d := newArchive(t)
	path := "/books/3/history/" + d.change("PATCH", "/books/3", `{"title": "First"}`) + "/undo"
	body, title := d.agree(path), func() string { return d.text("SELECT title FROM books WHERE id = 3") }
	entries := func() string { return d.text("SELECT count(*)::text FROM diary") }
	t.Run("a_dry_run_changes_nothing", func(t *testing.T) {
		if dry := d.reversal(d.ask("POST", path+"?dry_run=true", body)); title() != "First" || entries() != "1" || !*dry.There || dry.Doable != 1 {
			t.Errorf("%s, %s entries, %+v", title(), entries(), dry)
		}
	})
	t.Run("a_key_acts_once", func(t *testing.T) {
		first := d.ask("POST", path, body, "Idempotency-Key", "u1")
		again := d.ask("POST", path, body, "Idempotency-Key", "u1")
		if first.StatusCode != 200 || again.StatusCode != 200 || first.body != again.body || title() != "Zettel" || entries() != "2" {
			t.Errorf("%s, %s entries\n%d %s\n%d %s", title(), entries(), first.StatusCode, first.body, again.StatusCode, again.body)
		}
		if got := d.ask("POST", path, d.agree(path), "Idempotency-Key", "u1"); got.StatusCode != 422 {
			t.Errorf("another request with the key: %d %s", got.StatusCode, got.body)
		}
	})
	t.Run("who_wants_little_gets_little", func(t *testing.T) {
		path := "/books/3/history/" + d.change("PATCH", "/books/3", `{"title": "Second"}`) + "/undo"
		if got := d.ask("POST", path, d.agree(path), "Prefer", "return=minimal"); got.StatusCode != 204 || got.body != "" || title() != "Zettel" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestUndo_NeedsThePermissions(t *testing.T) {
	d := newArchive(t)
	path := "/books/3/history/" + d.change("PATCH", "/books/3", `{"title": "First", "price": "2"}`) + "/undo"
	body := d.agree(path)
	t.Run("who_only_reads", func(t *testing.T) {
		if got := d.reversal(d.ask("GET", path, "", "Visitor", "reader")); got.Doable != 0 || got.Steps[0].Denied != "books:update" || got.Steps[0].Problem == "" {
			t.Errorf("%+v", got)
		}
		if got := d.ask("POST", path, body, "Visitor", "reader"); got.StatusCode != 403 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("who_may_do_something_else", func(t *testing.T) {
		got := d.ask("POST", path, body, "Visitor", "clerk")
		if needs := got.problem().Needs; got.StatusCode != 403 || !slices.Equal(needs, []string{"books:update:all"}) || d.text("SELECT title FROM books WHERE id = 3") != "First" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
		gone := "/books/2/history/" + d.change("DELETE", "/books/2", "") + "/undo"
		if got := d.ask("POST", gone, d.agree(gone), "Visitor", "clerk"); got.StatusCode != 200 || d.text("SELECT count(*)::text FROM books WHERE id = 2") != "1" {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("what_is_hidden_is_not_told", func(t *testing.T) {
		if got := d.ask("GET", path, "", "Visitor", "blind"); got.StatusCode != 200 || strings.Contains(got.body, "price") || !strings.Contains(got.body, "title") {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_row_that_may_not_be_seen_has_no_name", func(t *testing.T) {
		d.exec(`INSERT INTO diary (change) SELECT jsonb_set(jsonb_set(jsonb_set(change, '{Table}', '"notes"'), '{Key}', '"2"'), '{Fields}', '[{"Column": "text", "Old": "Old", "New": "Second"}]')
			FROM diary WHERE id = (SELECT min(id) FROM diary)`)
		got := d.ask("GET", path, "", "Visitor", "reader")
		hidden := `{"problem":"Other records, which you may not see, stay as they are.","denied":null,"takes":null,"put":null,"note":null,"fields":[]}`
		if !strings.Contains(got.body, `"rows":2,`) || !strings.Contains(got.body, hidden) || strings.Contains(got.body, "notes") || strings.Contains(got.body, "Second") {
			t.Errorf("%s", got.body)
		}
		if got := d.reversal(d.ask("GET", path, "")); len(got.Steps) != 2 || got.Doable != 2 {
			t.Errorf("who may see it: %+v", got)
		}
	})
}

func TestUndo_OfNothing(t *testing.T) {
	d := newArchive(t)
	id := d.change("PATCH", "/books/3", `{"title": "First"}`)
	for _, path := range []string{"/books/3/history/999", "/books/3/history/x", "/books/1/history/" + id, "/books/999/history/" + id, "/books/x/history/" + id, "/nothing/3/history/" + id} {
		for _, name := range []string{"/undo", "/restore"} {
			if got := d.ask("GET", path+name, ""); got.StatusCode != 404 || got.problem().Type != "urn:unified:problem:not-found" {
				t.Errorf("GET %s: %d %s", path+name, got.StatusCode, got.body)
			}
			if got := d.ask("POST", path+name, `{"mark": "x"}`); got.StatusCode != 404 {
				t.Errorf("POST %s: %d %s", path+name, got.StatusCode, got.body)
			}
		}
	}
	t.Run("where_nothing_is_kept", func(t *testing.T) {
		if got := newDesk(t).ask("GET", "/books/3/history/"+id+"/undo", ""); got.StatusCode != 404 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}

func TestUndo_TellsNoSecret(t *testing.T) {
	d := newArchive(t)
	path := "/books/3/history/" + d.change("POST", "/books/actions/recode", `{"keys": ["3"]}`) + "/undo"
	got := d.ask("GET", path, "")
	if !strings.Contains(got.body, `"problem":"There is nothing to put back."`) || !strings.Contains(got.body, `"fields":[{"name":"code","state":"kept","secret":true}]`) {
		t.Errorf("%s", got.body)
	}
	d.exec(`INSERT INTO diary (change) VALUES ('{"Table": "books", "Key": "1", "Verb": "update", "Set": "s", "Fields": [{"Column": "subtitle", "Secret": true}]}')`)
	d.exec("UPDATE books SET subtitle = 'hush' WHERE id = 1")
	path = "/books/1/history/" + d.text("SELECT max(id)::text FROM diary") + "/undo"
	if got := d.ask("GET", path, ""); !strings.Contains(got.body, `{"name":"subtitle","state":"kept","secret":true}`) || strings.Contains(got.body, "hush") {
		t.Errorf("what was a secret once: %s", got.body)
	}
	gone := "/books/2/history/" + d.change("DELETE", "/books/2", "") + "/undo"
	if got := d.ask("GET", gone, ""); got.StatusCode != 200 || strings.Contains(got.body, "code") {
		t.Errorf("%s", got.body)
	}
}

func TestDocument_HoldsWhatCanBeUndone(t *testing.T) {
	d := newArchive(t)
	undo := []string{
		"GET /books/{key}/history/{entry}/restore getBookVersion", "GET /books/{key}/history/{entry}/undo getBookUndo",
		"POST /books/{key}/history/{entry}/restore restoreBookVersion", "POST /books/{key}/history/{entry}/undo undoBookChange",
	}
	for visitor, want := range map[string][]string{"": undo, "clerk": undo, "reader": undo[:2]} {
		got := slices.DeleteFunc(calls(d.described(visitor)), func(call string) bool { return !strings.Contains(call, " /books/{key}/history/") })
		if !slices.Equal(got, want) {
			t.Errorf("for %q it has %v", visitor, got)
		}
	}
	if got := strings.Join(calls(newDesk(t).described("")), " "); strings.Contains(got, "undo") {
		t.Errorf("where nothing is kept it has %s", got)
	}
}

func TestReason(t *testing.T) {
	d := newArchive(t)
	for _, write := range [][3]string{
		{"PATCH", "/books/1?reason=It%20was%20%22wrong%22.", `{"title": "Emma II"}`},
		{"DELETE", "/books/3?reason=It%20was%20%22wrong%22.", ""},
		{"POST", "/books/actions/delete?reason=It%20was%20%22wrong%22.", `{"keys": ["2"]}`},
	} {
		if got := d.ask(write[0], write[1], write[2]); got.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %d %s", write[0], write[1], got.StatusCode, got.body)
		}
	}
	if got := d.text("SELECT count(*)::text FROM diary WHERE change ->> 'Reason' = 'It was \"wrong\".'"); got != "3" {
		t.Errorf("%s of three writes have the reason", got)
	}
	if got := d.ask("GET", "/books/1/history", ""); !strings.Contains(got.body, `"reason":"It was \"wrong\"."`) {
		t.Errorf("the history says %s", got.body)
	}
	for _, wrong := range []string{"reason=a&reason=b", "reason=" + strings.Repeat("x", crud.ReasonLimit+1), "reason=%00"} {
		if got := d.ask("PATCH", "/books/1?"+wrong, `{"title": "Other"}`); got.StatusCode != 400 {
			t.Errorf("%.20s: %d %s", wrong, got.StatusCode, got.body)
		}
	}
}
