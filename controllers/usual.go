package controllers

import (
	"html/template"
	"slices"
	"strconv"

	"unified/crud"
)

// usual is a field of a form as it looks in many: empty, or with one of few values. It is drawn once; "" for any other. Half of the
// fields of most forms are such, and a field takes as long to draw as a row of a list.
func (t *tablePages) usual(in crud.Input) (template.HTML, error) {
	few := in.Text == "" || in.Kind == crud.KindBool || slices.ContainsFunc(in.Choices, func(c crud.Choice) bool { return c.Value == in.Text })
	if !few || in.Kind == crud.KindRelation || in.Fixed || in.Mixed || in.Ref != nil || in.Error != "" || in.Clash != nil || in.Taken != nil || in.Within != "" {
		return "", nil
	}
	b := make([]byte, 0, 500)
	for _, text := range []string{t.table.Name, in.Name, in.Column, in.Label, in.Help, string(in.Kind), in.Widget, in.Text, in.Hint, in.Min, in.Max, in.Zone} {
		b = append(append(b, text...), 0)
	}
	for _, is := range []bool{in.Secret, in.Unseen, in.ReadOnly, in.Required, in.Null} {
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
	return t.site.views.Kept(t.page("form"), "field", string(b), func() any { return in })
}

// Usual is what the template draws of a field that looks as in many forms; "" for any other.
func (p *formPage) Usual(in crud.Input) (template.HTML, error) { return p.pages.usual(in) }
