package crud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// LinesMember carries child rows that are written with the row that they refer to, as Lines of its form: an array of objects by the
// name of the children. One with KeyMember changes the columns that it has, or with RemoveMember true deletes the row; another one is
// new. Rows that are not among them stay as they are.
const (
	LinesMember  = "_lines"
	RemoveMember = LineRemoveParam
)

// inlined are the children that are written with a row, as far as the account may know of them.
func (c *Store[P]) inlined(ctx context.Context) (all []child) {
	for _, child := range c.children {
		if child.Inline && c.refers(ctx, child.to) && c.tables[child.table].refers(ctx, child.from) {
			all = append(all, child)
		}
	}
	return all
}

// splitLines takes the lines out of what a program sent. What cannot be read as an object is left whole, to be refused as such.
func (r resource[P]) splitLines(ctx context.Context, verb Verb, w JSONWrite) (own JSONWrite, lines *jsonLines, err error) {
	members, err := Object(w.Body)
	if err != nil {
		return w, nil, nil //nolint:nilerr // it is said once it is known that the row may be written
	}
	raw, there := members[LinesMember]
	if w.members = members; !there {
		return w, nil, nil
	}
	if _, err := r.scope(ctx, verb); err != nil {
		return w, nil, err
	}
	delete(members, LinesMember)
	lines = &jsonLines{lines: map[string][]sentLine{}, wrong: map[string]string{}}
	return w, lines, lines.read(raw, r.inlined(ctx))
}

// jsonLines are lines as a program sent them.
type jsonLines struct {
	lines map[string][]sentLine // by the name of the children
	wrong map[string]string     // of what cannot be read as a line
}

// unread is the error of what cannot be read; nil for none.
func (l *jsonLines) unread() *Error {
	if len(l.wrong) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Fields: l.wrong}
}

// read reads the lines of children.
func (l *jsonLines) read(raw json.RawMessage, known []child) error {
	if raw[0] != '{' {
		l.wrong[LinesMember] = "Give an object."
		return nil
	}
	members, err := Object(raw)
	if err != nil {
		return err
	}
	for name, value := range members {
		at, items := LinesMember+"."+name, []json.RawMessage(nil)
		switch place := slices.IndexFunc(known, func(c child) bool { return c.Name == name }); {
		case place < 0:
			l.wrong[at] = "There is no such field."
		case none(value) || json.Unmarshal(value, &items) != nil:
			l.wrong[at] = "Give an array of objects."
		case len(items) > LineLimit:
			return fail(KindLarge, fmt.Sprintf("No more than %d of %s can be written with a record at once.", LineLimit, lowered(known[place].Label)), nil)
		}
		for i, item := range items {
			if err := l.readLine(name, sentLine{prefix: at + "." + strconv.Itoa(i) + ".", index: i}, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// readLine reads one line.
func (l *jsonLines) readLine(child string, line sentLine, raw json.RawMessage) (err error) {
	line.members = map[string]json.RawMessage{}
	if raw[0] != '{' {
		l.wrong[line.place("")] = "Give an object."
		return nil
	}
	if line.members, err = Object(raw); err != nil {
		return err
	}
	key, keyed := line.members[KeyMember]
	remove, removes := line.members[RemoveMember]
	delete(line.members, KeyMember)
	delete(line.members, RemoveMember)
	known := len(l.wrong)
	switch {
	case keyed && (none(key) || json.Unmarshal(key, &line.key) != nil):
		l.wrong[line.place(KeyMember)] = "Give a text."
	case keyed && line.key == "":
		l.wrong[line.place(KeyMember)] = KindNotFound.String()
	}
	switch {
	case removes && (none(remove) || json.Unmarshal(remove, &line.remove) != nil):
		l.wrong[line.place(RemoveMember)] = "Give true or false."
	case line.remove && !keyed:
		l.wrong[line.place(RemoveMember)] = "Only what is there can be removed: say which by its key."
	}
	if known == len(l.wrong) {
		l.lines[child] = append(l.lines[child], line)
	}
	return nil
}

// submitLined is SubmitJSON of a row with lines.
func (r resource[P]) submitLined(ctx context.Context, key string, w JSONWrite, lines *jsonLines) (*JSONRow, error) {
	own := func(ctx context.Context) (*Saved, error) {
		row, err := r.writeJSON(ctx, key, w)
		if err != nil {
			return nil, err
		}
		return &Saved{Key: r.plan.keyOf(row)}, nil
	}
	saved, err := r.submitWith(ctx, key, own, lines.lines, lines.unread())
	if refusal := standsInTheWay(err); refusal != nil && refusal.Kind == KindNotFound && key == "" {
		return nil, &Error{Kind: KindInvalid, Fields: map[string]string{LinesMember: "You may not read the new record, so that you cannot write these with it."}, Err: err}
	}
	if err != nil {
		return nil, err
	}
	return r.ShowJSON(ctx, saved.Key, "", "")
}

// takeJSON writes a line that a program sent, and reports whether something was to be written.
func (r resource[P]) takeJSON(ctx context.Context, held map[string]string, line sentLine) (bool, error) {
	w := r.heldBack(ctx, held, line)
	if line.key == "" {
		_, err := r.insertJSON(ctx, w)
		return true, err
	}
	_, changed, err := r.update(ctx, Update, line.key, func(ctx context.Context, row P) error {
		_, err := r.decodeJSON(ctx, Update, row, w)
		return err
	})
	return len(changed) > 0, err
}

// heldBack is what a line writes: what it refers by is not its own to choose, and is refused if it says otherwise.
func (c *Store[P]) heldBack(ctx context.Context, held map[string]string, line sentLine) JSONWrite {
	w, row := JSONWrite{members: maps.Clone(line.members), wrong: map[string]string{}}, c.plan.empty()
	for name, value := range held {
		f := c.plan.column[name]
		f.set(row, value) //nolint:errcheck // the row that holds it is read from the database
		if said, ok := w.members[name]; ok && !c.says(row, f, said) {
			w.wrong[name] = "This is the record that it stands below, and cannot be another one here."
		}
		if delete(w.members, name); line.key == "" && !c.claimed(ctx, name, value) {
			w.members[name] = f.appendJSON(nil, row)
		}
	}
	return w
}
