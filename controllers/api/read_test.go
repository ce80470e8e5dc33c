package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"unified/controllers"
)

const emma = `{"_key":"1","id":1,"title":"Emma","subtitle":null,"lent":false,"copies":9007199254740993,"price":"12345678901234567890.120","weight":0.1,` +
	`"tags":["a b","c\"d"],"extra":{"n": 1` + "%s" + `, "s": "é"},"origin":"2001:db8::7","cover":"\\x00ff","condition":"new",` +
	`"bought":"2026-01-02T03:04:05.123456Z","printed":"2026-01-02","shelf_id":1}`

func TestShow(t *testing.T) {
	d := newDesk(t)
	whole := fmt.Sprintf(emma, strings.Repeat("0", 400))
	got := d.ask("GET", "/books/1", "")
	if got.StatusCode != 200 || got.body != whole {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	tag := got.Header.Get("ETag")
	t.Run("a_tag_is_the_state's", func(t *testing.T) {
		if again := d.ask("GET", "/books/1?fields=title", "", "If-None-Match", `"other", W/`+tag); again.StatusCode != 304 || again.body != "" {
			t.Errorf("%d %s", again.StatusCode, again.body)
		}
		d.exec("UPDATE books SET copies = copies + 1 WHERE id = 1")
		if again := d.ask("GET", "/books/1?fields=title", "", "If-None-Match", tag); again.StatusCode != 200 || again.Header.Get("ETag") == tag {
			t.Errorf("%d %v", again.StatusCode, again.Header)
		}
	})
	for name, want := range map[string][2]string{
		"columns_are_chosen_and_computed":         {"/books/3?fields=weight,extra,tags,loud", `{"_key":"3","weight":"NaN","extra":null,"tags":[],"loud":"ZETTEL"}`},
		"relations_are_expanded":                  {"/books/1?fields=id&expand=shelf_id.room_id", `{"_key":"1","id":1,"_expand":{"shelf_id":{"_key":"1","id":1,"name":"Top","room_id":1,"_expand":{"room_id":{"_key":"1","id":1,"name":"Hall"}}}}}`},
		"what_points_at_nothing_expands_to_null":  {"/books/3?fields=id&expand=shelf_id", `{"_key":"3","id":3,"_expand":{"shelf_id":null}}`},
		"a_relation_of_no_row_expands_to_nothing": {"/books/2?fields=id&expand=shelf_id,shelf_id.room_id", `{"_key":"2","id":2,"_expand":{"shelf_id":{"_key":"2","id":2,"name":"Low","room_id":null,"_expand":{"room_id":null}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.ask("GET", want[0], ""); got.StatusCode != 200 || got.body != want[1] {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
	t.Run("numbers_that_json_has_not_are_texts", func(t *testing.T) {
		for value, want := range map[string]string{"Infinity": `"Infinity"`, "-Infinity": `"-Infinity"`, "1e300": "1e+300", "-0.5": "-0.5"} {
			d.exec("UPDATE books SET weight = '" + value + "' WHERE id = 2")
			if got := d.ask("GET", "/books/2?fields=weight", ""); got.body != `{"_key":"2","weight":`+want+`}` {
				t.Errorf("%s reads %s", value, got.body)
			}
		}
	})
	t.Run("what_may_not_be_read_expands_to_null", func(t *testing.T) {
		if got := d.ask("GET", "/books/1?fields=id&expand=shelf_id", "", "Visitor", "reader"); got.body != `{"_key":"1","id":1,"_expand":{"shelf_id":null}}` {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("what_is_hidden_is_not_there", func(t *testing.T) {
		if got := d.ask("GET", "/books/1", "", "Visitor", "blind"); strings.Contains(got.body, "price") || strings.Contains(got.body, "code") {
			t.Errorf("%s", got.body)
		}
		for _, query := range []string{"fields=price", "fields=code", "sort=price", "filter=price.is:1", "fields=id&expand=price"} {
			if got := d.ask("GET", "/books?"+query, "", "Visitor", "blind"); got.StatusCode != 400 {
				t.Errorf("%s: %d", query, got.StatusCode)
			}
		}
	})
}

func TestList(t *testing.T) {
	d := newDesk(t)
	type page struct {
		Rows       []map[string]any
		Next, Prev *string
		Count      *struct {
			Rows        int64
			Exact, More bool
		}
	}
	read := func(t *testing.T, path string) (out page, link string) {
		t.Helper()
		got := d.ask("GET", path, "")
		if got.StatusCode != 200 {
			t.Fatalf("%s: %d %s", path, got.StatusCode, got.body)
		}
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatal(err)
		}
		return out, got.Header.Get("Link")
	}
	t.Run("pages_follow_their_links", func(t *testing.T) {
		var keys []string
		path := "/books?sort=-title&size=1&fields=title&expand=shelf_id"
		for path != "" {
			page, link := read(t, path)
			keys = append(keys, page.Rows[0]["_key"].(string))
			if path = ""; page.Next != nil {
				path = strings.TrimPrefix(*page.Next, "/api/v1")
				if !strings.Contains(link, "<"+*page.Next+`>; rel="next"`) || page.Count != nil {
					t.Errorf("Link is %s", link)
				}
			} else if !strings.Contains(link, "<"+*page.Prev+`>; rel="prev"`) {
				t.Errorf("Link is %s", link)
			}
		}
		if got := strings.Join(keys, " "); got != "3 2 1" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("filters_and_searches_as_the_screens_do", func(t *testing.T) {
		if page, _ := read(t, "/books?filter=lent.is:true&q=ulysses&count=exact&fields=id"); len(page.Rows) != 1 || page.Count.Rows != 1 || !page.Count.Exact {
			t.Errorf("%+v", page)
		}
	})
	t.Run("an_estimate_is_one", func(t *testing.T) {
		if page, _ := read(t, "/books?count=estimate&fields=id"); page.Count.Rows != 3 {
			t.Errorf("%+v", page.Count)
		}
	})
	for path, sentence := range map[string]string{
		"/books?page=2": `"page"`, "/books?count=all": `"count"`, "/books?fields=nope": `"nope"`, "/books?expand=title": `"title"`,
		"/books?expand=shelf_id.room_id.x": "2", "/books?expand=a&expand=b": "twice", "/books?size=501": "500", "/books?q=%zz": "damaged",
		"/books?after=x": "address", "/books/1?sort=title": `"sort"`, "/books?sort=title&after=e30": "address", "/books?expand=": "",
	} {
		t.Run(path, func(t *testing.T) {
			got := d.ask("GET", path, "")
			if problem := got.problem(); sentence != "" && (got.StatusCode != 400 || problem.Type != "urn:unified:problem:bad-request" || !strings.Contains(problem.Detail, sentence)) {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
}

func TestProtocol(t *testing.T) {
	d := newDesk(t)
	for name, want := range map[string]struct {
		method, path string
		header       [2]string
		status       int
		kind         string
	}{
		"no_such_table":               {"GET", "/nothing", [2]string{}, 404, "not-found"},
		"no_such_row":                 {"GET", "/books/99", [2]string{}, 404, "not-found"},
		"a_key_that_cannot_be":        {"GET", "/books/x", [2]string{}, 404, "not-found"},
		"a_table_that_is_kept_back":   {"GET", "/shelves", [2]string{"Visitor", "reader"}, 403, "forbidden"},
		"another_media_type":          {"GET", "/books", [2]string{"Accept", "text/html, application/json;q=0"}, 406, "not-acceptable"},
		"all_types_but_this":          {"GET", "/books", [2]string{"Accept", "*/*, application/json; charset=utf-8; q=0.0"}, 406, "not-acceptable"},
		"a_body_that_is_packed":       {"POST", "/books", [2]string{"Content-Encoding", "gzip"}, 415, "unsupported-media-type"},
		"a_method_that_is_not_known":  {"TRACE", "/books", [2]string{}, 405, "method-not-allowed"},
		"a_method_that_is_not_taken":  {"PATCH", "/books", [2]string{}, 405, "method-not-allowed"},
		"a_version_that_is_not_there": {"GET", "/../v9/books", [2]string{}, 404, "not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.ask(want.method, want.path, "", want.header[0], want.header[1])
			problem := got.problem()
			if got.StatusCode != want.status || problem.Status != want.status || problem.Type != controllers.ProblemType(want.status) ||
				!strings.HasSuffix(problem.Type, want.kind) || problem.Request != got.Header.Get("X-Request-Id") || problem.Title == "" || problem.Detail == "" {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
			if want.status == 405 && want.method != "TRACE" && !strings.Contains(got.Header.Get("Allow"), "GET") {
				t.Errorf("Allow is %q", got.Header.Get("Allow"))
			}
		})
	}
	for _, header := range []string{"", "*/*", "text/html, */*;q=0.1", "*/*;q=0, application/json", "application/*", "APPLICATION/JSON;q=0.001", "application/problem+json", "application/json;q"} {
		t.Run("taken_as "+header, func(t *testing.T) {
			if got := d.ask("GET", "/books/1", "", "Accept", header); got.StatusCode != 200 {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
		})
	}
	t.Run("a_head_says_what_a_get_does", func(t *testing.T) {
		if got := d.ask("HEAD", "/books/1", ""); got.StatusCode != 200 || got.Header.Get("ETag") == "" || got.Header.Get("Content-Length") == "" {
			t.Errorf("%d %v", got.StatusCode, got.Header)
		}
	})
	t.Run("options_tell_what_is_allowed", func(t *testing.T) {
		if got := d.ask("OPTIONS", "/books/1", ""); got.StatusCode != 204 || !strings.Contains(got.Header.Get("Allow"), "GET") || !strings.Contains(got.Header.Get("Allow"), "OPTIONS") {
			t.Errorf("%d %v", got.StatusCode, got.Header)
		}
	})
}
