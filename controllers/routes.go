package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// Access is what a route asks of who comes. Each route declares one; the zero Access is refused, so that a forgotten
// declaration stops the program at its start instead of opening a page.
type Access struct {
	asks     asks
	resource crud.Resource
	verbs    []crud.Verb
	named    auth.Permission // where it is about no table
	programs bool
}

type asks int

const (
	undeclared asks = iota
	nothing         // and nobody is looked up
	anybody
	signedIn
	permission
)

// Public is for what needs to know nobody: health checks and static files.
func Public() Access { return Access{asks: nothing} }

// Anybody is for pages that visitors see too, such as the one that signs them in.
func Anybody() Access { return Access{asks: anybody} }

// SignedIn is for pages that anybody who is signed in may see; what stands on them is looked up by itself.
func SignedIn() Access { return Access{asks: signedIn} }

// May is for those who may do one of the verbs to some row of the table. On which rows is decided by every query.
func May(resource crud.Resource, verbs ...crud.Verb) Access {
	return Access{asks: permission, resource: resource, verbs: verbs}
}

// Holds is for those who have a permission that is about no table, on all rows.
func Holds(model, action string) Access {
	return Access{asks: permission, named: auth.Permission{Model: model, Action: action, Scope: auth.ScopeAll}}
}

// Programs opens a route to programs too, which come with an API token. All others are for people alone.
func (a Access) Programs() Access {
	a.programs = true
	return a
}

// String says it for people: "anybody", or the permissions of which one is needed, "users:create or users:update".
func (a Access) String() string {
	switch a.asks {
	case nothing, anybody:
		return "anybody"
	case signedIn:
		return "signed in"
	case permission:
		if a.resource == nil {
			return a.named.Model + ":" + a.named.Action
		}
		names := make([]string, len(a.verbs))
		for i, verb := range a.verbs {
			names[i] = a.resource.Table().Name + ":" + string(verb)
		}
		return strings.Join(names, " or ")
	}
	return "undeclared"
}

// Route is one address that the panel answers, GET standing for HEAD too.
type Route struct {
	Method, Path string // as gin writes it: "/users/:key"
	Access       Access
}

// Router mounts pages. What stands before a page follows from its Access.
type Router struct {
	site   *Site
	routes []Route
}

// Get mounts a page for GET and for HEAD, which gin does not do by itself.
func (r *Router) Get(path string, access Access, handler Handler) {
	r.mount(http.MethodHead, path, access, handler)
	r.mount(http.MethodGet, path, access, handler)
}

// Post mounts what is sent to. What it brings is never shown again, as nobody knows what of it is secret.
func (r *Router) Post(path string, access Access, handler Handler) {
	r.mount(http.MethodPost, path, access, handler)
}

// Form mounts what a form is sent to, and keeps what was typed while the database is away. fields are the form's; one
// without a label is not for people.
func (r *Router) Form(path string, access Access, fields []crud.FieldDoc, handler Handler) {
	r.site.forms[r.site.Path(path)] = fields
	r.Post(path, access, handler)
}

// Handle mounts what programs send to, by any method.
func (r *Router) Handle(method, path string, access Access, handler Handler) {
	r.mount(method, path, access, handler)
}

func (r *Router) mount(method, path string, access Access, handler Handler) {
	path = r.site.Path(path)
	if method != http.MethodHead {
		r.routes = append(r.routes, Route{method, path, access})
	}
	gate := r.site.config.Gate
	var chain []Handler
	if access.asks >= anybody {
		chain = append(append(chain, gate.Pages...), r.site.zoned)
		if !access.programs {
			chain = append(chain, personal)
		}
	}
	if access.asks >= signedIn {
		chain = append(chain, gate.Inside...)
	}
	if access.asks == permission {
		chain = append(chain, access.check)
	}
	if strings.Contains(path, "/:") {
		chain = append(chain, whole)
	}
	r.site.engine.Handle(method, path, r.site.handleAll(append(slices.Clip(chain), handler))...)
}

// whole refuses an address that leaves a part of it empty, such as /users//edit.
func whole(c *gin.Context) error {
	if slices.ContainsFunc(c.Params, func(p gin.Param) bool { return p.Value == "" }) {
		return &Failure{Status: http.StatusNotFound, Message: "There is no page at this address."}
	}
	return nil
}

// check refuses who may do none of the verbs.
func (a Access) check(c *gin.Context) error {
	refusal := &Failure{Status: http.StatusForbidden, Message: "None of your roles allows this."}
	if a.resource == nil {
		if a.open(c.Request.Context()) {
			return nil
		}
		refusal.Needs = []string{a.named.String()}
		return refusal
	}
	table := a.resource.Table()
	for _, verb := range a.verbs {
		if a.resource.Can(c.Request.Context(), verb) {
			return nil
		}
		if possible(table, verb) {
			refusal.Needs = append(refusal.Needs, needed(table.Name+":"+string(verb))...)
		}
	}
	if refusal.Needs == nil {
		refusal.Message = table.Plural + " cannot be changed this way."
	}
	return refusal
}

// open reports whether the account has the permission that is about no table.
func (a Access) open(ctx context.Context) bool {
	account, ok := auth.From(ctx)
	return ok && account.Rights.Scopes(a.named.Model, a.named.Action).Covers(auth.All)
}

// undeclared returns an error that names each route without a declared access, also one that was mounted past the Router.
func (r *Router) undeclared() error {
	var mistakes []error
	for _, route := range r.site.engine.Routes() {
		declared := slices.ContainsFunc(r.routes, func(known Route) bool {
			return known.Path == route.Path && (known.Method == route.Method || route.Method == http.MethodHead) && known.Access.asks != undeclared
		})
		if !declared {
			mistakes = append(mistakes, fmt.Errorf("the route %s %s declares no permission", route.Method, route.Path))
		}
	}
	return errors.Join(mistakes...)
}
