package controllers

import (
	"fmt"
	"slices"
	"strings"

	"unified/auth"
	"unified/crud"
)

// reason is one of what decides, for people.
type reason struct {
	Code string // a permission that has to do with it; "" for none
	Text string
	Mark string // "yes": it opens; "no": it does not; "": neither
}

// line says what the subject may do by a verb, and why. about tells whether it is about one row.
func (p subject) line(table *crud.Table, v crud.Verdict, about bool) whyLine {
	line := whyLine{Name: string(v.Verb), Label: actionLabel(table, v.Verb), Answer: "no", Class: "no"}
	switch {
	case p.Standing.Closed != "":
		line.Reasons = append(line.Reasons, reason{Text: sentenceOf(p.Standing.Closed) + ".", Mark: "no"})
	case v.Unknown:
		line.Answer, line.Class = "not known", "warn"
		line.Reasons = append(line.Reasons, reason{Text: "It could not be tried in time: somebody works on the same, or it takes long."})
	case v.May():
		line.Answer, line.Class = "yes", "yes"
	}
	line.Reasons = append(line.Reasons, p.granted(table, v, about)...)
	if v.Refusal != nil && len(v.Grounds) > 0 && about {
		line.Reasons = append(line.Reasons, p.refused(v)...)
	}
	if about && v.May() && v.Guarded && p.Standing.Closed == "" {
		line.Reasons = append(line.Reasons, reason{Text: "Rules of this table look at what is written, too, when it is saved."})
	}
	return line
}

// granted says of each permission what it opens here, the widest first, and of a right that is lacking its name.
func (p subject) granted(table *crud.Table, v crud.Verdict, about bool) []reason {
	grants := slices.Clone(p.Rights.Grants(table.Name, string(v.Verb)))
	width := map[string]int{auth.Any: 0, auth.ScopeAll: 0, auth.ScopeGroup: 1, auth.ScopeOwn: 2}
	slices.SortStableFunc(grants, func(a, b auth.Grant) int { return width[a.Scope] - width[b.Scope] })
	var reasons []reason
	for _, grant := range grants {
		said := reason{Code: grant.String(), Text: "from the role " + grant.Role}
		ground := ground(v, grant.Scope)
		switch {
		case ground != nil:
			said.Text += ": " + words(*ground, about && v.Verb != crud.Create)
			said.Mark = mark(*ground, about && v.Verb != crud.Create)
		case len(v.Grounds) == 1 && v.Grounds[0].Scope == crud.GroundAll:
			said.Text += ": every row is open already"
		case len(v.Grounds) > 0 || v.Refusal == nil || grant.Scope != auth.ScopeAll && grant.Scope != auth.Any:
			said.Text, said.Mark = said.Text+": "+nothingHere(table, grant.Scope), "no"
		}
		reasons = append(reasons, said)
	}
	if shared := ground(v, crud.GroundShared); shared != nil {
		reasons = append(reasons, reason{Text: "Shared with a role of theirs: " + words(*shared, about), Mark: mark(*shared, about)})
	}
	if len(grants) == 0 {
		reasons = append(reasons, reason{Code: table.Name + ":" + string(v.Verb), Text: "is given by no role of theirs" + map[bool]string{true: ": they hold none in the panel"}[len(p.Roles) == 0], Mark: "no"})
	}
	if v.Refusal != nil && len(grants) > 0 && v.Refusal.Denied != "" && v.Refusal.Denied != table.Name+":"+string(v.Verb) {
		reasons = append(reasons, reason{Code: v.Refusal.Denied, Text: "is lacking, and what one may not read one may not touch", Mark: "no"})
	}
	return reasons
}

// nothingHere says why a scope opens no row of a table.
func nothingHere(table *crud.Table, scope string) string {
	switch {
	case scope == auth.ScopeOwn && table.Paths.Own == "":
		return "rows of this table are nobody's own"
	case scope == auth.ScopeGroup && table.Paths.Group == "":
		return "rows of this table belong to no mail domain"
	}
	return "it opens nothing here"
}

// ground finds the ground of a permission's scope; nil if it counts for nothing.
func ground(v crud.Verdict, scope string) *crud.Ground {
	if scope == auth.Any {
		scope = crud.GroundAll
	}
	at := slices.IndexFunc(v.Grounds, func(g crud.Ground) bool { return g.Scope == scope })
	if at < 0 {
		return nil
	}
	return &v.Grounds[at]
}

func mark(g crud.Ground, about bool) string {
	switch {
	case !about, g.Met:
		return "yes"
	}
	return "no"
}

// words says which rows a ground opens, and with a row the fact that decides.
func words(g crud.Ground, about bool) string {
	whose := map[string]string{
		crud.GroundOwn: "this person", crud.GroundGroup: "the person’s mail domain", crud.GroundShared: "a role of theirs",
	}[g.Scope]
	wants := strings.Join(g.Wants, ", ")
	switch {
	case g.Scope == crud.GroundAll:
		return "every row"
	case !about:
		return fmt.Sprintf("rows whose %s is %s, %s", g.Path, wants, whose)
	case g.Secret && g.Met:
		return fmt.Sprintf("%s, which you may not see, is %s", g.Path, whose)
	case g.Secret:
		return fmt.Sprintf("%s, which you may not see, is not %s", g.Path, whose)
	case g.Met:
		return fmt.Sprintf("%s is %s, %s", g.Path, g.Holds, whose)
	case g.Null:
		return fmt.Sprintf("%s is empty, not %s, %s", g.Path, wants, whose)
	}
	return fmt.Sprintf("%s is %s, not %s, %s", g.Path, g.Holds, wants, whose)
}

// refused says what they are answered beside what permissions say.
func (p subject) refused(v crud.Verdict) []reason {
	if v.Verb == crud.Read {
		return []reason{{Text: "They are answered as if there were no such record.", Mark: "no"}}
	}
	if v.Refusal.Kind == crud.KindNotFound {
		return []reason{{Text: "They do not see this row where this is done, so they are answered as if there were none.", Mark: "no"}}
	}
	return []reason{{Text: "They are answered: “" + v.Words() + "”", Mark: "no"}}
}

// limits says in sentences which columns are kept back, and by which role: those that are kept back alike in one.
func (p subject) limits(table *crud.Table, limits []crud.Limit) []string {
	var order []string
	labels := map[string][]string{}
	for _, limit := range limits {
		how := p.limit(table, limit)
		if labels[how] == nil {
			order = append(order, how)
		}
		labels[how] = append(labels[how], limit.Label)
	}
	for i, how := range order {
		order[i] = how + ": " + strings.Join(labels[how], ", ") + "."
	}
	return order
}

// limit says how a column is kept back, and by which role.
func (p subject) limit(table *crud.Table, limit crud.Limit) string {
	by := ""
	if keepers := p.Rights.Keepers(table.Name, limit.Name); len(keepers) > 0 {
		by = " by a field rule of " + strings.Join(keepers, ", ")
	}
	switch {
	case limit.Access == crud.Hidden:
		return "Hidden" + by
	case limit.Given:
		return "Always this person, as only rows of their own may be written"
	}
	verbs := make([]string, len(limit.Verbs))
	for i, verb := range limit.Verbs {
		verbs[i] = map[crud.Verb]string{crud.Create: "new", crud.Update: "edited"}[verb]
	}
	return "Shown, but not to be set in " + strings.Join(verbs, " or ") + " rows" + by
}

// sentenceOf begins a text with a capital.
func sentenceOf(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
