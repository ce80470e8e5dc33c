package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"unified/controllers/api"
	"unified/crud"
)

// changedSince gives the row of a request a history: an entry that changed nothing, and behind it one of a change that an administrator
// makes. It asks for the one to which, or that, the operation puts back, and agrees to that as the contract's account sees it.
func (k *contract) changedSince(o operation, r *request) {
	k.t.Helper()
	first := k.changed(o.table, r.key)
	r.entry = k.alter(o.table, r.key)
	if strings.HasSuffix(o.rest, "/restore") {
		r.entry = first
	}
	k.agree(o, r)
}

// agree makes the body of a request of what would be done by it now.
func (k *contract) agree(o operation, r *request) {
	k.t.Helper()
	if o.method != http.MethodPost {
		return
	}
	mark := "of what may not be seen"
	if got := k.send(k.c, http.MethodGet, o.at(*r), nil); got.status == http.StatusOK {
		mark = k.reversal(got).Mark
	}
	r.body = map[string]any{"mark": mark}
}

// reversal is what putting back answers.
type reversal struct {
	Mark              string
	Doable, Conflicts int
	Steps             []struct {
		Fields []struct{ Name, State, Put string }
	}
}

func (k *contract) reversal(got answer) (out reversal) {
	k.t.Helper()
	if err := json.Unmarshal([]byte(got.body), &out); err != nil {
		k.t.Fatalf("%d %s", got.status, got.body)
	}
	return out
}

// alters reports whether rows of a table are changed; others are only made and deleted.
func (m *matrix) alters(table string) bool {
	return slices.Contains(m.tables[table].Verbs, crud.Update)
}

// alter has an administrator change a row, or delete it where rows are not changed, and returns the entry of that in its history.
func (m *matrix) alter(table, key string) string {
	m.t.Helper()
	method, body, path := http.MethodDelete, "", api.Path+"/"+table+"/"+key
	if m.alters(table) {
		column := m.specimens[table].single()
		text, err := json.Marshal(map[string]string{column[0]: column[1]})
		if err != nil {
			m.t.Fatal(err)
		}
		method, body = http.MethodPatch, string(text)
	}
	before := m.latest(table, key)
	if got := m.sendText(m.cast("admin"), method, path, body, "Content-Type", "application/json"); got.status >= 300 {
		m.t.Fatalf("%s %s answers %d\n%s", method, path, got.status, got.body)
	}
	after := m.latest(table, key)
	if after == before {
		m.t.Fatalf("%s %s leaves no entry", method, path)
	}
	return after
}

// latest is the last entry of a row's history.
func (m *matrix) latest(table, key string) (id string) {
	m.t.Helper()
	err := m.db.Pool.QueryRow(m.t.Context(), `SELECT coalesce(max(id), 0)::text FROM audit_log
		WHERE success AND resource = $1 AND additional_data ->> 'key' = $2 AND jsonb_exists(additional_data, 'changes')`, table, key).Scan(&id)
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

// putsBack puts a change back, shows that it is as it was, and then does so with a conflict: first it stays, and then it is chosen.
func (k *contract) putsBack(o operation) {
	k.t.Helper()
	r := k.right(o, k.foreigner())
	if done := k.reversal(k.ask(o, r, false)); done.Doable != 1 {
		k.t.Errorf("%s puts back %+v", o.path, done)
	}
	again := r
	if k.agree(o, &again); k.reversal(k.ask(o, again, false)).Doable != 0 {
		k.t.Errorf("%s puts back what is as it was", o.path)
	}
	if !k.alters(o.table) {
		return
	}
	r = k.right(o, k.foreigner())
	name := k.disputed(o, &r)
	for _, put := range [][]string{{}, {name}, nil} {
		k.agree(o, &r)
		if put != nil {
			r.body.(map[string]any)["put"] = put
		}
		want := 1
		if put == nil { // it was put back before
			want = 0
		}
		if done := k.reversal(k.ask(o, r, false)); done.Conflicts != want || want == 1 && done.Steps[0].Fields[0].Put != name {
			k.t.Errorf("%s with %q puts back %+v", o.path, put, done)
		}
	}
}

// disputed lets it look as if somebody had changed the row of a request once more, to what it does not hold any more. It returns the name
// of the conflict.
func (k *contract) disputed(o operation, r *request) string {
	k.t.Helper()
	column := k.specimens[o.table].single()[0]
	var was *string
	err := k.db.Pool.QueryRow(k.t.Context(), "SELECT additional_data -> 'changes' -> $2 ->> 0 FROM audit_log WHERE id::text = $1", k.latest(o.table, r.key), column).Scan(&was)
	if err != nil {
		k.t.Fatal(err)
	}
	other := "other"
	if id := k.recorded(o.table, r.key, map[string][2]*string{column: {was, &other}}); !strings.HasSuffix(o.rest, "/restore") {
		r.entry = id
	}
	return o.table + "/" + r.key + "/" + column
}
