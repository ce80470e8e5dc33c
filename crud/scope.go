package crud

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// scope returns what the policy opens to the verb, with what the table cannot tell apart left out: a table without an
// owner has no own rows. Its error is Forbidden if Options or policy leave no row, for the verb or for reading, which
// every verb but Create takes too.
func (c *Store[P]) scope(ctx context.Context, verb Verb) (Scope, error) {
	if !c.possible(verb) {
		return Scope{}, fail(KindForbidden, fmt.Sprintf("%s cannot be changed this way.", c.doc.Plural), nil)
	}
	if verb != Read && verb != Create {
		if _, err := c.scope(ctx, Read); err != nil {
			return Scope{}, err
		}
	}
	scope, err := c.config.Policy.Scope(ctx, c.plan.table, verb)
	if err != nil {
		return Scope{}, fmt.Errorf("policy of %s: %w", c.plan.table, err)
	}
	if scope.All {
		return Scope{All: true}, nil
	}
	if c.own == nil {
		scope.Own = nil
	}
	if c.group == nil {
		scope.Group = nil
	}
	if c.shared == nil || verb != Read {
		scope.Shared = nil
	}
	if scope.IsZero() {
		return Scope{}, c.deny(verb, KindForbidden.String())
	}
	return scope, nil
}

// within is the predicate of the rows in scope; nil is every row.
func (c *Store[P]) within(scope Scope) clause.Expression {
	if scope.All {
		return nil
	}
	return either(clause.CurrentTable, c.claims(scope))
}

// claims are what a row in a scope that is not all has to hold one of.
func (c *Store[P]) claims(scope Scope) []claim {
	var claims []claim
	if scope.Own != nil {
		claims = append(claims, claim{c.own, scope.Own})
	}
	if scope.Group != nil {
		claims = append(claims, claim{c.group, scope.Group})
	}
	if len(scope.Shared) > 0 {
		claims = append(claims, claim{c.shared, scope.Shared})
	}
	return claims
}

// permit returns the predicate of the rows that the verb may touch, nil for every row, or Forbidden. What may not be read
// is not touched either: it would tell of itself by what is answered.
func (c *Store[P]) permit(ctx context.Context, verb Verb) (clause.Expression, error) {
	scope, err := c.scope(ctx, verb)
	if err != nil {
		return nil, err
	}
	if verb == Read || verb == Create {
		return c.within(scope), nil
	}
	readable, err := c.scope(ctx, Read)
	switch {
	case err != nil:
		return nil, err
	case readable.All || readable.Equal(scope):
		return c.within(scope), nil
	case scope.All:
		return c.within(readable), nil
	}
	return clause.And(c.within(scope), c.within(readable)), nil
}

// possible reports whether Options allow the verb at all.
func (c *Store[P]) possible(verb Verb) bool {
	if slices.Contains(c.doc.Verbs, verb) {
		return true
	}
	return slices.ContainsFunc(c.options.Actions, func(a ActionOf[P]) bool { return Verb(a.Name) == verb })
}

// reach tells for each of the rows, which the account may read, whether the verb may touch it: by one query at most.
func (c *Store[P]) reach(ctx context.Context, verb Verb, rows []P) ([]bool, error) {
	open := make([]bool, len(rows))
	scope, err := c.scope(ctx, verb)
	if forbidden(err) || len(rows) == 0 {
		return open, nil
	}
	if err != nil {
		return nil, err
	}
	if readable, err := c.scope(ctx, Read); scope.All || (err == nil && scope.Equal(readable)) {
		for i := range open {
			open[i] = true
		}
		return open, nil
	}
	found := map[string]bool{}
	err = c.retry(ctx, func() error {
		clear(found)
		reached, err := c.fetch(c.conn(ctx).Model(c.plan.empty()).Where(c.plan.keyedAny(rows)).Where(c.within(scope)), c.plan.key)
		for _, row := range reached {
			found[c.plan.keyOf(row)] = true
		}
		return err
	})
	for i, row := range rows {
		open[i] = found[c.plan.keyOf(row)]
	}
	return open, err
}

// allowed returns what the account may do with a row that it may read: verbs and actions.
func (c *Store[P]) allowed(ctx context.Context, row P) ([]Verb, error) {
	var out []Verb
	verbs := slices.Clone(c.doc.Verbs)
	for _, action := range c.options.Actions {
		verbs = append(verbs, Verb(action.Name))
	}
	for _, verb := range verbs {
		if inTrash(verb) {
			continue
		}
		open, err := c.reach(ctx, verb, []P{row})
		if err != nil {
			return nil, err
		}
		if open[0] && verb != Create {
			out = append(out, verb)
		}
	}
	return out, nil
}

// unreached is the error of a verb that found no row under a key: one that may be seen is Forbidden, any other is
// answered like one that is not there.
func (c *Store[P]) unreached(ctx context.Context, verb Verb, key string) error {
	if verb != Read && !inTrash(verb) {
		if _, err := c.find(ctx, c.conn(ctx), Read, key); err == nil {
			return c.deny(verb, fmt.Sprintf("You may see this %s, but not do this to it.", c.doc.Singular))
		}
	}
	return c.missing()
}

// stays refuses a write after which the row would be out of the writer's reach.
func (c *Store[P]) stays(ctx context.Context, tx *gorm.DB, verb Verb, row P) error {
	within, err := c.permit(ctx, verb)
	if err != nil || within == nil {
		return err
	}
	rows, err := c.fetch(tx.Model(c.plan.empty()).Where(c.plan.keyed(row)).Where(within).Clauses(limit(1)), c.plan.key)
	if err != nil || len(rows) == 1 {
		return err
	}
	out := &Error{Kind: KindInvalid, Fields: map[string]string{}}
	field := ""
	for _, p := range []*path{c.own, c.group} {
		if p != nil && named(c.writable(ctx, verb), p.first) != nil {
			field = p.first
		}
	}
	out.Fields[field] = fmt.Sprintf("With this the %s would be out of your reach.", c.doc.Singular)
	return out
}

// fixed returns the field that the scope decides by itself, nil for none: who may only write their own rows makes
// rows that are theirs.
func (c *Store[P]) fixed(ctx context.Context, verb Verb) (*field[P], string) {
	scope, err := c.scope(ctx, verb)
	if err != nil || scope.Own == nil || scope.Group != nil || len(c.own.hops) > 0 {
		return nil, ""
	}
	f := c.plan.column[c.own.first]
	if f == nil || f.primary {
		return nil, ""
	}
	return f, fmt.Sprint(scope.Own)
}

// refer refuses a relation to a row that the account may not read: it is answered like one that is not there.
func (c *Store[P]) refer(ctx context.Context, verb Verb, row P, fields []*field[P]) error {
	decided, _ := c.fixed(ctx, verb)
	wrong, err := unseen(ctx, row, slices.DeleteFunc(slices.Clone(fields), func(f *field[P]) bool {
		return f.relation == nil || f.relation.target == nil || f == decided || f.relation.target.open(ctx, f.relation.column)
	}))
	if err != nil {
		return err
	}
	strays, err := c.strays(ctx, row, fields)
	if err != nil {
		return err
	}
	maps.Copy(wrong, strays)
	return invalid(wrong)
}

// unseen has a sentence for each of the relations that lead to no row that the account may read.
func unseen[P any](ctx context.Context, row P, relations []*field[P]) (map[string]string, error) {
	wrong := map[string]string{}
	for _, f := range relations {
		refs, err := refsOf(ctx, f, []P{row})
		if err != nil {
			return nil, err
		}
		if text, null := f.text(row); !null && refs[text] == (Ref{}) {
			wrong[f.Name] = noSuchRow
		}
	}
	return wrong, nil
}

// invalid is the error of fields that are wrong; nil if none is.
func invalid(wrong map[string]string) error {
	if len(wrong) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Fields: wrong}
}

// noSuchRow is what a relation to nothing, or to what may not be seen, is told.
const noSuchRow = "There is no such record to refer to."
