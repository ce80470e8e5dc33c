package crud

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
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

// Incoming is what is to be imported.
type Incoming struct {
	Format string // "jsonl", an object a line as for SubmitJSON, or "csv" as Export writes it
	Data   []byte
	Mark   string // of a preview: where anything else would be done by now it is KindConflict; "" for no preview
	Shown  bool   // it is shown again: what never is, such as a password, is refused
}

// ImportShown is of how many rows a preview tells what they are called and what would change in them.
const ImportShown = 100

// ImportRow is what became of one row.
type ImportRow struct {
	Row    int               // from 1
	Result string            // RowCreated, RowChanged, RowSame or RowWrong
	Key    string            // path-escaped already; "" for one that is wrong
	Fields map[string]string // what is wrong, as in Error

	Label  string      // of a preview, what the first ImportShown rows that are made or changed are called
	Values []PastValue // and what changes in them, as far as the account may see it
	Hidden bool        // and whether other fields change

	changes []FieldChange // of one that is changed
}

// Imported is what became of all rows.
type Imported struct {
	Rows                   []ImportRow
	Created, Changed, Same int

	Mark string // of a preview: what was sent and what comes of it, in short
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
	if e.Wrong == 1 {
		return fmt.Sprintf("Nothing was imported: of %d rows one is wrong.", len(e.Rows))
	}
	return fmt.Sprintf("Nothing was imported: of %d rows %d are wrong.", len(e.Rows), e.Wrong)
}

// Unwrap returns the Error.
func (e *ImportRefused) Unwrap() error {
	return &Error{Kind: KindInvalid, Fields: map[string]string{"": e.Error()}}
}

// Import implements Resource.
func (r resource[P]) Import(ctx context.Context, in Incoming) (*Imported, error) {
	bodies, err := r.incoming(ctx, in)
	if err != nil {
		return nil, err
	}
	unseen := map[string]bool{}
	if in.Shown {
		unseen = r.unseen(ctx)
	}
	var out ImportRefused
	err = r.transact(ctx, func(ctx context.Context, _ *gorm.DB) error {
		out = ImportRefused{}
		for i, body := range bodies {
			row, err := r.importRow(ctx, body, unseen)
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
		if in.Mark != "" && in.Mark != out.mark(in.Data) {
			return fail(KindConflict, "Nothing was imported: it is not what you looked at any more. Look at what would be done now.", nil)
		}
		return nil
	})
	if errors.Is(err, errWrong) {
		for i := range out.Rows {
			out.Rows[i].Key = ""
		}
		return nil, &out
	}
	if err != nil {
		return nil, err
	}
	return &out.Imported, nil
}

// Preview implements Resource.
func (r resource[P]) Preview(ctx context.Context, in Incoming) (out *Imported, err error) {
	err = r.Rehearse(ctx, func(ctx context.Context) (err error) {
		if out, err = r.Import(ctx, in); err != nil {
			return err
		}
		out.Mark = out.mark(in.Data)
		return r.tell(ctx, out.Rows)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tell says of the first rows that are made or changed what they are called, and what changes in them.
func (r resource[P]) tell(ctx context.Context, rows []ImportRow) error {
	told := 0
	for i := range rows {
		row := &rows[i]
		if row.Result == RowSame || told == ImportShown {
			continue
		}
		told++
		stored, err := r.find(ctx, r.conn(ctx), Read, row.Key)
		switch {
		case err == nil:
		case standsInTheWay(err) != nil: // it may be made by who may not read it
			continue
		default:
			return err
		}
		entry, err := r.entry(ctx, Recorded{Change: Change{Verb: Update, Fields: row.changes}})
		if err != nil {
			return err
		}
		row.Label, row.Values, row.Hidden = r.saved(ctx, stored, nil).Label, entry.Values, entry.Hidden
	}
	return nil
}

// mark notes in short what was sent, what becomes of each row, and what is there now that is changed.
func (e *Imported) mark(data []byte) string {
	sum := sha256.New()
	sum.Write(data)
	of := json.NewEncoder(sum)
	for _, row := range e.Rows {
		of.Encode([]any{row.Result, row.changes}) //nolint:errcheck,errchkjson // texts always marshal, and a sum takes all
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
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

// importRow writes one row: the one that its key names, or a new one. It takes none of the members that are unseen.
func (r resource[P]) importRow(ctx context.Context, body []byte, unseen map[string]bool) (ImportRow, error) {
	members, err := Object(body)
	if err != nil {
		return ImportRow{}, err
	}
	wrong := map[string]string{}
	for name := range members {
		if unseen[name] {
			wrong[name] = "This is never shown again, and is not imported where rows are looked at first."
		}
	}
	if err := invalid(wrong); err != nil {
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
		stored, changes, err := r.update(ctx, Update, key, func(ctx context.Context, row P) error {
			_, err := r.decodeJSON(ctx, Update, row, w)
			return err
		})
		switch {
		case err == nil && len(changes) == 0:
			return ImportRow{Result: RowSame, Key: r.plan.keyOf(stored)}, nil
		case err == nil:
			return ImportRow{Result: RowChanged, Key: r.plan.keyOf(stored), changes: changes}, nil
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

// unseen are the names of what could be set and is never shown again.
func (r resource[P]) unseen(ctx context.Context) map[string]bool {
	out := map[string]bool{}
	for _, entry := range r.doc.Entries {
		out[entry.Name] = entry.Unseen
	}
	for _, f := range slices.Concat(r.writable(ctx, Create), r.writable(ctx, Update)) {
		out[f.Name] = out[f.Name] || f.Unseen
	}
	return out
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
