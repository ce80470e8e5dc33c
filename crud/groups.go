package crud

// FieldGroup is a titled part of a form. Fields are Go names; those that no group names lead the form without a title.
type FieldGroup struct {
	Title  string
	Fields []string
}

// groupedFrom is how many fields a form may have before it falls into parts by itself.
const groupedFrom = 9

// grouped divides the controls of a form: as Options.Groups say, else by what they are.
func (c *Store[P]) grouped(inputs []Input) []Group[Input] {
	titles, titled := []string{""}, func(*Input) string { return "" }
	if c.options.Groups != nil {
		of := map[string]string{}
		for _, group := range c.options.Groups {
			titles = append(titles, group.Title)
			for _, name := range group.Fields {
				of[c.plan.goName[name].Name] = group.Title
			}
		}
		titled = func(in *Input) string { return of[in.Name] }
	} else if len(inputs) >= groupedFrom {
		titles, titled = append(titles, kindTitles...), titleOf
	}
	groups := make([]Group[Input], 0, len(titles))
	for _, title := range titles {
		many := 0
		for i := range inputs {
			if titled(&inputs[i]) == title {
				many++
			}
		}
		if many == 0 {
			continue
		}
		group := Group[Input]{Title: title, Fields: make([]Input, 0, many)}
		for i := range inputs {
			if titled(&inputs[i]) == title {
				group.Fields = append(group.Fields, inputs[i])
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// kindTitles are the parts of a long form, behind the leading one.
var kindTitles = []string{"Settings", "Dates", "Details"}

// titleOf is the part of a long form that a control belongs to: what must be filled in stays in front.
func titleOf(in *Input) string {
	switch {
	case in.Required:
		return ""
	case in.Kind == KindBool:
		return "Settings"
	case in.Kind == KindTime, in.Kind == KindDate:
		return "Dates"
	case in.Kind == KindLongText, in.Kind == KindJSON, in.Kind == KindList:
		return "Details"
	}
	return ""
}
