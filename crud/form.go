package crud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Form implements Resource.
func (r resource[P]) Form(ctx context.Context, key string, input url.Values) (*Form, error) {
	verb, row := Create, r.plan.empty()
	if key == "" {
		scope, err := r.scope(ctx, Create)
		if err != nil {
			return nil, err
		}
		r.initialise(row, scope)
	} else {
		verb = Update
		if err := r.retry(ctx, func() (err error) { row, err = r.find(ctx, r.conn(ctx), Update, key); return err }); err != nil {
			return nil, err
		}
	}
	form := &Form{}
	if key != "" {
		form.Key, form.Label = r.plan.keyOf(row), r.plan.label(row)
	}
	again, err := r.rebase(ctx, row, r.writable(ctx, verb), input)
	if err != nil {
		return nil, err
	}
	inputs, err := r.inputs(ctx, verb, row, again.typed, r.offer)
	if err != nil {
		return nil, err
	}
	if key != "" {
		form.Base = again.base.String()
	}
	for i, in := range inputs {
		inputs[i].Clash = again.clashes[in.Name]
	}
	for i, doc := range r.doc.Entries {
		if key != "" {
			doc.Required, doc.Help = false, strings.TrimSpace(doc.Help+" Left empty it stays as it is.")
		}
		in := Input{FieldDoc: doc, Widget: or(r.options.Entries[i].Widget, "text"), Text: input.Get(doc.Name)}
		in.hide(Create)
		inputs = append(inputs, in)
	}
	form.Groups = r.grouped(inputs)
	form.Lines, err = r.linesOf(ctx, key, row, input)
	form.Zone = form.zone()
	return form, err
}

// inputs draws the fields that a form for the verb holds.
func (c *Store[P]) inputs(ctx context.Context, verb Verb, row P, typed url.Values, offer func(context.Context, *field[P], *Input) error) ([]Input, error) { //nolint:revive // each is a thing of its own
	zone := drawnIn(ctx, typed)
	fields := c.writable(ctx, verb)
	out := make([]Input, len(fields), len(fields)+len(c.options.Entries))
	for i, f := range fields {
		in := &out[i]
		f.draw(in, row, typed, zone)
		if verb == Create && len(typed[f.Name]) == 0 && f.unchosen(row) {
			in.Text = ""
		}
		if verb == Create && f.position {
			in.Hint = "Left empty it comes last."
		}
		if f.Secret {
			in.hide(verb)
		}
		if err := offer(ctx, f, in); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// initialise fills a new row with the constant defaults, so that the form shows what will be stored, and with the group
// that the scope is limited to.
func (c *Store[P]) initialise(row P, scope Scope) {
	for _, f := range c.plan.fields {
		if f.initial != nil {
			f.set(row, *f.initial) //nolint:errcheck // a default that does not parse leaves the control empty
		}
	}
	if scope.Group != nil && len(c.group.hops) == 0 {
		if f := c.plan.column[c.group.first]; f != nil && !f.ReadOnly {
			f.set(row, fmt.Sprint(scope.Group)) //nolint:errcheck // likewise
		}
	}
}

// writable returns the fields that a form for the verb holds.
func (c *Store[P]) writable(ctx context.Context, verb Verb) []*field[P] {
	mask := c.config.Policy.Fields(ctx, c.plan.table, verb)
	decided, _ := c.fixed(ctx, verb)
	return slices.DeleteFunc(slices.Clone(c.visible(ctx, verb)), func(f *field[P]) bool {
		return f.ReadOnly || mask[f.Name] != Full || f == decided
	})
}

// unchosen reports whether a new row's zero value is nobody's choice: a number, a time or a relation without a default.
func (f *field[P]) unchosen(row P) bool {
	return !f.textual && f.Kind != KindBool && f.initial == nil && f.unset(row)
}

// input is one field: what the row holds, or what was typed.
func (f *field[P]) input(row P, typed url.Values, zone *time.Location) (in Input) {
	f.draw(&in, row, typed, zone)
	return in
}

func (f *field[P]) draw(in *Input, row P, typed url.Values, zone *time.Location) {
	text, null := f.text(row)
	in.FieldDoc, in.Text, in.Null, in.Choices, in.MaxLength = f.FieldDoc, text, null && f.nullable, f.choices, f.size
	in.Min, in.Max, in.Hint, in.ShowIf = or(f.least, f.min), or(f.most, f.max), f.hint(), f.premise
	if f.Kind == KindTime {
		in.Zone, in.Text = zone.String(), inZone(in.Text, zone)
	}
	if values := typed[f.Name]; len(values) > 0 {
		in.Text = values[len(values)-1]
		in.Null = slices.Contains(typed[NullParam], f.Name)
	}
	if f.narrowing != nil {
		in.Within, in.Parent = f.narrowing.parent.Name, f.narrowing.value(row, typed)
	}
	in.Widget = f.control(in.Text)
	if f.Kind == KindBool && f.nullable {
		in.Choices = yesNo()
	}
}

// hint says what may be entered, as far as the control does not show it. What a relation points at is chosen, not entered.
func (f *field[P]) hint() string {
	if f.Kind == KindRelation {
		return ""
	}
	all := f.hints
	switch {
	case f.least != "" && f.most != "":
		all = append([]string{"From " + f.least + " to " + f.most + "."}, all...)
	case f.least != "":
		all = append([]string{f.least + " or more."}, all...)
	case f.most != "":
		all = append([]string{"At most " + f.most + "."}, all...)
	case f.address:
		all = append([]string{"An IP address such as 192.0.2.7 or 2001:db8::7, or a network such as 192.0.2.0/24."}, all...)
	}
	return strings.Join(all, " ")
}

// control chooses the widget. Values that a narrower one would alter get one that keeps them exactly.
func (f *field[P]) control(text string) string {
	switch {
	case f.Kind == KindRelation:
		return "relation"
	case len(f.choices) > 0 && len(f.choices) < 5 && f.widget == "":
		return "radio"
	case len(f.choices) > 0 && f.widget == "", f.Kind == KindBool && f.nullable:
		return "select"
	case f.Kind == KindTime && strings.Contains(text, ".") && len(text) > len("2006-01-02T15:04:05.999"):
		return "text"
	case f.Kind == KindText && strings.ContainsAny(text, "\r\n"):
		return "longtext"
	case f.Kind == KindText && strings.TrimSpace(text) != text:
		return "text"
	case f.widget != "":
		return f.widget
	case f.Kind == KindInteger, f.Kind == KindNumber:
		return "number"
	}
	for _, rule := range []string{"email", "url"} {
		if slices.Contains(strings.Split(f.validate, ","), rule) {
			return rule
		}
	}
	return string(f.Kind)
}

// Submit implements Resource.
func (r resource[P]) Submit(ctx context.Context, key string, input url.Values) (*Saved, error) {
	own, lines := r.withoutLines(input)
	if len(r.busy(ctx, lines)) > 0 {
		return r.submitWith(ctx, key, func(ctx context.Context) (*Saved, error) { return r.Submit(ctx, key, own) }, lines, nil)
	}
	input = own
	if key == "" {
		row := r.plan.empty()
		given, err := r.decode(ctx, Create, row, input)
		if err != nil {
			return nil, r.translate(ctx, err)
		}
		changed, err := r.create(ctx, row, given)
		if err != nil {
			return nil, err
		}
		return r.saved(ctx, row, changed), nil
	}
	return r.submit(ctx, key, input)
}

// submit writes the form of a row that is there.
func (r resource[P]) submit(ctx context.Context, key string, input url.Values) (*Saved, error) {
	before := r.plan.empty()
	row, changed, err := r.update(ctx, Update, key, func(ctx context.Context, row P) error {
		r.plan.assign(before, row)
		_, err := r.decode(ctx, Update, row, input)
		return err
	})
	if err != nil {
		return nil, err
	}
	saved := r.saved(ctx, row, r.labels(changed))
	saved.Meanwhile = r.meanwhile(ctx, before, row, input)
	return saved, nil
}

// saved tells of a write. A write loads the whole row; what the account may not see of it is no part of its name.
func (r resource[P]) saved(ctx context.Context, row P, changed []string) *Saved {
	known, visible := r.plan.copyRow(row), r.visible(ctx, Read)
	for _, f := range r.plan.fields {
		if named(visible, f.Name) == nil {
			f.clear(known)
		}
	}
	return &Saved{Key: r.plan.keyOf(row), Label: r.plan.label(known), Changed: changed}
}

// decode sets the row's fields from a form and reports which were given. All mistakes are returned at once.
func (c *Store[P]) decode(ctx context.Context, verb Verb, row P, input url.Values) (map[string]bool, error) {
	if _, err := c.scope(ctx, verb); err != nil {
		return nil, err
	}
	given, wrong, before := map[string]bool{}, map[string]string{}, c.plan.copyRow(row)
	zone, err := zoneOf(ctx, input)
	if err != nil {
		return nil, err
	}
	m, err := c.against(row, input, zone)
	if err != nil {
		return nil, err
	}
	all := c.writable(ctx, verb)
	fields := c.withoutHidden(verb, m.shown, all, input)
	c.misplaced(verb, m, all, fields, wrong)
	for _, name := range slices.Sorted(maps.Keys(input)) {
		f := named(fields, name)
		if f == nil {
			if named(all, name) == nil && !Accompanies(name) && !c.isEntry(name) {
				wrong[""] = fmt.Sprintf("This form has no field %q.", name)
			}
			continue
		}
		if m.theirs(f) || verb == Create && f.position && input.Get(name) == "" {
			continue
		}
		given[name] = true
		if err := m.enter(f); err != nil {
			wrong[name] = err.Error()
		}
	}
	clashing := c.unite(row, m, fields)
	if lost := c.lost(row, m, fields); len(clashing)+len(lost) > 0 {
		maps.Copy(wrong, lost)
		return nil, c.conflicting(ctx, m, clashing, wrong)
	}
	maps.Copy(wrong, c.enterEntries(ctx, verb, row, input))
	for _, f := range fields {
		if text := f.missed(row, before, given[f.Name], verb); text != "" && wrong[f.Name] == "" {
			wrong[f.Name] = text
		}
	}
	c.faultsOfForm(verb, before, row, given, wrong)
	if len(wrong) > 0 {
		return nil, &Error{Kind: KindInvalid, Fields: wrong}
	}
	return given, nil
}

// faultsOfForm adds what the database's checks say of the fields that could be read.
func (c *Store[P]) faultsOfForm(verb Verb, before, row P, given map[string]bool, wrong map[string]string) { //nolint:revive // each is a thing of its own
	fields, settled := c.differing(before, row), c.settledIn(row, given)
	if verb == Create {
		fields = c.present()
	} else {
		settled = always[P]
	}
	readable := func(f *field[P]) bool { return wrong[f.Name] == "" && settled(f) }
	for name, text := range c.faults(row, fields, readable) {
		if wrong[name] == "" {
			wrong[name] = text
		}
	}
}

// missed returns what is wrong with a field beside the parsing of what was typed, so that all mistakes are said at once.
func (f *field[P]) missed(row, before P, given bool, verb Verb) string {
	switch {
	case !given && verb == Create && f.Required:
		return empty
	case given && (verb == Create || !f.same(row, before)):
		return f.wrong(row)
	}
	return ""
}

// Accompanies reports whether a parameter is sent beside a form's fields.
func Accompanies(name string) bool {
	return name == NullParam || name == ZoneParam || name == BaseParam || name == exactParam || strings.HasPrefix(name, KeepParam)
}

func (c *Store[P]) isEntry(name string) bool {
	return slices.ContainsFunc(c.options.Entries, func(e EntryOf[P]) bool { return e.Name == name })
}

// single returns the one value of a parameter. A switch sends "false" and, when on, "true" after it.
func single[P any](f *field[P], values []string) (string, error) {
	if len(values) == 1 {
		return values[0], nil
	}
	if f.Kind == KindBool && slices.Equal(values, []string{"false", "true"}) {
		return "true", nil
	}
	return "", errors.New("This was sent more than once.")
}

// enter sets the field from what was typed. Text that is as it was shown changes nothing, so that what a form cannot
// show exactly survives it. Empty text is NULL where the form said so, or where the kind has no empty value.
func (f *field[P]) enter(row P, text string, emptyIsNull bool) error {
	if f.Secret && text == "" {
		return nil // it is never shown, so that leaving it empty leaves it as it is
	}
	shown, null := f.text(row)
	toNull := text == "" && emptyIsNull && f.nullable
	if !null && !toNull && text == shown {
		return nil
	}
	if text != "" {
		return f.set(row, text)
	}
	switch {
	case f.nullable && (emptyIsNull || !f.textual):
		f.clear(row)
		return nil
	case f.textual, f.Kind == KindList:
		return f.set(row, "")
	}
	return errors.New(empty)
}

// enterEntries hands typed entries to their Set, once all fields are set, and returns what is wrong with them. A field that
// the policy keeps back is not set by way of an entry either.
func (c *Store[P]) enterEntries(ctx context.Context, verb Verb, row P, input url.Values) map[string]string {
	wrong, mask := map[string]string{}, c.config.Policy.Fields(ctx, c.plan.table, verb)
	for _, entry := range c.options.Entries {
		text := input.Get(entry.Name)
		if text == "" {
			if entry.Required && verb == Create {
				wrong[entry.Name] = empty
			}
			continue
		}
		before, err := c.plan.copyRow(row), storable(text)
		if err == nil && len(input[entry.Name]) > 1 {
			err = errors.New("This was sent more than once.")
		}
		if err == nil {
			err = entry.Set(row, text)
		}
		if slices.ContainsFunc(c.plan.fields, func(f *field[P]) bool { return mask[f.Name] != Full && !f.same(before, row) }) {
			err = errors.New("You are not allowed to set this.")
		}
		var fields interface{ FieldErrors() map[string]string }
		switch {
		case errors.As(err, &fields):
			maps.Copy(wrong, fields.FieldErrors())
		case err != nil:
			wrong[entry.Name] = err.Error()
		}
	}
	return wrong
}
