package admin_test

import (
	"slices"
	"strings"

	"unified/crud"
)

// searches looks for texts of the table's rows, readable or not, in every column: what is found is what the searched and
// readable columns hold.
func (r *round) searches(name string) {
	if !r.can(name, "read") || len(r.stage.tables[name].Search) == 0 {
		return
	}
	var searched []string
	for _, f := range r.stage.tables[name].Fields {
		if slices.Contains(r.stage.tables[name].Search, f.Label) && slices.Contains(r.shown(name), f.Name) {
			searched = append(searched, f.Name)
		}
	}
	var texts []string
	for _, x := range r.world[name] {
		for _, text := range x {
			if text != nil {
				texts = append(texts, marks.FindAllString(*text, -1)...)
			}
		}
	}
	slices.Sort(texts) // not as the maps gave them
	for range min(6, len(texts)) {
		text := texts[r.IntN(len(texts))]
		var want []string
		for _, x := range r.readable(name) {
			if slices.ContainsFunc(searched, func(column string) bool { return strings.Contains(x.is(column), text) }) {
				want = append(want, keyOf(name, x))
			}
		}
		page, err := r.table(name).List(r.ctx, crud.Query{Search: text})
		if err != nil {
			r.Fatal(err)
		}
		var got []string
		for _, x := range page.Rows {
			got = append(got, x.Key)
		}
		if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			r.Errorf("T33: %s, searched for %s in %v: %v, want %v", name, text, searched, got, want)
		}
	}
}

// refusal is what a verb on a row is answered if it is not allowed; -1 if it is.
func (r *round) refusal(name, verb string, stored row) crud.ErrorKind {
	switch {
	case !r.can(name, verb):
		return crud.KindForbidden
	case stored == nil, !r.may(r.world, name, "read", stored):
		return crud.KindNotFound
	case !r.may(r.world, name, verb, stored):
		return crud.KindForbidden
	}
	return -1
}

// shows asks for every row by its key, and for some that are not there.
func (r *round) shows(name string) {
	keys := []string{"999999", "x"}
	for _, x := range r.world[name] {
		keys = append(keys, keyOf(name, x))
	}
	for _, key := range keys {
		stored := r.stored(name, key)
		record, err := r.table(name).Show(r.ctx, key)
		if got, want := r.kind(err), r.refusal(name, "read", stored); got != want {
			r.Errorf("T26: Show %s %s: %v, want %v", name, key, got, want)
		}
		if err != nil {
			continue
		}
		r.told("the page of "+name, record)
		var names []string
		for _, group := range record.Groups {
			for _, value := range group.Fields {
				if value.Name == "" { // computed
					continue
				}
				names = append(names, value.Name)
				r.cell(name, stored, value.Name, value.Cell)
			}
		}
		if want := r.shown(name); !same(names, want) {
			r.Errorf("%s shows %v, want %v", name, names, want)
		}
		var verbs, want []string
		for _, verb := range record.Verbs {
			verbs = append(verbs, string(verb))
		}
		for _, verb := range []string{"read", "update", "delete", "revoke", "retry", "set_quota"} {
			if r.may(r.world, name, verb, stored) {
				want = append(want, verb)
			}
		}
		if !same(verbs, want) {
			r.Errorf("%s %s: verbs %v, want %v", name, key, verbs, want)
		}
	}
}

// forms asks for the form of every row and of a new one, and for the choices of each relation.
func (r *round) forms(name string) {
	for _, x := range append([]row{nil}, r.world[name]...) {
		key, verb, want := "", "create", crud.ErrorKind(-1)
		if x != nil {
			key, verb = keyOf(name, x), "update"
			want = r.refusal(name, verb, x)
		} else if !r.can(name, verb) {
			want = crud.KindForbidden
		}
		form, err := r.table(name).Form(r.ctx, key, nil)
		if got := r.kind(err); got != want {
			r.Errorf("Form %s %q: %v, want %v", name, key, got, want)
		}
		if err != nil {
			continue
		}
		r.told("the form of "+name, form)
		var names []string
		for _, in := range controls(form) {
			if name == "user_passwords" && in.Name == "password" {
				continue // it belongs to no column
			}
			names = append(names, in.Name)
			if to, ok := relations()[name][in.Name]; ok {
				r.offers(name, in.Name, in.Choices, in.More)
				if seen := r.refers(name, in.Name, in.Text); (seen != nil) != (in.Ref != nil) {
					r.Errorf("the form of %s %q names %+v of %s at %s", name, key, in.Ref, to[0], in.Name)
				}
			}
		}
		if settable := r.settable(name, verb); !same(names, settable) {
			r.Errorf("the form of %s %q holds %v, want %v", name, key, names, settable)
		}
	}
	r.choices(name)
}

// controls are those of all groups of a form.
func controls(form *crud.Form) (all []crud.Input) {
	for _, group := range form.Groups {
		all = append(all, group.Fields...)
	}
	return all
}

// choices asks for what each relation may point at, to filter by it and to set it.
func (r *round) choices(name string) {
	for column, to := range relations()[name] {
		want := crud.ErrorKind(-1)
		offered := (r.can(name, "read") && slices.Contains(r.shown(name), column)) || (r.can(name, "update") && slices.Contains(r.settable(name, "update"), column)) ||
			(r.can(name, "create") && slices.Contains(r.settable(name, "create"), column))
		switch {
		case !r.can(name, "read") && !r.can(name, "update") && !r.can(name, "create"):
			want = crud.KindForbidden
		case !offered:
			want = crud.KindNotFound
		case !r.can(to[0], "read"):
			want = crud.KindForbidden
		}
		found, err := r.table(name).Choices(r.ctx, column, "")
		if got := r.kind(err); got != want {
			r.Errorf("Choices %s.%s: %v, want %v", name, column, got, want)
		}
		if err == nil {
			r.told("the choices of "+name+"."+column, found)
			r.offers(name, column, found.Items, found.More)
		}
	}
}

// offers checks choices: all readable rows of the target, as far as they fit.
func (r *round) offers(name, column string, items []crud.Choice, more bool) {
	r.Helper()
	to := relations()[name][column]
	var open, got []string
	if !r.hidden(to[0], "read", to[1]) {
		for _, x := range r.readable(to[0]) {
			open = append(open, x.is(to[1]))
		}
	}
	for _, item := range items {
		got = append(got, item.Value)
		if !slices.Contains(open, item.Value) {
			r.Errorf("%s.%s offers %s, which is not readable", name, column, item.Value)
		}
	}
	if len(got) != min(len(open), crud.ChoiceLimit) || more != (len(open) > crud.ChoiceLimit) {
		r.Errorf("%s.%s offers %v and more %v, want %v", name, column, got, more, open)
	}
}

// same reports whether two lists hold the same texts, in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
