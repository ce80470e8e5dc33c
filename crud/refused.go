package crud

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// attempt is the failure of a statement that writes a row, with the write.
type attempt[P any] struct {
	error
	write   WriteOf[P]
	changed []*field[P]
}

func (a attempt[P]) Unwrap() error { return a.error }

// byColumn takes sentences by Go name or by column name.
func (c *Store[P]) byColumn(sentences map[string]string) map[string]string {
	out := make(map[string]string, len(sentences))
	for name, text := range sentences {
		if f := c.plan.goName[name]; f != nil && c.plan.column[name] == nil {
			name = f.Name
		}
		out[name] = text
	}
	return out
}

// refused says why the database refused a row, beside the fields that are concerned, or on the whole record if none is known.
func (c *Store[P]) refused(ctx context.Context, pg *pgconn.PgError, err error) error {
	out := &Error{Kind: KindInvalid, Fields: map[string]string{}, Err: err}
	var tried attempt[P]
	errors.As(err, &tried)
	rule := c.plan.rule(pg)
	fields := c.concerned(pg, rule, tried.changed)
	text := "A value is not valid for its column."
	code := pg.Code
	if spokenBy(pg) {
		code = raised // whatever code it gave
	} else if len(fields) == 0 && (unreadableValue(pg) || pg.DataTypeName != "") && tried.write.Verb != "" && pg.TableName == "" {
		fields = c.misread(ctx, tried)
	}
	switch code {
	case raised:
		text = sentence(pg.Message)
	case "23505":
		text = c.taken(fields, rule)
		if tried.write.Verb != "" {
			out.Rows = c.conflict(ctx, rule, tried.write.New, fields)
		}
	case "23502":
		text = empty
	case "23514":
		if all := c.explained(rule, tried.write); len(all) > 0 {
			out.Fields = all
			return out
		}
		text = c.broken(fields, pg)
	case "23P01":
		text = c.broken(fields, pg)
	case "23503", "23001":
		if strings.Contains(pg.Detail, "still referenced") || tried.write.Verb == Delete || tried.write.Verb == Purge {
			return fail(KindConflict, c.used(ctx, pg, tried.write), err)
		}
		text = noSuchRow
	case "22001":
		text = "A text is too long for its column."
	case "22003":
		text = "A number is out of range for its column."
	}
	if len(fields) == 0 {
		out.Fields[""] = text
		return out
	}
	out.Fields[fields[0].Name] = text
	return out
}

// raised is the SQLSTATE of what a function of the database refuses by RAISE: its message is for people.
const raised = "P0001"

// spokenBy reports whether a function raised it, or asserts the contrary, by whatever code but those that speak of the server.
func spokenBy(pg *pgconn.PgError) bool {
	server := passing(pg.Code) || pg.Code == stopped || pg.Code[:2] == "XX"
	return pg.Code == raised || pg.Code == "P0004" || pg.Routine == "exec_stmt_raise" && !server
}

// rule finds what the model or the database says of a constraint of this table that was broken; nil if neither knows it.
func (p *plan[P]) rule(pg *pgconn.PgError) *rule[P] {
	at := slices.IndexFunc(p.rules, func(r rule[P]) bool { return r.name == pg.ConstraintName && pg.TableName == p.table })
	if at < 0 || pg.ConstraintName == "" {
		return nil
	}
	return &p.rules[at]
}

// explained says which part of a check a write breaks; nil if that is not known.
func (c *Store[P]) explained(r *rule[P], write WriteOf[P]) map[string]string {
	if r == nil || r.condition == nil || write.Verb == "" {
		return nil
	}
	wrong := map[string]string{}
	for _, fault := range r.condition.faults(c.plan.reader(write.New, c.settledIn(write.New, nil)), c.plan.labelOf) {
		f := c.plan.column[fault.column]
		if f == nil || f.Secret {
			continue
		}
		text := or(r.says, fault.text)
		if text == "" {
			text = c.named(r.name)
		}
		wrong[f.Name] = text
	}
	return wrong
}

// concerned finds the fields of a constraint: by the model's declaration, the error's own column, its detail, and last
// by the constraint's name, which by convention holds the column's. What a form holds comes first, and of that what was
// changed. A check of another table was broken by a row that a hook wrote with this row's values: the column has the same
// name here.
func (c *Store[P]) concerned(pg *pgconn.PgError, r *rule[P], changed []*field[P]) []*field[P] {
	if f := c.plan.column[pg.ColumnName]; f != nil {
		return []*field[P]{f}
	}
	if r != nil && len(r.fields) > 0 {
		return enterable(r.fields, changed)
	}
	if pg.TableName != c.plan.table && pg.Code != "23514" {
		return nil
	}
	if key := detailKey.FindStringSubmatch(pg.Detail); key != nil {
		if fields := enterable(c.wordsIn(key[1]), changed); len(fields) > 0 {
			return fields
		}
	}
	var longest *field[P]
	name := strings.TrimPrefix(pg.ConstraintName, "ck_")
	name = "_" + strings.TrimPrefix(name, pg.TableName) + "_"
	for _, f := range c.plan.fields {
		if strings.Contains(name, "_"+f.Name+"_") && (longest == nil || len(f.Name) > len(longest.Name)) {
			longest = f
		}
	}
	if longest != nil {
		return []*field[P]{longest}
	}
	return nil
}

var (
	detailKey = regexp.MustCompile(`^Key \((.*?)\)=`)
	word      = regexp.MustCompile(`\w+`)
)

// wordsIn returns the fields whose columns are named in an expression.
func (c *Store[P]) wordsIn(expression string) []*field[P] {
	var fields []*field[P]
	for _, name := range word.FindAllString(expression, -1) {
		if f := c.plan.column[name]; f != nil && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// enterable puts the fields that a form holds before the others, and of these the changed ones first.
func enterable[P any](fields, changed []*field[P]) []*field[P] {
	place := func(f *field[P]) int {
		switch {
		case f.ReadOnly:
			return 2
		case !slices.Contains(changed, f):
			return 1
		}
		return 0
	}
	sorted := slices.Clone(fields)
	slices.SortStableFunc(sorted, func(a, b *field[P]) int { return place(a) - place(b) })
	return sorted
}

// taken says which combination exists already, and among which rows if a rule is about some of them alone.
func (c *Store[P]) taken(fields []*field[P], r *rule[P]) string {
	var labels []string
	for _, f := range c.plan.fields {
		if slices.Contains(fields, f) {
			labels = append(labels, f.Label)
		}
	}
	if r != nil && r.when != nil && len(labels) > 1 {
		labels = slices.DeleteFunc(labels, func(label string) bool { return label == r.when.Label })
		return fmt.Sprintf("Only one %s with the same %s may have %s set to “%s”.", c.doc.Singular, listing(labels), r.when.Label, r.value)
	}
	if len(labels) < 2 {
		return "This value is already taken."
	}
	return fmt.Sprintf("This combination of %s is already taken.", listing(labels))
}

// listing joins labels as a sentence does: "Zone, Name and Value".
func listing(labels []string) string {
	last := len(labels) - 1
	if last < 1 {
		return strings.Join(labels, "")
	}
	return strings.Join(labels[:last], ", ") + " and " + labels[last]
}

// broken says which rule does not hold: by its comment, the choices it leaves, or at least its name.
func (c *Store[P]) broken(fields []*field[P], pg *pgconn.PgError) string {
	if text := c.plan.comments[pg.TableName]["constraint:"+pg.ConstraintName]; text != "" {
		return text
	}
	if pg.ConstraintName == "" {
		return "The table has no partition for a row with these values."
	}
	if len(fields) == 1 && len(fields[0].choices) > 0 {
		return oneOf(fields[0].choices)
	}
	return c.named(pg.ConstraintName)
}

// named says no more than a rule's name.
func (c *Store[P]) named(rule string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(rule, "ck_"), c.plan.table+"_")
	return fmt.Sprintf("This breaks the rule “%s”.", strings.ReplaceAll(name, "_", " "))
}
