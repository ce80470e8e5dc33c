package crud

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
)

// resource is a CRUD with its type erased; see Resource.
type resource[P any] struct{ *Store[P] }

// Table implements Resource.
func (r resource[P]) Table() *Table { return r.doc }

// Can implements Resource.
func (r resource[P]) Can(ctx context.Context, verb Verb) bool {
	_, err := r.scope(ctx, verb)
	return err == nil
}

// Show implements Resource.
func (r resource[P]) Show(ctx context.Context, key string) (*Record, error) {
	row, buried, err := r.findOrBuried(ctx, key)
	if err != nil {
		return nil, err
	}
	zone := ZoneIn(ctx)
	main, times := Group[Value]{}, Group[Value]{Title: "Record"}
	fields := shown(r.visible(ctx, Read))
	alone := &PageOf[P]{Rows: []P{row}, fields: fields, fetched: r.plan.fields}
	for i := range r.options.Columns {
		column := &r.options.Columns[i]
		if !r.sees(column, fields) {
			continue
		}
		if err := r.compute(ctx, column, alone, func(_ int, cell Cell) {
			doc := FieldDoc{Label: column.Label, Kind: KindText}
			if cell.Ref != nil {
				doc.Kind = KindRelation
			}
			main.Fields = append(main.Fields, Value{FieldDoc: doc, Cell: cell})
		}); err != nil {
			return nil, err
		}
	}
	for _, f := range fields {
		refs, err := refsOf(ctx, f, []P{row})
		if err != nil {
			return nil, err
		}
		group := &main
		if f.ReadOnly && !f.primary {
			group = &times
		}
		cell := f.cell(row, refs, zone)
		if cell.Ref == nil && f.format == nil {
			cell.Text = f.full(row, zone)
		}
		value := Value{FieldDoc: f.FieldDoc, Cell: cell}
		value.Kind, value.Link = f.drawn(), f.link(cell)
		if value.Kind == KindTime {
			value.Zone = zone.String()
		}
		group.Fields = append(group.Fields, value)
	}
	verbs, err := r.allowed(ctx, row)
	if err != nil {
		return nil, err
	}
	record := &Record{Key: r.plan.keyOf(row), Zone: zone.String(), Label: r.plan.label(row), Verbs: verbs, Groups: []Group[Value]{main}, Children: r.childrenOf(ctx, row)}
	if buried != nil {
		record.Verbs, record.Trashed, record.Children = buried, r.plan.trash.timeCell(row, zone), nil
	}
	if len(times.Fields) > 0 {
		record.Groups = append(record.Groups, times)
	}
	return record, nil
}

// link is where a web or an e-mail address leads that is shown as it is.
func (f *field[P]) link(shown Cell) string {
	switch {
	case f.format != nil || shown.Text == "":
	case f.control("") == "email":
		return "mailto:" + shown.Text
	case f.control("") == "url" && (strings.HasPrefix(shown.Text, "https://") || strings.HasPrefix(shown.Text, "http://")):
		return shown.Text
	}
	return ""
}

// List implements Resource.
func (r resource[P]) List(ctx context.Context, q Query) (*List, error) {
	fields := shown(r.visible(ctx, Read))
	columns, err := r.chosen(q.Fields, fields)
	if err != nil {
		return nil, err
	}
	page, err := r.list(ctx, q, fields, func(order *order[P]) ([]*field[P], []*field[P]) {
		return r.needed(columns, order, fields), r.related(columns)
	})
	if err != nil {
		return nil, err
	}
	list := &List{Search: page.Search, Filter: page.Filter, Sort: page.Sort, Size: page.Size, Next: page.Next, Prev: page.Prev}
	list.Rows = make([]Row, len(page.Rows))
	updatable, err := r.reach(ctx, Update, page.Rows)
	if err != nil {
		return nil, err
	}
	width, zone := len(columns), ZoneIn(ctx)
	list.room = roomFor(len(page.Rows) * width)
	list.free = func() { r.plan.free(page.Rows) }
	room := *list.room
	for i, row := range page.Rows {
		list.Rows[i] = Row{Key: r.plan.keyOf(row), Label: r.plan.label(row), Update: updatable[i], Cells: room[i*width : i*width : (i+1)*width]}
	}
	for _, column := range columns {
		if column.computed != nil {
			list.Headings = append(list.Headings, Heading{Label: column.computed.Label, Kind: KindText})
			if err := r.compute(ctx, column.computed, page, func(i int, cell Cell) {
				list.Rows[i].Cells = append(list.Rows[i].Cells, cell)
			}); err != nil {
				return nil, err
			}
			continue
		}
		list.Headings = append(list.Headings, heading(column.field, page, zone))
		refs, err := page.refsOf(ctx, column.field)
		if err != nil {
			return nil, err
		}
		for i, row := range page.Rows {
			list.Rows[i].Cells = append(list.Rows[i].Cells, column.field.cell(row, refs, zone))
		}
	}
	if q.Trash && r.trashable() {
		list.Headings = append(list.Headings, Heading{Label: r.plan.trash.Label, Kind: KindTime, Zone: zone.String()})
		for i, row := range page.Rows {
			list.Rows[i].Update, list.Rows[i].Cells = false, append(slices.Clip(list.Rows[i].Cells), r.plan.trash.timeCell(row, zone))
		}
	}
	return list, nil
}

// sees reports whether all that a computed column says something about is visible.
func (c *Store[P]) sees(column *ColumnOf[P], visible []*field[P]) bool {
	return !slices.ContainsFunc(column.Reads, func(name string) bool { return named(visible, c.plan.goName[name].Name) == nil })
}

// compute gives the cells of a computed column of a page's rows, by their places. A relation that the account may not see counts for nothing.
func (c *Store[P]) compute(ctx context.Context, column *ColumnOf[P], page *PageOf[P], put func(i int, cell Cell)) error {
	f := c.plan.goName[column.Relation]
	var refs map[string]Ref
	if f != nil && named(page.fields, f.Name) != nil {
		var err error
		if refs, err = page.refsOf(ctx, f); err != nil {
			return err
		}
	}
	rest, places := make([]P, 0, len(page.Rows)), make([]int, 0, len(page.Rows))
	for i, row := range page.Rows {
		if refs != nil {
			if cell := f.cell(row, refs, time.UTC); cell.Ref != nil {
				put(i, cell)
				continue
			}
		}
		rest, places = append(rest, row), append(places, i)
	}
	rest, err := c.completed(ctx, column, page, rest)
	if err != nil {
		return err
	}
	for n, row := range rest {
		text := column.Value(row)
		put(places[n], Cell{Text: text, Null: text == ""})
	}
	return nil
}

// heading describes a field's column and where a click on it leads.
func heading[P any](f *field[P], page *PageOf[P], zone *time.Location) Heading {
	h := Heading{Name: f.Name, Label: f.Label, Kind: f.drawn(), Sortable: f.sortable}
	if h.Kind == KindTime {
		h.Zone = zone.String()
	}
	if f.sortable {
		h.Sorted, h.Desc = page.order.place(f.Name)
		h.Next, h.Then = page.order.alone(f.Name), page.order.further(f.Name)
	}
	return h
}

// Delete implements Resource.
func (r resource[P]) Delete(ctx context.Context, key string) (*Saved, error) {
	row, err := r.Store.Delete(ctx, key)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, nil), nil
}

// Act implements Resource.
func (r resource[P]) Act(ctx context.Context, key, action string, input url.Values) (*Saved, error) {
	row, changed, err := r.act(ctx, key, action, input)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, r.labels(changed)), nil
}

// Choices implements Resource.
func (r resource[P]) Choices(ctx context.Context, name, search string, parent ...string) (*Choices, error) {
	f, err := r.chooser(ctx, name)
	if err != nil {
		return nil, err
	}
	return f.fitting(ctx, search, strings.Join(parent, ""))
}

// chooser is the relation field of that name, if the account may see or write it.
func (c *Store[P]) chooser(ctx context.Context, name string) (*field[P], error) {
	var refusal error
	open := false
	for _, verb := range []Verb{Read, Update, Create} { // to filter by, and for forms
		if _, err := c.scope(ctx, verb); err != nil {
			refusal = err
			continue
		}
		fields := c.writable(ctx, verb)
		if verb == Read {
			fields = shown(c.visible(ctx, Read))
		}
		if f := named(fields, name); f != nil && f.Kind == KindRelation {
			return f, nil
		}
		open = true
	}
	if open {
		refusal = fail(KindNotFound, "There is no such choice.", nil)
	}
	return nil, refusal
}

// cell writes a value in one line, a moment in a zone.
func (f *field[P]) cell(row P, refs map[string]Ref, zone *time.Location) Cell {
	if f.Kind == KindTime && f.format == nil {
		return f.timeCell(row, zone)
	}
	text, null := f.text(row)
	cell := Cell{Text: text, Null: null}
	if f.format != nil && !null {
		cell.Text = f.format(row)
		return f.referring(cell, text, refs)
	}
	switch f.Kind {
	case KindList:
		cell.Text = strings.ReplaceAll(text, "\n", ", ")
	case KindJSON:
		if raw := f.raw(row); raw != nil {
			cell.Text = *raw
		}
	}
	return f.referring(cell, text, refs)
}

// referring makes the cell of a value one that leads to the row that it points at, if there is one to see.
func (f *field[P]) referring(cell Cell, value string, refs map[string]Ref) Cell {
	if len(refs) == 0 || cell.Null {
		return cell
	}
	if found, ok := refs[value]; ok {
		ref := found // of its own, so that only cells that lead somewhere are allocated
		cell.Ref, cell.Text = &ref, ref.Label
	}
	return cell
}

// drawn is the kind as which the field's cells are drawn.
func (f *field[P]) drawn() Kind {
	if f.format != nil && f.Kind != KindRelation {
		return KindText
	}
	return f.Kind
}

// full writes a value as exactly as a form does, a moment in a zone.
func (f *field[P]) full(row P, zone *time.Location) string {
	text, _ := f.text(row)
	if f.Kind == KindTime {
		text = strings.Replace(inZone(text, zone), "T", " ", 1)
	}
	return text
}
