package controllers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"unified/auth"
	"unified/crud"
)

// shownCells is what a matrix showed when it was drawn: the choice of each cell that opened something, by its name. It is nil for
// a form that does not say, which means what is there now. It travels through the browser, and decides nothing about what the
// account may do.
type shownCells map[string]string

// shownBy reads what a form says that it showed.
func shownBy(input url.Values) (shown shownCells, err error) {
	if values := input[crud.BaseParam]; len(values) > 1 || len(values) == 1 && json.Unmarshal([]byte(values[0]), &shown) != nil {
		return nil, &Failure{Status: http.StatusUnprocessableEntity, Message: "It cannot be read what this form showed. Open it again."}
	}
	return shown, nil
}

// base writes what the matrix shows for its form.
func (g *grid) base() string {
	shown := shownCells{}
	for name, cell := range g.cells {
		if cell.scopes != 0 {
			shown[name] = cell.value()
		}
	}
	text, _ := json.Marshal(shown) // texts always marshal
	return string(text)
}

// value is the choice that the role gives now.
func (cell gridCell) value() string { return wordsOf(cell.scopes).Value }

func wordsOf(scopes auth.Scopes) scopeChoice {
	all := scopeChoices()
	at := slices.IndexFunc(all, func(choice scopeChoice) bool { return choice.scopes == scopes })
	return all[max(at, 0)]
}

// gridSent is what was chosen in a matrix that is not what it showed.
type gridSent struct {
	typed  url.Values        // what was chosen
	change auth.RoleChange   // what follows of it for what the role gives now
	wrong  map[string]string // sentences by cell that somebody else made something else of
}

// read returns what a form changes. A cell that was not sent, or comes back as it was shown, stays as it is now; one that is not
// there, or a choice that it does not have, is refused.
func (g *grid) read(input url.Values, shown shownCells) (*gridSent, error) {
	out := &gridSent{typed: url.Values{}, wrong: map[string]string{}}
	for name, values := range input {
		cell, ok := g.cells[name]
		was := cell.value()
		if shown != nil {
			was = cmp.Or(shown[name], wordsOf(0).Value)
		}
		if len(values) == 1 && values[0] == was && (ok || shown[name] != "") {
			continue
		}
		at := slices.IndexFunc(cell.Choices, func(choice scopeChoice) bool { return choice.Value == values[0] })
		if ok && at < 0 || !ok && was == cell.value() || len(values) != 1 {
			return nil, &Failure{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf("There is no choice %q for %q.", values[0], name)}
		}
		if out.typed[name] = values; values[0] == cell.value() {
			continue
		}
		if was != cell.value() {
			out.wrong[name] = meanwhileGives(cell.scopes)
			continue
		}
		g.turn(cell, cell.Choices[at].scopes, &out.change)
	}
	byName := func(a, b auth.Permission) int { return cmp.Compare(a.String(), b.String()) }
	slices.SortFunc(out.change.Gives, byName)
	slices.SortFunc(out.change.Takes, byName)
	return out, nil
}

// meanwhileGives says what somebody else made of a cell.
func meanwhileGives(scopes auth.Scopes) string {
	if scopes == 0 {
		return "Somebody changed this meanwhile: it opens nothing now."
	}
	return fmt.Sprintf("Somebody changed this meanwhile: it is “%s” now.", wordsOf(scopes).Label)
}

// turn adds what makes a cell open the action in these scopes.
func (g *grid) turn(cell gridCell, scopes auth.Scopes, change *auth.RoleChange) {
	wanted := cell.permissions(scopes)
	for _, p := range g.role.Permissions {
		if p.Model == cell.model && p.Action == cell.action && !slices.Contains(wanted, p) {
			change.Takes = append(change.Takes, p)
		}
	}
	for _, p := range wanted {
		if !slices.Contains(g.role.Permissions, p) {
			change.Gives = append(change.Gives, p)
		}
	}
}

// explain puts the sentences beside their cells, and above the matrix in its order; those of cells that are gone come last.
func (p *roleMatrixPage) explain(wrong map[string]string) {
	left := maps.Clone(wrong)
	for _, area := range p.Areas {
		for _, row := range area.Rows {
			for _, cell := range slices.Concat(row.Cells, row.More) {
				if text, ok := left[cell.Name]; ok {
					p.Problems = append(p.Problems, fieldProblem{Field: cell.Name, Label: row.Label + ", " + strings.ReplaceAll(cell.Label, "_", " "), Text: text})
					delete(left, cell.Name)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		p.Problems = append(p.Problems, fieldProblem{Text: name + ": " + left[name]})
	}
	p.Wrong = wrong
	p.Summary = "Not saved: " + plural(len(p.Problems), "thing") + " to look at"
}
