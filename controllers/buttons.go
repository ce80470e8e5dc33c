package controllers

import (
	"context"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// button is something that can be done with a record.
type button struct {
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
	possible := slices.Contains(t.table.Verbs, verb) ||
		slices.ContainsFunc(t.table.Actions, func(action crud.ActionDoc) bool { return crud.Verb(action.Name) == verb })
	if !possible {
		return button{}
	}
	return button{Possible: true, Needs: t.table.Name + ":" + string(verb) + ":all"}
}

// collectNeeds says in one line what the greyed buttons take.
func (p *showPage) collectNeeds() {
	var needs []string
	for _, b := range append([]button{p.Update, p.Delete}, p.actionButtons()...) {
		if b.Needs != "" {
			needs = append(needs, b.Needs)
		}
	}
	p.Needs = strings.Join(needs, ", ")
}

func (p *showPage) actionButtons() []button {
	out := make([]button, len(p.Actions))
	for i, action := range p.Actions {
		out[i] = action.button
	}
	return out
}
