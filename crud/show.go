package crud

import (
	"context"
	"strings"
)

// resource is a CRUD with its type erased; see Resource.
type resource[T any] struct{ *CRUD[T] }

// Table implements Resource.
func (r resource[T]) Table() *Table { return r.doc }

// Can implements Resource.
func (r resource[T]) Can(ctx context.Context, verb Verb) bool {
	_, err := r.scope(ctx, verb)
	return err == nil
}

// Show implements Resource.
func (r resource[T]) Show(ctx context.Context, key string) (*Record, error) {
	row, err := r.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	main, times := Group[Value]{}, Group[Value]{Title: "Record"}
	for _, f := range shown(r.visible(ctx, Read)) {
		refs, err := refsOf(ctx, f, []*T{row})
		if err != nil {
			return nil, err
		}
		group := &main
		if f.ReadOnly && !f.primary {
			group = &times
		}
		cell := f.cell(row, refs)
		if cell.Ref == nil {
			cell.Text = f.full(row)
		}
		group.Fields = append(group.Fields, Value{FieldDoc: f.FieldDoc, Cell: cell})
	}
	for _, column := range r.options.Columns {
		main.Fields = append(main.Fields, Value{FieldDoc: FieldDoc{Label: column.Label, Kind: KindText}, Cell: Cell{Text: column.Value(row)}})
	}
	verbs, err := r.allowed(ctx, row)
	if err != nil {
		return nil, err
	}
	record := &Record{Key: r.plan.keyOf(row), Label: r.plan.label(row), Verbs: verbs, Groups: []Group[Value]{main}}
	if len(times.Fields) > 0 {
		record.Groups = append(record.Groups, times)
	}
	return record, nil
}

// List implements Resource.
func (r resource[T]) List(ctx context.Context, q Query) (*List, error) {
	page, err := r.CRUD.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := &List{Search: page.Search, Sort: page.Sort, Size: page.Size, Next: page.Next, Prev: page.Prev}
	list.Rows = make([]Row, len(page.Rows))
	updatable, err := r.reach(ctx, Update, page.Rows)
	if err != nil {
		return nil, err
	}
	for i, row := range page.Rows {
		list.Rows[i] = Row{Key: r.plan.keyOf(row), Label: r.plan.label(row), Update: updatable[i]}
	}
	for _, column := range r.listed {
		if column.computed != nil {
			list.Headings = append(list.Headings, Heading{Label: column.computed.Label, Kind: KindText})
			for i, row := range page.Rows {
				list.Rows[i].Cells = append(list.Rows[i].Cells, Cell{Text: column.computed.Value(row)})
			}
			continue
		}
		if named(page.fields, column.field.Name) == nil {
			continue
		}
		list.Headings = append(list.Headings, heading(column.field, page))
		refs, err := refsOf(ctx, column.field, page.Rows)
		if err != nil {
			return nil, err
		}
		for i, row := range page.Rows {
			list.Rows[i].Cells = append(list.Rows[i].Cells, column.field.cell(row, refs))
		}
	}
	return list, nil
}

// heading describes a field's column and where a click on it leads.
func heading[T any](f *field[T], page *Page[T]) Heading {
	h := Heading{Name: f.Name, Label: f.Label, Kind: f.Kind, Sortable: f.sortable, Next: f.Name}
	asked := max(1, strings.Count(page.Sort, ",")+1)
	for i, column := range page.order {
		if column.Name == f.Name && i < asked {
			h.Sorted, h.Desc = i+1, column.Desc
		}
	}
	if h.Sorted > 0 && !h.Desc {
		h.Next = "-" + f.Name
	}
	return h
}

// Delete implements Resource.
func (r resource[T]) Delete(ctx context.Context, key string) (*Saved, error) {
	row, err := r.CRUD.Delete(ctx, key)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, nil), nil
}

// Act implements Resource.
func (r resource[T]) Act(ctx context.Context, key, action string) (*Saved, error) {
	row, changed, err := r.act(ctx, key, action)
	if err != nil {
		return nil, err
	}
	return r.saved(ctx, row, changed), nil
}

// Choices implements Resource.
func (r resource[T]) Choices(ctx context.Context, name, search string) (*Choices, error) {
	var refusal error
	open := false
	for _, verb := range []Verb{Update, Create} {
		if _, err := r.scope(ctx, verb); err != nil {
			refusal = err
			continue
		}
		if f := named(r.writable(ctx, verb), name); f != nil && f.Kind == KindRelation {
			return f.relation.target.choices(ctx, f.relation.column, search)
		}
		open = true
	}
	if open {
		refusal = fail(KindNotFound, "There is no such choice.", nil)
	}
	return nil, refusal
}

// cell writes a value in one line.
func (f *field[T]) cell(row *T, refs map[string]Ref) Cell {
	text, null := f.text(row)
	cell := Cell{Text: text, Null: null}
	switch f.Kind {
	case KindTime:
		cell.Text = strings.Replace(text[:min(len(text), len(cellLayout))], "T", " ", 1)
	case KindList:
		cell.Text = strings.ReplaceAll(text, "\n", ", ")
	case KindJSON:
		if raw := f.raw(row); raw != nil {
			cell.Text = *raw
		}
	}
	if ref, ok := refs[text]; ok && !null {
		cell.Ref, cell.Text = &ref, ref.Label
	}
	return cell
}

// full writes a value as exactly as a form does.
func (f *field[T]) full(row *T) string {
	text, _ := f.text(row)
	if f.Kind == KindTime {
		text = strings.Replace(text, "T", " ", 1)
	}
	return text
}
