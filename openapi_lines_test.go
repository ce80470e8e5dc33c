package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/crud"
)

// lines are the schemas of the child rows that an operation writes with a row, by the children's name; nil for none.
func (o operation) lines() map[string]*openapi3.Schema {
	body := o.body()
	if body == nil || body.Properties[crud.LinesMember] == nil {
		return nil
	}
	lines := map[string]*openapi3.Schema{}
	for name, list := range body.Properties[crud.LinesMember].Value.Properties {
		lines[name] = list.Value.Items.Value
	}
	return lines
}

// withLines adds lines to the body of a request.
func (r *request) withLines(child string, lines ...any) {
	r.body.(map[string]any)[crud.LinesMember] = map[string]any{child: lines}
}

// children are the keys of the rows of a table, the latest first.
func (m *matrix) children(table string) (keys []string) {
	m.t.Helper()
	if err := m.db.Pool.QueryRow(m.t.Context(), "SELECT coalesce(array_agg(id::text ORDER BY id DESC), '{}') FROM "+table).Scan(&keys); err != nil {
		m.t.Fatal(err)
	}
	return keys
}

// line is a new child row as a schema takes it.
func (k *contract) line(child string, schema *openapi3.Schema) map[string]any {
	s := k.specimens[child]
	return members(schema, with(s.row(k.matrix, k.foreigner()), s.typed))
}

// writesLines writes new child rows with a row; then, where there is one already, it changes and deletes them with it.
func (k *contract) writesLines(o operation) {
	k.t.Helper()
	for child, schema := range o.lines() {
		r, before := k.right(o, k.foreigner()), k.children(child)
		r.withLines(child, k.line(child, schema))
		got := k.ask(o, r, false)
		after := k.children(child)
		if got.status >= 300 || len(after) != len(before)+1 {
			k.t.Errorf("%s %s makes %d of %s: %d %s", o.method, o.path, len(after)-len(before), child, got.status, got.body)
			continue
		}
		if !o.has("path", "key") {
			continue
		}
		change, was := members(schema, columns{k.specimens[child].change[0]: k.specimens[child].change[1]}), k.contents(child)
		change[crud.KeyMember] = after[0]
		r.withLines(child, change)
		if got := k.ask(o, r, false); got.status != http.StatusOK || k.contents(child) == was {
			k.t.Errorf("%s %s changes nothing of %s: %d %s", o.method, o.path, child, got.status, got.body)
		}
		r.withLines(child, map[string]any{crud.KeyMember: after[0], crud.RemoveMember: true})
		if got := k.ask(o, r, false); got.status != http.StatusOK || !slices.Equal(k.children(child), before) {
			k.t.Errorf("%s %s does not delete of %s: %d %s", o.method, o.path, child, got.status, got.body)
		}
	}
}

// linesWrongly asks in every way that is wrong for lines.
func (k *contract) linesWrongly(o operation, refused func(int, func(*request))) {
	k.t.Helper()
	for child, schema := range o.lines() {
		foreign := k.insert(child, k.foreigner())
		before := k.contents(child)
		for _, line := range []any{nil, "a text", map[string]any{"nonsense": 1}, map[string]any{crud.KeyMember: foreign}, map[string]any{crud.KeyMember: foreign, crud.RemoveMember: true},
			map[string]any{crud.KeyMember: 1}, map[string]any{crud.RemoveMember: true}, map[string]any{crud.KeyMember: "999999999"}} {
			refused(http.StatusUnprocessableEntity, func(r *request) { r.withLines(child, k.line(child, schema), line) })
		}
		refused(http.StatusUnprocessableEntity, func(r *request) { r.withLines("nonsense") })
		refused(http.StatusRequestEntityTooLarge, func(r *request) { r.withLines(child, make([]any, crud.LineLimit+1)...) })
		if k.contents(child) != before {
			k.t.Errorf("%s %s writes of %s what it refuses", o.method, o.path, child)
		}
	}
}

// TestOpenAPI_LinesAreForWhoMayWriteThem shows that lines are taken from those whose document has them, and refused to others.
func TestOpenAPI_LinesAreForWhoMayWriteThem(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	admin, open := contractFor(m, m.cast("admin")), map[bool]int{}
	for _, whole := range admin.operations() {
		for child, schema := range whole.lines() {
			for _, role := range m.roles() {
				k := contractFor(m, m.cast(role))
				at := slices.IndexFunc(k.operations(), func(o operation) bool { return o.method+o.path == whole.method+whole.path })
				there := at >= 0 && k.operations()[at].lines()[child] != nil
				r := admin.right(whole, k.c.owners[domain])
				if whole.has("path", "key") && len(m.held(role, whole.table, "update")) == 1 && m.onlyOwn(role, whole.table, "update") {
					r = admin.right(whole, k.c.owners[own])
				}
				r.cast = &k.c
				r.withLines(child, admin.line(child, schema))
				before := m.contents(child)
				got := admin.ask(whole, r, true)
				if open[there]++; there != (got.status < 300) || there != (m.contents(child) != before) {
					t.Errorf("%s: %s of %s is in the document %v, and answers %d %s", role, child, whole.path, there, got.status, got.body)
				}
			}
		}
	}
	if open[true] == 0 || open[false] == 0 {
		t.Errorf("the same for all: %v", open)
	}
}
