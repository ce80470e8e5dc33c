package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"unified/controllers/api"
	"unified/crud"
)

// answered fails the test for an answer that says that something broke. A client that sends nonsense is told so.
func (d *desk) answered(t *testing.T, method, path, body, kind string) {
	t.Helper()
	request, err := http.NewRequest(method, "http://localhost"+api.Path+path, strings.NewReader(body))
	if err != nil {
		return // no address at all
	}
	request.Header.Set("Content-Type", kind)
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, request)
	if recorder.Code >= 500 {
		t.Errorf("%s %s is %d: %s", method, path, recorder.Code, recorder.Body)
	}
	if kind := recorder.Header().Get("Content-Type"); recorder.Code >= 400 && kind != "application/problem+json" {
		t.Errorf("%s %s is answered as %q", method, path, kind)
	}
}

func FuzzBody(f *testing.F) {
	d := newDeskOf(f, crud.Config{Policy: visitors{}}, withSongs, withRacks)
	for _, body := range []string{
		``, `{}`, `[]`, `null`, `{"title": "x"}`, `{"title": 5, "copies": "x", "lent": null}`, `{"copies": 1e400, "weight": 1e309, "price": "1e999"}`,
		`{"tags": [null, {}], "extra": {"a": {"b": null}}, "origin": "999.1.1.1", "cover": "\\x0"}`, `{"bought": "0000-00-00", "printed": "99999-01-01"}`,
		`{"title": "\ud800", "subtitle": "\u0000"}`, "\uFEFF{}", `{"_base": {"title": 1}, "_key": [], "_expand": 1}`, `{"shelf_id": "9223372036854775808"}`,
		`{"keys": ["1", "~", "%zz", ""], "values": {}}`, `{"all": true, "filter": "(((", "q": "\"", "values": {"lent": 0}}`, "{\"title\": \"a\xffb\"}",
		`{"_lines": {"boxes": [{}, {"_key": "1", "_remove": 1}, {"_key": "%00"}, null, {"_key": "2", "_base": {"extra": 1}, "extra": {"a": null}}], "": 0}}`,
		`{"name": "x", "_lines": {"boxes": [{"code": "z", "rack_id": "x"}, {"_key": "9223372036854775808", "_remove": true}, {"_lines": 1}]}}`, `{"_lines": {"boxes": [[]]}}`,
		"title,copies\n\"x", "id,title\n1,\n,,\n", `{"copies": 0.1e1, "weight": "Infinity"}`, `{"extra": "\u0000"}`, `{"add": ["tag%20d", "%00", "~", "%ff"], "remove": null}`, `{"add": [null, "9223372036854775808"], "remove": ["-0"]}`,
		`{"price": "0x10", "weight": "1_000"}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for method, path := range map[string]string{"POST": "/books", "PATCH": "/books/1", "PUT": "/books/2"} {
			d.answered(t, method, path+"?dry_run=true", body, "application/json")
			d.answered(t, method, strings.Replace(path, "books", "racks", 1)+"?dry_run=true", body, "application/json")
		}
		for _, name := range []string{"tags", "likings"} {
			d.answered(t, "POST", "/songs/1/links/"+name+"?dry_run=true", body, "application/json")
		}
		for _, action := range []string{"update", "move", "lend", "delete"} {
			d.answered(t, "POST", "/books/actions/"+action+"?dry_run=true", body, "application/json")
		}
		d.answered(t, "POST", "/books/import?dry_run=true", body, "application/jsonl")
		d.answered(t, "POST", "/books/import?dry_run=true", body, "text/csv")
	})
}

func FuzzAddress(f *testing.F) {
	d := newConcert(f)
	for _, query := range []string{
		"", "q=%zz", "q=\x00", "q=a&q=b", "filter=title.contains:%00", "filter=(((", "filter=copies.is:99999999999999999999", "filter=origin.in:x", "filter=bought.on:2026-13-01",
		"sort=-title,shelf_id,", "sort=,", "fields=,", "fields=title,title", "fields=loud", "expand=.", "expand=shelf_id.,shelf_id..", "expand=shelf_id,shelf_id.room_id", "size=0", "size=1e9",
		"after=x&before=y", "after=e30", "last=1&sort=title", "count=exact&q=%22", "dry_run=true", "format=xlsx", "labels=1&fields=title", ";&;=;", "filter=tags.has:%ff", "q=title:%00", "others=1&count=exact&q=a", "others=1&after=x", "others=%00",
	} {
		f.Add(query, "1")
	}
	for _, key := range []string{"~", "~~,", "%00", "%ff", "1,2", "-0", "9223372036854775808", "..", "1%2f2", "%", "١"} {
		f.Add("", key)
	}
	f.Fuzz(func(t *testing.T, query, key string) {
		for _, path := range []string{"/books", "/books/export", "/books/" + key, "/books/" + url.PathEscape(key), "/books/" + key + "/history", "/songs/1/links/tags", "/songs/1/links/likings",
			"/songs/" + key + "/links/tags"} {
			d.answered(t, "GET", path+"?"+query, "", "")
		}
	})
}
