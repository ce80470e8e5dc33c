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
	titles := []string{""}
	of := map[string]string{}
	if c.options.Groups != nil {
		for _, group := range c.options.Groups {
			titles = append(titles, group.Title)
			for _, name := range group.Fields {
				of[c.plan.goName[name].Name] = group.Title
			}
		}
	} else if len(inputs) >= groupedFrom {
		titles = append(titles, kindTitles...)
		for _, in := range inputs {
			of[in.Name] = titleOf(in)
		}
	}
	var groups []Group[Input]
	for _, title := range titles {
		group := Group[Input]{Title: title}
		for _, in := range inputs {
			if of[in.Name] == title {
				group.Fields = append(group.Fields, in)
			}
		}
		if len(group.Fields) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// kindTitles are the parts of a long form, behind the leading one.
var kindTitles = []string{"Settings", "Dates", "Details"}

// titleOf is the part of a long form that a control belongs to: what must be filled in stays in front.
func titleOf(in Input) string {
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
