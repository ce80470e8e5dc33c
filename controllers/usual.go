package controllers

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"unified/crud"
)

// drawField draws one field of a form. Most look as in many forms but for a text that stands in their control: they are drawn once, as a
// field takes as long to draw as a row of a list.
func (t *tablePages) drawField(in crud.Input) (template.HTML, error) {
	views, page := t.site.views, t.page("form")
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
	return views.Filled(page, "field", string(b), in.Text, func(text string) any { in.Text = text; return in })
}

// Draw is what the template draws of fields.
func (p *formPage) Draw(fields []crud.Input) (template.HTML, error) {
	var out strings.Builder
	for _, in := range fields {
		field, err := p.pages.drawField(in)
		if err != nil {
			return "", err
		}
		out.WriteString(string(field))
	}
	return template.HTML(out.String()), nil //nolint:gosec // html/template drew it
}
