package crud

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// CellForm is one field of a row as it is edited in its place.
type CellForm struct {
	Key, Label string // the row's, as in Form
	Input      Input
	Base       string // what the field holds, sent back as BaseParam
}

// inlineKinds are those whose control fits a cell. A relation needs its picker.
var inlineKinds = []Kind{KindText, KindInteger, KindNumber, KindBool, KindTime, KindDate}

// Inline implements Resource.
func (r resource[P]) Inline(ctx context.Context) []string {
	if _, err := r.scope(ctx, Update); err != nil {
		return nil
	}
	return columns(r.inline(ctx))
}

func (c *Store[P]) inline(ctx context.Context) []*field[P] {
	return slices.DeleteFunc(c.writable(ctx, Update), func(f *field[P]) bool {
		return f.primary || f.Secret || f.formOnly || !slices.Contains(inlineKinds, f.Kind)
	})
}

// inlineField is the field of that name, if it is edited in its place.
func (c *Store[P]) inlineField(ctx context.Context, name string) (*field[P], error) {
	if _, err := c.scope(ctx, Update); err != nil {
		return nil, err
	}
	if f := named(c.inline(ctx), name); f != nil {
		return f, nil
	}
	return nil, fail(KindNotFound, "This is not edited in its place.", nil)
}

// Cell implements Resource.
func (r resource[P]) Cell(ctx context.Context, key, name string, typed url.Values) (*CellForm, error) {
	f, err := r.inlineField(ctx, name)
	if err != nil {
		return nil, err
	}
	var row P
	if err := r.retry(ctx, func() (err error) { row, err = r.find(ctx, r.conn(ctx), Update, key); return err }); err != nil {
		return nil, err
	}
	again, err := r.rebase(ctx, row, []*field[P]{f}, typed)
	if err != nil {
		return nil, err
	}
	form := &CellForm{Key: r.plan.keyOf(row), Label: r.plan.label(row), Input: f.input(row, again.typed, drawnIn(ctx, typed)), Base: again.base.String()}
	form.Input.Clash = again.clashes[name]
	return form, r.offer(ctx, f, &form.Input)
}

// SetCell implements Resource.
func (r resource[P]) SetCell(ctx context.Context, key, name string, typed url.Values) (*Saved, error) {
	if _, err := r.inlineField(ctx, name); err != nil {
		return nil, err
	}
	for other := range typed {
		if other != name && !Accompanies(other) {
			return nil, fail(KindInvalid, fmt.Sprintf("This form has no field %q.", other), nil)
		}
	}
	return r.submit(ctx, key, typed)
}
