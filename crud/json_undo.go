package crud

import (
	"context"
	"strconv"

	"unified/crud/export"
)

// UndoJSON implements Resource.
func (r resource[P]) UndoJSON(ctx context.Context, key, id string, since bool) ([]byte, error) {
	reversal, err := r.Undo(ctx, key, id, since)
	if err != nil {
		return nil, err
	}
	return append(r.catalog.appendReversal(nil, reversal), '}'), nil
}

// PutBackJSON implements Resource.
func (r resource[P]) PutBackJSON(ctx context.Context, key, id string, since bool, chosen Chosen) ([]byte, error) { //nolint:revive // as PutBack
	reversal, err := r.PutBack(ctx, key, id, since, chosen)
	if err != nil {
		return nil, err
	}
	body := append(r.catalog.appendReversal(nil, reversal), `,"there":`...)
	return append(strconv.AppendBool(body, reversal.There), '}'), nil
}

// Choices are the names of what can be chosen among the steps that are shown.
func (r *Reversal) Choices() map[string]bool {
	out := map[string]bool{}
	for _, s := range r.Steps {
		out[s.choice()] = true
		for _, f := range s.Fields {
			out[s.choiceOf(f)] = true
		}
	}
	delete(out, "")
	return out
}

// choice is the name under which the whole row is chosen; "" if it need not or cannot be.
func (s *Step) choice() string {
	if s.Problem != "" || s.Takes == "" {
		return ""
	}
	return s.Put
}

// choiceOf is the name under which a conflict of the row is chosen; "" for what is none, and where nothing can be done.
func (s *Step) choiceOf(f StepField) string {
	if s.Problem != "" {
		return ""
	}
	return f.Put
}

// appendReversal writes a reversal as an object whose end is left open.
func (c *catalog) appendReversal(to []byte, reversal *Reversal) []byte {
	to = export.AppendString(append(to, `{"entry":`...), reversal.Entry.ID)
	for _, number := range []struct {
		name  string
		value int
	}{{"rows", reversal.Rows}, {"doable", reversal.Doable}, {"conflicts", reversal.Conflicts}} {
		to = append(append(to, ','), member(number.name)...)
		to = strconv.AppendInt(to, int64(number.value), 10)
	}
	to = export.AppendString(append(to, `,"mark":`...), reversal.Mark)
	to = append(to, `,"steps":[`...)
	for i := range reversal.Steps {
		if i > 0 {
			to = append(to, ',')
		}
		to = c.appendStep(to, &reversal.Steps[i])
	}
	return append(to, ']')
}

// appendStep writes what happens to one row: of one that may not be seen no more than that it stays.
func (c *catalog) appendStep(to []byte, s *Step) []byte {
	to = append(to, '{')
	if s.Table != nil {
		for _, text := range [][2]string{{"verb", string(s.Verb)}, {"table", s.Table.Name}, {"key", s.Key}, {"label", s.Label}} {
			to = export.AppendString(append(to, member(text[0])...), text[1])
			to = append(to, ',')
		}
	}
	for _, text := range [][2]string{{"problem", s.Problem}, {"denied", s.Denied}, {"takes", s.Takes}, {"put", s.choice()}, {"note", s.Note}} {
		to = append(append(to, member(text[0])...), optional(text[1])...)
		to = append(to, ',')
	}
	to = append(to, `"fields":[`...)
	for i, f := range s.Fields {
		if i > 0 {
			to = append(to, ',')
		}
		to = c.appendStepField(to, s, f)
	}
	return append(to, ']', '}')
}

// appendStepField writes a value that is put back: what the change wrote, what is there, and what was there before. Of a secret it says
// no more than that it is one.
func (c *catalog) appendStepField(to []byte, s *Step, f StepField) []byte {
	to = export.AppendString(append(to, `{"name":`...), f.Name)
	to = export.AppendString(append(to, `,"state":`...), string(f.State))
	if f.Secret || f.untold {
		return append(to, `,"secret":true}`...)
	}
	table := c.byName[s.Table.Name]
	to = table.appendValue(append(to, `,"base":`...), f.Name, f.base)
	to = table.appendValue(append(to, `,"now":`...), f.Name, f.raw)
	to = table.appendValue(append(to, `,"then":`...), f.Name, f.to)
	to = append(append(to, `,"put":`...), optional(s.choiceOf(f))...)
	return append(to, '}')
}

// appendValue writes a recorded value of a column, as in a row.
func (c *Store[P]) appendValue(to []byte, column string, text *string) []byte {
	return c.appendRecorded(to, c.plan.column[column], text)
}
