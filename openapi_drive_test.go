package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"unified/controllers"
	"unified/controllers/api"
)

// TestOpenAPI_DrivesEveryOperation asks for everything that the document of an administrator has, as it says, and holds each answer
// against it; then wrongly in every way that it knows. Nothing of the API is missing in it, and it has nothing that is not there.
func TestOpenAPI_DrivesEveryOperation(t *testing.T) {
	t.Parallel()
	m := newMatrixWith(t, map[string]string{"REGISTRATION": "true", "REGISTRATION_DOMAINS": "register.example"})
	k := contractFor(m, m.cast("admin"))
	there := map[string]bool{}
	for _, route := range m.routes {
		if strings.HasPrefix(route.Path, api.Path+"/") {
			there[documented(route)] = true
		}
	}
	ids := map[string]bool{}
	for _, o := range k.operations() {
		line := o.method + " " + o.path
		if !there[line] && k.doc.Paths.Value(o.path) != nil {
			t.Errorf("%s is in the document, and there is no such address", line)
		}
		delete(there, line)
		if ids[o.OperationID] || o.OperationID == "" {
			t.Errorf("%s is called %q", line, o.OperationID)
		}
		ids[o.OperationID] = true
	}
	for line := range there {
		if ask, ok := m.possible(line); ok {
			t.Errorf("%s is not in the document (%s)", line, ask)
		}
	}
	for _, o := range k.operations() {
		k.rightly(o)
		k.narrowly(o)
		k.wrongly(o)
	}
}

// TestOpenAPI_IsForWhoIsKnown shows that strangers are told nothing, and are led to no page.
func TestOpenAPI_IsForWhoIsKnown(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name, headers := range map[string][]string{"nobody": nil, "a browser": {"Accept", "text/html"}, "a token that opens nothing": {"Authorization", "Bearer unified_NOTHING"}} {
		got := m.send(cast{role: visits}, http.MethodGet, controllers.DocumentPath, nil, headers...)
		if got.status != http.StatusUnauthorized || got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("WWW-Authenticate") == "" || strings.Contains(got.body, "openapi") {
			t.Errorf("%s: %d %v\n%s", name, got.status, got.header, got.body)
		}
	}
	whole, secrets := m.send(m.cast("admin"), http.MethodGet, controllers.DocumentPath, nil).body, 0
	for _, table := range m.order {
		for _, f := range table.Fields {
			if !f.Secret {
				continue
			}
			if secrets++; strings.Contains(whole, `"`+f.Name+`"`) {
				t.Errorf("the document tells of %s.%s", table.Name, f.Name)
			}
		}
	}
	if secrets == 0 {
		t.Error("no table has a secret")
	}
}

// documented is a route as the document writes it.
func documented(route controllers.Route) string {
	return route.Method + " " + strings.NewReplacer(":key", "{key}", ":entry", "{entry}").Replace(route.Path)
}

// possible reports whether somebody could use an address: what a table's Options rule out is mounted to say so.
func (m *matrix) possible(line string) (string, bool) {
	for _, route := range m.routes {
		if documented(route) != line {
			continue
		}
		for permission := range strings.SplitSeq(route.Access.String(), " or ") {
			model, action, _ := strings.Cut(permission, ":")
			if len(m.held("admin", model, action)) > 0 {
				return permission, true
			}
		}
	}
	return "", false
}

// foreigner is somebody whose rows an administrator does things to.
func (k *contract) foreigner() owner { return k.cast(noRole).owners[own] }

// rightly does what an operation is for, with all that it takes.
func (k *contract) rightly(o operation) {
	k.t.Helper()
	good := func(got answer) {
		k.t.Helper()
		if got.status >= 300 {
			k.t.Errorf("%s %s answers %d\n%s", o.method, o.path, got.status, got.body)
		}
	}
	ask := func(change func(*request)) answer {
		k.t.Helper()
		r := k.right(o, k.foreigner())
		if o.open() {
			r.cast = &cast{role: visits}
		}
		change(&r)
		got := k.ask(o, r, false)
		good(got)
		return got
	}
	ask(func(*request) {})
	if o.has("query", "dry_run") {
		ask(func(r *request) { r.query.Set("dry_run", "true") })
	}
	if o.has("header", "Prefer") {
		if got := ask(func(r *request) { r.head = []string{"Prefer", "return=minimal"} }); got.body != "" {
			k.t.Errorf("%s %s answers %s", o.method, o.path, got.body)
		}
	}
	if o.has("header", "Idempotency-Key") {
		ask(func(r *request) { r.head = []string{"Idempotency-Key", k.fresh("key")} })
	}
	if o.has("header", "If-Match") {
		ask(func(r *request) { r.head = []string{"If-Match", "*"} })
	}
	if o.has("header", "If-None-Match") && o.method == http.MethodGet {
		r := k.right(o, k.foreigner())
		tag := k.ask(o, r, false).header.Get("ETag")
		r.head = []string{"If-None-Match", tag}
		if got := k.ask(o, r, false); got.status != http.StatusNotModified || got.header.Get("ETag") != tag {
			k.t.Errorf("%s %s answers %d", o.method, o.path, got.status)
		}
	}
	if o.has("path", "entry") && o.method == http.MethodPost {
		k.putsBack(o)
	}
	if o.lines() != nil {
		k.writesLines(o)
	}
	if o.RequestBody == nil {
		return
	}
	for kind := range o.RequestBody.Value.Content {
		ask(func(r *request) {
			if r.kind = kind; kind == "text/csv" {
				r.body = k.asCSV(o)
			}
		})
	}
}

// asCSV is a row of a table as a file.
func (k *contract) asCSV(o operation) string {
	s := k.specimens[o.table]
	row := with(s.row(k.matrix, k.foreigner()), s.typed)
	names := sorted(row)
	cells := make([]string, len(names))
	for i, name := range names {
		cells[i] = `"` + row[name] + `"`
	}
	return strings.Join(names, ",") + "\r\n" + strings.Join(cells, ",") + "\r\n"
}

// narrowly asks with each value that the document lists for a parameter, and with all of a list together.
func (k *contract) narrowly(o operation) {
	k.t.Helper()
	if o.method != http.MethodGet {
		return
	}
	plain := k.right(o, k.foreigner())
	for _, p := range o.Parameters {
		if p.Value.In != "query" {
			continue
		}
		var values []string
		schema := p.Value.Schema.Value
		if schema.Type.Is("array") && schema.Items != nil {
			schema = schema.Items.Value
		}
		for _, value := range schema.Enum {
			values = append(values, fmt.Sprint(value))
		}
		switch {
		case p.Value.Name == "fields":
			values = append(values, strings.Join(values, ","))
		case schema.Type.Is("integer"):
			values = []string{fmt.Sprint(*schema.Min), fmt.Sprint(*schema.Max)}
		case p.Value.Name == "q":
			values = []string{"a", `"two words"`, "é;"}
		case p.Value.Name == "keys":
			values = []string{k.insert(o.table, k.foreigner())}
		case p.Value.Name == "person":
			values = []string{k.insert("users", k.foreigner())}
		case p.Value.Name == "table":
			values = sorted(k.tables)
		}
		for _, value := range values {
			r := plain
			r.query = url.Values{p.Value.Name: {value}}
			if got := k.ask(o, r, false); got.status != http.StatusOK {
				k.t.Errorf("%s %s?%s answers %d\n%s", o.method, o.path, r.query.Encode(), got.status, got.body)
			}
		}
	}
	if o.has("query", "after") {
		k.followed(o)
	}
}

// followed asks for the page behind the first one, and for the one before the last.
func (k *contract) followed(o operation) {
	k.t.Helper()
	k.insert(o.table, k.foreigner())
	k.insert(o.table, k.foreigner())
	for member, query := range map[string]url.Values{"next": {"size": {"1"}}, "prev": {"size": {"1"}, "last": {"1"}}} {
		var page map[string]any
		if err := json.Unmarshal([]byte(k.ask(o, request{query: query}, false).body), &page); err != nil {
			k.t.Fatal(err)
		}
		link, _ := page[member].(string)
		address, err := url.Parse(link)
		if err != nil || link == "" {
			k.t.Errorf("%s has no %s page: %q", o.path, member, link)
			continue
		}
		if got := k.ask(o, request{query: address.Query()}, false); got.status != http.StatusOK {
			k.t.Errorf("%s answers %d\n%s", link, got.status, got.body)
		}
	}
}

// wrongly asks in every way that is wrong for an operation.
func (k *contract) wrongly(o operation) {
	k.t.Helper()
	refused := func(status int, change func(*request)) {
		k.t.Helper()
		r := k.right(o, k.foreigner())
		if o.open() {
			r.cast = &cast{role: visits}
		}
		change(&r)
		if got := k.ask(o, r, true); got.status != status {
			k.t.Errorf("%s %s answers %d, want %d\n%s", o.method, o.path, got.status, status, got.body)
		}
	}
	if !o.open() {
		refused(http.StatusUnauthorized, func(r *request) { r.cast = &cast{role: visits} })
	}
	if o.OperationID == "getMe" { // once: an address may not try many tokens that open nothing
		refused(http.StatusUnauthorized, func(r *request) { r.head = []string{"Authorization", "Bearer nonsense"} })
	}
	refused(http.StatusBadRequest, func(r *request) { r.query.Set("nonsense", "1") })
	if o.Responses.Status(http.StatusNotAcceptable) != nil {
		refused(http.StatusNotAcceptable, func(r *request) { r.head = []string{"Accept", "text/html"} })
	}
	if o.has("path", "key") {
		refused(http.StatusNotFound, func(r *request) { r.key = "999999999" })
	}
	if o.has("path", "entry") {
		refused(http.StatusNotFound, func(r *request) { r.entry = "999999999" })
	}
	if o.has("path", "entry") && o.method == http.MethodPost {
		refused(http.StatusConflict, func(r *request) { r.body = map[string]any{"mark": "stale"} })
		refused(http.StatusUnprocessableEntity, func(r *request) { r.body.(map[string]any)["put"] = []string{"nothing"} })
	}
	if o.has("query", "person") {
		refused(http.StatusUnprocessableEntity, func(r *request) { r.query.Set("person", "999999999") })
	}
	if o.has("query", "table") {
		refused(http.StatusNotFound, func(r *request) { r.query.Set("table", "nonsense") })
	}
	if o.has("header", "If-Match") {
		refused(http.StatusPreconditionFailed, func(r *request) { r.head = []string{"If-Match", `"stale"`} })
	}
	if o.has("header", "If-None-Match") && o.method != http.MethodGet {
		refused(http.StatusPreconditionFailed, func(r *request) { r.head = []string{"If-None-Match", "*"} })
	}
	if strings.HasPrefix(o.rest, "actions/") {
		refused(http.StatusNotFound, func(r *request) { r.body.(map[string]any)["keys"] = []string{"999999999"} })
		refused(http.StatusUnprocessableEntity, func(r *request) { delete(r.body.(map[string]any), "keys") })
	}
	if o.lines() != nil {
		k.linesWrongly(o, refused)
	}
	if o.RequestBody == nil {
		return
	}
	refused(http.StatusUnsupportedMediaType, func(r *request) { r.kind = "text/plain" })
	refused(http.StatusUnprocessableEntity, func(r *request) { r.body = `{"nonsense": 1}` })
	if o.rest != "import" {
		refused(http.StatusBadRequest, func(r *request) { r.body = `{"nonsense"` })
		refused(http.StatusRequestEntityTooLarge, func(r *request) { r.body = `{"nonsense": "` + strings.Repeat("x", 1<<20) + `"}` })
	}
	if body := o.body(); body != nil && o.table != "auth" && !strings.HasPrefix(o.rest, "actions/") {
		kinds := map[string]any{}
		for name := range body.Properties {
			if name != "_base" {
				kinds[name] = map[string]any{"of": "another kind"}
			}
		}
		refused(http.StatusUnprocessableEntity, func(r *request) { r.body = kinds })
		if len(body.Required) > 0 {
			refused(http.StatusUnprocessableEntity, func(r *request) { r.body = map[string]any{} })
		}
	}
}

// TestOpenAPI_HoldsWhatOneMayUse shows that what is in somebody's document is open to them, and what is not is closed.
func TestOpenAPI_HoldsWhatOneMayUse(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	whole := contractFor(m, m.cast("admin"))
	for _, role := range []string{"editor", "readonly", "domain_admin", "user", noRole} {
		k := contractFor(m, m.cast(role))
		have := map[string]operation{}
		for _, o := range k.operations() {
			have[o.method+" "+o.path] = o
		}
		for _, o := range whole.operations() {
			mine, open := have[o.method+" "+o.path]
			if !open {
				r := whole.right(o, whole.foreigner())
				r.cast = &k.c
				if got := whole.ask(o, r, true); got.status != http.StatusForbidden {
					t.Errorf("%s: %s %s is not in the document, and answers %d", role, o.method, o.path, got.status)
				}
				continue
			}
			if !o.open() && o.OperationID != "getMe" && !slices.ContainsFunc(ownerships, func(whose string) bool { return k.opens(mine, k.cast(role), whose) }) {
				t.Errorf("%s: %s %s is in the document, and not open", role, o.method, o.path)
			}
		}
	}
}

// opens reports whether an account may do something to somebody's row.
func (k *contract) opens(o operation, c cast, whose string) bool {
	k.t.Helper()
	own := *k
	own.c = c
	got := own.ask(o, own.right(o, c.owners[whose]), true) // what one may not read cannot be sent back whole
	return got.status != http.StatusForbidden && got.status != http.StatusNotFound
}
