package crud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Done is what came of a verb on many rows.
type Done struct {
	Rows    int // that were in the selection
	Changed int // of which something was written
}

// Refused is a row that stands in the way, and why.
type Refused struct {
	Ref
	Text   string            // sentences for people
	Fields map[string]string // the same by column, as in Error
}

// Refusals is why nothing was done to many rows: what is wrong with each of those that stand in the way. Behind it is an
// Error of KindInvalid with the first sentence about each field.
type Refusals struct {
	Rows []Refused
	More bool // rows after these were not tried any more
}

// Error says how many rows stand in the way.
func (e *Refusals) Error() string {
	if len(e.Rows) == 1 && !e.More {
		return "Nothing was done: one row stands in the way."
	}
	if e.More {
		return fmt.Sprintf("Nothing was done: %d rows or more stand in the way.", len(e.Rows))
	}
	return fmt.Sprintf("Nothing was done: %d rows stand in the way.", len(e.Rows))
}

// Unwrap returns the Error.
func (e *Refusals) Unwrap() error {
	fields := map[string]string{}
	for _, row := range slices.Backward(e.Rows) {
		maps.Copy(fields, row.Fields)
	}
	fields[""] = e.Error()
	return &Error{Kind: KindInvalid, Fields: fields}
}

// doing does a verb to the row with this key and reports whether something was written.
type doing func(ctx context.Context, key string) (bool, error)

// Bulk implements Resource.
func (r resource[P]) Bulk(ctx context.Context, verb Verb, s Selection, digest string, input url.Values) (*Done, error) { //nolint:revive // each is a thing of its own
	do, err := r.doing(ctx, verb, input)
	if err != nil {
		return nil, err
	}
	var done *Done
	var refused map[any]*Error
	var tried []P
	err = r.transact(ctx, func(ctx context.Context, tx *gorm.DB) error {
		done, refused, tried = &Done{}, map[any]*Error{}, nil
		query, err := r.selecting(ctx, tx, verb, s)
		if err != nil {
			return err
		}
		rows, err := r.keysOf(query.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}))
		if err != nil {
			return err
		}
		if r.digest(rows) != digest {
			return fail(KindConflict, "Meanwhile these are other rows than you were asked about. Nothing was done.", nil)
		}
		if verb == Update {
			if err := r.undisturbed(ctx, tx, s, input); err != nil {
				return err
			}
		}
		for _, row := range rows {
			tried = append(tried, row)
			changed, err := do(ctx, r.plan.keyOf(row))
			if refusal := standsInTheWay(err); refusal != nil {
				refused[row] = refusal
			} else if err != nil {
				return err
			}
			if len(refused) == BulkRefused {
				break
			}
			if done.Rows++; changed {
				done.Changed++
			}
		}
		if len(refused) > 0 {
			return fail(KindInvalid, "", nil)
		}
		return nil
	})
	if len(refused) > 0 {
		return nil, r.refusals(ctx, tried, refused)
	}
	return done, err
}

// doing parses what is to be done, once for all rows.
func (c *Store[P]) doing(ctx context.Context, verb Verb, input url.Values) (doing, error) {
	switch verb {
	case Delete:
		return func(ctx context.Context, key string) (bool, error) {
			_, err := c.Delete(ctx, key)
			return true, err
		}, nil
	case Update:
		if err := c.settable(ctx, input); err != nil {
			return nil, err
		}
		left := chosenOf(input)
		return c.each(Update, func(ctx context.Context, row P) error {
			given, err := c.decode(ctx, Update, row, left)
			if err != nil {
				return err
			}
			s := sent{input: left, wrong: map[string]string{}}
			c.outOfPlace(Update, row, s, given)
			return invalid(s.wrong)
		}), nil
	case Read, Create:
		return nil, fail(KindNotFound, "This cannot be done to many rows.", nil)
	}
	run, err := c.runner(ctx, string(verb), input)
	if err != nil {
		return nil, err
	}
	return c.each(verb, run), nil
}

func (c *Store[P]) each(verb Verb, change func(context.Context, P) error) doing {
	return func(ctx context.Context, key string) (bool, error) {
		_, written, err := c.update(ctx, verb, key, change)
		return len(written) > 0, err
	}
}

// settable refuses a form that sets nothing, or what is not set in many rows.
func (c *Store[P]) settable(ctx context.Context, input url.Values) error {
	fields, given := c.bulkFields(ctx), 0
	for name := range input {
		if Accompanies(name) {
			continue
		}
		if given++; named(fields, name) == nil {
			return fail(KindInvalid, fmt.Sprintf("The field %q cannot be set in many rows.", name), nil)
		}
	}
	if given == 0 {
		return fail(KindInvalid, "Tick the fields that are to be set.", nil)
	}
	return nil
}

// bulkFields are the fields that can be set in many rows.
func (c *Store[P]) bulkFields(ctx context.Context) []*field[P] {
	return slices.DeleteFunc(c.writable(ctx, Update), func(f *field[P]) bool { return f.primary || f.Secret })
}

// standsInTheWay returns the error of a row that others may do without; nil for what ends all.
func standsInTheWay(err error) *Error {
	var own *Error
	if errors.As(err, &own) && slices.Contains([]ErrorKind{KindInvalid, KindConflict, KindForbidden, KindNotFound}, own.Kind) {
		return own
	}
	return nil
}

// refusals names the rows that stand in the way, as they are now that everything is undone.
func (c *Store[P]) refusals(ctx context.Context, tried []P, refused map[any]*Error) error {
	var rows []P
	for _, row := range tried {
		if refused[row] != nil {
			rows = append(rows, row)
		}
	}
	var refs []Ref
	err := c.retry(ctx, func() (err error) { refs, err = c.labelled(ctx, rows); return err })
	if err != nil {
		return err
	}
	out := &Refusals{More: len(rows) == BulkRefused}
	for _, row := range rows {
		ref := Ref{Table: c.plan.table, Key: c.plan.keyOf(row)}
		if at := slices.IndexFunc(refs, func(r Ref) bool { return r.Key == ref.Key }); at >= 0 {
			ref = refs[at]
		} else {
			ref.Label = c.plan.label(row)
		}
		out.Rows = append(out.Rows, Refused{ref, c.sentences(refused[row]), refused[row].Fields})
	}
	return out
}

// sentences says an error in one line, each sentence with the label of its field.
func (c *Store[P]) sentences(err *Error) string {
	if len(err.Fields) == 0 {
		return err.Kind.String()
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(err.Fields)) {
		line := err.Fields[name]
		if f := c.plan.column[name]; f != nil {
			line = f.Label + ": " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, " ")
}
