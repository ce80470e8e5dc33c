package controllers

import (
	"net/url"
	"slices"

	"unified/auth"
	"unified/crud"
)

// grid is what a role gives, as a matrix: a row a table, a column an action, in each cell the scopes.
type grid struct {
	Areas []gridArea
	cells map[string]gridCell // by name; they share their choices with Areas
	role  auth.Role
}

// gridArea is a titled part of the matrix.
type gridArea struct {
	Title string
	Rows  []gridRow
}

// gridRow is one table, or one other thing that permissions are about.
type gridRow struct {
	Label string
	Cells []gridCell // for everything, then the four verbs; one without a Name is no choice
	More  []gridCell // for the table's own actions
}

// gridCell is one choice: on which rows an action is allowed.
type gridCell struct {
	Name    string // of the control: "users:read"
	Label   string // of the action
	Choices []scopeChoice

	model, action string
	scopes        auth.Scopes // what the role gives now
}

// Opens reports whether the role opens anything by it now.
func (cell gridCell) Opens() bool { return cell.scopes != 0 }

// scopeChoice is a set of scopes that a cell can hold.
type scopeChoice struct {
	Value, Label string
	Chosen       bool
	scopes       auth.Scopes
}

// scopeChoices are all sets, in the order in which they widen.
func scopeChoices() []scopeChoice {
	return []scopeChoice{
		{"none", "–", false, 0}, {"own", "own", false, auth.Own}, {"group", "group", false, auth.Group},
		{"own,group", "own + group", false, auth.Own | auth.Group}, {"all", "all", false, auth.All},
	}
}

// columns are the actions that every table has a cell for, the one for all actions first.
var columns = []string{auth.Any, string(crud.Read), string(crud.Create), string(crud.Update), string(crud.Delete)}

// newGrid lays the permissions of a role out over the tables. What it gives for other things has rows of their own.
func newGrid(tables []crud.Resource, role auth.Role) *grid {
	g := &grid{cells: map[string]gridCell{}, role: role}
	everything := gridRow{Label: "Every table"}
	for _, action := range columns {
		everything.Cells = append(everything.Cells, g.cell(auth.Any, action, auth.Own|auth.Group))
	}
	g.Areas = []gridArea{{Rows: []gridRow{everything}}}
	known := map[string]bool{auth.Any: true}
	for _, resource := range tables {
		table := resource.Table()
		known[table.Name] = true
		last := len(g.Areas) - 1
		if g.Areas[last].Title != table.Area || last == 0 {
			g.Areas = append(g.Areas, gridArea{Title: table.Area})
			last++
		}
		g.Areas[last].Rows = append(g.Areas[last].Rows, g.row(table))
	}
	other := gridArea{Title: "Other"}
	for _, p := range role.Permissions {
		if !known[p.Model] || g.cells[p.Model+":"+p.Action].Name == "" {
			other.Rows = append(other.Rows, gridRow{Label: p.Model, More: []gridCell{g.cell(p.Model, p.Action, auth.Own|auth.Group)}})
		}
	}
	if len(other.Rows) > 0 {
		g.Areas = append(g.Areas, other)
	}
	return g
}

func (g *grid) row(table *crud.Table) gridRow {
	row := gridRow{Label: table.Plural}
	limits := func(verb crud.Verb) (limits auth.Scopes) {
		if slices.Contains(table.Own, verb) {
			limits |= auth.Own
		}
		if slices.Contains(table.Group, verb) {
			limits |= auth.Group
		}
		return limits
	}
	for _, action := range columns {
		switch verb := crud.Verb(action); {
		case action == auth.Any:
			row.Cells = append(row.Cells, g.cell(table.Name, action, limits(crud.Read)))
		case slices.Contains(table.Verbs, verb):
			row.Cells = append(row.Cells, g.cell(table.Name, action, limits(verb)))
		default:
			row.Cells = append(row.Cells, gridCell{})
		}
	}
	for _, verb := range table.Verbs {
		if !slices.Contains(columns, string(verb)) {
			row.More = append(row.More, g.cell(table.Name, string(verb), limits(verb)))
		}
	}
	for _, action := range table.Actions {
		row.More = append(row.More, g.cell(table.Name, action.Name, limits(crud.Verb(action.Name))))
	}
	return row
}

// cell makes one choice among all, none, and what limits allow. What the role holds now is always among them.
func (g *grid) cell(model, action string, limits auth.Scopes) gridCell {
	cell := gridCell{Name: model + ":" + action, Label: action, model: model, action: action, scopes: held(g.role, model, action)}
	if action == auth.Any {
		cell.Label = "everything"
	}
	for _, choice := range scopeChoices() {
		if choice.scopes&^(limits|auth.All) == 0 || choice.scopes == cell.scopes {
			choice.Chosen = choice.scopes == cell.scopes
			cell.Choices = append(cell.Choices, choice)
		}
	}
	g.cells[cell.Name] = cell
	return cell
}

// held returns the scopes in which a role gives exactly this.
func held(role auth.Role, model, action string) auth.Scopes {
	var exact []auth.Permission
	for _, p := range role.Permissions {
		if p.Model == model && p.Action == action {
			exact = append(exact, p)
		}
	}
	scopes := auth.Allow(exact...).Scopes(model, action)
	if scopes.Covers(auth.All) {
		return auth.All
	}
	return scopes
}

// choose marks what was typed in place of what the role gives.
func (g *grid) choose(typed url.Values) {
	for name, values := range typed {
		for i := range g.cells[name].Choices {
			choice := &g.cells[name].Choices[i]
			choice.Chosen = choice.Value == values[0]
		}
	}
}

// permissions are those that open the action in these scopes.
func (cell gridCell) permissions(scopes auth.Scopes) []auth.Permission {
	var out []auth.Permission
	for _, scope := range []auth.Scopes{auth.Own, auth.Group, auth.All} {
		if scopes&scope != 0 {
			out = append(out, auth.Permission{Model: cell.model, Action: cell.action, Scope: scope.String()})
		}
	}
	return out
}
