package controllers

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// button is something that can be done with a record.
type button struct {
	Verb     crud.Verb
	Possible bool   // the table knows it
	Needs    string // the permission that the account lacks for this record; "" if it may
}

// recordLink leads from a record to a page of its own.
type recordLink struct {
	Label, Icon string
	Name        string // the last segment of the page's path
	access      Access
}

// linksFor returns the pages of a record that the account may see.
func (t *tablePages) linksFor(c *gin.Context) []recordLink {
	return slices.DeleteFunc(slices.Clone(t.site.links[t.table.Name]), func(link recordLink) bool { return link.access.check(c) != nil })
}

// button tells whether a verb can be done to a record, and what it takes.
func (t *tablePages) button(record *crud.Record, verb crud.Verb) button {
	b := t.buttonFor(verb)
	if slices.Contains(record.Verbs, verb) {
		b.Needs = ""
	}
	return b
}

// newButton is the one for a new row.
func (t *tablePages) newButton(ctx context.Context) button {
	b := t.buttonFor(crud.Create)
	if t.resource.Can(ctx, crud.Create) {
		b.Needs = ""
	}
	return b
}

func (t *tablePages) buttonFor(verb crud.Verb) button {
	if !possible(t.table, verb) {
		return button{}
	}
	return button{Verb: verb, Possible: true, Needs: needed(t.table.Name + ":" + string(verb))[0]}
}

// possible reports whether the table knows the verb at all.
func possible(table *crud.Table, verb crud.Verb) bool {
	return slices.Contains(table.Verbs, verb) ||
		slices.ContainsFunc(table.Actions, func(action crud.ActionDoc) bool { return crud.Verb(action.Name) == verb })
}

// needed returns the permissions that would do where these, as model:action, are denied: on which rows is not for a page
// to say, so those for all of them are named.
func needed(denied ...string) []string {
	var needs []string
	for _, permission := range denied {
		if permission != "" {
			needs = append(needs, permission+":all")
		}
	}
	return needs
}

// collectGreyed gathers the buttons that say what they take.
func (p *showPage) collectGreyed() {
	all := make([]button, 0, len(p.Actions)+2)
	for _, action := range p.Actions {
		all = append(all, action.button)
	}
	for _, b := range append(all, p.Delete, p.Update) {
		if b.Needs != "" {
			p.Greyed = append(p.Greyed, b)
		}
	}
}
