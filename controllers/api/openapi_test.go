package api_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/controllers"
)

// document is what a visitor is answered at the address of the document.
func (d *desk) document(visitor, query string, headers ...string) said {
	d.t.Helper()
	request := httptest.NewRequest(http.MethodGet, controllers.DocumentPath+query, nil)
	request.Header.Set("Visitor", visitor)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, request)
	return said{recorder.Result(), recorder.Body.String()}
}

// described is the document as a visitor is given it. It is valid.
func (d *desk) described(visitor string) *openapi3.T {
	d.t.Helper()
	got := d.document(visitor, "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	if err == nil {
		err = doc.Validate(d.t.Context(), openapi3.EnableSchemaDefaultsValidation(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaPatternValidation())
	}
	if err != nil {
		d.t.Fatalf("%d %v", got.StatusCode, err)
	}
	return doc
}

// calls are the operations of a document, as "METHOD path id".
func calls(doc *openapi3.T) (all []string) {
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			all = append(all, method+" "+strings.TrimPrefix(path, "/api/v1")+" "+o.OperationID)
		}
	}
	slices.Sort(all)
	return all
}

func TestDocument(t *testing.T) {
	d := newDesk(t)
	doc := d.described("")
	member := func(schema, name string) string {
		t.Helper()
		text, err := doc.Components.Schemas[schema].Value.Properties[name].Value.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for place, want := range map[[2]string]string{
		{"Book", "id"}:                  `{"format":"int64","readOnly":true,"title":"ID","type":"integer"}`,
		{"Book", "subtitle"}:            `{"maxLength":60,"title":"Subtitle","type":["string","null"]}`,
		{"Book", "lent"}:                `{"title":"Lent","type":"boolean"}`,
		{"Book", "price"}:               `{"format":"decimal","pattern":"^(-?[0-9]+(\\.[0-9]+)?|NaN|-?Infinity)$","title":"Price","type":["string","null"]}`,
		{"Book", "weight"}:              `{"format":"double","pattern":"^(NaN|-?Infinity)$","title":"Weight","type":["number","string","null"]}`,
		{"Book", "tags"}:                `{"items":{"type":"string"},"title":"Tags","type":["array","null"]}`,
		{"Book", "extra"}:               `{"title":"Extra"}`,
		{"Book", "origin"}:              `{"format":"inet","title":"Origin","type":["string","null"]}`,
		{"Book", "cover"}:               `{"pattern":"^\\\\x([0-9a-f]{2})*$","readOnly":true,"title":"Cover","type":["string","null"]}`,
		{"Book", "condition"}:           `{"enum":["new","worn"],"maxLength":10,"title":"Condition","type":"string"}`,
		{"Book", "bought"}:              `{"format":"date-time","title":"Bought","type":["string","null"]}`,
		{"Book", "printed"}:             `{"format":"date","title":"Printed","type":["string","null"]}`,
		{"Book", "shelf_id"}:            `{"description":"Refers to a row of shelves.","format":"int64","title":"Shelf","type":["integer","null"]}`,
		{"Book", "loud"}:                `{"description":"Loud. It is there only where fields names it.","readOnly":true,"type":["string","null"]}`,
		{"BookCreate", "title"}:         `{"maxLength":60,"minLength":1,"title":"Title","type":"string"}`,
		{"BookCreate", "condition"}:     `{"default":"new","enum":["new","worn"],"examples":["new"],"maxLength":10,"title":"Condition","type":"string"}`,
		{"BookCreate", "lent"}:          `{"default":true,"examples":[true],"title":"Lent","type":"boolean"}`,
		{"BookCreate", "price"}:         `{"examples":["0.5"],"format":"decimal","pattern":"^-?[0-9]+(\\.[0-9]+)?$","title":"Price","type":["string","null"]}`,
		{"BookPatch", "condition"}:      `{"enum":["new","worn"],"examples":["new"],"maxLength":10,"title":"Condition","type":"string"}`,
		{"BooksMoveValues", "shelf_id"}: `{"description":"Refers to a row of shelves.","examples":[1],"format":"int64","title":"Shelf","type":"integer"}`,
		{"Note", "_trashed"}:            `{"description":"Since when it is in the trash; only there.","format":"date-time","type":"string"}`,
	} {
		if got := member(place[0], place[1]); got != want {
			t.Errorf("%s.%s is %s", place[0], place[1], got)
		}
	}
	for schema, want := range map[string]string{
		"Book": "_key", "BookCreate": "title", "BookReplace": "title", "BookPatch": "", "BooksMoveValues": "shelf_id", "BooksBulkMove": "values", "NoteCreate": "text",
	} {
		if got := strings.Join(doc.Components.Schemas[schema].Value.Required, " "); got != want {
			t.Errorf("of %s %q are required", schema, got)
		}
	}
	if _, there := doc.Components.Schemas["BookCreate"].Value.Properties["code"]; there || strings.Contains(d.document("", "").body, `"code"`) {
		t.Error("a secret is in the document")
	}
	for _, want := range []string{"GET /books listBooks", "POST /books createBook", "GET /books/{key} getBook", "PATCH /books/{key} updateBook", "PUT /books/{key} replaceBook",
		"DELETE /books/{key} deleteBook", "POST /books/actions/lend bulkLendBooks", "POST /books/actions/update bulkUpdateBooks", "POST /books/import importBooks",
		"GET /books/export exportBooks", "GET /shelves/{key} getShelf", "POST /notes/{key}/restore restoreNote", "POST /notes/{key}/purge purgeNote"} {
		if !slices.Contains(calls(doc), want) {
			t.Errorf("%s is not there", want)
		}
	}
	if len(doc.Servers) != 1 || doc.Servers[0].URL != "/" || doc.OpenAPI != "3.1.0" {
		t.Errorf("%s %v", doc.OpenAPI, doc.Servers)
	}
	if slices.Contains(calls(doc), "POST /books/{key}/restore restoreBook") {
		t.Error("a table without a trash has one")
	}
}

func TestDocument_HoldsWhatOneMayDo(t *testing.T) {
	d := newDesk(t)
	t.Run("who_only_reads_books", func(t *testing.T) {
		doc := d.described("reader")
		if got := strings.Join(calls(doc), ", "); got != "GET /books listBooks, GET /books/export exportBooks, GET /books/{key} getBook" {
			t.Errorf("it has %s", got)
		}
		text := d.document("reader", "").body
		for _, other := range []string{"Shelf", "shelves", "Note", "Room", "BookCreate", "BookPatch"} {
			if strings.Contains(strings.ReplaceAll(text, `"title":"Shelf"`, ""), other) {
				t.Errorf("it tells of %s", other)
			}
		}
	})
	t.Run("who_does_not_see_prices", func(t *testing.T) {
		doc := d.described("blind")
		if strings.Contains(d.document("blind", "").body, "price") {
			t.Error("it tells of prices")
		}
		book := doc.Components.Schemas["Book"].Value.Properties
		if !book["copies"].Value.ReadOnly || slices.Contains(slices.Collect(maps.Keys(doc.Components.Schemas["BookPatch"].Value.Properties)), "copies") {
			t.Error("copies can be set")
		}
	})
}

func TestDocument_IsKept(t *testing.T) {
	d := newDesk(t)
	first := d.document("", "")
	tag := first.Header.Get("ETag")
	if first.Header.Get("Cache-Control") != "private, no-cache" || first.Header.Get("Content-Type") != "application/json" || tag == "" || !strings.Contains(strings.Join(first.Header.Values("Vary"), ","), "Authorization") {
		t.Errorf("%v", first.Header)
	}
	if got := d.document("", "", "If-None-Match", tag); got.StatusCode != 304 || got.body != "" {
		t.Errorf("%d", got.StatusCode)
	}
	if got := d.document("blind", "", "If-None-Match", tag); got.StatusCode != 200 || got.Header.Get("ETag") == tag {
		t.Errorf("%d", got.StatusCode)
	}
	if got := d.document("", "?version=2"); got.StatusCode != 400 || got.problem().Type != controllers.ProblemType(400) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := d.document("", "", "Accept", "text/html"); got.StatusCode != 406 || got.problem().Type != controllers.ProblemType(406) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

func BenchmarkDocument(b *testing.B) {
	d := newDesk(b)
	for b.Loop() {
		if got := d.document("", ""); got.StatusCode != 200 {
			b.Fatal(got.StatusCode)
		}
	}
}
