package api

import (
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/crud"
)

// lined adds the child rows that can be written with a row: with a new one, new ones alone.
func (t *part) lined(out *openapi3.SchemaRef, kind string) *openapi3.SchemaRef {
	all := object("", nil)
	for _, child := range t.schema.Lines {
		if line := t.line(child, kind == newLinesType); line != nil {
			name, list := t.types[kind+" "+child.Name], openapi3.NewArraySchema().WithMaxItems(crud.LineLimit)
			list.Title, list.Items = child.Label, ref(name)
			t.person.doc.Components.Schemas[name] = line
			all.Value.WithProperty(child.Name, list)
		}
	}
	if len(all.Value.Properties) > 0 {
		all.Value.Description = "Rows that stand below this one, written in one go with it. Those that are not among them stay as they are."
		t.person.doc.Components.Schemas[t.types[kind]] = all
		out.Value.WithPropertyRef(crud.LinesMember, ref(t.types[kind]))
	}
	return out
}

// line is what is sent of a child row; nil if nothing can be done to it so.
func (t *part) line(child crud.ChildDoc, fresh bool) *openapi3.SchemaRef {
	other := t.person.parts[child.Table]
	if other == nil {
		return nil
	}
	create, update := other.except(other.schema.Create, child.Columns), other.except(other.schema.Update, child.Columns)
	creates, updates, deletes := other.may(crud.Create), other.may(crud.Update), other.may(crud.Delete)
	switch {
	case !creates && (fresh || !updates && !deletes):
		return nil
	case fresh, !updates && !deletes:
		return other.fresh(create, false)
	}
	out := object("", nil)
	for _, columns := range [][]*crud.SchemaColumn{create, update} {
		for name, column := range other.changes(columns).Value.Properties {
			out.Value.Properties[name] = column
		}
	}
	says := "The key of the row that is meant."
	if creates {
		says += " Without it this is a new one, for which is required what a new one takes."
	} else {
		out.Value.Required = []string{crud.KeyMember}
	}
	out.Value.WithProperty(crud.KeyMember, said(typed("string").WithMinLength(1), says))
	if deletes {
		out.Value.WithProperty(crud.RemoveMember, said(typed("boolean"), "true deletes the row, whatever else is said of it."))
	}
	if updates {
		based(out)
	}
	out.Value.Description = fmt.Sprintf("One of its %s.", child.Label)
	return out
}

// except are columns without those of these names.
func (*part) except(columns []*crud.SchemaColumn, names []string) []*crud.SchemaColumn {
	return slices.DeleteFunc(slices.Clone(columns), func(c *crud.SchemaColumn) bool { return slices.Contains(names, c.Name) })
}
