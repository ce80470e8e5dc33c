package crud

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/crud/filter"
)

// target is a registered table as the relations that point at it see it. It applies the policy for reading.
type target interface {
	// refs names the rows whose column holds one of values, by value. A table or column that may not be read, or is not there, gives none.
	refs(ctx context.Context, column string, values []string) (map[string]Ref, error)
	// pointable is the table for lists that read it beside their own rows; false if there are rows that may not be read, or column may not.
	pointable(ctx context.Context, column string) (pointable, bool)
	// choices offers rows that match a search and all of only, by the value of column; none if that may not be read.
	choices(ctx context.Context, column, search string, only ...clause.Expression) (*Choices, error)
	// equals is the predicate of the rows whose column holds value; holds asks it of the row that another column names.
	equals(column, value string) clause.Expression
	// keyedBy is the predicate of the rows with these keys.
	keyedBy(keys []string) clause.Expression
	Can(ctx context.Context, verb Verb) bool
	holds(ctx context.Context, column, value, second, wanted string) (bool, error)
	// naming returns the rows that may be read and the columns that name them; none if those or column may not be read.
	naming(ctx context.Context, column string) (rows *gorm.DB, names []string, err error)
	// names returns the texts of those columns in the row whose column holds value, nil standing for NULL; none without one.
	names(ctx context.Context, column, value string) ([]*string, error)
	// matched is the query of column's value in the rows that a text is found in; nil if they may not be read.
	matched(ctx context.Context, column, text string) (*gorm.DB, error)
	// through finds a column of its rows by a name in the filter of those that point at column; nil for one that there is not, or that may
	// not be read. Lead returns the values of column in the rows that may be read and for which a condition on it holds, or a query of them.
	through(ctx context.Context, column, name string, depth int) (s *sought, lead func(clause.Expression) (any, error), err error)
	// filtersOf are the columns of its rows, or with a name of what that leads to, by which those that point at column can be filtered.
	filtersOf(ctx context.Context, column, name string, depth int) []FilterDoc
	// open reports whether the account may read column in every row.
	open(ctx context.Context, column string) bool
	// expandable and pointedAt check and read the rows that others point at, as JSON by the value of column.
	expandable(ctx context.Context, text string, depth int) error
	pointedAt(ctx context.Context, column string, values map[string]bool, below string) (map[string][]byte, error)
	// referring counts the rows that the account may read and whose column holds value, up to CountCap.
	referring(ctx context.Context, column, value string) Count
}

func (c *Store[P]) open(ctx context.Context, column string) bool {
	scope, err := c.scope(ctx, Read)
	return err == nil && scope.All && named(c.visible(ctx, Read), column) != nil
}

func (c *Store[P]) refs(ctx context.Context, column string, values []string) (map[string]Ref, error) {
	refs := make(map[string]Ref, len(values))
	fields := shown(c.visible(ctx, Read))
	f := named(fields, column)
	if f == nil || len(values) == 0 || c.unfit {
		return refs, nil
	}
	var wanted []any
	for _, value := range values {
		if row := c.plan.empty(); f.set(row, value) == nil {
			wanted = append(wanted, f.value(row))
		}
	}
	wanted = rounded(wanted)
	read := c.refFields(column, fields)
	err := c.retry(ctx, func() error {
		shape := "in " + column + " " + strconv.Itoa(len(wanted))
		rows, err := c.pick(ctx, c.conn(ctx), Read, shape, wanted, read, func(query *gorm.DB) *gorm.DB {
			return query.Where(clause.IN{Column: clauseColumn(column), Values: wanted})
		})
		for _, row := range rows {
			value, _ := f.text(row)
			refs[value] = c.ref(row)
		}
		c.plan.free(rows)
		return err
	})
	if forbidden(err) {
		return refs, nil
	}
	return refs, err
}

// refFields are those of the given that make a Ref of the row that column, which is among them and comes first, picks out.
func (c *Store[P]) refFields(column string, fields []*field[P]) []*field[P] {
	f := named(fields, column)
	return append([]*field[P]{f}, slices.DeleteFunc(slices.Clone(fields), func(other *field[P]) bool {
		return other == f || !slices.Contains(c.plan.key, other) && !slices.Contains(c.plan.labels, other)
	})...)
}

func (c *Store[P]) ref(row P) Ref {
	return Ref{Table: c.plan.table, Key: c.plan.keyOf(row), Label: c.plan.label(row)}
}

func (c *Store[P]) choices(ctx context.Context, column, search string, only ...clause.Expression) (*Choices, error) {
	fields, zone := shown(c.visible(ctx, Read)), ZoneIn(ctx)
	f := named(fields, column)
	order := c.ownOrder(fields)
	choices := &Choices{}
	if c.unfit {
		return choices, nil
	}
	err := c.retry(ctx, func() error {
		query, err := c.query(ctx, c.conn(ctx), Read)
		if err != nil {
			return err
		}
		if f == nil {
			return nil
		}
		for _, condition := range only {
			query = query.Where(condition)
		}
		if query, err = c.narrowed(query, filter.Node{}, clean(search), fields); err != nil {
			return err
		}
		rows, err := c.fetch(order.sorted(query, order.by).Clauses(limit(ChoiceLimit+1)), fields)
		choices.Items = choices.Items[:0]
		for _, row := range rows[:min(len(rows), ChoiceLimit)] {
			value, _ := f.text(row)
			choices.Items = append(choices.Items, c.choice(row, value, fields, zone))
		}
		choices.More = len(rows) > ChoiceLimit
		return err
	})
	return choices, err
}

// forbidden reports whether the policy denied the whole table.
func forbidden(err error) bool {
	var own *Error
	return errors.As(err, &own) && own.Kind == KindForbidden
}

// refsOf names the rows that one field of several rows points at.
func refsOf[P any](ctx context.Context, f *field[P], rows []P) (map[string]Ref, error) {
	if f.relation == nil || f.relation.target == nil {
		return map[string]Ref{}, nil
	}
	seen := map[string]bool{}
	var values []string
	for _, row := range rows {
		if text, null := f.text(row); !null && !seen[text] {
			seen[text] = true
			values = append(values, text)
		}
	}
	return f.relation.target.refs(ctx, f.relation.column, values)
}

// readableBy are the rows that may be read, for what points at column, and the fields that may be seen of them; nil rows if there are none.
func (c *Store[P]) readableBy(ctx context.Context, column string) (rows *gorm.DB, fields []*field[P], err error) {
	fields = shown(c.visible(ctx, Read))
	rows, err = c.query(ctx, c.conn(ctx), Read)
	if forbidden(err) || c.unfit || named(fields, column) == nil {
		return nil, fields, nil
	}
	return rows, fields, err
}

// rounded repeats a value until there are as many as a power of two: so PostgreSQL prepares few statements, of few lengths.
func rounded(values []any) []any {
	for len(values)&(len(values)-1) != 0 {
		values = append(values, values[0])
	}
	return values
}
