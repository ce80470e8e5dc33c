package crud

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"gorm.io/gorm"
)

// Ask makes an action that asks for something first, of one row or of many at once. The fields of F, a struct type with a
// name and the tags of a model, are the controls of its form: what is typed is parsed and validated as for a model. run edits
// a row as Action.Run does, for which it stands, and must leave form as it is. The context carries the transaction, so what
// run writes elsewhere is undone with the rest.
func Ask[T, F any](action Action[T], run func(ctx context.Context, row *T, form *F) error) Action[T] {
	return ask(action, run, newRow[F])
}

func ask[P, F any](action ActionOf[P], run func(ctx context.Context, row P, form F) error, empty func() F) ActionOf[P] {
	action.ask = func(db *gorm.DB) (asking[P], error) {
		p, err := newPlan(db, empty)
		if err != nil {
			return nil, err
		}
		if len(p.fields) == 0 {
			return nil, fmt.Errorf("crud: %s asks for nothing", p.model)
		}
		form := &Store[F]{db: db, config: Config{}.withDefaults(), plan: p}
		form.doc = form.describe()
		return question[P, F]{form, run}, nil
	}
	return action
}

// asking is the form of an action, with the type of its struct erased.
type asking[P any] interface {
	fields() []FieldDoc
	// schema describes what a program sends for it.
	schema(ctx context.Context) []*SchemaColumn
	// inputs draws the form, with what was typed if that is not nil.
	inputs(ctx context.Context, typed url.Values) ([]Input, error)
	// read parses what was typed and returns what that does to a row.
	read(ctx context.Context, typed url.Values) (func(ctx context.Context, row P) error, error)
	// sent turns what a program sent into what is typed.
	sent(ctx context.Context, w JSONWrite) (url.Values, error)
	choices(ctx context.Context, field, search string) (*Choices, error)
	relate(targets map[string]table)
}

type question[P, F any] struct {
	form *Store[F]
	run  func(ctx context.Context, row P, form F) error
}

func (q question[P, F]) fields() []FieldDoc { return q.form.doc.Fields }

func (q question[P, F]) relate(targets map[string]table) { q.form.relate(targets) }

func (q question[P, F]) inputs(ctx context.Context, typed url.Values) ([]Input, error) {
	return q.form.inputs(ctx, Create, q.blank(), typed, q.form.offer)
}

func (q question[P, F]) read(ctx context.Context, typed url.Values) (func(context.Context, P) error, error) {
	form := q.blank()
	if _, err := q.form.decode(ctx, Create, form, typed); err != nil {
		return nil, err
	}
	if err := q.form.found(ctx, form); err != nil {
		return nil, err
	}
	return func(ctx context.Context, row P) error { return q.run(ctx, row, form) }, nil
}

// found refuses a relation to a row that is not there or may not be read. No constraint of the database does that for a form.
func (c *Store[P]) found(ctx context.Context, row P) error {
	wrong, err := unseen(ctx, row, slices.DeleteFunc(slices.Clone(c.plan.fields), func(f *field[P]) bool { return f.Kind != KindRelation }))
	if err != nil {
		return err
	}
	return invalid(wrong)
}

// blank is the form as it is first shown.
func (q question[P, F]) blank() F {
	form := q.form.plan.empty()
	q.form.initialise(form, Scope{All: true})
	return form
}

func (q question[P, F]) choices(ctx context.Context, name, search string) (*Choices, error) {
	f := q.form.plan.column[name]
	if f == nil || f.Kind != KindRelation {
		return nil, fail(KindNotFound, "There is no such choice.", nil)
	}
	return f.relation.target.choices(ctx, f.relation.column, search)
}

// resolveAsked makes the forms of the actions that ask.
func (c *Store[P]) resolveAsked() []error {
	var mistakes []error
	c.asked = map[string]asking[P]{}
	for _, action := range c.options.Actions {
		if action.ask == nil {
			continue
		}
		asked, err := action.ask(c.db)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Actions: %s: %w", c.plan.model, action.Name, err))
			continue
		}
		c.asked[action.Name] = asked
	}
	return mistakes
}

// runner returns what an action does to a row, with what was typed into its form.
func (c *Store[P]) runner(ctx context.Context, name string, typed url.Values) (func(context.Context, P) error, error) {
	i := slices.IndexFunc(c.options.Actions, func(a ActionOf[P]) bool { return a.Name == name })
	if i < 0 {
		return nil, c.noAction(name)
	}
	if _, err := c.scope(ctx, Verb(name)); err != nil {
		return nil, err
	}
	run := c.options.Actions[i].Run
	if asked := c.asked[name]; asked != nil {
		var err error
		if run, err = asked.read(ctx, typed); err != nil {
			return nil, c.translate(ctx, err)
		}
	}
	return func(ctx context.Context, row P) error { return spoken(ctx, KindInvalid, run(ctx, row)) }, nil
}

func (c *Store[P]) noAction(name string) error {
	return fail(KindNotFound, fmt.Sprintf("%s have no action %q.", c.doc.Plural, name), nil)
}

// ActForm implements Resource.
func (r resource[P]) ActForm(ctx context.Context, key, action string, typed url.Values) (*Form, error) {
	asked := r.asked[action]
	if asked == nil {
		return nil, r.noAction(action)
	}
	form := &Form{}
	if key == "" {
		if _, err := r.scope(ctx, Verb(action)); err != nil {
			return nil, err
		}
	} else {
		var row P
		if err := r.retry(ctx, func() (err error) { row, err = r.find(ctx, r.conn(ctx), Verb(action), key); return err }); err != nil {
			return nil, err
		}
		form.Key, form.Label = r.plan.keyOf(row), r.plan.label(row)
	}
	inputs, err := asked.inputs(ctx, typed)
	form.Groups = []Group[Input]{{Fields: inputs}}
	form.Zone = form.zone()
	return form, err
}

// ActChoices implements Resource.
func (r resource[P]) ActChoices(ctx context.Context, action, field, search string) (*Choices, error) {
	asked := r.asked[action]
	if asked == nil {
		return nil, r.noAction(action)
	}
	if _, err := r.scope(ctx, Verb(action)); err != nil {
		return nil, err
	}
	return asked.choices(ctx, field, search)
}
