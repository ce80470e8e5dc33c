package crud

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// LineLimit is how many child rows are edited in the form of the row that they refer to. There may be more, which are not.
const LineLimit = 20

// What a form sends of each line besides its fields, behind its prefix.
const (
	LineKeyParam    = "_row"    // the key of the row; none for a new one
	LineRemoveParam = "_remove" // any value deletes it
	MoreParam       = "_more"   // asks for the same form with another empty line, and nothing is saved
)

// Lines are child rows as they are edited in the form of the row that they refer to. The names of a line's controls have its
// prefix before them. Only lines in which something was changed are written, each as its own form would be, in the row's
// transaction; an empty new line is nothing.
type Lines struct {
	ChildDoc
	Lines []Line // those that are there, then new ones
	More  bool   // there are others, which this form leaves as they are
}

// Line is one of Lines.
type Line struct {
	Prefix  string
	Key     string // "" for a new one
	Label   string // "" for a new one
	Base    string // as Form.Base
	Remove  bool   // the account may delete it, or leave it out if it is a new one that was sent
	Removed bool   // that was chosen
	Gone    bool   // its row is not there any more: it is a new one
	Fields  []Input
	Error   string // the sentence about the whole line; "" for none
}

// sentLine is what came back of one line.
type sentLine struct {
	prefix string
	index  int
	key    string
	remove bool
	input  url.Values

	members map[string]json.RawMessage // what a program sent in place of input; nil for a form
}

// withoutLines takes what a form sent of its lines apart, by the name of the children.
func (c *Store[P]) withoutLines(input url.Values) (own url.Values, lines map[string][]sentLine) {
	own, lines = url.Values{}, map[string][]sentLine{}
	for name, values := range input {
		if child, index, column, ok := c.lineOf(name); ok {
			lines[child] = put(lines[child], child, index, column, values)
			continue
		}
		if name != NullParam {
			own[name] = values
		}
	}
	for _, name := range input[NullParam] {
		if child, index, column, ok := c.lineOf(name); ok {
			lines[child] = put(lines[child], child, index, NullParam, []string{column})
			continue
		}
		own.Add(NullParam, name)
	}
	for child := range lines {
		slices.SortFunc(lines[child], func(a, b sentLine) int { return a.index - b.index })
		for _, line := range lines[child] {
			if zone, ok := input[ZoneParam]; ok {
				line.input[ZoneParam] = zone
			}
		}
	}
	return own, lines
}

// lineOf reads the name of a line's control: the children, the line's number and the column. What is kept of a field that
// clashes has that before all.
func (c *Store[P]) lineOf(name string) (child string, index int, column string, ok bool) {
	rest, keeps := strings.CutPrefix(name, KeepParam)
	for _, known := range c.children {
		number, column, found := strings.Cut(strings.TrimPrefix(rest, known.Name+"."), ".")
		if !known.Inline || !found || !strings.HasPrefix(rest, known.Name+".") {
			continue
		}
		if index, err := strconv.Atoi(number); err == nil && index >= 0 {
			if keeps {
				column = KeepParam + column
			}
			return known.Name, index, column, true
		}
	}
	return "", 0, "", false
}

// put adds what was sent of a control to its line.
func put(lines []sentLine, child string, index int, column string, values []string) []sentLine { //nolint:revive // each is a thing of its own
	at := slices.IndexFunc(lines, func(line sentLine) bool { return line.index == index })
	if at < 0 {
		at, lines = len(lines), append(lines, sentLine{prefix: child + "." + strconv.Itoa(index) + ".", index: index, input: url.Values{}})
	}
	switch column {
	case LineKeyParam:
		lines[at].key = values[0]
	case LineRemoveParam:
		lines[at].remove = true
	default:
		lines[at].input[column] = append(lines[at].input[column], values...)
	}
	return lines
}

// lines draws the children that are edited in the form of a row; row is a new one for key "".
func (r resource[P]) linesOf(ctx context.Context, key string, row P, input url.Values) ([]Lines, error) {
	var out []Lines
	_, sent := r.withoutLines(input)
	visible := r.visible(ctx, Read)
	for _, child := range r.children {
		t := r.tables[child.table]
		if !child.Inline || !t.refers(ctx, child.from) {
			continue
		}
		var held map[string]string
		if key != "" {
			values, ok := r.held(row, child.to, visible)
			if !ok {
				continue
			}
			held = child.of(ctx, Ref{}, values, t).Held
		}
		lines, err := t.lines(ctx, child, held, sent[child.Name])
		if err != nil {
			return nil, err
		}
		if lines.ChildDoc = child.ChildDoc; input.Has(MoreParam) || len(lines.Lines) > 0 {
			out = append(out, *lines)
		}
	}
	return out, nil
}

// lines implements table. held is nil where there are none yet.
func (r resource[P]) lines(ctx context.Context, of child, held map[string]string, sent []sentLine) (*Lines, error) {
	d := &lineDrawing[P]{resource: r, child: of, held: held, offered: map[string]*Choices{}, places: map[string]int64{}, next: len(sent)}
	for _, line := range sent {
		d.next = max(d.next, line.index+1)
	}
	if held != nil {
		if err := d.existing(ctx, held, sent); err != nil {
			return nil, err
		}
	}
	for _, line := range sent {
		if line.key != "" || line.remove || r.blank(ctx, line.input) {
			continue
		}
		if err := d.add(ctx, line); err != nil {
			return nil, err
		}
	}
	if of.Position != "" {
		slices.SortStableFunc(d.out.Lines, func(a, b Line) int { return cmp.Compare(d.places[a.Prefix], d.places[b.Prefix]) })
	}
	if r.Can(ctx, Create) {
		return &d.out, d.add(ctx, sentLine{index: d.next})
	}
	return &d.out, nil
}

// lineDrawing draws lines. What relations offer is asked for once for all of them.
type lineDrawing[P any] struct {
	resource[P]
	child   child
	held    map[string]string // what all lines hold; nil where that is not known yet
	offered map[string]*Choices
	next    int              // the number of a line that was not sent
	places  map[string]int64 // of each line, by its prefix
	out     Lines
}

// existing draws the rows that are there.
func (d *lineDrawing[P]) existing(ctx context.Context, held map[string]string, sent []sentLine) error {
	fields := shown(d.visible(ctx, Read))
	page, err := d.list(ctx, Query{Size: LineLimit, Sort: d.inOrder(ctx, d.child.Position), within: d.below(held)}, fields, func(*order[P]) ([]*field[P], []*field[P]) { return fields, nil })
	if err != nil {
		return err
	}
	d.out.More = page.Next != ""
	updatable, err := d.reach(ctx, Update, page.Rows)
	if err != nil {
		return err
	}
	removable, err := d.reach(ctx, Delete, page.Rows)
	if err != nil {
		return err
	}
	for i, row := range page.Rows {
		line := sentLine{index: d.next}
		if at := slices.IndexFunc(sent, func(l sentLine) bool { return l.key == d.plan.keyOf(row) }); at >= 0 {
			line = sent[at]
		} else {
			d.next++
		}
		drawn := Line{Key: d.plan.keyOf(row), Label: d.plan.label(row), Remove: removable[i], Removed: line.remove}
		if updatable[i] {
			if err := d.draw(ctx, Update, row, line.input, &drawn); err != nil {
				return err
			}
		}
		d.place(line.index, row, &drawn)
	}
	for _, line := range sent {
		there := slices.ContainsFunc(d.out.Lines, func(l Line) bool { return l.Key == line.key })
		if line.key == "" || there {
			continue
		}
		if err := d.gone(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// add draws a new line.
func (d *lineDrawing[P]) add(ctx context.Context, line sentLine) error {
	scope, err := d.scope(ctx, Create)
	if err != nil {
		return err
	}
	row, drawn := d.plan.empty(), Line{Remove: line.input != nil} // what was typed can be left out
	d.initialise(row, scope)
	for name, value := range d.held {
		d.plan.column[name].set(row, value) //nolint:errcheck // the row that holds it is read from the database
	}
	if err := d.draw(ctx, Create, row, line.input, &drawn); err != nil {
		return err
	}
	drawn.Base = ""
	d.place(line.index, row, &drawn)
	return nil
}

// place gives the line its names, and its place among the others.
func (d *lineDrawing[P]) place(index int, row P, line *Line) {
	line.Prefix = d.child.Name + "." + strconv.Itoa(index) + "."
	if f := d.plan.column[d.child.Position]; f != nil {
		text, _ := f.text(row)
		d.places[line.Prefix] = placeOf(text)
	}
	for i := range line.Fields {
		in := &line.Fields[i]
		if in.Name == d.child.Position {
			d.places[line.Prefix] = placeOf(in.Text)
		}
		in.under(line.Prefix)
	}
	d.out.Lines = append(d.out.Lines, *line)
}

// draw makes the controls of a line.
func (d *lineDrawing[P]) draw(ctx context.Context, verb Verb, row P, typed url.Values, line *Line) error { //nolint:revive // each is a thing of its own
	fields := slices.DeleteFunc(d.writable(ctx, verb), func(f *field[P]) bool { return slices.Contains(d.child.from, f.Name) || verb == Update && f.primary })
	again, err := d.rebase(ctx, row, fields, typed)
	if err != nil {
		return err
	}
	inputs, err := d.inputs(ctx, verb, row, again.typed, d.offer)
	if err != nil {
		return err
	}
	line.Base, line.Fields = again.base.String(), make([]Input, 0, len(inputs))
	for _, in := range inputs {
		if named(fields, in.Name) != nil {
			in.Clash = again.clashes[in.Name]
			line.Fields = append(line.Fields, in)
		}
	}
	return nil
}

// offer is Store.offer with what was offered to another line.
func (d *lineDrawing[P]) offer(ctx context.Context, f *field[P], in *Input) error {
	if f.Kind != KindRelation || slices.Contains(d.child.from, f.Name) {
		return nil
	}
	key := f.Name + "\x00" + in.Parent
	if known := d.offered[key]; known != nil {
		in.Choices, in.More, in.MakesFor = known.Items, known.More, d.makesFor(ctx, f)
		return f.point(ctx, in)
	}
	err := d.Store.offer(ctx, f, in)
	d.offered[key] = &Choices{in.Choices, in.More}
	return err
}

// under gives a control the name that it has in a line.
func (in *Input) under(prefix string) {
	in.Column, in.Name = in.Name, prefix+in.Name
	if in.ShowIf != nil {
		in.ShowIf = &Premise{prefix + in.ShowIf.Name, in.ShowIf.Values}
	}
	if in.Within != "" {
		in.Within = prefix + in.Within
	}
}
