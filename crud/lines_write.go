package crud

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// submitWith writes a row by its own write and its lines in one transaction, and says all that is wrong with any of them; unread is what
// is wrong already.
func (r resource[P]) submitWith(ctx context.Context, key string, own func(context.Context) (*Saved, error), lines map[string][]sentLine, unread *Error) (saved *Saved, err error) { //nolint:revive // each is a thing of its own
	err = r.retry(ctx, func() error {
		return begin(ctx, r.db, func(ctx context.Context, _ *gorm.DB) error {
			wrong := unread
			out, err := own(ctx)
			if err != nil {
				refusal := standsInTheWay(err)
				if refusal == nil || key == "" && unread == nil {
					return err
				}
				if wrong = join(refusal, unread, func(name string) string { return name }); key == "" {
					return wrong
				}
				out = &Saved{Key: key}
			}
			changed, err := r.takeLines(ctx, out.Key, lines, &wrong)
			if err != nil {
				return err
			}
			if wrong != nil {
				return wrong
			}
			saved = out
			saved.Changed = append(saved.Changed, changed...)
			return nil
		})
	})
	return saved, r.unmade(ctx, err)
}

// unmade takes rows out of an error that are not there now that all is undone: two new lines can be in each other's way.
func (r resource[P]) unmade(ctx context.Context, err error) error {
	var wrong *Error
	if !errors.As(err, &wrong) {
		return err
	}
	maps.DeleteFunc(wrong.Rows, func(_ string, row Ref) bool {
		t := r.tables[row.Table]
		if t == nil {
			return false
		}
		_, err := t.Show(ctx, row.Key)
		return notFound(err)
	})
	return err
}

// takeLines writes the lines of a row: first those that go, then those that change, then new ones. It returns the labels of the
// children of which some were written, and adds what is wrong to wrong.
func (r resource[P]) takeLines(ctx context.Context, key string, lines map[string][]sentLine, wrong **Error) ([]string, error) {
	var labels []string
	for _, child := range r.children {
		if len(lines[child.Name]) == 0 {
			continue
		}
		children, err := r.Under(ctx, key, child.Name)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(lines[child.Name], func(a, b sentLine) int { return a.turn() - b.turn() })
		some, table := false, r.tables[child.table]
		look, err := table.exchanging(ctx, child.Position)
		if err != nil {
			return nil, err
		}
		for i, line := range lines[child.Name] {
			written, err := table.takeLine(ctx, children.Held, line)
			if err == nil && i == len(lines[child.Name])-1 {
				err = look()
			}
			if refusal := standsInTheWay(err); refusal != nil {
				*wrong = join(*wrong, refusal, line.place)
			} else if err != nil {
				return nil, err
			}
			some = some || written
		}
		if some {
			labels = append(labels, child.Label)
		}
	}
	return labels, nil
}

// turn is when a line is written, lower ones first: what goes makes room for what changes, and that for what is new.
func (line sentLine) turn() int {
	switch {
	case line.remove:
		return 0
	case line.key != "":
		return 1
	}
	return 2
}

// place is what a field of the line is called beside those of others; "" is the whole line.
func (line sentLine) place(name string) string {
	switch {
	case name != "":
		return line.prefix + name
	case line.members != nil:
		return strings.TrimSuffix(line.prefix, ".")
	}
	return line.prefix + LineKeyParam
}

// join adds what is wrong with a line, if anything, to what is wrong with others. place says what its fields are called there.
func join(all, more *Error, place func(string) string) *Error {
	if more == nil {
		return all
	}
	if all == nil {
		all = &Error{Kind: KindInvalid, Fields: map[string]string{}, Err: more}
	}
	out := &Error{Kind: all.Kind, Fields: map[string]string{}, Rows: map[string]Ref{}, Sides: map[string]Sides{}, Denied: all.Denied, Err: all.Err}
	maps.Copy(out.Fields, all.Fields)
	maps.Copy(out.Rows, all.Rows)
	maps.Copy(out.Sides, all.Sides)
	if more.Kind == KindConflict {
		out.Kind = KindConflict
	}
	for name, text := range more.Fields {
		out.Fields[place(name)] = text
	}
	if len(more.Fields) == 0 {
		out.Fields[place("")] = more.Kind.String()
	}
	for name, ref := range more.Rows {
		out.Rows[place(name)] = ref
	}
	for name, sides := range more.Sides {
		out.Sides[place(name)] = sides
	}
	return out
}

// takeLine implements table: it writes one line of the rows that hold these values, and reports whether something was to be
// written.
func (r resource[P]) takeLine(ctx context.Context, held map[string]string, line sentLine) (bool, error) {
	if line.key != "" {
		if err := r.belongs(ctx, held, line.key); err != nil {
			return false, r.unfound(ctx, line, err)
		}
	}
	switch {
	case line.remove:
		return true, r.takeOut(ctx, line.key)
	case line.members != nil:
		return r.takeJSON(ctx, held, line)
	case line.key == "":
		input := maps.Clone(line.input)
		for name, value := range held {
			if !r.claimed(ctx, name, value) {
				input.Set(name, value)
			}
		}
		_, err := r.Submit(ctx, "", input)
		return true, err
	}
	for name := range held {
		line.input.Del(name)
	}
	saved, err := r.Submit(ctx, line.key, line.input)
	return saved != nil && len(saved.Changed) > 0, err
}

// claimed reports whether a new row holds this in a column by itself: who makes rows of their own alone does not say whose they are.
func (c *Store[P]) claimed(ctx context.Context, name, value string) bool {
	f, own := c.fixed(ctx, Create)
	return f != nil && f.Name == name && own == value
}

// takeOut deletes the row of a line on which no others hang.
func (r resource[P]) takeOut(ctx context.Context, key string) error {
	impact, err := r.Impact(ctx, Delete, key)
	if err == nil && (len(impact.Uses) > 0 || impact.Deeper) {
		err = fail(KindConflict, "Other records hang on it: delete it on its own page.", nil)
	}
	if err == nil {
		_, err = r.Store.Delete(ctx, key)
	}
	return err
}

// idle reports whether a line writes nothing: a new one in which nothing was entered, or one that is as it was shown.
func (r resource[P]) idle(ctx context.Context, line sentLine) bool {
	if line.key == "" {
		return line.remove || r.blank(ctx, line.input)
	}
	return !line.remove && r.untouched(ctx, line.input)
}

// busy leaves the lines out that write nothing.
func (r resource[P]) busy(ctx context.Context, lines map[string][]sentLine) map[string][]sentLine {
	for _, child := range r.children {
		table := r.tables[child.table]
		left := slices.DeleteFunc(lines[child.Name], func(line sentLine) bool { return table.idle(ctx, line) })
		if lines[child.Name] = left; len(left) == 0 {
			delete(lines, child.Name)
		}
	}
	return lines
}

// belongs refuses the key of a row that does not hold these values.
func (c *Store[P]) belongs(ctx context.Context, held map[string]string, key string) error {
	query, err := c.query(ctx, c.conn(ctx), Read)
	if err != nil {
		return err
	}
	wanted, ok := c.plan.parseKey(key)
	if !ok {
		return c.missing()
	}
	_, found, err := c.one(query.Where(clause.And(c.plan.keyed(wanted), c.holding(held))), c.plan.key)
	if !found && err == nil {
		return c.missing()
	}
	return err
}

// blank reports whether a new line holds nothing but what it began with.
func (c *Store[P]) blank(ctx context.Context, input url.Values) bool {
	scope, err := c.scope(ctx, Create)
	if err != nil {
		return false // it is refused
	}
	row, zone := c.plan.empty(), drawnIn(ctx, input)
	c.initialise(row, scope)
	for name, values := range input {
		f := c.plan.column[name]
		switch {
		case name == NullParam, name == ZoneParam, name == BaseParam, f != nil && f.position:
			continue
		case f == nil:
			if values[len(values)-1] != "" {
				return false
			}
			continue
		}
		begun := f.input(row, nil, zone).Text
		if f.unchosen(row) {
			begun = ""
		}
		if values[len(values)-1] != begun {
			return false
		}
	}
	return true
}

// untouched reports whether a line came back as it was drawn.
func (c *Store[P]) untouched(ctx context.Context, input url.Values) bool {
	zone, err := zoneOf(ctx, input)
	if err != nil {
		return false
	}
	m, err := c.against(c.plan.empty(), input, zone)
	if err != nil || m.base == nil {
		return false
	}
	fields := c.writable(ctx, Update)
	for name := range input {
		f := named(fields, name)
		switch {
		case slices.Contains([]string{NullParam, ZoneParam, BaseParam}, name):
		case f == nil, m.enter(f) != nil, !f.same(m.mine, m.shown):
			return false
		}
	}
	return true
}
