package crud

import (
	"fmt"
	"maps"
	"slices"
)

// resolveOverrides takes what Options say instead of the defaults of fields and pages. wrong reports a name that no field has.
func (c *Store[P]) resolveOverrides(wrong func(option, name string, known []string)) []error {
	known, refers := slices.Sorted(maps.Keys(c.plan.goName)), []error(nil)
	look := func(option, name string) *field[P] {
		f := c.plan.goName[name]
		if f == nil || f.Secret {
			wrong(option, name, known)
			return nil
		}
		return f
	}
	for _, name := range c.options.Filters {
		if f := look("Filters", name); f != nil {
			c.filtered = append(c.filtered, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.options.Labels)) {
		if f := look("Labels", name); f != nil {
			f.Label = c.options.Labels[name]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.options.Formats)) {
		if f := look("Formats", name); f != nil {
			f.format = c.options.Formats[name]
		}
	}
	for _, name := range c.options.Label {
		if f := look("Label", name); f != nil {
			c.plan.naming = append(c.plan.naming, f)
		}
	}
	for _, name := range c.options.Note {
		if f := look("Note", name); f != nil && f.relation == nil {
			c.notes = append(c.notes, f)
		} else if f != nil {
			refers = append(refers, fmt.Errorf("crud: %s: Options.Note: %q is a relation, of which a note knows the key alone", c.plan.model, name))
		}
	}
	c.namedBy, c.plan.labels = c.plan.namedBy(), c.plan.labelled()
	return slices.Concat(refers, c.resolvePages(), c.resolveTwice())
}

func (c *Store[P]) resolvePages() []error {
	if size := c.options.PageSize; size < 0 || size > PageSizeMax {
		return []error{fmt.Errorf("crud: %s: Options.PageSize: %d is not from 1 to %d", c.plan.model, size, PageSizeMax)}
	}
	return nil
}

// resolveTwice reports what stands twice where one of them could never be reached, and columns without a value.
func (c *Store[P]) resolveTwice() []error {
	var mistakes []error
	once := func(option string, names []string) {
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.%s: %q stands there twice", c.plan.model, option, name))
			}
		}
	}
	var actions, entries []string
	for _, action := range c.options.Actions {
		actions = append(actions, action.Name)
	}
	for _, entry := range c.options.Entries {
		entries = append(entries, entry.Name)
		if entry.Widget != "" && !slices.Contains(widgets, entry.Widget) {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Entries: unknown widget %q%s", c.plan.model, entry.Widget, nearest(entry.Widget, widgets)))
		}
	}
	for _, column := range c.options.Columns {
		if column.Label == "" || column.Value == nil {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Columns: %q needs a label and a Value", c.plan.model, column.Label))
		}
	}
	once("List", c.options.List)
	once("Search", c.options.Search)
	once("Note", c.options.Note)
	once("Filters", c.options.Filters)
	once("Columns", c.computedNames())
	once("Actions", actions)
	once("Entries", entries)
	return mistakes
}

// narrowable are those of the fields by which the table may be filtered.
func (c *Store[P]) narrowable(fields []*field[P]) []*field[P] {
	if c.options.Filters == nil {
		return fields
	}
	var out []*field[P]
	for _, f := range c.filtered {
		if named(fields, f.Name) != nil {
			out = append(out, f)
		}
	}
	return out
}

// size is how many rows a page has.
func (c *Store[P]) size(asked int) int {
	if asked <= 0 {
		return c.doc.PageSize
	}
	return min(asked, PageSizeMax)
}
