package controllers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// linksName is the segment of a record's path below which its many-to-many relations are.
const linksName = "links"

// The parameters of such a page: those of the list of what is linked begin with linkedPrefix. A form sends the keys that are to be
// linked and unlinked.
const (
	linkedPrefix = "in."
	addParam     = "add"
	removeParam  = "remove"
)

// linksPage is what pages/table/links.html draws.
type linksPage struct {
	*crud.Linked
	Table          *crud.Table
	Crumbs         crumbs
	Action, Once   string
	Chosen, Others linkPane
	Problem        string
}

// linkPane is one of its two lists.
type linkPane struct {
	Title, Empty, Button string
	Name                 string // of its ticks
	List                 *crud.List
	Open                 bool // the account may tick
	Query                string
	QueryParam           string
	Keep                 []hiddenField // what the other list shows
	Prev, Next           pageLink
	Path                 string // of the page
	Table                string // of the rows
}

var linkFields = []crud.FieldDoc{{Name: addParam}, {Name: removeParam}}

// mountLinks mounts the many-to-many relations of a record. What may be linked is looked up by itself.
func (t *tablePages) mountLinks(router *Router) {
	for _, l := range t.table.Links {
		path, read := "/"+t.table.Name+"/:key/"+linksName+"/"+l.Name, May(t.resource, crud.Read)
		router.Get(path, read, func(c *gin.Context) error { return t.links(c, l.Name, nil) })
		router.Form(path, read, linkFields, func(c *gin.Context) error { return t.relink(c, l.Name) })
		t.site.links[t.table.Name] = append(t.site.links[t.table.Name], recordLink{Label: l.Label, Icon: "link", Name: linksName + "/" + l.Name, access: read})
	}
}

// links answers GET /TABLE/KEY/links/NAME; problem is why what was sent was not done.
func (t *tablePages) links(c *gin.Context, name string, problem *crud.Error) error {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	chosen, others, err := paneQueries(values)
	if err != nil {
		return err
	}
	linked, err := t.resource.Links(c.Request.Context(), c.Param("key"), name, chosen, others)
	if err != nil {
		return err
	}
	page := &linksPage{
		Linked: linked, Table: t.table, Crumbs: crumbs{Table: t.table, Key: linked.Parent.Key, Label: linked.Parent.Label},
		Action: t.path(linked.Parent.Key, linksName, name),
	}
	page.Chosen = page.pane(linkedPrefix, linked.Chosen, values)
	page.Chosen.Title, page.Chosen.Empty, page.Chosen.Name, page.Chosen.Open = "Chosen", "None is chosen.", removeParam, linked.Remove
	page.Others = page.pane("", linked.Others, values)
	page.Others.Title, page.Others.Empty, page.Others.Name, page.Others.Open = "Available", "There are no others.", addParam, linked.Add
	if page.Once, err = t.site.formName(c.Request.Context()); err != nil {
		return err
	}
	code := http.StatusOK
	if problem != nil {
		code, page.Problem = status(problem.Kind), sentence(problem)
	}
	return t.site.render(c, code, view{name: t.page(linksName), title: linked.Label + " of " + isolated(linked.Parent.Label) + " · " + t.table.Plural, page: page})
}

// paneQueries reads what both lists are asked for: the chosen ones behind linkedPrefix.
func paneQueries(values url.Values) (chosen, others crud.Query, err error) {
	split := map[bool]url.Values{true: {}, false: {}}
	for name, given := range values {
		bare, in := strings.CutPrefix(name, linkedPrefix)
		if bare != "q" && bare != "after" && bare != "before" {
			return chosen, others, BadAddress("This page knows nothing of %q.", name)
		}
		split[in][bare] = given
	}
	if chosen, err = ReadQuery(split[true]); err == nil {
		others, err = ReadQuery(split[false])
	}
	chosen.Size, others.Size = crud.ChoiceLimit, crud.ChoiceLimit
	return chosen, others, err
}

// pane is one of the lists, whose parameters begin with prefix.
func (p *linksPage) pane(prefix string, list *crud.List, values url.Values) linkPane {
	pane := linkPane{List: list, Query: list.Search, QueryParam: prefix + "q", Path: p.Action, Table: p.Linked.Table}
	others := url.Values{}
	for name, given := range values {
		if strings.HasPrefix(name, linkedPrefix) != (prefix == linkedPrefix) {
			others[name] = given
			pane.Keep = append(pane.Keep, hiddenField{name, given[0]})
		}
	}
	at := func(param, cursor string) string {
		if cursor == "" {
			return ""
		}
		to := url.Values{prefix + param: {cursor}}
		if list.Search != "" {
			to.Set(prefix+"q", list.Search)
		}
		for name, given := range others {
			to[name] = given
		}
		return p.Action + "?" + to.Encode()
	}
	pane.Prev, pane.Next = prevNext("page", at("before", list.Prev), at("after", list.Next))
	return pane
}

// relink answers POST /TABLE/KEY/links/NAME.
func (t *tablePages) relink(c *gin.Context, name string) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	add, remove := input[addParam], input[removeParam]
	out, err := t.site.once(c, input, func(ctx context.Context) (done, error) {
		saved, err := t.resource.Relink(ctx, c.Param("key"), name, add, remove)
		if err != nil {
			return done{}, err
		}
		return done{Said: fmt.Sprintf("Added %d to %s and removed %d.", saved.Added, isolated(saved.Label), saved.Removed), To: t.path(saved.Key, linksName, name)}, nil
	})
	if known, ok := t.site.mendable(c, err); ok {
		return t.links(c, name, known)
	}
	if err != nil {
		return err
	}
	return t.site.lead(c, out)
}
