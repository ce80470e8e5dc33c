package crud

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"gorm.io/gorm"
)

// JSONWrite is what a program wants written.
type JSONWrite struct {
	Body    []byte                // an object of columns
	Replace bool                  // columns that the body leaves out become what they are in a new row; else they stay
	If      func(tag string) bool // the condition on the row's JSONRow.Tag; nil: none

	whole   bool                       // an object takes the place of JSON; else it is merged into it, unless Replace is set
	members map[string]json.RawMessage // of the body; nil: it is still to be read
	wrong   map[string]string          // of members that were taken out
}

// object returns the members of the body, which may be changed.
func (w JSONWrite) object() (map[string]json.RawMessage, error) {
	if w.members != nil {
		return maps.Clone(w.members), nil
	}
	return Object(w.Body)
}

// Rehearse implements Resource.
func (r resource[P]) Rehearse(ctx context.Context, work func(ctx context.Context) error) error {
	var said error
	err := r.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		if said = work(ctx); said != nil {
			return said
		}
		if err := tx.Exec("SET CONSTRAINTS ALL IMMEDIATE").Error; err != nil { // what would be found out at the end
			return err
		}
		return errUndone
	})
	var own *Error
	switch {
	case errors.Is(err, errUndone):
		return nil
	case errors.As(said, &own): // in words already, and it may tell more than them
		return said
	}
	return err
}

// SubmitJSON implements Resource.
func (r resource[P]) SubmitJSON(ctx context.Context, key string, w JSONWrite) (*JSONRow, error) {
	verb := Update
	if key == "" {
		verb = Create
	}
	w, lines, err := r.splitLines(ctx, verb, w)
	if err != nil {
		return nil, err
	}
	if lines != nil {
		return r.submitLined(ctx, key, w, lines)
	}
	row, err := r.writeJSON(ctx, key, w)
	if err != nil {
		return nil, err
	}
	if verb == Create {
		return r.madeJSON(ctx, row)
	}
	return r.written(ctx, row)
}

// madeJSON is a new row, with what the account may read of it: who may make a row need not be able to.
func (r resource[P]) madeJSON(ctx context.Context, row P) (*JSONRow, error) {
	key := r.plan.keyOf(row)
	if _, err := r.Find(ctx, key); err == nil {
		return r.written(ctx, row)
	} else if standsInTheWay(err) == nil {
		return nil, err
	}
	return &JSONRow{Key: key}, nil
}

// writeJSON makes a row, for key "", or changes one.
func (r resource[P]) writeJSON(ctx context.Context, key string, w JSONWrite) (P, error) {
	if key == "" {
		if _, err := r.scope(ctx, Create); err != nil {
			return r.plan.empty(), err
		}
		return r.insertJSON(ctx, w)
	}
	stored, _, err := r.update(ctx, Update, key, func(ctx context.Context, row P) error {
		if err := r.still(ctx, row, w.If); err != nil {
			return err
		}
		_, err := r.decodeJSON(ctx, Update, row, w)
		return err
	})
	return stored, err
}

// insertJSON makes a row of what a program sent.
func (r resource[P]) insertJSON(ctx context.Context, w JSONWrite) (row P, err error) {
	row = r.plan.empty()
	given, err := r.decodeJSON(ctx, Create, row, w)
	if err != nil {
		return row, r.translate(ctx, err)
	}
	_, err = r.create(ctx, row, given)
	return row, err
}

// written is a row as it was written, with what the account may read of it.
func (r resource[P]) written(ctx context.Context, row P) (*JSONRow, error) {
	shape, err := r.shaped(ctx, "", "", shown(r.visible(ctx, Read)))
	if err != nil {
		return nil, err
	}
	return r.object(ctx, row, shape, false)
}

// RemoveJSON implements Resource.
func (r resource[P]) RemoveJSON(ctx context.Context, key string, condition func(tag string) bool) error {
	_, err := r.remove(ctx, key, func(row P) error { return r.still(ctx, row, condition) })
	return err
}

// still refuses a write to a row that is not as a condition says.
func (c *Store[P]) still(ctx context.Context, row P, condition func(tag string) bool) error {
	if condition == nil || condition(c.tag(row, shown(c.visible(ctx, Read)))) {
		return nil
	}
	return fail(KindStale, KindStale.String(), nil)
}

// decodeJSON is decode of what a program sent. What cannot be read is said together with what is wrong with the rest.
func (c *Store[P]) decodeJSON(ctx context.Context, verb Verb, row P, w JSONWrite) (map[string]bool, error) {
	s, err := c.sentOf(ctx, row, verb, w, c.writable(ctx, verb))
	if err != nil {
		return nil, err
	}
	given, err := c.decode(ctx, verb, row, s.input)
	if err == nil {
		c.outOfPlace(verb, row, s, given)
	}
	var own *Error
	switch {
	case len(s.wrong) == 0:
		return given, err
	case err == nil:
		return nil, invalid(s.wrong)
	case errors.As(err, &own) && own.Fields != nil:
		maps.Copy(own.Fields, s.wrong)
	}
	return nil, err
}
