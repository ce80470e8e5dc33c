package crud

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jinzhu/inflection"

	"unified/crud/keyset"
)

// resolve looks every name in Options up and fills in the defaults. It returns all mistakes.
func (c *Store[P]) resolve() []error {
	var mistakes []error
	wrong := func(option, name string, known []string) {
		mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.%s: unknown field %q%s", c.plan.model, option, name, nearest(name, known)))
	}
	fields := slices.Sorted(maps.Keys(c.plan.goName))
	for _, name := range c.options.List {
		if column := c.columnNamed(name); column != nil {
			c.columns = append(c.columns, *column)
		} else {
			wrong("List", name, append(fields, c.computedNames()...))
		}
	}
	for _, name := range c.options.Search {
		if f := c.plan.goName[name]; f != nil && !f.Secret {
			c.searched = append(c.searched, f)
		} else {
			wrong("Search", name, fields)
		}
	}
	for _, column := range c.options.Columns {
		for _, name := range column.Reads {
			if c.plan.goName[name] == nil {
				wrong("Columns", name, fields)
			}
		}
		if f := c.plan.goName[column.Relation]; column.Relation != "" && (f == nil || f.relation == nil) {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Columns: %q is no relation", c.plan.model, column.Relation))
		}
	}
	for name := range strings.SplitSeq(c.options.Sort, ",") {
		bare := strings.TrimPrefix(name, "-")
		if f := c.plan.goName[bare]; f != nil && f.sortable {
			c.order = append(c.order, keyset.Column{Name: f.Name, Desc: bare != name, Nullable: f.nullable})
		} else if bare != "" {
			wrong("Sort", bare, fields)
		}
	}
	if len(c.plan.key) == 0 && !slices.Equal(c.options.Verbs, []Verb{Read}) {
		mistakes = append(mistakes, fmt.Errorf("crud: %s has no primary key: give it one, or Options.Verbs: []crud.Verb{crud.Read} if its rows are to be listed and no more", c.plan.model))
	}
	mistakes = append(mistakes, c.resolveOverrides(wrong)...)
	mistakes = append(mistakes, c.resolveVerbs()...)
	mistakes = append(mistakes, c.resolveLists()...)
	mistakes = append(mistakes, c.resolveFields()...)
	mistakes = append(mistakes, c.resolveAsked()...)
	for option, to := range map[string]struct {
		text string
		path **path
	}{"Own": {c.options.Own, &c.own}, "Group": {c.options.Group, &c.group}, "Shared": {c.options.Shared, &c.shared}} {
		if to.text == "" {
			continue
		}
		var err error
		if *to.path, err = c.plan.path(to.text); err != nil {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.%s: %w", c.plan.model, option, err))
		}
	}
	c.fillDefaults()
	return append(mistakes, c.complete()...)
}

// resolveLists refuses lists that cannot be written where something can.
func (c *Store[P]) resolveLists() (mistakes []error) {
	for _, f := range c.plan.fields {
		if f.spread && !slices.Equal(c.options.Verbs, []Verb{Read}) {
			mistakes = append(mistakes, fmt.Errorf("crud: %s.%s: GORM writes a list of this type as several values; give the type Scan and Value, or the field the tag gorm:\"->\" if it is only to be read", c.plan.model, f.goName))
		}
	}
	return mistakes
}

func (c *Store[P]) resolveVerbs() []error {
	var mistakes []error
	known := []string{string(Read), string(Create), string(Update), string(Delete)}
	if c.trashable() {
		known = append(known, string(Restore), string(Purge))
	}
	for _, verb := range c.options.Verbs {
		if !slices.Contains(known, string(verb)) {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Verbs: unknown verb %q%s", c.plan.model, verb, nearest(string(verb), known)))
		}
	}
	for _, action := range c.options.Actions {
		if action.Name == "" || action.Run == nil && action.ask == nil || slices.Contains(known, action.Name) {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Actions: %q needs a name of its own and a Run", c.plan.model, action.Name))
		}
	}
	for _, entry := range c.options.Entries {
		if entry.Name == "" || entry.Set == nil || c.plan.column[entry.Name] != nil {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Entries: %q needs a name that no column has and a Set", c.plan.model, entry.Name))
		}
	}
	return mistakes
}

// columnNamed finds a list column by a field's Go name or a computed column's label.
func (c *Store[P]) columnNamed(name string) *column[P] {
	if f := c.plan.goName[name]; f != nil && !f.Secret {
		return &column[P]{field: f}
	}
	for i := range c.options.Columns {
		if c.options.Columns[i].Label == name {
			return &column[P]{computed: &c.options.Columns[i]}
		}
	}
	return nil
}

func (c *Store[P]) computedNames() []string {
	var names []string
	for _, column := range c.options.Columns {
		names = append(names, column.Label)
	}
	return names
}

// listWidth is how many columns a list has unless Options say otherwise.
const listWidth = 8

func (c *Store[P]) fillDefaults() {
	if c.options.List == nil {
		c.listDefaults()
	}
	if c.options.Search == nil {
		for _, f := range c.plan.fields {
			if f.Kind == KindText && f.lettered && !f.Secret && f.size != 0 {
				c.searched = append(c.searched, f)
			}
		}
	}
	for _, f := range c.plan.telling() {
		if !slices.ContainsFunc(c.order, func(k keyset.Column) bool { return k.Name == f.Name }) {
			newest := len(c.order) == 0 && len(c.plan.key) == 1 && f.Kind == KindInteger
			c.order = append(c.order, keyset.Column{Name: f.Name, Desc: newest || (len(c.order) > 0 && c.order[0].Desc), Nullable: f.nullable})
		}
	}
}

// listDefaults takes the first fields that fit a cell, then computed columns.
func (c *Store[P]) listDefaults() {
	for _, f := range c.plan.fields {
		wide := f.Kind == KindLongText || f.Kind == KindJSON || f.Kind == KindBytes || f.Kind == KindList
		if !f.Secret && !wide && len(c.columns) < listWidth {
			c.columns = append(c.columns, column[P]{field: f})
		}
	}
	for i := range c.options.Columns {
		c.columns = append(c.columns, column[P]{computed: &c.options.Columns[i]})
	}
}

// describe makes the table's facts for screens.
func (c *Store[P]) describe() *Table {
	single := or(c.options.Singular, c.plan.single)
	doc := &Table{
		Name:     c.plan.table,
		Singular: single,
		Plural:   or(c.options.Plural, sentence(inflection.Plural(single))),
		Area:     c.area,
		Help:     c.options.Help,
		Keyless:  len(c.plan.key) == 0,
		Verbs:    c.options.Verbs,
		Paths:    Paths{c.options.Own, c.options.Group, c.options.Shared},
		History:  c.config.History != nil && len(c.plan.key) > 0,
	}
	if doc.PageSize = c.options.PageSize; doc.PageSize == 0 {
		doc.PageSize = PageSize
	}
	if doc.Verbs == nil {
		doc.Verbs = []Verb{Read, Create, Update, Delete}
		if c.trashable() {
			doc.Verbs = append(doc.Verbs, Restore, Purge)
		}
	}
	for _, action := range c.options.Actions {
		about := ActionDoc{Name: action.Name, Label: or(action.Label, titled(action.Name)), Help: action.Help}
		if asked := c.asked[action.Name]; asked != nil {
			about.Fields = asked.fields()
		}
		doc.Actions = append(doc.Actions, about)
	}
	doc.Own, doc.Group = c.limitable(c.own, doc), c.limitable(c.group, doc)
	for _, f := range c.searched {
		doc.Search = append(doc.Search, f.Label)
	}
	for _, f := range c.plan.fields {
		doc.Fields = append(doc.Fields, f.FieldDoc)
	}
	for _, l := range c.links {
		doc.Links = append(doc.Links, l.LinkDoc)
	}
	for _, child := range c.children {
		doc.Children = append(doc.Children, child.ChildDoc)
	}
	for _, entry := range c.options.Entries {
		doc.Entries = append(doc.Entries, FieldDoc{
			Name: entry.Name, Label: entry.Label, Help: entry.Help, Kind: KindText, Required: entry.Required, Unseen: true,
		})
	}
	return doc
}

// limitable returns the verbs and actions that can be limited to the rows that a path picks out. A row whose own key
// decides whose it is cannot be made by anybody but itself.
func (c *Store[P]) limitable(p *path, doc *Table) []Verb {
	if p == nil {
		return nil
	}
	var out []Verb
	for _, verb := range doc.Verbs {
		if f := c.plan.column[p.first]; verb != Create || f == nil || !f.primary {
			out = append(out, verb)
		}
	}
	for _, action := range doc.Actions {
		out = append(out, Verb(action.Name))
	}
	return out
}

// or returns text unless it is empty.
func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
