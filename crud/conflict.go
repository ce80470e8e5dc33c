package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm/clause"
)

// conflict finds the row that already has what a unique rule allows once, by the field beside which that is said. There is
// none where the account may not see the row, or a field that the rule is about. A failure finds none: the sentence stands
// without a link.
func (c *Store[P]) conflict(ctx context.Context, r *rule[P], row P, fields []*field[P]) map[string]Ref {
	if r == nil || len(fields) == 0 || len(r.fact.Keys) == 0 {
		return nil
	}
	visible := shown(c.visible(ctx, Read))
	if slices.ContainsFunc(r.fields, func(f *field[P]) bool { return !slices.Contains(visible, f) }) {
		return nil
	}
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return nil
	}
	found, exists, err := c.one(query.Where(c.plan.equal(r, row)), visible)
	if err != nil || !exists || c.plan.keyOf(found) == c.plan.keyOf(row) && len(c.plan.key) == 1 {
		return nil
	}
	return map[string]Ref{fields[0].Name: c.ref(found)}
}

// equal is the predicate of the rows in which the keys of a unique rule are as in row. A key may be an expression: it is
// evaluated over a row of one's own, whose columns hide the table's. Its text is the catalog's.
func (p *plan[P]) equal(r *rule[P], row P) clause.Expression {
	var columns []string
	var values []any
	for _, f := range r.fields {
		columns = append(columns, fmt.Sprintf(`?::%s AS %q`, f.column.Type, f.Name))
		values = append(values, f.value(row))
	}
	own := strings.Join(columns, ", ")
	conditions := make([]clause.Expression, 0, len(r.fact.Keys)+1)
	for _, key := range r.fact.Keys {
		conditions = append(conditions, clause.Expr{SQL: fmt.Sprintf("%s = (SELECT %s FROM (SELECT %s) AS wanted)", key, key, own), Vars: values})
	}
	if r.fact.Where != "" {
		conditions = append(conditions, clause.Expr{SQL: r.fact.Where})
	}
	return clause.And(conditions...)
}

// used says which rows still refer to one that is to go, and how many, as far as the account may see them.
func (c *Store[P]) used(ctx context.Context, pg *pgconn.PgError, write WriteOf[P]) string {
	other := c.tables[pg.TableName]
	if other == nil {
		return fmt.Sprintf("This %s is still used by rows of %q.", c.doc.Singular, titled(pg.TableName))
	}
	rows, doc := Count{}, other.Table()
	for _, r := range c.known.rulesOf(pg.TableName) {
		if r.Name == pg.ConstraintName && len(r.Columns) == 1 && write.Verb != "" && write.Verb != Create && c.plan.column[r.Targets[0]] != nil {
			value, _ := c.plan.column[r.Targets[0]].text(write.Old)
			rows = other.referring(ctx, r.Columns[0], value)
		}
	}
	switch {
	case rows.More:
		return fmt.Sprintf("This %s is still used by more than %d %s.", c.doc.Singular, rows.Rows, lowered(doc.Plural))
	case rows.Rows == 1:
		return fmt.Sprintf("This %s is still used by one %s.", c.doc.Singular, doc.Singular)
	case rows.Rows > 1:
		return fmt.Sprintf("This %s is still used by %d %s.", c.doc.Singular, rows.Rows, lowered(doc.Plural))
	}
	return fmt.Sprintf("This %s is still used by %s.", c.doc.Singular, lowered(doc.Plural))
}

// referring counts the rows that the account may read and whose column holds value, up to CountCap. A failure counts none.
func (c *Store[P]) referring(ctx context.Context, column, value string) (count Count) {
	f, row := named(shown(c.visible(ctx, Read)), column), c.plan.empty()
	if f == nil || f.set(row, value) != nil {
		return count
	}
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return count
	}
	found := query.Where(clause.Eq{Column: clauseColumn(column), Value: f.value(row)}).Select("1").Clauses(limit(CountCap + 1))
	if c.conn(ctx).WithContext(ctx).Table("(?) AS found", found).Count(&count.Rows).Error != nil {
		return Count{}
	}
	return Count{Rows: min(count.Rows, CountCap), More: count.Rows > CountCap}
}
