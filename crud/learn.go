package crud

import (
	"context"
	"errors"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm/clause"
)

// learn takes what the database says where tags and Options say nothing: help, limits, defaults, choices and rules.
func (c *Store[P]) learn(known *facts) {
	c.missed(known.columns[c.plan.table])
	own := known.comments[c.plan.table]
	c.options.Help = or(c.options.Help, own[""])
	for _, f := range c.plan.fields {
		f.Help = or(f.Help, own[f.Name])
		if column, ok := known.columns[c.plan.table][f.Name]; ok {
			f.learn(column)
		}
	}
	c.plan.comments, c.known = known.comments, known
	for _, rule := range known.rules[c.plan.table] {
		c.plan.learn(rule)
	}
	c.doc = c.describe()
}

// tryLock finds out whether the rows of a view can be locked. Those that it makes of several, by GROUP BY or DISTINCT, cannot; triggers may
// let them be changed all the same.
func (c *Store[P]) tryLock(ctx context.Context) error {
	c.loose = false
	if !slices.ContainsFunc(c.plan.fields, func(f *field[P]) bool { return f.column.View }) {
		return nil
	}
	err := c.db.WithContext(ctx).Exec("EXPLAIN SELECT FROM ? FOR NO KEY UPDATE", clause.Table{Name: c.plan.table}).Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) { // a right that the role lacks, or a view that is broken, is told where it is met
		c.loose = pg.Code == "0A000" || pg.Code == "42809"
		return nil
	}
	return err
}

var typeOf = regexp.MustCompile(`^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?(?: with(?:out)? time zone)?$`)

// learn narrows a field to what its column can hold.
func (f *field[P]) learn(column columnFact) {
	f.column = column
	f.sortable = f.sortable && !column.Unordered
	f.ReadOnly, f.Required = f.ReadOnly || column.Made, f.Required && !column.Made
	if column.NotNull && f.nullable {
		f.nullable, f.Required = false, f.Required || column.Default == ""
	}
	if f.initial == nil && !f.nullable && !f.ReadOnly && !f.position {
		if text, ok := constant(column.Default); ok {
			f.initial = &text
		}
	}
	if f.choices == nil && len(column.Labels) > 0 {
		f.choose(column.Labels)
	}
	f.closed = len(column.Labels) > 0 && f.chooses(column.Labels)
	match := typeOf.FindStringSubmatch(column.Type)
	if match == nil {
		return
	}
	first, _ := strconv.Atoi(match[2])
	switch match[1] {
	case "character varying", "character":
		if f.holds = first; f.size == 0 || first < f.size {
			f.size = first
		}
	case "smallint":
		f.narrowTo(16)
	case "integer":
		f.narrowTo(32)
	case "numeric":
		f.precision = first
		f.scale, _ = strconv.Atoi(match[3])
	}
}

// narrowTo narrows a whole number to a column of so many bits.
func (f *field[P]) narrowTo(bits uint) {
	if f.min == "" {
		return
	}
	top := new(big.Int).Lsh(big.NewInt(1), bits-1)
	least, _ := new(big.Int).SetString(f.min, 10)
	most, _ := new(big.Int).SetString(f.max, 10)
	if floor := new(big.Int).Neg(top); least == nil || least.Cmp(floor) < 0 {
		f.min = floor.String()
	}
	if ceiling := top.Sub(top, big.NewInt(1)); most == nil || most.Cmp(ceiling) > 0 {
		f.max = ceiling.String()
	}
}

// learn joins a rule of the database with the one of that name that the model declares, if it does.
func (p *plan[P]) learn(known ruleFact) {
	at := slices.IndexFunc(p.rules, func(r rule[P]) bool { return r.name == known.Name })
	if at < 0 {
		at = len(p.rules)
		p.rules = append(p.rules, rule[P]{name: known.Name})
	}
	r := &p.rules[at]
	r.fact = known
	if len(r.fields) == 0 {
		names := append(slices.Clone(known.Columns), word.FindAllString(strings.Join(known.Keys, " "), -1)...)
		for _, name := range names {
			if f := p.column[name]; f != nil && !slices.Contains(r.fields, f) {
				r.fields = append(r.fields, f)
			}
		}
	}
	if known.Kind == "c" {
		r.condition = parseRule(known.Definition)
		r.says = p.comments[p.table]["constraint:"+known.Name]
		p.hint(r)
	}
}

// hint tells a form what a check of one column allows: choices, a range, or the rule in words.
func (p *plan[P]) hint(r *rule[P]) {
	if r.condition == nil || len(r.condition.columns()) != 1 {
		return
	}
	f := p.column[r.condition.columns()[0]]
	if f == nil {
		return
	}
	inner := r.condition.present()
	if inner.op == "in" {
		if f.choices == nil {
			f.choose(values(inner.args[1]))
		}
		settled := inner.args[0].op == "column" && !strings.HasSuffix(r.fact.Definition, " NOT VALID")
		f.closed = f.closed || settled && f.chooses(values(inner.args[1]))
		return
	}
	least, most := inner.bounds()
	if f.Kind == KindInteger && (least != nil || most != nil) {
		f.least, f.most = decimalOr(least, f.least), decimalOr(most, f.most)
		return
	}
	blank := inner.words(f.Kind, p.labelOf) == empty
	if says := or(r.says, inner.words(f.Kind, p.labelOf)); says != "" && !blank {
		f.hints = append(f.hints, says)
	}
}

// chooses reports whether all of these values are among the field's choices.
func (f *field[P]) chooses(values []string) bool {
	return !slices.ContainsFunc(values, func(value string) bool {
		return !slices.ContainsFunc(f.choices, func(c Choice) bool { return c.Value == value })
	})
}

func decimalOr(n *big.Int, otherwise string) string {
	if n == nil {
		return otherwise
	}
	return n.String()
}

// labelOf names a column for people.
func (p *plan[P]) labelOf(column string) string {
	if f := p.column[column]; f != nil {
		return f.Label
	}
	return strings.ReplaceAll(column, "_", " ")
}
