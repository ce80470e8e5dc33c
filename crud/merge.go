package crud

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What a form sends back besides its fields.
const (
	// BaseParam carries Form.Base: what the form showed when it was drawn.
	BaseParam = "_base"
	// KeepParam, with a field's name behind it, says what is kept of a field with a Clash: KeepMine or KeepTheirs.
	KeepParam  = "_keep."
	KeepMine   = "mine"
	KeepTheirs = "theirs"

	exactParam = "_exact" // what a program sent stays as it is; what a browser sends has other line breaks than were typed
)

// Clash is a field that somebody else changed to one value while it was changed to another in a form.
type Clash struct {
	Base   Cell   // what the form had shown
	Long   bool   // that was too long to be carried: Base is empty
	Mixed  bool   // of many rows: Base was not one value
	Theirs Cell   // what is there now
	Mixes  bool   // of many rows: Theirs is not one value
	By     string // who changed it; "" if that is not known, or not for the account to know
	Keep   string // what was chosen: KeepMine, KeepTheirs or "" for nothing yet
}

// Meanwhile is what one person changed while a form was filled in, and what was left as they made it.
type Meanwhile struct {
	By     string   // "" if that is not known, or not for the account to know
	Fields []string // labels
}

// merge is a form held against the row as it is now.
type merge[P any] struct {
	base  *base // nil: the form does not say what it showed
	input url.Values
	zone  *time.Location
	now   P
	shown P // the row as the form showed it
	mine  P // the same with what was typed
}

// against holds a form against a row. A base that cannot be read is an error, and then there is none.
func (c *Store[P]) against(row P, input url.Values, zone *time.Location) (*merge[P], error) {
	b, err := baseOf(input)
	m := &merge[P]{base: b, input: input, zone: zone, now: c.plan.copyRow(row), shown: c.plan.copyRow(row)}
	if b != nil {
		for _, f := range c.plan.fields {
			m.recall(f)
		}
	}
	m.mine = c.plan.copyRow(m.shown)
	return m, err
}

// recall sets a field of the row as it was shown. Of a long text it is only known whether it came back as it was.
func (m *merge[P]) recall(f *field[P]) {
	if seen, ok := m.base.Seen[f.Name]; ok {
		f.restore(m.shown, seen) //nolint:errcheck // one that cannot be read stands for none that is there now
		return
	}
	values := m.input[f.Name]
	if long, ok := m.base.Long[f.Name]; ok && len(values) == 1 && digestOf(values[0]) == long {
		f.set(m.shown, values[0]) //nolint:errcheck // likewise
	}
}

// enter sets the field of mine from what was typed.
func (m *merge[P]) enter(f *field[P]) error {
	text, err := single(f, m.input[f.Name])
	switch {
	case err == nil && f.Kind == KindTime:
		text, err = fromZone(text, m.zone)
	case m.input[exactParam] == nil:
		text = f.unbroken(m.mine, text)
	}
	if err != nil {
		return err
	}
	return f.enter(m.mine, text, slices.Contains(m.input[NullParam], f.Name))
}

// unbroken is what a person typed: browsers send each line break as CR LF. A text that is as it was shown keeps its own breaks, and others
// get LF.
func (f *field[P]) unbroken(row P, text string) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if shown, _ := f.text(row); strings.ReplaceAll(shown, "\r\n", "\n") == text {
		return shown
	}
	return text
}

// theirs reports whether it was chosen to leave the field as others made it.
func (m *merge[P]) theirs(f *field[P]) bool {
	return m.base != nil && m.input.Get(KeepParam+f.Name) == KeepTheirs
}

// pending reports whether it has to be chosen what is kept of the field, and is not.
func (m *merge[P]) pending(f *field[P]) bool {
	_, asked := m.base.Was[f.Name]
	return asked && m.input.Get(KeepParam+f.Name) != KeepMine
}

// overtaken reports whether others made another value of the field than the form showed.
func (m *merge[P]) overtaken(f *field[P]) bool {
	text, _ := f.text(m.now)
	return m.base != nil && !m.base.holds(f.Name, f.raw(m.now), text)
}

// clashes reports whether both the person and others changed the field, and not to the same.
func (m *merge[P]) clashes(f *field[P]) bool {
	return m.base != nil && !f.same(m.mine, m.shown) && !f.same(m.mine, m.now) && (m.pending(f) || m.overtaken(f))
}

// unite sets in the row what the person changed, in the fields that were given, and leaves the rest as it is there now. It
// returns the fields in which both changed it.
func (c *Store[P]) unite(row P, m *merge[P], fields []*field[P]) (clashing []*field[P]) {
	for _, f := range fields {
		switch {
		case f.same(m.mine, m.shown):
		case m.clashes(f):
			clashing = append(clashing, f)
		default:
			f.take(row, m.mine)
		}
	}
	return clashing
}

// lost has a sentence for each field that was changed in the form, but is no longer there after what others changed.
func (c *Store[P]) lost(row P, m *merge[P], fields []*field[P]) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if m.base == nil || f.premise == nil || f.same(m.mine, m.shown) || c.applies(f, row) {
			continue
		}
		if premise := c.plan.column[f.premise.Name]; m.overtaken(premise) {
			out[f.Name] = fmt.Sprintf("Somebody changed “%s” meanwhile, and this does not apply any more.", premise.Label)
		}
	}
	return out
}

// conflicting is the error of fields in which both the person and others changed something, with what else is wrong.
func (c *Store[P]) conflicting(ctx context.Context, m *merge[P], clashing []*field[P], wrong map[string]string) error {
	sides := map[string]Sides{}
	for _, f := range clashing {
		sides[f.Name] = Sides{f.appendJSON(nil, m.shown), f.appendJSON(nil, m.now), f.appendJSON(nil, m.mine)}
		if m.pending(f) && !m.overtaken(f) {
			wrong[f.Name] = "Choose which one is kept."
			continue
		}
		text, err := c.changedTo(ctx, f, m.now)
		if err != nil {
			return err
		}
		wrong[f.Name] = text
	}
	return &Error{Kind: KindConflict, Fields: wrong, Sides: sides}
}

// changedTo says what somebody else made of a field meanwhile.
func (c *Store[P]) changedTo(ctx context.Context, f *field[P], row P) (string, error) {
	refs, err := refsOf(ctx, f, []P{row})
	if err != nil {
		return "", err
	}
	if cell := f.cell(row, refs, ZoneIn(ctx)); cell.Text != "" {
		return fmt.Sprintf("Somebody changed this meanwhile: it is “%s” now.", cell.Text), nil
	}
	return "Somebody changed this meanwhile: it is empty now.", nil
}

// rebased is a form that comes back: what was typed and still has to be decided, the rest as it is there now.
type rebased struct {
	typed   url.Values
	clashes map[string]*Clash
	base    *base
}

// rebase prepares a form with these fields to be drawn again over the row as it is now.
func (c *Store[P]) rebase(ctx context.Context, row P, fields []*field[P], input url.Values) (*rebased, error) {
	out := &rebased{input, map[string]*Clash{}, baseFrom(row, fields)}
	m, _ := c.against(row, input, drawnIn(ctx, input))
	if m.base == nil {
		return out, nil
	}
	out.typed = maps.Clone(input)
	var by map[string]string
	for _, f := range fields {
		if len(input[f.Name]) == 0 {
			continue
		}
		err := m.enter(f)
		switch {
		case m.theirs(f), err == nil && f.same(m.mine, m.shown):
			delete(out.typed, f.Name)
		case m.clashes(f), err != nil && m.overtaken(f):
			if by == nil {
				by = c.authors(ctx, c.plan.keyOf(row))
			}
			clash, err := c.clash(ctx, m, f)
			if err != nil {
				return nil, err
			}
			clash.By = by[f.Name]
			out.clashes[f.Name], out.base.Was[f.Name] = clash, m.before(f)
		}
	}
	return out, nil
}

// before is what the form showed first of a field, where that is known.
func (m *merge[P]) before(f *field[P]) *string {
	if was, asked := m.base.Was[f.Name]; asked && !m.overtaken(f) {
		return was
	}
	return m.base.Seen[f.Name]
}

func (c *Store[P]) clash(ctx context.Context, m *merge[P], f *field[P]) (*Clash, error) {
	cells, err := c.cells(InZone(ctx, m.zone), f, m.before(f), f.raw(m.now))
	if err != nil {
		return nil, err
	}
	_, long := m.base.Long[f.Name]
	return &Clash{Base: cells[0], Theirs: cells[1], Long: long, Keep: m.input.Get(KeepParam + f.Name)}, nil
}

// authors tells who changed each field of a row last, as far as the account may know. Without a history nobody is known.
func (c *Store[P]) authors(ctx context.Context, key string) map[string]string {
	by := map[string]string{}
	r := resource[P]{c}
	past, _, err := r.past(ctx, key)
	if err != nil {
		return by
	}
	recorded, err := r.recorded(ctx, past.Key, "", HistoryPage)
	if err != nil {
		return by
	}
	for _, change := range slices.Backward(recorded) {
		for _, field := range change.Fields {
			if by[field.Column] = change.By; change.Kept {
				by[field.Column] = ""
			}
		}
	}
	return by
}

// meanwhile tells what others changed in fields of a form that the form left alone, given the row before and after.
func (c *Store[P]) meanwhile(ctx context.Context, before, after P, input url.Values) []Meanwhile {
	b, err := baseOf(input)
	if b == nil || err != nil {
		return nil
	}
	var out []Meanwhile
	var by map[string]string
	for _, f := range c.writable(ctx, Update) {
		text, _ := f.text(before)
		if b.holds(f.Name, f.raw(before), text) || !f.same(before, after) || input.Get(KeepParam+f.Name) == KeepTheirs {
			continue
		}
		if by == nil {
			by = c.authors(ctx, c.plan.keyOf(after))
		}
		at := slices.IndexFunc(out, func(m Meanwhile) bool { return m.By == by[f.Name] })
		if at < 0 {
			out, at = append(out, Meanwhile{By: by[f.Name]}), len(out)
		}
		out[at].Fields = append(out[at].Fields, f.Label)
	}
	return out
}
