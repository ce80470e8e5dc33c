package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"unified/controllers"
	"unified/controllers/api"
)

// load sends rows to be imported.
func (d *desk) load(kind, body string, headers ...string) (said, string) {
	d.t.Helper()
	got := d.ask("POST", "/books/import", body, append([]string{"Content-Type", kind}, headers...)...)
	var report struct {
		Created, Changed, Same int
		Rows, Report           []controllers.ReportRow
	}
	if err := json.Unmarshal([]byte(got.body), &report); err != nil {
		d.t.Fatal(err)
	}
	rows := []string{}
	for _, row := range append(report.Rows, report.Report...) {
		text := fmt.Sprint(row.Row, row.Result, row.Key)
		for _, e := range row.Errors {
			text += " " + e.Field
		}
		rows = append(rows, text)
	}
	return got, fmt.Sprintf("%d %d %d %d: %s", got.StatusCode, report.Created, report.Changed, report.Same, strings.Join(rows, ", "))
}

// file is an export as it comes.
func (d *desk) file(query string) string {
	d.t.Helper()
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, httptest.NewRequest("GET", api.Path+"/books/export?"+query, nil))
	if recorder.Code != 200 {
		d.t.Fatalf("%d %s", recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

func TestImport(t *testing.T) {
	d := newDesk(t)
	whole := func() string { return d.text("SELECT jsonb_agg(b ORDER BY id)::text FROM books b") }
	t.Run("what_was_exported_is_the_same", func(t *testing.T) {
		before := whole()
		for kind, query := range map[string]string{"application/jsonl": "", "text/csv": "format=csv"} {
			columns := "fields=id,title,subtitle,lent,copies,price,weight,tags,extra,origin,condition,bought,printed,shelf_id"
			if _, got := d.load(kind, d.file(query+"&"+columns)); got != "200 0 0 3: 1same3, 2same2, 3same1" {
				t.Errorf("%s: %s", kind, got)
			}
		}
		if whole() != before {
			t.Errorf("it became %s", whole())
		}
	})
	t.Run("rows_are_made_and_changed", func(t *testing.T) {
		if _, got := d.load("application/x-ndjson", `{"id": 1, "subtitle": "A novel"}`+"\n\n"+`{"title": "New", "tags": ["x"]}`+"\r\n"); got != "200 1 1 0: 1changed1, 2created4" {
			t.Error(got)
		}
		if _, got := d.load("text/csv; charset=utf-8", "title,copies,tags,lent,shelf_id\r\n\"Newer, newest\",2,\"[\"\"a\"\"]\",false,\r\nZero,,,,2"); got != "200 2 0 0: 1created5, 2created6" {
			t.Error(got)
		}
		if got := d.text("SELECT string_agg(title || copies || coalesce(tags, '{}')::text || lent || coalesce(shelf_id, 0), ' ' ORDER BY id) FROM books WHERE id > 4"); got != "Newer, newest2{a}false0 Zero1{}true2" {
			t.Error(got)
		}
	})
	t.Run("T98_nothing_is_done_where_a_row_is_wrong", func(t *testing.T) {
		before := whole()
		got, rows := d.load("application/jsonl", strings.Join([]string{
			`{"title": "Fine"}`, `{"title": "Fine"}`, `{"title": "", "copies": "x"}`, `nonsense`, `{"id": 99, "title": "Y"}`, `{"id": 1, "shelf_id": 99}`, `{"id": 2}`, `{"title": "Z", "colour": 1}`,
		}, "\n"))
		if rows != "422 0 0 0: 1created, 2wrong title, 3wrong copies title, 4wrong, 5wrong, 6wrong shelf_id, 7same, 8wrong colour" || whole() != before {
			t.Errorf("%s\n%s", rows, got.body)
		}
		if report := got.problem(); !strings.Contains(report.Detail, "of 8 rows 6 are wrong") || report.Report[3].Detail == "" {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("a_hundred_mistakes_are_enough", func(t *testing.T) {
		if got, _ := d.load("text/csv", "title\n"+strings.Repeat("Emma\n", 150)); got.StatusCode != 422 || len(got.problem().Report) != 100 {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_dry_run_does_nothing", func(t *testing.T) {
		before := whole()
		if got := d.ask("POST", "/books/import?dry_run=true", "title\nDry", "Content-Type", "text/csv"); got.StatusCode != 200 || !strings.Contains(got.body, `"created":1`) || whole() != before {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
	t.Run("a_key_imports_once", func(t *testing.T) {
		for range 2 {
			if _, got := d.load("text/csv", "title\nKeyed", "Idempotency-Key", "i1"); !strings.HasPrefix(got, "200 1 0 0: 1created") {
				t.Error(got)
			}
		}
	})
	for name, want := range map[string]struct {
		kind, body string
		status     int
	}{
		"no_rows":               {"text/csv", "title\n", 422},
		"a_column_twice":        {"text/csv", "title,title\nx,y", 400},
		"too_few_cells":         {"text/csv", "title,copies\nx", 400},
		"a_quote_without_end":   {"text/csv", "title\n\"x", 400},
		"what_is_not_utf_8":     {"text/csv", "title\n\xff", 400},
		"too_many":              {"text/csv", "title\n" + strings.Repeat("x\n", 10_001), 413},
		"T47_more_than_it_may":  {"application/jsonl", strings.Repeat(" ", 17<<20), 413},
		"another_media_type":    {"application/json", "[]", 415},
		"a_number_that_is_none": {"application/jsonl", `{"title": "x", "weight": "NaN"}`, 422},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.ask("POST", "/books/import", want.body, "Content-Type", want.kind); got.StatusCode != want.status {
				t.Errorf("%d %.300s", got.StatusCode, got.body)
			}
		})
	}
	if got := d.ask("POST", "/books/import", `{"title": "x"}`, "Content-Type", "application/jsonl", "Visitor", "reader"); got.StatusCode != 403 {
		t.Errorf("%d", got.StatusCode)
	}
}
