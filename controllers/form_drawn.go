package controllers

import (
	"html/template"
	"slices"
	"strconv"

	"unified/crud"
	"unified/views"
)

// Forms look the same for most rows but for texts: they are drawn once, and the texts are put in. A field takes as long to draw as a row of a
// list.

// formKey is what the pages of forms differ by besides texts.
type formKey struct {
	table                                             *crud.Table
	links                                             string
	single, required, old, based, zoned, lines, below bool
}

// drawForm draws a block of a form's page around what was drawn of its fields and lines.
func (t *tablePages) drawForm(block string, page *formPage, fields, lines views.Part) (views.Part, error) {
	if page.Problems != nil || page.Like != nil || page.Crumbs.Place.Of != nil || page.Once == "" || page.Reason != (reasonInput{}) {
		page.Fields, page.Lines = fields.HTML(), lines.HTML()
		return t.site.views.Whole(t.page("form"), block, page)
	}
	key := formKey{
		table: t.table, single: page.Single, required: page.Required, old: page.Form.Key != "",
		based: page.Form.Base != "", zoned: page.Form.Zone != "", lines: page.Form.Lines != nil,
	}
	texts := append(make([]views.Text, 0, 12),
		views.Plain(&page.Heading), views.Plain(&page.Action), views.Plain(&page.Cancel), views.Plain(&page.Once),
		views.Inner(&page.Fields, fields), views.Inner(&page.Lines, lines))
	if key.based {
		texts = append(texts, views.Plain(&page.Form.Base))
	}
	if key.zoned {
		texts = append(texts, views.Plain(&page.Form.Zone))
	}
	if block == "content" {
		if page.Crumbs.Place.List == "" {
			page.Crumbs.Place.List = t.path()
		}
		texts = append(texts, views.Plain(&page.Crumbs.Place.List))
		if key.below = page.Crumbs.Key != ""; key.below {
			texts = append(texts, views.Plain(&page.Crumbs.Key), views.Plain(&page.Crumbs.Label), views.Plain(&page.Crumbs.Place.Suffix))
		}
		for _, link := range page.Links {
			key.links += link.Name + "\n"
		}
		if key.old && page.Links != nil {
			texts = append(texts, views.Plain(&page.Form.Key))
		}
	}
	return t.site.views.Filled(t.page("form"), block, key, page, texts...)
}

// drawFields draws the fields of a form, in their groups.
func (t *tablePages) drawFields(groups []crud.Group[crud.Input]) (out views.Part, err error) {
	for _, group := range groups {
		fields, err := t.drawInputs(group.Fields)
		if err != nil {
			return nil, err
		}
		drawn := fieldGroup{Title: group.Title}
		part, err := t.site.views.Filled(t.page("form"), "group", group.Title, &drawn, views.Inner(&drawn.Fields, fields))
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// fieldGroup is what the block group draws.
type fieldGroup struct {
	Title  string
	Fields template.HTML
}

// drawLines draws the child rows of a form; asked names those of which another was asked for.
func (t *tablePages) drawLines(all []crud.Lines, asked string) (out views.Part, err error) {
	for _, lines := range all {
		var each views.Part
		for i, line := range lines.Lines {
			last := i == len(lines.Lines)-1
			part, err := t.drawLine(line, lines.Position != "", last && line.Key == "" && lines.Name == asked)
			if err != nil {
				return nil, err
			}
			each = append(each, part...)
		}
		key, drawn := linesKey{lines.Name, lines.Table, lines.Label, lines.More}, lineList{ChildDoc: lines.ChildDoc, More: lines.More}
		part, err := t.site.views.Filled(t.page("form"), "lines", key, &drawn, views.Inner(&drawn.Lines, each))
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// linesKey is what the lines of children differ by besides texts.
type linesKey struct {
	name, table, label string
	more               bool
}

// lineList is what the block lines draws.
type lineList struct {
	crud.ChildDoc
	More  bool
	Lines template.HTML
}

// drawnLine is what the block line draws.
type drawnLine struct {
	crud.Line
	Moved bool          // people put it in its place
	Asked bool          // it was asked for just now, to be typed into
	Drawn template.HTML // its fields
}

// lineKey is what lines differ by besides texts.
type lineKey struct{ old, label, based, fields, remove, removed, moved, asked bool }

func (t *tablePages) drawLine(line crud.Line, moved, asked bool) (views.Part, error) {
	fields, err := t.drawInputs(line.Fields)
	if err != nil {
		return nil, err
	}
	key := lineKey{line.Key != "", line.Label != "", line.Base != "", len(line.Fields) > 0, line.Remove, line.Removed, moved, asked}
	drawn := drawnLine{Line: line, Moved: moved, Asked: asked}
	if line.Error != "" || line.Gone || !key.fields {
		drawn.Drawn = fields.HTML()
		return t.site.views.Whole(t.page("form"), "line", drawn)
	}
	texts := append(make([]views.Text, 0, 5), views.Plain(&drawn.Prefix), views.Inner(&drawn.Drawn, fields))
	if key.old {
		texts = append(texts, views.Plain(&drawn.Key))
	}
	if key.label {
		texts = append(texts, views.Plain(&drawn.Label))
	}
	if key.based {
		texts = append(texts, views.Plain(&drawn.Base))
	}
	return t.site.views.Filled(t.page("form"), "line", key, &drawn, texts...)
}

// drawInputs draws fields of a form.
func (t *tablePages) drawInputs(fields []crud.Input) (views.Part, error) {
	out, page := make(views.Part, 0, 3*len(fields)), t.page("form")
	for i := range fields {
		part, err := t.drawInput(page, &fields[i])
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// drawInput draws one field.
func (t *tablePages) drawInput(page string, in *crud.Input) (views.Part, error) {
	if in.Fixed || in.Mixed || in.Ref != nil || in.Error != "" || in.Clash != nil || in.Taken != nil || in.Within != "" || in.Kind == crud.KindRelation {
		return t.site.views.Whole(page, "field", in)
	}
	b := make([]byte, 0, 500)
	for _, text := range []string{in.Name, in.Column, in.Label, in.Help, string(in.Kind), in.Widget, in.Hint, in.Min, in.Max, in.Zone, in.MakesFor, in.Refers} {
		b = append(append(b, text...), 0)
	}
	for _, is := range []bool{in.Secret, in.Unseen, in.ReadOnly, in.Required, in.Null, in.More} {
		b = strconv.AppendBool(b, is)
	}
	b = strconv.AppendInt(b, int64(in.MaxLength), 10)
	for _, choice := range in.Choices {
		b = append(append(append(b, 0), choice.Value...), 1)
		b = append(append(append(b, choice.Label...), 1), choice.Note...)
	}
	if in.ShowIf != nil {
		b = append(append(b, 2), in.ShowIf.Name...)
		for _, value := range in.ShowIf.Values {
			b = append(append(b, 0), value...)
		}
	}
	if in.Text == "" || in.Kind == crud.KindBool || slices.ContainsFunc(in.Choices, func(c crud.Choice) bool { return c.Value == in.Text }) {
		whole, err := t.site.views.Kept(page, "field", string(append(append(b, 3), in.Text...)), func() any { return in })
		return views.Part{string(whole)}, err
	}
	return t.site.views.Filled(page, "field", string(b), in, views.Plain(&in.Text))
}
