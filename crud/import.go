package crud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"unified/crud/export"
)

// ImportBytes is how much one import may send.
const ImportBytes = 16 << 20

// What became of a row of an import.
const (
	RowCreated = "created"
	RowChanged = "changed"
	RowSame    = "same" // as it was there already
	RowWrong   = "wrong"
)

// ImportRow is what became of one row.
type ImportRow struct {
	Row    int               // from 1
	Result string            // RowCreated, RowChanged, RowSame or RowWrong
	Key    string            // path-escaped already; "" for one that is wrong
	Fields map[string]string // what is wrong, as in Error
}

// Imported is what became of all rows.
type Imported struct {
	Rows                   []ImportRow
	Created, Changed, Same int
}

// ImportRefused is why nothing of an import was done. Behind it is an Error of KindInvalid.
type ImportRefused struct {
	Imported
	Wrong int
}

// Error says how many rows are wrong.
func (e *ImportRefused) Error() string {
	if e.Wrong == BulkRefused {
		return fmt.Sprintf("Nothing was imported: %d rows are wrong, and those after them were not looked at.", e.Wrong)
	}
	return fmt.Sprintf("Nothing was imported: of %d rows %d are wrong.", len(e.Rows), e.Wrong)
}

// Unwrap returns the Error.
func (e *ImportRefused) Unwrap() error {
	return &Error{Kind: KindInvalid, Fields: map[string]string{"": e.Error()}}
}

// Import implements Resource.
func (r resource[P]) Import(ctx context.Context, format string, data []byte) (*Imported, error) {
	bodies, err := r.incoming(format, data)
	if err != nil {
		return nil, err
	}
	var out ImportRefused
	err = r.transact(ctx, func(ctx context.Context, _ *gorm.DB) error {
		out = ImportRefused{}
		for i, body := range bodies {
			row, err := r.importRow(ctx, body)
			if refusal := standsInTheWay(err); refusal != nil || badRow(err) {
				row = ImportRow{Result: RowWrong, Fields: fieldsOf(err)}
				out.Wrong++
			} else if err != nil {
				return err
			}
			row.Row = i + 1
			out.add(row)
			if out.Wrong == BulkRefused {
				break
			}
		}
		if out.Wrong > 0 {
			return errWrong
		}
		return nil
	})
	if errors.Is(err, errWrong) {
		for i := range out.Rows {
			out.Rows[i].Key = ""
		}
		return nil, &out
	}
	return &out.Imported, err
}

// errWrong ends the transaction of an import in which rows are wrong.
var errWrong = errors.New("crud: rows are wrong")

func (e *ImportRefused) add(row ImportRow) {
	e.Rows = append(e.Rows, row)
	switch row.Result {
	case RowCreated:
		e.Created++
	case RowChanged:
		e.Changed++
	case RowSame:
		e.Same++
	}
}

// badRow reports whether a line could not be read.
func badRow(err error) bool {
	var own *Error
	return errors.As(err, &own) && own.Kind == KindBad
}

func fieldsOf(err error) map[string]string {
	var own *Error
	errors.As(err, &own)
	if len(own.Fields) == 0 {
		return map[string]string{"": own.Kind.String()}
	}
	return own.Fields
}

// importRow writes one row: the one that its key names, or a new one.
func (r resource[P]) importRow(ctx context.Context, body []byte) (ImportRow, error) {
	members, err := Object(body)
	if err != nil {
		return ImportRow{}, err
	}
	w := JSONWrite{Body: body, whole: true}
	key, named := r.keyIn(members)
	if named && !r.possible(Update) { // what is there stays, and the rest can be made
		row, err := r.Find(ctx, key)
		switch {
		case err == nil:
			return r.unchanged(ctx, row, w)
		case standsInTheWay(err) == nil:
			return ImportRow{}, err
		}
		named = false
	}
	if named {
		stored, written, err := r.update(ctx, Update, key, func(ctx context.Context, row P) error {
			_, err := r.decodeJSON(ctx, Update, row, w)
			return err
		})
		switch {
		case err == nil && len(written) == 0:
			return ImportRow{Result: RowSame, Key: r.plan.keyOf(stored)}, nil
		case err == nil:
			return ImportRow{Result: RowChanged, Key: r.plan.keyOf(stored)}, nil
		case !notFound(err) || !r.keyed(ctx):
			return ImportRow{}, err
		}
	}
	row, err := r.insertJSON(ctx, w)
	if err != nil {
		return ImportRow{}, err
	}
	return ImportRow{Result: RowCreated, Key: r.plan.keyOf(row)}, nil
}

// unchanged is what becomes of a row of a table whose rows are not changed: nothing, where it says what is there.
func (r resource[P]) unchanged(ctx context.Context, row P, w JSONWrite) (ImportRow, error) {
	s, err := r.sentOf(ctx, row, Update, w, nil)
	if err != nil {
		return ImportRow{}, err
	}
	if len(s.wrong) > 0 {
		return ImportRow{}, invalid(s.wrong)
	}
	return ImportRow{Result: RowSame, Key: r.plan.keyOf(row)}, nil
}

// keyIn is the key of a row as it was sent, in its columns or else by KeyMember; false for none.
func (r resource[P]) keyIn(members map[string]json.RawMessage) (string, bool) {
	row := r.plan.empty()
	for _, f := range r.plan.key {
		value, there := members[f.Name]
		if !there || none(value) {
			var key string
			own := !there && json.Unmarshal(members[KeyMember], &key) == nil && key != ""
			return key, own
		}
		text, err := f.typed(value)
		if err != nil || f.set(row, text) != nil {
			return "", false
		}
	}
	return r.plan.keyOf(row), true
}

// keyed reports whether who makes a row chooses its key.
func (r resource[P]) keyed(ctx context.Context) bool {
	fields := r.writable(ctx, Create)
	for _, f := range r.plan.key {
		if named(fields, f.Name) == nil {
			return false
		}
	}
	return true
}

// incoming are the rows of what was sent, each as a JSON object.
func (r resource[P]) incoming(format string, data []byte) (bodies [][]byte, err error) {
	switch format {
	case "jsonl":
		data = bytes.TrimPrefix(data, []byte("\uFEFF"))
		for line := range bytes.SplitSeq(data, []byte{'\n'}) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				bodies = append(bodies, line)
			}
		}
	case "csv":
		if bodies, err = r.lined(string(data)); err != nil {
			return nil, err
		}
	default:
		return nil, fail(KindBad, fmt.Sprintf("There is no format %q to import from.", format), nil)
	}
	switch {
	case len(bodies) == 0:
		return nil, fail(KindInvalid, "There are no rows in this.", nil)
	case len(bodies) > BulkLimit:
		return nil, fail(KindLarge, fmt.Sprintf("These are more than %d rows, and no more can be imported at once.", BulkLimit), nil)
	}
	return bodies, nil
}

// lined turns CSV, whose first line names columns, into objects.
func (r resource[P]) lined(text string) (bodies [][]byte, err error) {
	if err := storable(text); err != nil {
		return nil, fail(KindBad, err.Error(), err)
	}
	var names []string
	err = export.ReadCSV(text, func(cells []*string) error {
		if names == nil {
			seen := map[string]bool{}
			for _, cell := range cells {
				if cell == nil || seen[*cell] {
					return fail(KindBad, "The first line has to name each column once.", nil)
				}
				names, seen[*cell] = append(names, *cell), true
			}
			return nil
		}
		if len(cells) != len(names) {
			return fail(KindBad, fmt.Sprintf("Row %d has %d cells, and the first line names %d columns.", len(bodies)+1, len(cells), len(names)), nil)
		}
		members := map[string]json.RawMessage{}
		for i, cell := range cells {
			if value := r.plan.column[names[i]].fromCell(cell); value != nil {
				members[names[i]] = value
			}
		}
		body, err := json.Marshal(members)
		bodies = append(bodies, body)
		return err
	})
	if errors.Is(err, export.ErrCSV) {
		return nil, fail(KindBad, fmt.Sprintf("Row %d is no CSV: %s.", len(bodies)+1, err), err)
	}
	return bodies, err
}

// fromCell turns a cell of CSV into JSON; nil for an empty one of a field that is never NULL, which is left out. A column that is not
// there has a nil field.
func (f *field[P]) fromCell(cell *string) json.RawMessage {
	switch {
	case cell == nil && f != nil && !f.nullable:
		return nil
	case cell == nil:
		return json.RawMessage("null")
	case f != nil && (f.stored == KindBool || f.stored == KindJSON || f.stored == KindList) && json.Valid([]byte(*cell)):
		return json.RawMessage(*cell)
	}
	return export.AppendString(nil, *cell)
}
