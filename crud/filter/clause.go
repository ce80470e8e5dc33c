package filter

import (
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"
)

// Op is what a condition compares by.
type Op string

// The operators. Which of them a column has follows from its Type.
const (
	Is       Op = "is"       // equal
	Not      Op = "not"      // different, NULL included
	Any      Op = "any"      // equal to one of the values
	Contains Op = "contains" // text anywhere, whatever the case
	Starts   Op = "starts"   // text at the beginning, whatever the case
	Less     Op = "lt"
	AtMost   Op = "le"
	More     Op = "gt"
	AtLeast  Op = "ge"
	On       Op = "on"     // a moment on this day
	Last     Op = "last"   // a moment within the last 12h, 7d, 4w, 6m or 2y
	Next     Op = "next"   // a moment within the coming 12h, 7d, 4w, 6m or 2y
	This     Op = "this"   // a moment in this day, week, month or year
	Within   Op = "within" // an address in this network
	Has      Op = "has"    // a list that holds this text
	At       Op = "at"     // JSON that has this text at this path: data.at:owner.name,ada
	Empty    Op = "empty"  // NULL, or a text without letters
	Filled   Op = "filled" // the contrary
)

// Type says which operators a column has and how its values are read.
type Type int

// The types.
const (
	Text    Type = iota
	Exact        // choices and relations: compared whole
	Number       // compared and ordered
	Time         // moments, and days
	Bool         //
	Address      // inet
	List         // arrays of texts
	JSON         //
	Opaque       // only empty or not
)

var ops = map[Type][]Op{
	Text:    {Contains, Is, Not, Starts, Any, Empty, Filled},
	Exact:   {Is, Not, Any, Empty, Filled},
	Number:  {Is, Not, Less, AtMost, More, AtLeast, Any, Empty, Filled},
	Time:    {Last, Next, This, On, Less, AtMost, More, AtLeast, Empty, Filled},
	Bool:    {Is, Empty, Filled},
	Address: {Is, Not, Within, Any, Empty, Filled},
	List:    {Has, Empty, Filled},
	JSON:    {At, Empty, Filled},
	Opaque:  {Empty, Filled},
}

// Column is a column as filters see it.
type Column struct {
	Name     string // in addresses and in SQL
	Type     Type
	Day      bool // with Time: it holds days
	Nullable bool
	Value    func(text string) (any, error) // reads a value as a statement takes it; its error is a sentence

	// Around makes a condition on this column, which is of another table, one on a row that leads there. nil: it is the row's own.
	Around func(condition clause.Expression) (clause.Expression, error)
}

// Ops returns the operators of the column, the usual one first. Columns that hold no NULL and no text have no Empty.
func (c Column) Ops() []Op {
	if c.Nullable || c.Type == Text {
		return ops[c.Type]
	}
	return slices.DeleteFunc(slices.Clone(ops[c.Type]), func(op Op) bool { return op == Empty || op == Filled })
}

// Clause returns the predicate of the filter, nil for the empty one. Days are those of the zone in which now is, and one that a moment is
// compared with stands for the whole of it: after it is after its end. find looks up each of Fields. Operators that do not fit are an
// Error, and values that do not fit are a ValueError.
func (n Node) Clause(find func(name string) Column, now time.Time) (clause.Expression, error) {
	if n.IsZero() {
		return nil, nil
	}
	if n.Field != "" {
		column := find(n.Field)
		condition, err := n.condition(column, now)
		if err == nil && column.Around != nil {
			return column.Around(condition)
		}
		return condition, err
	}
	each := make([]clause.Expression, len(n.Nodes))
	for i, node := range n.Nodes {
		var err error
		if each[i], err = node.Clause(find, now); err != nil {
			return nil, err
		}
	}
	if n.Or {
		return clause.And(clause.Or(each...)), nil
	}
	return clause.And(each...), nil
}

// arity is how many values an operator takes, at least and at most.
func arity(op Op) (least, most int) {
	switch op {
	case Empty, Filled:
		return 0, 0
	case Any:
		return 1, MaxValues
	case At:
		return 2, 2
	}
	return 1, 1
}

func (n Node) condition(column Column, now time.Time) (clause.Expression, error) {
	if !slices.Contains(column.Ops(), n.Op) {
		return nil, errorf("The column %q cannot be compared by %q; it can by %s.", n.Field, n.Op, names(column.Ops()))
	}
	if least, most := arity(n.Op); len(n.Values) < least || len(n.Values) > most {
		return nil, errorf("%q of the column %q takes %d values, not %d.", n.Op, n.Field, least, len(n.Values))
	}
	at := clause.Column{Table: clause.CurrentTable, Name: column.Name}
	switch n.Op {
	case Empty, Filled:
		return emptiness(column, at, n.Op == Filled), nil
	case Contains:
		return clause.Expr{SQL: "? ILIKE ?", Vars: []any{at, "%" + Literal(n.Values[0]) + "%"}}, nil
	case Starts:
		return clause.Expr{SQL: "? ILIKE ?", Vars: []any{at, Literal(n.Values[0]) + "%"}}, nil
	case Last, Next, This, On:
		return n.period(column, at, now)
	case At:
		return clause.Expr{SQL: "? #>> string_to_array(?, '.') = ?", Vars: []any{at, n.Values[0], n.Values[1]}}, nil
	case Has:
		return clause.Expr{SQL: "? = ANY (?)", Vars: []any{n.Values[0], at}}, nil
	}
	if column.Type == Time && !column.Day {
		if from, to, ok := bounds(On, n.Values[0], now); ok { // it stands for the whole day
			switch n.Op {
			case AtMost:
				return compared(Less, at, []any{to.UTC()}), nil
			case More:
				return compared(AtLeast, at, []any{to.UTC()}), nil
			}
			return compared(n.Op, at, []any{from.UTC()}), nil
		}
	}
	values := make([]any, len(n.Values))
	for i, text := range n.Values {
		var err error
		if values[i], err = column.Value(text); err != nil {
			return nil, &ValueError{n.Field, text, err.Error()}
		}
	}
	return compared(n.Op, at, values), nil
}

var signs = map[Op]string{Is: "=", Less: "<", AtMost: "<=", More: ">", AtLeast: ">="}

// compared compares a column with values of its own type.
func compared(op Op, at clause.Column, values []any) clause.Expression {
	switch op {
	case Not:
		return clause.Expr{SQL: "? IS DISTINCT FROM ?", Vars: []any{at, values[0]}}
	case Any:
		return clause.IN{Column: at, Values: values}
	case Within:
		return clause.Expr{SQL: "? <<= ?", Vars: []any{at, values[0]}}
	}
	return clause.Expr{SQL: "? " + signs[op] + " ?", Vars: []any{at, values[0]}}
}

func emptiness(column Column, at clause.Column, filled bool) clause.Expression {
	sql, vars := "? IS NULL", []any{at}
	switch {
	case column.Type == Text && column.Nullable:
		sql, vars = "(? IS NULL OR ? = '')", []any{at, at}
	case column.Type == Text:
		sql = "? = ''"
	}
	if filled {
		sql = "NOT (" + sql + ")"
	}
	return clause.Expr{SQL: sql, Vars: vars}
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Literal makes text stand for itself in a pattern of LIKE.
func Literal(text string) string { return likeEscapes.Replace(text) }

func names(ops []Op) string {
	texts := make([]string, len(ops))
	for i, op := range ops {
		texts[i] = string(op)
	}
	return strings.Join(texts, ", ")
}
