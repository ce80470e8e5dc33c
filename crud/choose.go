package crud

import (
	"context"
	"strings"
	"time"
)

// noteWidth is how many values a choice's note has unless Options say otherwise.
const noteWidth = 2

// hide takes what was typed out of a control that never shows it again.
func (in *Input) hide(verb Verb) {
	switch {
	case in.Text != "":
		in.Text, in.Hint = "", "It is secret and was not kept: type it again."
	case verb == Update:
		in.Required, in.Hint = false, "Left empty it stays as it is."
	}
}

// yesNo are the choices of a switch that may be NULL, and of a filter.
func yesNo() []Choice {
	return []Choice{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}
}

// choice is a row as it is chosen by value; fields are those that may be seen.
func (c *Store[P]) choice(row P, value string, fields []*field[P], zone *time.Location) Choice {
	label := c.plan.label(row)
	return Choice{Value: value, Label: label, Note: c.note(row, label, fields, zone)}
}

// note tells more of a row than its label does.
func (c *Store[P]) note(row P, label string, fields []*field[P], zone *time.Location) string {
	var parts []string
	said := label
	for _, f := range c.notes {
		if named(fields, f.Name) == nil {
			continue
		}
		text := strings.Join(strings.Fields(f.cell(row, nil, zone).Text), " ")
		switch {
		case text == "":
		case c.options.Note != nil, !strings.Contains(said, text) && len(parts) < noteWidth:
			parts = append(parts, text)
			said += "\n" + text
		}
	}
	return strings.Join(parts, " · ")
}

// offer adds to a relation's control the rows that it may point at and the one that it points at now.
func (c *Store[P]) offer(ctx context.Context, f *field[P], in *Input) error {
	if f.Kind != KindRelation {
		return nil
	}
	in.MakesFor = c.makesFor(ctx, f)
	offered, err := f.fitting(ctx, "", in.Parent)
	if err != nil && !forbidden(err) {
		return err
	}
	if offered != nil {
		in.Choices, in.More = offered.Items, offered.More
	}
	return f.point(ctx, in)
}

// point adds to a relation's control the row that it points at now.
func (f *field[P]) point(ctx context.Context, in *Input) error {
	if in.Text == "" {
		return nil
	}
	refs, err := f.relation.target.refs(ctx, f.relation.column, []string{in.Text})
	if ref, ok := refs[in.Text]; ok {
		in.Ref = &ref
	}
	return err
}

// Making is a row of another table that a form is about to make for one of its fields.
type Making struct {
	Table string            // the other table
	Held  map[string]string // by column of the other table: what the row has to hold for the field to offer it
}

// makesFor is what Input.MakesFor says. The form of an action is no table's.
func (c *Store[P]) makesFor(ctx context.Context, f *field[P]) string {
	if c.catalog != nil && f.makes(ctx) {
		return c.plan.table
	}
	return ""
}

// makes reports whether the account may make rows of the table that the relation refers to, and see them.
func (f *field[P]) makes(ctx context.Context) bool {
	return f.relation.target.Can(ctx, Create) && f.relation.target.Can(ctx, Read)
}

// Making implements Resource.
func (r resource[P]) Making(ctx context.Context, name, parent string) (*Making, error) {
	f, err := r.chooser(ctx, name)
	if err != nil {
		return nil, err
	}
	if !f.makes(ctx) {
		refusal := fail(KindForbidden, KindForbidden.String(), nil)
		refusal.Denied = f.relation.table + ":" + string(Create)
		return nil, refusal
	}
	out := &Making{Table: f.relation.table, Held: map[string]string{}}
	if f.narrowing != nil && parent != "" {
		out.Held[f.narrowing.column] = parent
	}
	return out, nil
}

// Made implements Resource.
func (r resource[P]) Made(ctx context.Context, name, parent, key string) (*Choice, error) {
	f, err := r.chooser(ctx, name)
	if err != nil {
		return nil, err
	}
	found, err := f.fitting(ctx, "", parent, f.relation.target.keyedBy([]string{key}))
	if forbidden(err) || err == nil && len(found.Items) == 0 {
		return nil, nil //nolint:nilnil // it is not offered
	}
	if err != nil {
		return nil, err
	}
	return &found.Items[0], nil
}
