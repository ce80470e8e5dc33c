package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"unified/controllers"
	"unified/controllers/api"
)

// contract is the document of the API as an account is given it, and the panel that has to keep to it.
type contract struct {
	*matrix
	c       cast
	doc     *openapi3.T
	schemas *jsonschema.Compiler // of the document
	known   map[string]*jsonschema.Schema
}

// operation is one of the document.
type operation struct {
	*openapi3.Operation
	method, path string
	table, rest  string // the path's parts behind that of the API
}

// contractFor reads the document as an account.
func contractFor(m *matrix, c cast) *contract {
	m.t.Helper()
	got := m.send(c, http.MethodGet, controllers.DocumentPath, nil)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "private, no-cache" {
		m.t.Fatalf("%d %v\n%s", got.status, got.header, got.body)
	}
	if again := m.send(c, http.MethodGet, controllers.DocumentPath, nil, "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified || again.body != "" {
		m.t.Errorf("%d %s", again.status, again.body)
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	if err != nil {
		m.t.Fatal(err)
	}
	if err := doc.Validate(m.t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(), openapi3.EnableSchemaPatternValidation()); err != nil {
		m.t.Fatal(err)
	}
	k := &contract{m, c, doc, jsonschema.NewCompiler(), map[string]*jsonschema.Schema{}}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	if err == nil {
		err = k.schemas.AddResource(documentURL, whole)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	k.schemas.AssertFormat()
	for name, valid := range formats {
		k.schemas.RegisterFormat(&jsonschema.Format{Name: name, Validate: valid})
	}
	for name := range doc.Components.Schemas { // each is one, as JSON Schema 2020-12 has it
		k.schema("components", "schemas", name)
	}
	return k
}

// documentURL is what the document is called among schemas.
const documentURL = "mem:///openapi.json"

// formats are those that the document has beside those of JSON Schema.
var formats = map[string]func(any) error{
	"int32":   func(v any) error { return isWhole(v, 32) },
	"int64":   func(v any) error { return isWhole(v, 64) },
	"decimal": isNumber,
	"inet":    isAddress,
}

func isWhole(v any, bits int) error {
	if n, ok := v.(json.Number); ok {
		_, err := strconv.ParseInt(n.String(), 10, bits)
		return err
	}
	return nil
}

func isNumber(v any) error {
	if text, ok := v.(string); ok {
		_, err := strconv.ParseFloat(text, 64)
		return err
	}
	return nil
}

func isAddress(v any) error {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	_, err := netip.ParsePrefix(text)
	return err
}

// schema is the one at a place in the document.
func (k *contract) schema(path ...string) *jsonschema.Schema {
	k.t.Helper()
	place := documentURL + "#"
	for _, part := range path {
		place += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	if k.known[place] == nil {
		var err error
		if k.known[place], err = k.schemas.Compile(place); err != nil {
			k.t.Fatal(err)
		}
	}
	return k.known[place]
}

// fits holds JSON against the schema at a place in the document.
func (k *contract) fits(name, text string, path ...string) {
	k.t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = k.schema(path...).Validate(value)
	}
	if err != nil {
		k.t.Errorf("%s\n%v\n%.1000s", name, err, text)
	}
}

// operations are all of the document, in order.
func (k *contract) operations() []operation {
	var all []operation
	for _, path := range k.doc.Paths.InMatchingOrder() {
		for method, o := range k.doc.Paths.Value(path).Operations() {
			table, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, api.Path), "/"), "/")
			all = append(all, operation{o, method, path, table, rest})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return all
}

// has reports whether an operation takes a parameter.
func (o operation) has(in, name string) bool { return o.Parameters.GetByInAndName(in, name) != nil }

// open reports whether nobody has to be known.
func (o operation) open() bool { return o.Security != nil && len(*o.Security) == 0 }

// body is the schema of what is sent as JSON; nil if nothing is.
func (o operation) body() *openapi3.Schema {
	if o.RequestBody == nil {
		return nil
	}
	if kind := o.RequestBody.Value.Content.Get("application/json"); kind != nil {
		return kind.Schema.Value
	}
	return nil
}

// request is what is asked for.
type request struct {
	query url.Values
	key   string
	entry string // of the row's history
	body  any    // text is sent as it is
	kind  string
	head  []string
	cast  *cast // who asks; nil: the contract's account
}

// at is the address that is asked.
func (o operation) at(r request) string {
	return strings.NewReplacer("{key}", r.key, "{entry}", r.entry).Replace(o.path)
}

// ask sends a request, which has to be as the document says unless it is meant to be wrong, and checks the answer against it.
func (k *contract) ask(o operation, r request, wrong bool) answer {
	k.t.Helper()
	path := o.at(r)
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	text, plain := r.body.(string)
	if r.body != nil && !plain {
		bytes, err := json.Marshal(r.body)
		if err != nil {
			k.t.Fatal(err)
		}
		text = string(bytes)
	}
	who := k.c
	if r.cast != nil {
		who = *r.cast
	}
	head := r.head
	if o.method != http.MethodGet {
		head = append(slices.Clone(head), "Content-Type", or(r.kind, "application/json"))
	}
	got := k.sendText(who, o.method, path, text, head...)
	name := fmt.Sprintf("%s: %s %s %.300s", k.c.role, o.method, path, text)
	k.holds(name, o, r, path, text, head, got, wrong)
	return got
}

// holds checks a request and its answer against the document.
func (k *contract) holds(name string, o operation, r request, path, text string, head []string, got answer, wrong bool) {
	k.t.Helper()
	sent, err := http.NewRequestWithContext(k.t.Context(), o.method, k.base+path, strings.NewReader(text))
	if err != nil {
		k.t.Fatal(err)
	}
	for i := 0; i+1 < len(head); i += 2 {
		sent.Header.Set(head[i], head[i+1])
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, ExcludeRequestBody: true, ExcludeResponseBody: true}
	input := &openapi3filter.RequestValidationInput{
		Request: sent, PathParams: map[string]string{"key": r.key, "entry": r.entry}, QueryParams: r.query, Options: options,
		Route: &routers.Route{Spec: k.doc, Path: o.path, PathItem: k.doc.Paths.Value(o.path), Method: o.method, Operation: o.Operation},
	}
	at := []string{"paths", o.path, strings.ToLower(o.method)}
	if !wrong {
		if err := openapi3filter.ValidateRequest(k.t.Context(), input); err != nil {
			k.t.Errorf("%s: the document does not know this: %v", name, err)
		}
		if kind := or(r.kind, "application/json"); strings.HasSuffix(kind, "json") && r.body != nil && kind != "application/x-ndjson" {
			k.fits(name, text, append(at, "requestBody", "content", kind, "schema")...)
		} else if (o.RequestBody != nil) != (r.body != nil) {
			k.t.Errorf("%s: what the document has to be sent differs", name)
		}
	}
	response := o.Responses.Status(got.status)
	if response == nil {
		k.t.Errorf("%s answers %d, of which the document says nothing\n%.500s", name, got.status, got.body)
		return
	}
	k.says(name, response.Value, got)
	err = openapi3filter.ValidateResponse(k.t.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: got.status, Header: got.header, Options: options})
	if err != nil {
		k.t.Errorf("%s answers %d against the document: %v", name, got.status, err)
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if got.body == "" || !strings.HasSuffix(kind, "/json") && !strings.HasSuffix(kind, "+json") {
		return
	}
	if at = append(at, "responses", strconv.Itoa(got.status)); response.Ref != "" {
		at = strings.Split(strings.TrimPrefix(response.Ref, "#/"), "/")
	}
	k.fits(name, got.body, append(at, "content", kind, "schema")...)
}

// says checks that an answer has the headers and the kind of body that the document tells of, and no others.
func (k *contract) says(name string, response *openapi3.Response, got answer) {
	k.t.Helper()
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	switch {
	case got.body != "" && response.Content[kind] == nil:
		k.t.Errorf("%s answers %d as %q, of which the document says nothing\n%.500s", name, got.status, kind, got.body)
	case got.body == "" && response.Content["application/json"] != nil && got.header.Get("Preference-Applied") == "":
		k.t.Errorf("%s answers %d with nothing", name, got.status)
	}
	for header, about := range response.Headers {
		if about.Value.Required && got.header.Get(header) == "" {
			k.t.Errorf("%s answers %d without %s", name, got.status, header)
		}
	}
	for _, header := range []string{"ETag", "Link", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate", "Set-Cookie"} {
		if got.header.Get(header) != "" && response.Headers[header] == nil {
			k.t.Errorf("%s answers %d with %s, of which the document says nothing", name, got.status, header)
		}
	}
}

// typed is a text of a form as a schema has it.
func typed(s *openapi3.Schema, text string) any {
	switch {
	case s.Type.Includes("integer"):
		n, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			return n
		}
	case s.Type.Includes("boolean"):
		return text == "true"
	case s.Format == "date-time" && !strings.Contains(text, "T"):
		return strings.Replace(text, " ", "T", 1) + ":00Z"
	}
	return text
}

// members are columns as a schema takes them; others are left out.
func members(s *openapi3.Schema, columns columns) map[string]any {
	out := map[string]any{}
	for name, text := range columns {
		if property := s.Properties[name]; property != nil {
			out[name] = typed(property.Value, text)
		}
	}
	return out
}

// right makes the request of an operation that does what it is for, on a row of an owner.
func (k *contract) right(o operation, whose owner) request {
	k.t.Helper()
	r, s := request{query: url.Values{}}, k.specimens[o.table]
	if o.has("path", "key") || strings.HasPrefix(o.rest, "actions/") {
		r.key = k.insert(o.table, whose)
	}
	body := o.body()
	switch {
	case o.OperationID == "login":
		r.body = map[string]string{"name": "admin", "password": "admin123"}
	case o.OperationID == "register":
		name := k.fresh("newcomer")
		r.body = map[string]string{"username": name, "email": name + "@register.example", "password": "correct horse battery"}
	case o.has("path", "entry"):
		k.changedSince(o, &r)
	case o.rest == "import":
		lines, err := json.Marshal(with(s.row(k.matrix, whose), s.typed))
		if err != nil {
			k.t.Fatal(err)
		}
		r.body, r.kind = string(lines)+"\n", "application/jsonl"
	case strings.HasPrefix(o.rest, "actions/"):
		sent := map[string]any{"keys": []string{r.key}}
		if values := body.Properties["values"]; values != nil {
			typed := s.asked[strings.TrimPrefix(o.rest, "actions/")]
			if typed == nil {
				typed = columns{s.single()[0]: s.single()[1]}
			}
			sent["values"] = members(values.Value, typed)
		}
		r.body = sent
	case o.method == http.MethodPost && o.rest == "":
		r.body = members(body, with(s.row(k.matrix, whose), s.typed))
	case o.method == http.MethodPatch:
		r.body = members(body, columns{s.change[0]: s.change[1]})
	case o.method == http.MethodPut:
		held := map[string]any{}
		if got := k.send(k.c, http.MethodGet, strings.Replace(o.path, "{key}", r.key, 1), nil); got.status == http.StatusOK {
			decoder := json.NewDecoder(strings.NewReader(got.body))
			decoder.UseNumber()
			if err := decoder.Decode(&held); err != nil {
				k.t.Fatal(err)
			}
		}
		for name := range held {
			if body.Properties[name] == nil {
				delete(held, name)
			}
		}
		for name, value := range members(body, columns{s.change[0]: s.change[1]}) {
			held[name] = value
		}
		r.body = held
	}
	return r
}
