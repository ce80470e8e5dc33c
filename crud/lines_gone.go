package crud

import (
	"context"
	"errors"
	"fmt"
)

// gone draws what was typed into a line whose row is not there any more, as a new one that can be left out. A line that was not
// changed, or was to go, is nothing.
func (d *lineDrawing[P]) gone(ctx context.Context, sent sentLine) error {
	if sent.remove || d.untouched(ctx, sent.input) {
		return nil
	}
	if err := d.belongs(ctx, d.held, sent.key); !notFound(err) {
		return err
	}
	m, _ := d.against(d.plan.empty(), sent.input, drawnIn(ctx, sent.input)) // one that cannot be read shows what was typed alone
	verb, drawn := Create, Line{Gone: true, Remove: true, Error: d.goneText(ctx)}
	if !d.Can(ctx, Create) {
		verb = Update
	}
	for name, value := range d.held {
		d.plan.column[name].set(m.shown, value) //nolint:errcheck // the row that holds it is read from the database
	}
	if err := d.draw(ctx, verb, m.shown, sent.input, &drawn); err != nil {
		return err
	}
	drawn.Base = ""
	d.place(sent.index, m.shown, &drawn)
	return nil
}

// goneText says that the row of a line is not there, and what becomes of the line.
func (r resource[P]) goneText(ctx context.Context) string {
	text := fmt.Sprintf("There is no such %s any more.", r.doc.Singular)
	if r.Can(ctx, Create) {
		text += " Saved again, it is made anew."
	}
	return text
}

// unfound is what stands in the way of a line whose row was not found among its parent's: nothing where it was to go and is not
// anywhere. Programs are told as of any other row.
func (r resource[P]) unfound(ctx context.Context, line sentLine, err error) error {
	switch {
	case line.members != nil || !notFound(err):
		return err
	case !line.remove:
		return fail(KindNotFound, r.goneText(ctx), err)
	}
	if _, anywhere := r.find(ctx, r.conn(ctx), Read, line.key); notFound(anywhere) {
		return nil
	}
	return err
}

func notFound(err error) bool {
	var own *Error
	return errors.As(err, &own) && own.Kind == KindNotFound
}
