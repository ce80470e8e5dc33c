package api

import (
	"slices"
	"strings"
	"testing"

	"unified/crud"
)

func TestNames_AreTakenOnce(t *testing.T) {
	var tables []*crud.Table
	for _, name := range []string{"users", "user", "user_pages", "problems", "News", "news", "1st", "Straße", "a_b", "ab", "höhe"} {
		tables = append(tables, &crud.Table{Name: name, Actions: []crud.ActionDoc{{Name: "update_of"}, {Name: "lock"}}})
	}
	all := nameAll(tables)
	seen := map[string]bool{}
	for _, c := range all {
		for kind, name := range c.types {
			if lower := strings.ToLower(name); seen[lower] || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r > 'z' }) {
				t.Errorf("%s is called %q", kind, name)
			} else {
				seen[lower] = true
			}
		}
	}
	if all[0].types[rowType] != "User" || all[1].types[rowType] != "User2" || all[2].types[rowType] != "UserPage" || all[0].types[pageType] == "UserPage" || all[3].types[rowType] == "Problem" {
		t.Errorf("%q %q %q %q", all[0].types, all[1].types, all[2].types, all[3].types)
	}
	var ids []string
	for _, c := range all {
		for _, id := range c.calls {
			ids = append(ids, strings.ToLower(id))
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("a call is named twice in %v", ids)
	}
	again := nameAll(tables)
	for i := range all {
		if all[i].types[rowType] != again[i].types[rowType] || all[i].calls["GET"] != again[i].calls["GET"] {
			t.Errorf("%s is called otherwise each time", tables[i].Name)
		}
	}
}
