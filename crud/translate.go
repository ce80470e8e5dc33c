package crud

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// translate turns the failure of a statement into an *Error. What it does not know is returned as it is: a bug.
func (c *Store[P]) translate(ctx context.Context, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var hook interface{ FieldErrors() map[string]string }
	if errors.As(err, &hook) {
		return &Error{Kind: KindInvalid, Fields: hook.FieldErrors(), Err: err}
	}
	var pg *pgconn.PgError
	var lost unrecorded
	if errors.As(err, &pg) && (passing(pg.Code) || pg.Code == stopped || !errors.As(err, &lost)) {
		return c.database(pg, err)
	}
	if away(ctx, err) {
		return fail(KindUnavailable, KindUnavailable.String(), err)
	}
	return fmt.Errorf("%s: %w", c.plan.table, err)
}

// away reports whether err says that the database could not be asked, or not in time.
func away(ctx context.Context, err error) bool {
	var own *Error
	var pg *pgconn.PgError
	if errors.As(err, &own) || errors.As(err, &pg) {
		return pg != nil && own == nil && passing(pg.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) ||
		pgconn.Timeout(err) || ctx.Err() != nil || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
}

// passing reports whether a SQLSTATE speaks of the server's state rather than of the statement.
func passing(code string) bool {
	class := code[:2]
	return class == "08" || class == "53" || class == "40" || strings.HasPrefix(code, "57P0") || code == "55P03" || code == "25P03"
}

// stopped is the SQLSTATE of a statement that took too long.
const stopped = "57014"

// database translates what PostgreSQL reports by SQLSTATE.
func (c *Store[P]) database(pg *pgconn.PgError, err error) error {
	switch pg.Code {
	case "23505":
		return c.refused(pg, err, KindInvalid, c.taken)
	case "23502":
		return c.refused(pg, err, KindInvalid, func([]*field[P], *pgconn.PgError) string { return "This must not be empty." })
	case "23514", "23P01":
		return c.refused(pg, err, KindInvalid, c.broken)
	case "23503":
		if strings.Contains(pg.Detail, "still referenced") {
			return fail(KindConflict, fmt.Sprintf("This %s is still used by rows of %q.", c.doc.Singular, titled(pg.TableName)), err)
		}
		return c.refused(pg, err, KindInvalid, func([]*field[P], *pgconn.PgError) string { return noSuchRow })
	case "22001":
		return fail(KindInvalid, "A text is too long for its column.", err)
	case "22003":
		return fail(KindInvalid, "A number is out of range for its column.", err)
	case "22021", "22P05", "22P02", "22007", "22008", "22023":
		return fail(KindInvalid, "A value is not valid for its column.", err)
	case stopped:
		return fail(KindUnavailable, "This took too long and was stopped. Narrow the search or try again.", err)
	case "55P03", "40001", "40P01":
		return fail(KindUnavailable, "Somebody else is changing the same just now. Try again in a moment.", err)
	case "42501":
		return fail(KindForbidden, fmt.Sprintf("%s cannot be changed this way.", c.doc.Plural), err)
	}
	if passing(pg.Code) {
		return fail(KindUnavailable, KindUnavailable.String(), err)
	}
	return fmt.Errorf("%s: %w", c.plan.table, err)
}

// refused puts a sentence beside the fields that a constraint is about, or on the whole record if none is known.
func (c *Store[P]) refused(pg *pgconn.PgError, err error, kind ErrorKind, say func([]*field[P], *pgconn.PgError) string) error {
	fields := c.concerned(pg)
	out := &Error{Kind: kind, Fields: map[string]string{}, Err: err}
	text := say(fields, pg)
	if len(fields) == 0 {
		out.Fields[""] = text
	}
	for _, f := range fields[:min(1, len(fields))] {
		out.Fields[f.Name] = text
	}
	return out
}

// concerned finds the fields of a constraint: by the model's declaration, the error's own column, its detail, and last
// by the constraint's name, which by convention holds the column's. A check of another table was broken by a row that a
// hook wrote with this row's values: the column has the same name here.
func (c *Store[P]) concerned(pg *pgconn.PgError) []*field[P] {
	if f := c.plan.column[pg.ColumnName]; f != nil {
		return []*field[P]{f}
	}
	for _, r := range c.plan.rules {
		if r.name == pg.ConstraintName && len(r.fields) > 0 && pg.TableName == c.plan.table {
			return c.enterable(r.fields)
		}
	}
	if pg.TableName != c.plan.table && pg.Code != "23514" {
		return nil
	}
	if key := detailKey.FindStringSubmatch(pg.Detail); key != nil {
		if fields := c.wordsIn(key[1]); len(fields) > 0 {
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
	return c.enterable(fields)
}

// enterable puts the fields that a form holds before the others.
func (c *Store[P]) enterable(fields []*field[P]) []*field[P] {
	sorted := slices.Clone(fields)
	slices.SortStableFunc(sorted, func(a, b *field[P]) int {
		switch {
		case a.ReadOnly == b.ReadOnly:
			return 0
		case b.ReadOnly:
			return -1
		}
		return 1
	})
	return sorted
}

// taken says which combination exists already, and among which rows if a rule is about some of them alone.
func (c *Store[P]) taken(fields []*field[P], pg *pgconn.PgError) string {
	var labels []string
	for _, f := range fields {
		labels = append(labels, f.Label)
	}
	for _, r := range c.plan.rules {
		if r.name == pg.ConstraintName && r.when != nil && len(labels) > 1 {
			labels = slices.DeleteFunc(labels, func(label string) bool { return label == r.when.Label })
			return fmt.Sprintf("Only one %s with the same %s may have %s set to “%s”.", c.doc.Singular, listing(labels), r.when.Label, r.value)
		}
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
	if len(fields) == 1 && len(fields[0].choices) > 0 {
		return oneOf(fields[0].choices)
	}
	name := strings.TrimPrefix(strings.TrimPrefix(pg.ConstraintName, "ck_"), pg.TableName+"_")
	return fmt.Sprintf("This breaks the rule “%s”.", strings.ReplaceAll(name, "_", " "))
}
