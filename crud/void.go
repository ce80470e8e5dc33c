package crud

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// A looser database has NULL where a field cannot hold it. There it reads as the zero value, and in an order it stands elsewhere than that.

// gapped reports whether NULL can stand in the column, whatever the field can hold.
func (f *field[P]) gapped() bool {
	return f.nullable || f.column.Name != "" && !f.column.NotNull && !f.primary
}

// doubtful reports whether the row holds a zero value that may be NULL in the database.
func (f *field[P]) doubtful(row P) bool { return !f.nullable && f.gapped() && f.unset(row) }

// isVoid reports whether NULL stands in a field of the row that a query finds.
func (c *Store[P]) isVoid(query *gorm.DB, f *field[P]) (bool, error) {
	_, void, err := c.one(query.Where(clause.Eq{Column: clauseColumn(f.Name), Value: nil}), []*field[P]{f})
	return void, err
}

// like narrows a query to the rows that stand in the order where this one does, or could.
func (o *order[P]) like(query *gorm.DB, row P) *gorm.DB {
	for _, from := range o.from {
		if from.label >= 0 {
			continue
		}
		column := clauseColumn(from.field.Name)
		same := clause.Expression(clause.Eq{Column: column, Value: from.field.value(row)})
		if from.field.doubtful(row) {
			same = clause.And(clause.Or(same, clause.Eq{Column: column, Value: nil}))
		}
		query = query.Where(same)
	}
	return query
}
