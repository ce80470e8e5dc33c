package api

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jinzhu/inflection"

	"unified/crud"
)

// names gives what a document names, each once, whatever the letters' case: generators make types of all of them.
type names struct {
	types, calls map[string]bool
}

// nameAll names the parts of tables: first what their rows are called, so that those have the plain names.
func nameAll(tables []*crud.Table) []called {
	n, all := newNames(), make([]called, len(tables))
	for i, doc := range tables {
		all[i] = called{one: pascal(inflection.Singular(doc.Name)), many: pascal(doc.Name), types: map[string]string{}, calls: map[string]string{}}
		all[i].types[rowType] = give(n.types, all[i].one)
	}
	for i, doc := range tables {
		n.parts(all[i], doc)
	}
	for i, doc := range tables { // last, so that what came before is called as it was
		n.links(all[i], doc)
		n.lines(all[i], doc)
		all[i].calls["why"] = give(n.calls, "explain"+all[i].one)
		all[i].calls["rights"] = give(n.calls, "get"+all[i].one+"Rights")
	}
	return all
}

// newNames knows the names of what all documents hold.
func newNames() *names {
	n := &names{map[string]bool{}, map[string]bool{}}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(sharedSchemas())), slices.Sorted(maps.Keys(whySchemas()))) {
		give(n.types, name)
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(sharedParameters())), slices.Sorted(maps.Keys(whyParameters()))) {
		give(n.types, name)
	}
	for _, e := range failures {
		give(n.types, e.name)
	}
	for _, call := range []string{"getMe", "login", "logout", "register"} {
		give(n.calls, call)
	}
	return n
}

// give returns the name that is wanted, with a number behind it if it is taken.
func give(taken map[string]bool, wanted string) string {
	name := wanted
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = wanted + strconv.Itoa(n)
	}
	taken[strings.ToLower(name)] = true
	return name
}

// called is what a table's parts are called, whoever asks. Types are by what they are for, calls by their path and method.
type called struct {
	one, many string
	types     map[string]string
	calls     map[string]string
}

// The types of each table.
const (
	rowType, pageType, expandType      = "row", "page", "expand"
	createType, patchType, replaceType = "create", "patch", "replace"
	manyType, valuesType               = "many", "values"
	fieldsType, sortType, filterType   = "fields", "sort", "filter"
	relationsType                      = "relations"
	linesType, newLinesType            = "lines", "new lines"
)

// parts names what belongs to a table beside its row.
func (n *names) parts(c called, doc *crud.Table) {
	for _, part := range []struct{ kind, wanted string }{
		{pageType, c.one + "Page"}, {expandType, c.one + "Expand"}, {createType, c.one + "Create"}, {patchType, c.one + "Patch"},
		{replaceType, c.one + "Replace"}, {manyType, c.many + "BulkUpdate"}, {valuesType, c.many + "BulkValues"},
		{fieldsType, c.many + "Fields"}, {sortType, c.many + "Sort"},
		{filterType, c.many + "Filter"}, {relationsType, c.many + "Relations"},
	} {
		c.types[part.kind] = give(n.types, part.wanted)
	}
	for _, part := range []struct{ call, wanted string }{
		{"GET", "list" + c.many}, {"POST", "create" + c.one}, {"GET key", "get" + c.one}, {"PATCH key", "update" + c.one}, {"PUT key", "replace" + c.one},
		{"DELETE key", "delete" + c.one}, {"impact", "get" + c.one + "Impact"}, {"restore", "restore" + c.one}, {"purge", "purge" + c.one}, {"history", "list" + c.one + "Changes"},
		{"GET undo", "get" + c.one + "Undo"}, {"undo", "undo" + c.one + "Change"}, {"GET version", "get" + c.one + "Version"}, {"version", "restore" + c.one + "Version"},
		{"import", "import" + c.many}, {"export", "export" + c.many}, {"update", "bulkUpdate" + c.many}, {"delete", "bulkDelete" + c.many},
	} {
		c.calls[part.call] = give(n.calls, part.wanted)
	}
	for _, action := range doc.Actions {
		c.calls["action "+action.Name] = give(n.calls, "bulk"+pascal(action.Name)+c.many)
		c.types["action "+action.Name] = give(n.types, c.many+"Bulk"+pascal(action.Name))
		c.types["values "+action.Name] = give(n.types, c.many+pascal(action.Name)+"Values")
	}
}

// links names what is asked of a table's many-to-many relations.
func (n *names) links(c called, doc *crud.Table) {
	for _, l := range doc.Links {
		c.calls["GET links "+l.Name] = give(n.calls, "list"+c.one+pascal(l.Name))
		c.calls["links "+l.Name] = give(n.calls, "relink"+c.one+pascal(l.Name))
	}
}

// lines names what is sent of the children of a table that are written with a row.
func (n *names) lines(c called, doc *crud.Table) {
	inline := slices.DeleteFunc(slices.Clone(doc.Children), func(child crud.ChildDoc) bool { return !child.Inline })
	if len(inline) == 0 {
		return
	}
	for _, part := range []struct{ kind, wanted string }{{linesType, "Line"}, {newLinesType, "NewLine"}} {
		c.types[part.kind] = give(n.types, c.one+part.wanted+"s")
		for _, child := range inline {
			c.types[part.kind+" "+child.Name] = give(n.types, c.one+pascal(child.Name)+part.wanted)
		}
	}
}

// pascal writes a name of the database as generators write types: "dns_records" is "DnsRecords".
func pascal(name string) string {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
	var out strings.Builder
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !letter(r) }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	text := out.String()
	if text == "" || text[0] <= '9' {
		return "Table" + text
	}
	return text
}
