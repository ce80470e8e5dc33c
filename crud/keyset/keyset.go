// Package keyset pages through rows in any order without OFFSET: a page begins after the last row of the one before,
// named by the values of the columns it is sorted by. It stays right while rows come and go, and costs the same on
// every page.
package keyset

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"gorm.io/gorm/clause"
)

// Column is one column of an order. NULLs stand where PostgreSQL puts them by itself: last when ascending, first when
// descending, so that plain indexes serve both.
type Column struct {
	Table    string // "" is the statement's own
	Name     string
	Desc     bool
	Nullable bool
}

// Order is a total order: its last columns are the table's key.
type Order []Column

// Reversed is the order from the other end. The last page is its first.
func (o Order) Reversed() Order {
	reversed := make(Order, len(o))
	for i, column := range o {
		column.Desc = !column.Desc
		reversed[i] = column
	}
	return reversed
}

// By is the ORDER BY clause.
func (o Order) By() clause.OrderBy {
	var by clause.OrderBy
	for _, column := range o {
		by.Columns = append(by.Columns, clause.OrderByColumn{Column: column.column(), Desc: column.Desc})
	}
	return by
}

// After is the predicate of the rows that follow the one with these values, nil standing for NULL. There are as many
// values as columns.
func (o Order) After(values []any) clause.Expression {
	if o.Uniform() {
		return o.tuple(values)
	}
	var branches []clause.Expression
	for i, column := range o {
		beyond := column.beyond(values[i])
		if beyond == nil {
			continue
		}
		branch := make([]clause.Expression, 0, i+1)
		for j, earlier := range o[:i] {
			branch = append(branch, clause.Eq{Column: earlier.column(), Value: values[j]})
		}
		branches = append(branches, clause.And(append(branch, beyond)...))
	}
	switch len(branches) {
	case 0:
		return clause.Expr{SQL: "FALSE"}
	case 1: // GORM joins one alternative alone to what stands before it by OR
		return clause.And(append(o.least(values), branches[0])...)
	}
	return clause.And(append(o.least(values), clause.Or(branches...))...)
}

// least bounds the first column where one comparison can: an index serves that, and not the alternatives beside it.
func (o Order) least(values []any) []clause.Expression {
	switch first := o[0]; {
	case values[0] == nil:
		return nil
	case first.Desc:
		return []clause.Expression{clause.Lte{Column: first.column(), Value: values[0]}}
	case !first.Nullable:
		return []clause.Expression{clause.Gte{Column: first.column(), Value: values[0]}}
	}
	return nil
}

// Uniform reports whether one row comparison says it all that comes After some values, which an index serves best.
func (o Order) Uniform() bool {
	for _, column := range o {
		if column.Nullable || column.Desc != o[0].Desc {
			return false
		}
	}
	return len(o) > 0
}

func (o Order) tuple(values []any) clause.Expression {
	columns, operator := make([]any, len(o)), " > "
	if o[0].Desc {
		operator = " < "
	}
	for i, column := range o {
		columns[i] = column.column()
	}
	marks := placeholders(len(o))
	return clause.Expr{SQL: marks + operator + marks, Vars: append(columns, values...)}
}

// beyond is the predicate of the rows that follow the value in this column alone, or nil if there can be none.
func (c Column) beyond(value any) clause.Expression {
	switch {
	case value == nil && c.Desc:
		return clause.Neq{Column: c.column(), Value: nil}
	case value == nil:
		return nil
	case c.Desc:
		return clause.Lt{Column: c.column(), Value: value}
	case c.Nullable:
		return clause.Or(clause.Gt{Column: c.column(), Value: value}, clause.Eq{Column: c.column(), Value: nil})
	}
	return clause.Gt{Column: c.column(), Value: value}
}

func (c Column) column() clause.Column {
	if c.Table == "" {
		return clause.Column{Table: clause.CurrentTable, Name: c.Name}
	}
	return clause.Column{Table: c.Table, Name: c.Name}
}

func placeholders(n int) string {
	return "(?" + strings.Repeat(",?", n-1) + ")"
}

// ErrCursor is returned for a cursor that this order did not make.
var ErrCursor = errors.New("keyset: not a cursor of this order")

// cursor is what a page's address carries.
type cursor struct {
	Order  string    `json:"o"`
	Values []*string `json:"v"`
}

// Encode makes a cursor of a row's values as text, nil standing for NULL, valid for the named order alone.
func Encode(order string, values []*string) string {
	data, _ := json.Marshal(cursor{order, values}) // texts always marshal
	return base64.RawURLEncoding.EncodeToString(data)
}

// Decode reads a cursor of n values back, or returns ErrCursor.
func Decode(text, order string, n int) ([]*string, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrCursor
	}
	var read cursor
	if json.Unmarshal(data, &read) != nil || read.Order != order || len(read.Values) != n {
		return nil, ErrCursor
	}
	return read.Values, nil
}
