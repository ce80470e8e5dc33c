package crud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Why is what decides what an account may do with one row, or with any.
type Why struct {
	Verdicts []Verdict // of each verb and action of the table, in the order of Table
	Limits   []Limit   // the columns that the policy keeps back
}

// Verdict says whether a verb may be done to a row, and what decides that. Without a row it says whether there can be such rows.
type Verdict struct {
	Verb    Verb
	Grounds []Ground // the scopes that the policy opens, one of which must be met; none: it opens no row
	Refusal *Error   // what the account is answered; nil if it may
	Unknown bool     // it could not be tried in time
	Guarded bool     // Options look at what is written, too, which is known only then: never of a deletion, which is tried as a whole
}

// May reports whether the verb may be done.
func (v Verdict) May() bool { return v.Refusal == nil && !v.Unknown }

// The names of the scopes in a Ground.
const (
	GroundAll    = "all"
	GroundOwn    = "own"
	GroundGroup  = "group"
	GroundShared = "shared"
)

// Ground is a scope, with the fact that decides whether a row lies in it. The zero Met says nothing without a row.
type Ground struct {
	Scope  string   // one of the Ground names
	Path   string   // the column that decides, "user_id" or "user_id → users.domain"; "" for GroundAll
	Wants  []string // what stands there in rows that it opens
	Holds  string   // what stands there in the row
	Null   bool     // the row holds NULL there
	Secret bool     // what it holds is shown to nobody, or not to who asks
	Met    bool

	claim claim
}

// Limit is a column that is kept back.
type Limit struct {
	FieldDoc
	Access Access
	Verbs  []Verb // of ReadOnly: those whose forms do not take it
	Given  bool   // the scope decides its value: only own rows may be made or kept
}

// Why implements Resource.
func (r resource[P]) Why(ctx context.Context, as func(context.Context) context.Context, key string) (*Why, error) {
	var row P
	if key != "" {
		var err error
		if row, _, err = r.findOrBuried(ctx, key); err != nil {
			return nil, err
		}
	}
	verbs := slices.Clone(r.doc.Verbs)
	for _, action := range r.doc.Actions {
		verbs = append(verbs, Verb(action.Name))
	}
	other := as(ctx)
	why := &Why{Limits: r.limits(other)}
	for _, verb := range verbs {
		verdict, err := r.verdict(other, verb)
		if err == nil && key != "" {
			err = r.judge(ctx, other, &verdict, row)
		}
		if err != nil {
			return nil, err
		}
		why.Verdicts = append(why.Verdicts, verdict)
	}
	return why, nil
}

// verdict is what the policy says to a verb, whatever the row.
func (c *Store[P]) verdict(ctx context.Context, verb Verb) (Verdict, error) {
	v := Verdict{Verb: verb, Guarded: !slices.Contains([]Verb{Read, Delete, Restore, Purge}, verb) && (c.options.Guard != nil || c.options.Allow != nil)}
	scope, err := c.scope(ctx, verb)
	if err != nil {
		return v, v.refuse(ctx, err)
	}
	if scope.All {
		v.Grounds = []Ground{{Scope: GroundAll, Met: true}}
		return v, nil
	}
	for _, claim := range c.claims(scope) {
		scopes := map[*path]string{c.own: GroundOwn, c.group: GroundGroup, c.shared: GroundShared}
		ground := Ground{Scope: scopes[claim.path], Path: claim.path.String(), claim: claim}
		if several, ok := claim.value.([]string); ok {
			ground.Wants = several
		} else {
			ground.Wants = []string{fmt.Sprint(claim.value)}
		}
		v.Grounds = append(v.Grounds, ground)
	}
	return v, nil
}

// refuse takes an error as the answer that the account gets, and returns any other.
func (v *Verdict) refuse(ctx context.Context, err error) error {
	var own *Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &own):
		return err
	case own.Kind == KindUnavailable:
		if !late(err) || ctx.Err() != nil {
			return err
		}
		v.Unknown = true
	default:
		v.Refusal = own
	}
	return nil
}

// late reports whether a statement or a lock took too long.
func late(err error) bool {
	var pg interface{ SQLState() string }
	return errors.As(err, &pg) && (pg.SQLState() == stopped || pg.SQLState() == "55P03")
}

// judge adds to a verdict what the row decides: it looks at it, and tries the verb, as the account does.
func (r resource[P]) judge(ctx, other context.Context, v *Verdict, row P) error {
	if err := r.facts(ctx, v, row); err != nil {
		return err
	}
	if !v.May() || v.Verb == Create {
		return nil
	}
	return v.refuse(other, r.try(other, v.Verb, r.plan.keyOf(row)))
}

// facts says of each ground whether the row meets it, and what it holds there as far as ctx may see that.
func (c *Store[P]) facts(ctx context.Context, v *Verdict, row P) error {
	visible := shown(c.visible(ctx, Read))
	for i := range v.Grounds {
		g := &v.Grounds[i]
		if g.Scope == GroundAll || v.Verb == Create {
			continue
		}
		value, met, err := c.at(ctx, row, g.claim)
		if err != nil {
			return err
		}
		g.Met = met
		if g.Secret = named(visible, g.claim.path.first) == nil; !g.Secret {
			g.Holds, g.Null = textOf(value), value == nil
		}
	}
	return nil
}

// at is what a row holds at the end of the path of a claim, as text and nil for NULL, and whether the claim holds for it.
func (c *Store[P]) at(ctx context.Context, row P, of claim) (value *string, met bool, err error) {
	err = c.retry(ctx, func() error {
		query := c.conn(ctx).WithContext(ctx).Unscoped().Model(c.plan.empty()).Where(c.plan.keyed(row))
		return query.Select("(?)::text, coalesce(?, FALSE)", of.path.value(c.plan.table), either(clause.CurrentTable, []claim{of})).Row().Scan(&value, &met)
	})
	return value, met, err
}

// What trying a verb may take.
const (
	tryTime = "2s"
	tryWait = "500ms" // for somebody else's lock
)

// errUndone ends the transaction of what was only tried.
var errUndone = errors.New("it was only tried")

type onlyKey struct{}

// only reports whether what is done with ctx is only tried: it is not recorded.
func only(ctx context.Context) bool { return ctx.Value(onlyKey{}) != nil }

// try does a verb to a row as the account does, in a transaction that is undone, and returns what the account would be answered. An
// update and an action are tried up to where something is changed.
func (r resource[P]) try(ctx context.Context, verb Verb, key string) error {
	if verb == Read {
		_, _, err := r.findOrBuried(ctx, key)
		return err
	}
	work := func(ctx context.Context) (err error) {
		switch verb {
		case Delete:
			_, err = r.Store.Delete(ctx, key)
		case Restore:
			_, err = r.Store.Restore(ctx, key)
		case Purge:
			_, err = r.Store.Purge(ctx, key)
		default:
			_, _, err = r.update(ctx, verb, key, func(context.Context, P) error { return nil })
		}
		return err
	}
	err := r.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if err := tx.Exec("SELECT set_config('statement_timeout', ?, true), set_config('lock_timeout', ?, true)", tryTime, tryWait).Error; err != nil {
			return err
		}
		if err := work(context.WithValue(ctx, onlyKey{}, true)); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// limits are the columns that the policy keeps from the account, as its pages and forms do.
func (c *Store[P]) limits(ctx context.Context) []Limit {
	absent, seen := c.absent, c.visible(ctx, Read)
	var limits []Limit
	for _, f := range c.plan.fields {
		if f.Secret || absent[f.Name] {
			continue
		}
		if named(seen, f.Name) == nil {
			limits = append(limits, Limit{FieldDoc: f.FieldDoc, Access: Hidden})
			continue
		}
		limit := Limit{FieldDoc: f.FieldDoc, Access: ReadOnly}
		for _, verb := range []Verb{Create, Update} {
			if _, err := c.scope(ctx, verb); err != nil || f.ReadOnly || named(c.writable(ctx, verb), f.Name) != nil {
				continue
			}
			decided, _ := c.fixed(ctx, verb)
			limit.Verbs, limit.Given = append(limit.Verbs, verb), limit.Given || decided == f
		}
		if limit.Verbs != nil {
			limits = append(limits, limit)
		}
	}
	return limits
}

// Whose implements Resource.
func (r resource[P]) Whose(ctx context.Context, key string) (string, error) {
	row, _, err := r.findOrBuried(ctx, key)
	if err != nil || r.own == nil || named(shown(r.visible(ctx, Read)), r.own.first) == nil {
		return "", err
	}
	value, _, err := r.at(ctx, row, claim{path: r.own})
	return textOf(value), err
}

// Words says what the account is answered, in one line.
func (v Verdict) Words() string {
	if v.Refusal == nil {
		return ""
	}
	return strings.ReplaceAll(v.Refusal.Error(), "\n", " ")
}

// textOf is a text, "" for NULL.
func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
