package admin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"unified/crud"
)

// strict reports whether a page and a program are answered alike: only a program may send back what it cannot set, as it is.
func (r *round) strict(a attempt) bool {
	settable, stored := r.settable(a.table, a.verb), r.stored(a.table, a.key)
	for name, value := range a.values {
		if stored != nil && !slices.Contains(settable, name) && stored.is(name) == value {
			return false
		}
	}
	return true
}

// tryAsProgram does a write as the API does.
func (r *round) tryAsProgram(a attempt) error {
	table := r.table(a.table)
	switch a.verb {
	case "create", "update":
		row, err := table.SubmitJSON(r.ctx, a.key, crud.JSONWrite{Body: r.body(a)})
		if row != nil {
			said := string(row.Body)
			for _, value := range a.values {
				for _, mark := range marks.FindAllString(value, -1) { // their own texts are no secret to them
					said = strings.ReplaceAll(said, mark, "")
				}
			}
			r.told("the answer to "+a.String(), said)
		}
		return err
	case "delete":
		return table.RemoveJSON(r.ctx, a.key, nil)
	}
	_, err := table.BulkJSON(r.ctx, crud.Verb(a.verb), crud.Selection{Keys: []string{a.key}}, nil)
	return err
}

// body is what a program sends for what is typed into a form.
func (r *round) body(a attempt) []byte {
	members := map[string]any{}
	for name, value := range a.values {
		members[name] = value
		for _, f := range r.stage.tables[a.table].Fields {
			if f.Name == name && f.Kind == crud.KindBool {
				members[name] = value == "true"
			}
		}
	}
	body, err := json.Marshal(members)
	if err != nil {
		r.Fatal(err)
	}
	return body
}

func TestRights_T26_T27_T33_programs_read_what_the_oracle_allows(t *testing.T) {
	everyRound(t, func(r *round) {
		for _, name := range r.focus {
			r.listsJSON(name)
			r.showsJSON(name)
		}
	})
}

// expandable are the relations of a table, and one behind another, as far as they may be seen.
func (r *round) expandable(name string) string {
	var paths []string
	shown := r.shown(name)
	for _, f := range r.stage.tables[name].Fields {
		if f.Refers != "" && slices.Contains(shown, f.Name) {
			paths = append(paths, f.Name)
			for _, g := range r.stage.tables[f.Refers].Fields {
				if g.Refers != "" && slices.Contains(r.shown(f.Refers), g.Name) {
					paths = append(paths, f.Name+"."+g.Name)
				}
			}
		}
	}
	return strings.Join(paths, ",")
}

// members checks the columns of a row that was read.
func (r *round) members(name string, row map[string]any) {
	r.Helper()
	for _, other := range []string{crud.KeyMember, crud.ExpandMember} {
		delete(row, other)
	}
	if got, want := slices.Collect(maps.Keys(row)), r.shown(name); !same(got, want) {
		r.Errorf("%s has the members %v, want %v", name, got, want)
	}
}

// listsJSON reads a whole table, with all that it can be expanded by.
func (r *round) listsJSON(name string) {
	page, err := r.table(name).ListJSON(r.ctx, crud.Query{Size: crud.PageSizeMax}, r.expandable(name))
	if !r.can(name, "read") {
		if got := r.kind(err); got != crud.KindForbidden {
			r.Errorf("ListJSON of %s: %v", name, got)
		}
		return
	}
	if err != nil {
		r.Errorf("ListJSON of %s: %v", name, err)
		return
	}
	r.told("the JSON of "+name, string(page.Rows))
	var rows []map[string]any
	if err := json.Unmarshal(page.Rows, &rows); err != nil {
		r.Fatalf("%v: %s", err, page.Rows)
	}
	var got, want []string
	for _, row := range rows {
		got = append(got, fmt.Sprint(row[crud.KeyMember]))
		r.members(name, row)
	}
	for _, x := range r.readable(name) {
		want = append(want, keyOf(name, x))
	}
	if !same(got, want) {
		r.Errorf("ListJSON of %s has %v, want %v", name, got, want)
	}
	for _, f := range r.stage.tables[name].Fields {
		if slices.Contains(r.shown(name), f.Name) {
			continue
		}
		for _, query := range []crud.Query{{Fields: f.Name}, {Sort: f.Name}, {Filter: f.Name + ".is:1"}} {
			if _, err := r.table(name).ListJSON(r.ctx, query, ""); r.kind(err) != crud.KindBad {
				r.Errorf("T33: %s answers %+v: %v", name, query, err)
			}
		}
		if _, err := r.table(name).ListJSON(r.ctx, crud.Query{}, f.Name); r.kind(err) != crud.KindBad {
			r.Errorf("T33: %s is expanded by %s: %v", name, f.Name, err)
		}
	}
}

// showsJSON reads every row, those that may not be read too, and its history.
func (r *round) showsJSON(name string) {
	keys := []string{"999999", "x"}
	for _, x := range r.world[name] {
		keys = append(keys, keyOf(name, x))
	}
	for _, key := range keys {
		want := r.refusal(name, "read", r.stored(name, key))
		row, err := r.table(name).ShowJSON(r.ctx, key, "", r.expandable(name))
		if got := r.kind(err); got != want {
			r.Errorf("T26: ShowJSON %s %s: %v, want %v", name, key, got, want)
		}
		if err != nil {
			continue
		}
		r.told("the JSON of "+name, string(row.Body))
		var members map[string]any
		if err := json.Unmarshal(row.Body, &members); err != nil {
			r.Fatalf("%v: %s", err, row.Body)
		}
		r.members(name, members)
	}
}
