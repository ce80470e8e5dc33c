package crud

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// HistoryPage is how many changes of a row are shown at a time.
const HistoryPage = 50

// History reads what Config.Record was told. It decides by the account in ctx what of a change's circumstances it tells; of
// the values it tells all, and crud leaves out what the account may not see.
type History interface {
	// Changes returns changes of one row, the latest first.
	Changes(ctx context.Context, db *gorm.DB, of HistoryOf) ([]Recorded, error)
	// Set returns the changes of one transaction, in the order in which they were made.
	Set(ctx context.Context, db *gorm.DB, set string, limit int) ([]Recorded, error)
}

// HistoryOf says which changes are asked for.
type HistoryOf struct {
	Table, Key string // the row's, the key as it stands in addresses
	Before     string // only those before the one with this ID; "" for the latest
	Limit      int
}

// Recorded is a change as it was recorded.
type Recorded struct {
	Change
	ID      string // later ones are greater; a word for paths
	At      time.Time
	By      string // the name of who did it; "" if nobody is known
	Address string // where the request came from
	Request string // the request's id
	Kept    bool   // By, Address, Request and Reason are not for the account to know
}

// Past is a page of a row's history.
type Past struct {
	Key     string // path-escaped already
	Label   string
	Gone    bool // the row is deleted
	Entries []PastEntry
	Next    string // for an earlier page; "" on the last
}

// PastEntry is one change, with the fields that the account may see.
type PastEntry struct {
	Recorded
	Values []PastValue // in the order of the model
	Hidden bool        // other fields changed, which may not be seen
}

// PastValue is one field's change.
type PastValue struct {
	FieldDoc
	Old, New Cell
}

// History implements Resource.
func (r resource[P]) History(ctx context.Context, key, before string) (*Past, error) {
	past, row, err := r.past(ctx, key)
	if err != nil {
		return nil, err
	}
	recorded, err := r.recorded(ctx, past.Key, before, HistoryPage+1)
	if err != nil {
		return nil, err
	}
	if past.Gone && len(recorded) == 0 {
		return nil, r.missing()
	}
	if len(recorded) > HistoryPage {
		recorded = recorded[:HistoryPage]
		past.Next = recorded[HistoryPage-1].ID
	}
	for _, change := range recorded {
		entry, err := r.entry(ctx, change)
		if err != nil {
			return nil, err
		}
		past.Entries = append(past.Entries, entry)
	}
	if past.Gone {
		r.remember(ctx, row, recorded)
	}
	past.Label = r.plan.label(row)
	return past, nil
}

// past finds the row whose history is asked for. That of one that is gone is open to those who may read every row: whose it
// was cannot be asked any more.
func (r resource[P]) past(ctx context.Context, key string) (past *Past, row P, err error) {
	if r.config.History == nil {
		return nil, row, fail(KindNotFound, "No history is kept here.", nil)
	}
	wanted, ok := r.plan.parseKey(key)
	if !ok {
		return nil, row, r.missing()
	}
	past = &Past{Key: r.plan.keyOf(wanted)}
	row, err = r.Find(ctx, key)
	var own *Error
	if errors.As(err, &own) && own.Kind == KindNotFound {
		if scope, denied := r.scope(ctx, Read); denied != nil || !scope.All {
			return nil, row, err
		}
		past.Gone = true
		return past, wanted, nil
	}
	return past, row, err
}

func (r resource[P]) recorded(ctx context.Context, key, before string, limit int) (recorded []Recorded, err error) {
	of := HistoryOf{Table: r.plan.table, Key: key, Before: before, Limit: limit}
	err = r.retry(ctx, func() (err error) {
		recorded, err = r.config.History.Changes(ctx, r.conn(ctx), of)
		return err
	})
	return recorded, err
}

// entry writes a change for people.
func (r resource[P]) entry(ctx context.Context, change Recorded) (PastEntry, error) {
	entry := PastEntry{Recorded: change}
	by := map[string]FieldChange{}
	for _, field := range change.Fields {
		by[field.Column] = field
	}
	for _, f := range r.visible(ctx, Read) {
		field, ok := by[f.Name]
		if !ok {
			continue
		}
		delete(by, f.Name)
		if whole(change.Verb) && (f.Secret || field.Old == nil && field.New == nil) { // NULL all the time
			continue
		}
		cells, err := r.cells(ctx, f, field.Old, field.New)
		if err != nil {
			return entry, err
		}
		entry.Values = append(entry.Values, PastValue{f.FieldDoc, cells[0], cells[1]})
	}
	entry.Hidden = len(by) > 0 && !whole(change.Verb)
	return entry, nil
}

// whole reports whether a change of this verb holds all columns of the row.
func whole(verb Verb) bool { return verb == Create || verb == Delete || verb == Purge }

// cells writes recorded values of a field as a record's page does.
func (c *Store[P]) cells(ctx context.Context, f *field[P], texts ...*string) ([]Cell, error) {
	rows := make([]P, len(texts))
	for i, text := range texts {
		rows[i] = c.plan.empty()
		if text != nil && f.restore(rows[i], text) != nil {
			rows[i] = c.plan.empty()
		}
	}
	refs, err := refsOf(ctx, f, rows)
	if err != nil {
		return nil, err
	}
	cells, zone := make([]Cell, len(texts)), ZoneIn(ctx)
	for i, text := range texts {
		if text == nil {
			cells[i].Null = true
			continue
		}
		if cells[i] = f.cell(rows[i], refs, zone); cells[i].Ref == nil {
			cells[i].Text = f.full(rows[i], zone)
		}
	}
	return cells, nil
}

// remember fills the row that is gone with what was last known of it and may be seen.
func (r resource[P]) remember(ctx context.Context, row P, recorded []Recorded) {
	visible := shown(r.visible(ctx, Read))
	for _, change := range recorded {
		if !whole(change.Verb) {
			continue
		}
		for _, field := range change.Fields {
			if f := named(visible, field.Column); f != nil && field.Old != nil {
				f.restore(row, field.Old) //nolint:errcheck // what cannot be read is left out of its name
			}
		}
		return
	}
}
