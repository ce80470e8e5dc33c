package crud

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm/clause"
)

// Field says more about one field of the form than its tags do.
type Field[T any] = FieldOf[*T]

// FieldOf is Field by the pointer type of the rows; see Store.
type FieldOf[P any] struct {
	Help   string             // "": the tag's, else the column's comment
	Widget string             // "": by what the field is
	ShowIf string             // "RecordType=MX|SRV": the field is there only where another has one of these values; "": always
	Within string             // "RoomID=RoomID": a relation offers rows whose field equals this row's field, child=own; "": all
	Check  func(row P) string // what is wrong with the field, as a sentence; "" for nothing. nil checks nothing
}

// Premise is when a field is there: while another one has one of these values.
type Premise struct {
	Name   string // the other column
	Values []string
}

// narrowing is which rows a relation offers: those whose column holds what another field of the form does.
type narrowing[P any] struct {
	column string    // of the rows that are offered
	parent *field[P] // of the form's own row
}

// value is what the form holds in the parent; "" if nothing is chosen.
func (n *narrowing[P]) value(row P, typed url.Values) string {
	if values := typed[n.parent.Name]; len(values) > 0 {
		return values[len(values)-1]
	}
	if n.parent.unchosen(row) {
		return ""
	}
	text, _ := n.parent.text(row)
	return text
}

// fitting offers the rows that a relation may point at: with a narrowing those that belong to the parent, none without one.
func (f *field[P]) fitting(ctx context.Context, search, parent string, only ...clause.Expression) (*Choices, error) {
	if f.narrowing == nil {
		return f.relation.target.choices(ctx, f.relation.column, search, only...)
	}
	if parent == "" {
		return &Choices{}, nil
	}
	return f.relation.target.choices(ctx, f.relation.column, search, append(only, f.relation.target.equals(f.narrowing.column, parent))...)
}

// equals is the predicate of the rows whose column holds value, as a form writes it; of none if that cannot be.
func (c *Store[P]) equals(column, value string) clause.Expression {
	probe := c.plan.empty()
	f := c.plan.column[column]
	if f == nil || f.set(probe, value) != nil {
		return clause.Expr{SQL: "false"}
	}
	return clause.Eq{Column: clauseColumn(column), Value: f.value(probe)}
}

// resolveFields takes Options.Fields and Options.Groups over into the plan and returns all mistakes.
func (c *Store[P]) resolveFields() []error {
	var mistakes []error
	wrong := func(format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("crud: %s: Options."+format, append([]any{c.plan.model}, args...)...))
	}
	for _, group := range c.options.Groups {
		for _, name := range group.Fields {
			if c.plan.goName[name] == nil {
				wrong("Groups: unknown field %q", name)
			}
		}
	}
	for name, more := range c.options.Fields {
		f := c.plan.goName[name]
		if f == nil {
			wrong("Fields: unknown field %q", name)
			continue
		}
		if more.Widget == "password" && !f.Secret {
			wrong("Fields: %s: a password is secret: give the field the tag widget:password", name)
			continue
		}
		f.Help, f.widget, f.check = or(more.Help, f.Help), or(more.Widget, f.widget), more.Check
		f.showIf, f.within = or(more.ShowIf, f.showIf), or(more.Within, f.within)
		if more.Widget != "" && !slices.Contains(widgets, more.Widget) {
			wrong("Fields: %s: unknown widget %q%s", name, more.Widget, nearest(more.Widget, widgets))
		}
	}
	for _, f := range c.plan.fields {
		if other, values, _ := strings.Cut(f.showIf, "="); f.showIf != "" {
			if c.plan.goName[other] == nil || c.plan.goName[other] == f || values == "" {
				wrong("Fields: %s: showIf %q names no other field and its values", f.goName, f.showIf)
				continue
			}
			f.premise = &Premise{c.plan.goName[other].Name, strings.Split(values, "|")}
		}
		if child, own, _ := strings.Cut(f.within, "="); f.within != "" {
			if c.plan.goName[own] == nil || f.relation == nil {
				wrong("Fields: %s: within %q names no field of this row, or the field is no relation", f.goName, f.within)
				continue
			}
			path, err := c.plan.path(f.relation.name + "." + child)
			if err != nil {
				wrong("Fields: %s: within: %w", f.goName, err)
				continue
			}
			f.narrowing = &narrowing[P]{path.column, c.plan.goName[own]}
		}
	}
	return mistakes
}

// applies reports whether the field is there in a row with these values.
func (c *Store[P]) applies(f *field[P], row P) bool {
	if f.premise == nil {
		return true
	}
	text, _ := c.plan.column[f.premise.Name].text(row)
	return slices.Contains(f.premise.Values, text)
}

// withoutHidden drops what was typed into fields that are not there. The order in which fields are read must not matter, so
// the values that decide are looked at first.
func (c *Store[P]) withoutHidden(verb Verb, row P, fields []*field[P], input url.Values) []*field[P] {
	probe := c.plan.copyRow(row)
	if verb == Create {
		c.initialise(probe, Scope{})
	}
	for _, f := range fields {
		if values := input[f.Name]; len(values) > 0 {
			f.enter(probe, values[len(values)-1], slices.Contains(input[NullParam], f.Name)) //nolint:errcheck // said when it is read
		}
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f *field[P]) bool { return !c.applies(f, probe) })
}

// misplaced says of what was typed into fields that are not there that it would not be kept: without scripts a form shows them. What is left
// as it was shown, or emptied, says nothing; to programs it is said later.
func (c *Store[P]) misplaced(verb Verb, m *merge[P], all, there []*field[P], wrong map[string]string) { //nolint:revive // each is a thing of its own
	if m.input[exactParam] != nil {
		return
	}
	usual := c.plan.copyRow(m.shown)
	if verb == Create {
		c.initialise(usual, Scope{})
	}
	for _, f := range all {
		values := m.input[f.Name]
		if len(values) == 0 || values[len(values)-1] == "" || slices.Contains(there, f) {
			continue
		}
		f.take(m.mine, usual)
		if err := m.enter(f); err != nil || !f.same(m.mine, usual) {
			wrong[f.Name] = c.absence(f)
		}
		f.take(m.mine, m.shown)
	}
}

// absence says when a field is there.
func (c *Store[P]) absence(f *field[P]) string {
	return fmt.Sprintf("This is there only where “%s” is %s.", c.plan.column[f.premise.Name].Label, strings.Join(f.premise.Values, " or "))
}

// strays refuses relations to rows that their narrowing does not offer.
func (c *Store[P]) strays(ctx context.Context, row P, fields []*field[P]) (map[string]string, error) {
	wrong := map[string]string{}
	for _, f := range c.plan.fields {
		if f.narrowing == nil || f.relation.target == nil || !slices.Contains(fields, f) && !slices.Contains(fields, f.narrowing.parent) {
			continue
		}
		text, null := f.text(row)
		if null || f.unchosen(row) {
			continue
		}
		parent := f.narrowing.parent
		value := f.narrowing.value(row, nil)
		if value == "" {
			wrong[f.Name] = fmt.Sprintf("Choose “%s” first.", parent.Label)
			continue
		}
		fits, err := f.relation.target.holds(ctx, f.relation.column, text, f.narrowing.column, value)
		if err != nil {
			return nil, err
		}
		if !fits {
			wrong[f.Name] = fmt.Sprintf("This does not belong to the chosen “%s”.", parent.Label)
		}
	}
	return wrong, nil
}

// holds reports whether the row that column names by value has another value in a second column, as far as it may be read.
func (c *Store[P]) holds(ctx context.Context, column, value, second, wanted string) (bool, error) { //nolint:revive // each is a thing of its own
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return false, err
	}
	_, found, err := c.one(query.Where(c.equals(column, value)).Where(c.equals(second, wanted)), c.plan.key)
	return found, err
}
