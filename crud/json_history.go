package crud

import (
	"context"
	"time"

	"unified/crud/export"
)

// HistoryJSON implements Resource.
func (r resource[P]) HistoryJSON(ctx context.Context, key, before string) (*JSONHistory, error) {
	past, err := r.History(ctx, key, before)
	if err != nil {
		return nil, err
	}
	out := &JSONHistory{Key: past.Key, Gone: past.Gone, Next: past.Next, Entries: []byte{'['}}
	for i, entry := range past.Entries {
		if i > 0 {
			out.Entries = append(out.Entries, ',')
		}
		out.Entries = r.appendEntry(out.Entries, entry)
	}
	out.Entries = append(out.Entries, ']')
	return out, nil
}

// JSONHistory is a page of a row's history as JSON.
type JSONHistory struct {
	Key     string // path-escaped already
	Gone    bool   // the row is deleted
	Entries []byte // an array of objects, the latest first
	Next    string // for an earlier page; "" on the last
}

// appendEntry writes one change: when, who, from where, and each field that may be seen with what it was and became.
func (c *Store[P]) appendEntry(to []byte, entry PastEntry) []byte {
	text := func(name, value string) {
		to = append(append(to, member(name)...), optional(value)...)
		to = append(to, ',')
	}
	to = append(to, '{')
	text("id", entry.ID)
	text("at", entry.At.UTC().Format(time.RFC3339Nano))
	text("verb", string(entry.Verb))
	text("set", entry.Set)
	if !entry.Kept {
		text("by", entry.By)
		text("address", entry.Address)
		text("request", entry.Request)
		text("reason", entry.Reason)
	}
	to = append(to, `"hidden":`...)
	if entry.Hidden {
		to = append(to, "true"...)
	} else {
		to = append(to, "false"...)
	}
	recorded := map[string]FieldChange{}
	for _, field := range entry.Fields {
		recorded[field.Column] = field
	}
	to = append(to, `,"fields":{`...)
	for i, value := range entry.Values {
		if i > 0 {
			to = append(to, ',')
		}
		f, was := c.plan.column[value.Name], recorded[value.Name]
		to = append(to, f.member...)
		if f.Secret {
			to = append(to, `{"secret":true}`...)
			continue
		}
		to = c.appendRecorded(append(to, `{"old":`...), f, was.Old)
		to = append(c.appendRecorded(append(to, `,"new":`...), f, was.New), '}')
	}
	return append(to, '}', '}')
}

// appendRecorded writes a recorded value. One that the model cannot hold any more stays as PostgreSQL wrote it.
func (c *Store[P]) appendRecorded(to []byte, f *field[P], text *string) []byte {
	if text == nil {
		return append(to, "null"...)
	}
	row := c.plan.empty()
	if f.restore(row, text) != nil {
		return export.AppendString(to, *text)
	}
	return f.appendJSON(to, row)
}

// optional is a text as JSON, null for "".
func optional(text string) []byte {
	if text == "" {
		return []byte("null")
	}
	return export.AppendString(nil, text)
}
