package crud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
)

// CellForm is one field of a row as it is edited in its place.
type CellForm struct {
	Key, Label string // the row's, as in Form
	Input      Input
	Seen       string // what the field holds, to be sent back
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
		return f.primary || f.formOnly || !slices.Contains(inlineKinds, f.Kind)
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
	form := &CellForm{Key: r.plan.keyOf(row), Label: r.plan.label(row), Input: f.input(row, typed), Seen: f.fingerprint(row)}
	return form, r.offer(ctx, f, &form.Input)
}

// SetCell implements Resource.
func (r resource[P]) SetCell(ctx context.Context, key, name, seen string, typed url.Values) (*Saved, error) { //nolint:revive // each is a thing of its own
	f, err := r.inlineField(ctx, name)
	if err != nil {
		return nil, err
	}
	for other := range typed {
		if other != name && other != NullParam {
			return nil, fail(KindInvalid, fmt.Sprintf("This form has no field %q.", other), nil)
		}
	}
	row, changed, err := r.update(ctx, Update, key, func(ctx context.Context, row P) error {
		before := r.plan.copyRow(row)
		if _, err := r.decode(ctx, Update, row, typed); err != nil {
			return err
		}
		if f.fingerprint(before) == seen || f.same(before, row) {
			return nil
		}
		return r.overtaken(ctx, f, before)
	})
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, changed), nil
}

// overtaken says what somebody else made of a field meanwhile.
func (c *Store[P]) overtaken(ctx context.Context, f *field[P], row P) error {
	refs, err := refsOf(ctx, f, []P{row})
	if err != nil {
		return err
	}
	said := "Somebody changed this meanwhile: it is empty now."
	if cell := f.cell(row, refs); cell.Text != "" {
		said = fmt.Sprintf("Somebody changed this meanwhile: it is “%s” now.", cell.Text)
	}
	return &Error{Kind: KindConflict, Fields: map[string]string{f.Name: said}}
}

// fingerprint tells one value of the field from others without telling what it is.
func (f *field[P]) fingerprint(row P) string {
	text := "-"
	if raw := f.raw(row); raw != nil {
		text = "+" + *raw
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
