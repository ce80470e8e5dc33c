package controllers

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"unified/crud"
)

// Forms look the same for most rows but for texts: they are drawn once, and the texts are put in. A field takes as long to draw as a row of a
// list.

// formKey is what the pages of forms differ by besides texts.
type formKey struct {
	table                                             *crud.Table
	links                                             string
	single, required, old, based, zoned, lines, below bool
}

// drawForm draws a block of a form's page, whose fields and lines are drawn already.
func (t *tablePages) drawForm(block string, page *formPage) (template.HTML, error) {
	views, name := t.site.views, t.page("form")
	if page.Problems != nil || page.Like != nil || page.Crumbs.Place.Of != nil || page.Once == "" {
		return views.Drawn(name, block, page)
	}
	key := formKey{
		table: t.table, single: page.Single, required: page.Required, old: page.Form.Key != "",
		based: page.Form.Base != "", zoned: page.Form.Zone != "", lines: page.Form.Lines != nil,
	}
	texts := append(make([]*string, 0, 12), &page.Heading, &page.Action, &page.Cancel, &page.Once, (*string)(&page.Fields))
	if key.based {
		texts = append(texts, &page.Form.Base)
	}
	if key.zoned {
		texts = append(texts, &page.Form.Zone)
	}
	if key.lines {
		texts = append(texts, (*string)(&page.Lines))
	}
	if block == "content" {
		if page.Crumbs.Place.List == "" {
			page.Crumbs.Place.List = t.path()
		}
		texts = append(texts, &page.Crumbs.Place.List)
		if key.below = page.Crumbs.Key != ""; key.below {
			texts = append(texts, &page.Crumbs.Key, &page.Crumbs.Label, &page.Crumbs.Place.Suffix)
		}
		for _, link := range page.Links {
			key.links += link.Name + "\n"
		}
		if key.old && page.Links != nil {
			texts = append(texts, &page.Form.Key)
		}
	}
	return views.Filled(name, block, key, page, texts...)
}

// drawFields draws the fields of a form, in their groups.
func (t *tablePages) drawFields(groups []crud.Group[crud.Input]) (template.HTML, error) {
	parts := make([]template.HTML, 0, 8)
	for _, group := range groups {
		fields, err := t.drawInputs(group.Fields)
		if err != nil {
			return "", err
		}
		drawn := fieldGroup{group.Title, fields}
		part, err := t.site.views.Filled(t.page("form"), "group", group.Title, &drawn, (*string)(&drawn.Fields))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return join(parts), nil
}

// fieldGroup is what the block group draws.
type fieldGroup struct {
	Title  string
	Fields template.HTML
}

// lineKey is what lines differ by besides texts.
type lineKey struct{ old, label, based, fields, remove, removed bool }

// drawLines draws the child rows of a form.
func (t *tablePages) drawLines(all []crud.Lines) (template.HTML, error) {
	parts := make([]template.HTML, 0, 2)
	for _, lines := range all {
		key := lineList{ChildDoc: lines.ChildDoc, More: lines.More}
		each := make([]template.HTML, 0, 4)
		for _, line := range lines.Lines {
			part, err := t.drawLine(line)
			if err != nil {
				return "", err
			}
			each = append(each, part)
		}
		drawn := key
		drawn.Lines = join(each)
		part, err := t.site.views.Filled(t.page("form"), "lines", key, &drawn, (*string)(&drawn.Lines))
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return join(parts), nil
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
	Drawn template.HTML // its fields
}

func (t *tablePages) drawLine(line crud.Line) (out template.HTML, err error) {
	views, name, drawn := t.site.views, t.page("form"), drawnLine{Line: line}
	if drawn.Drawn, err = t.drawInputs(line.Fields); err != nil {
		return "", err
	}
	key := lineKey{line.Key != "", line.Label != "", line.Base != "", line.Fields != nil, line.Remove, line.Removed}
	if line.Error != "" || !key.fields {
		return views.Drawn(name, "line", drawn)
	}
	texts := append(make([]*string, 0, 5), &drawn.Prefix, (*string)(&drawn.Drawn))
	if key.old {
		texts = append(texts, &drawn.Key)
	}
	if key.label {
		texts = append(texts, &drawn.Label)
	}
	if key.based {
		texts = append(texts, &drawn.Base)
	}
	return views.Filled(name, "line", key, &drawn, texts...)
}

// drawInputs draws fields of a form.
func (t *tablePages) drawInputs(fields []crud.Input) (template.HTML, error) {
	parts, page := make([]template.HTML, len(fields)), t.page("form")
	for i := range fields {
		var err error
		if parts[i], err = t.drawInput(page, &fields[i]); err != nil {
			return "", err
		}
	}
	return join(parts), nil
}

// drawInput draws one field.
func (t *tablePages) drawInput(page string, in *crud.Input) (template.HTML, error) {
	views := t.site.views
	if in.Fixed || in.Mixed || in.Ref != nil || in.Error != "" || in.Clash != nil || in.Taken != nil || in.Within != "" || in.Kind == crud.KindRelation {
		return views.Drawn(page, "field", in)
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
		return views.Kept(page, "field", string(append(append(b, 3), in.Text...)), func() any { return in })
	}
	return views.Filled(page, "field", string(b), in, &in.Text)
}

func join(parts []template.HTML) template.HTML {
	if len(parts) == 1 {
		return parts[0]
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	var b strings.Builder
	b.Grow(size)
	for _, part := range parts {
		b.WriteString(string(part))
	}
	return template.HTML(b.String()) //nolint:gosec // html/template drew them
}
