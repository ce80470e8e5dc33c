package api_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is a desk that is held against the document of a visitor.
type contract struct {
	*desk
	visitor string
	doc     *openapi3.T
	schemas *jsonschema.Compiler // of the document
}

func (d *desk) contract(visitor string) *contract {
	d.t.Helper()
	k := &contract{d, visitor, d.described(visitor), jsonschema.NewCompiler()}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(d.document(visitor, "").body))
	if err == nil {
		err = k.schemas.AddResource("mem:///openapi.json", whole)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return k
}

// ask sends a request as the visitor. What is done has to be in the document with what was sent, and each answer to what is in it.
func (k *contract) ask(method, path, body string, headers ...string) said {
	k.t.Helper()
	got := k.desk.ask(method, path, body, append(headers, "Visitor", k.visitor)...)
	bare, query, _ := strings.Cut(path, "?")
	at, operation := k.operation(method, bare)
	if operation == nil {
		if got.StatusCode < 300 {
			k.t.Errorf("%s %s is not in the document, and answers %d", method, path, got.StatusCode)
		}
		return got
	}
	place := []string{"paths", at, strings.ToLower(method)}
	if got.StatusCode < 300 {
		values, err := url.ParseQuery(query)
		for name := range values {
			if err != nil || operation.Parameters.GetByInAndName("query", name) == nil {
				k.t.Errorf("%s %s: the document does not know %s", method, path, name)
			}
		}
		if body != "" {
			k.fits(method+" "+path, body, append(place, "requestBody", "content", "application/json", "schema")...)
		}
	}
	response := operation.Responses.Status(got.StatusCode)
	if response == nil {
		k.t.Errorf("%s %s answers %d, of which the document says nothing: %s", method, path, got.StatusCode, got.body)
		return got
	}
	if place = append(place, "responses", strconv.Itoa(got.StatusCode)); response.Ref != "" {
		place = strings.Split(strings.TrimPrefix(response.Ref, "#/"), "/")
	}
	if got.body != "" {
		k.fits(method+" "+path, got.body, append(place, "content", got.Header.Get("Content-Type"), "schema")...)
	}
	return got
}

// operation finds what the document says of an address, and where.
func (k *contract) operation(method, path string) (at string, found *openapi3.Operation) {
	parts := strings.Split("/api/v1"+path, "/")
	for _, at := range k.doc.Paths.InMatchingOrder() {
		if slices.EqualFunc(strings.Split(at, "/"), parts, func(a, b string) bool { return a == b || strings.HasPrefix(a, "{") }) {
			return at, k.doc.Paths.Value(at).GetOperation(method)
		}
	}
	return "", nil
}

// fits holds JSON against the schema at a place in the document.
func (k *contract) fits(name, text string, path ...string) {
	k.t.Helper()
	place := "mem:///openapi.json#"
	for _, part := range path {
		place += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	schema, err := k.schemas.Compile(place)
	if err != nil {
		k.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		k.t.Errorf("%s\n%v\n%s", name, err, text)
	}
}

// keys are those of the rows of a page.
func (s said) keys() string {
	var page struct {
		Rows []struct {
			Key string `json:"_key"`
		}
	}
	_ = json.Unmarshal([]byte(s.body), &page) // what cannot be read has none
	all := make([]string, len(page.Rows))
	for i, row := range page.Rows {
		all[i] = row.Key
	}
	return strings.Join(all, " ")
}
