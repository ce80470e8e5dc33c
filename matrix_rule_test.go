package main

import (
	"net/http"
	"slices"
	"strings"

	"unified/controllers"
	"unified/controllers/api"
	"unified/crud"
)

// question is what a route does, as far as permissions go. It is read from the route's address: that the route declares
// the same is checked. An address of a form that no table's page has is taken as it declares itself.
type question struct {
	controllers.Route
	known       bool
	table       string // whose page it is; "" for a page of no table
	verb        string // the one it asks for; the first of several
	permissions []string
	field       string // of the picker
	many        bool   // it asks about ticked rows first, and acts when that is confirmed
	program     bool   // it is the API's
	limits      *crud.Table
}

func (m *matrix) question(route controllers.Route) question {
	ask := question{Route: route}
	path, program := strings.CutPrefix(route.Path, api.Path)
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	table := m.tables[name]
	if table == nil {
		ask.permissions = []string{route.Access.String()}
		for path, mine := range map[string]string{"/profile/sessions/:key": "sessions", "/profile/tokens/:key": "api_tokens"} {
			if strings.HasPrefix(route.Path, path) {
				ask.table, ask.limits = mine, m.tables[mine]
			}
		}
		return ask
	}
	ask.table, ask.limits, ask.known, ask.program = name, table, true, program
	verbs := map[string][]string{
		"GET ": {"read"}, "GET new": {"create"}, "POST ": {"create"}, "GET choices/:field": {"read", "create", "update"}, "GET :key": {"read"},
		"GET :key/edit": {"update"}, "POST :key": {"update"}, "GET :key/delete": {"delete"}, "POST :key/delete": {"delete"},
		"GET :key/cell/:field": {"update"}, "POST :key/cell/:field": {"update"},
		"PATCH :key": {"update"}, "PUT :key": {"update"}, "DELETE :key": {"delete"}, "GET :key/history": {"read"}, "GET :key/impact": {"delete"},
	}[route.Method+" "+rest]
	if action, ok := strings.CutPrefix(rest, ":key/actions/"); ok {
		verbs = []string{action}
	}
	if action, ok := strings.CutPrefix(rest, "actions/"); ok { // the pickers of its form; of the API what is done to rows
		action, _, _ = strings.Cut(action, "/")
		verbs, ask.many = []string{action}, program
	}
	if verb, ok := strings.CutPrefix(rest, "bulk/"); ok {
		verbs, ask.many = []string{verb}, true
	}
	if verbs == nil {
		ask.known, ask.permissions = false, strings.Split(route.Access.String(), " or ")
		return ask
	}
	ask.verb = verbs[0]
	for _, verb := range verbs {
		ask.permissions = append(ask.permissions, name+":"+verb)
	}
	for _, f := range table.Fields {
		if f.Kind == crud.KindRelation && !f.ReadOnly && ask.field == "" {
			ask.field = f.Name
		}
	}
	return ask
}

// rows are the kinds of rows that the route can be asked about: noRow stands for one that the table cannot have.
func (q question) rows(account string) []string {
	creates := q.known && q.writes() && q.verb == "create"
	if q.table == "" || account == visits || !strings.Contains(q.Path, ":key") && !creates && !q.many {
		return []string{foreign}
	}
	paths := q.limits.Paths
	if paths == (crud.Paths{}) {
		return []string{foreign}
	}
	kinds := slices.Clone(ownerships)
	if paths.Own == "" || creates && !slices.Contains(q.limits.Own, crud.Create) {
		kinds[0] = noRow
	}
	if paths.Group == "" {
		kinds[1] = noRow
	}
	return kinds
}

// held returns the scopes with which a role may do the action on a table's rows: those of its permissions that the table
// can tell, if it knows the action at all.
func (m *matrix) held(role, model, action string) map[string]bool {
	scopes, table := map[string]bool{}, m.tables[model]
	if table != nil && !slices.Contains(table.Verbs, crud.Verb(action)) &&
		!slices.ContainsFunc(table.Actions, func(a crud.ActionDoc) bool { return a.Name == action }) {
		return scopes
	}
	for _, g := range m.given {
		if g.role != role || g.model != model && g.model != "*" || g.action != action && g.action != "*" {
			continue
		}
		cannotTell := table != nil && (g.scope == "own" && table.Paths.Own == "" || g.scope == "group" && table.Paths.Group == "")
		if !cannotTell {
			scopes[g.scope] = true
		}
	}
	return scopes
}

// onlyOwn reports whether a role may do the action on its own rows and no others.
func (m *matrix) onlyOwn(role, model, action string) bool {
	scopes := m.held(role, model, action)
	return scopes["own"] && len(scopes) == 1
}

// open reports whether scopes contain a kind of row. One's own row is in one's mail domain too, unless it can lie apart.
func (m *matrix) open(scopes map[string]bool, table, whose string) bool {
	switch {
	case scopes["all"]:
		return true
	case whose == own:
		return scopes["own"] || scopes["group"] && !m.specimens[table].apart
	}
	return whose == domain && scopes["group"]
}

// writes reports whether the route changes something.
func (q question) writes() bool { return q.Method != http.MethodGet }

// turnsAway is the mark of who is not signed in.
func (q question) turnsAway() string {
	if strings.HasPrefix(q.Path, api.Path) || q.Path == controllers.DocumentPath {
		return "401"
	}
	return toSign
}

// expected is the mark that the permissions say.
func (m *matrix) expected(ask question, account, whose string) string {
	switch ask.Access.String() {
	case "anybody":
		return yes
	case "signed in":
		if account == visits {
			return ask.turnsAway()
		}
		if ask.table != "" && whose != own { // of a profile: it opens what is one's own, whatever else one may do
			return "404"
		}
		return yes
	}
	if account == visits {
		return ask.turnsAway()
	}
	scopes := map[string]bool{}
	for _, permission := range ask.permissions {
		model, action, _ := strings.Cut(permission, ":")
		for scope := range m.held(account, model, action) {
			scopes[scope] = true
		}
	}
	open := m.open(scopes, ask.table, whose)
	switch { // of a change's pages: what was changed is put back by an update, and since then nothing was
	case ask.Method == http.MethodPost && strings.HasSuffix(ask.Path, "/undo"):
		open = m.open(m.held(account, ask.table, "update"), ask.table, whose)
	case ask.Method == http.MethodPost && strings.HasSuffix(ask.Path, "/restore"):
		open = m.open(m.held(account, ask.table, "read"), ask.table, whose)
	}
	if strings.Contains(ask.Path, "/children/") { // it declares what it takes to read them; the record must be readable too
		read := m.held(account, ask.table, "read")
		if len(read) == 0 {
			return "403"
		}
		open = m.open(read, ask.table, whose)
	}
	switch {
	case len(scopes) == 0:
		return "403"
	case strings.HasSuffix(ask.Path, "/choices/:field") && strings.Contains(ask.Path, "/actions/"):
		return "404" // no form of an action asks for a relation
	case strings.HasSuffix(ask.Path, "/choices/:field"):
		return m.expectedChoices(ask, account)
	case !strings.Contains(ask.Path, ":key") && (ask.Method == http.MethodGet || !ask.known): // about no row
		return yes
	case ask.known && ask.writes() && ask.table == "user_roles" && whose == own && (open || ask.verb == "create"):
		return "422" // a guard: nobody changes their own roles
	case open:
		return yes
	case !strings.Contains(ask.Path, ":key") && !ask.many:
		return "422" // nobody makes a row that is out of their reach
	case m.open(m.held(account, ask.table, "read"), ask.table, whose):
		return "403"
	}
	return "404"
}

// expectedChoices is the mark of a picker: there is none in a table without relations, nor for whose a row is where that
// goes without saying.
func (m *matrix) expectedChoices(ask question, account string) string {
	reads := len(m.held(account, ask.table, "read")) > 0
	verb := "update"
	if len(m.held(account, ask.table, verb)) == 0 {
		verb = "create"
	}
	if ask.field != "" && reads { // to filter by
		return yes
	}
	if ask.field == "" || m.onlyOwn(account, ask.table, verb) && m.specimens[ask.table].owner == ask.field {
		return "404"
	}
	return yes
}
