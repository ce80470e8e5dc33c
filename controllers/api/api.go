// Package api answers programs in JSON: the same tables as the screens, through the same calls of crud and under the same
// permissions. It is mounted into a controllers.Site, which finds out who asks and turns every error into a problem.
package api

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/controllers"
	"unified/crud"
)

// Path is what the addresses of this version begin with, below the prefix.
const Path = controllers.APIPath + "/v1"

// media is the media type of what is sent and answered.
const media = "application/json"

// API is what is mounted.
type API struct {
	Tables []crud.Resource // in menu order
	Gate   *auth.Gate      // signs people in; nil: nobody can here
	Enroll auth.Enroll     // makes accounts of those who register; nil: nobody can
	// Once runs work and keeps its answer under a key of the account in ctx, or returns what was kept and undoes work; a key that comes with
	// another request is an error. nil: requests with an Idempotency-Key are carried out like others.
	Once func(ctx context.Context, key, request string, work func(context.Context) (string, error)) (string, error)
}

// Mount mounts the API, as controllers.Config.API has it.
func (a API) Mount(site *controllers.Site, router *controllers.Router) {
	a.mountAuth(router)
	tables := make([]table, len(a.Tables))
	for i, resource := range a.Tables {
		tables[i] = table{API: a, site: site, resource: resource, doc: resource.Table()}
		tables[i].mount(router)
	}
	router.Get(controllers.DocumentPath, controllers.SignedIn().Programs(), negotiated(newDocuments(a, site, tables).answer))
}

// table answers for one registered table.
type table struct {
	API
	site     *controllers.Site
	resource crud.Resource
	doc      *crud.Table
}

func (t table) mount(router *controllers.Router) {
	at := Path + "/" + t.doc.Name
	read := controllers.May(t.resource, crud.Read).Programs()
	router.Get(at, read, negotiated(t.list))
	router.Get(at+"/export", read, t.export)
	if t.doc.Keyless {
		return
	}
	router.Get(at+"/:key", read, negotiated(t.show))
	router.Handle(http.MethodPost, at, controllers.May(t.resource, crud.Create).Programs(), negotiated(t.create))
	update := controllers.May(t.resource, crud.Update).Programs()
	router.Handle(http.MethodPatch, at+"/:key", update, negotiated(t.patch))
	router.Handle(http.MethodPut, at+"/:key", update, negotiated(t.replace))
	router.Handle(http.MethodDelete, at+"/:key", controllers.May(t.resource, crud.Delete).Programs(), negotiated(t.remove))
	t.mountActions(router, at)
	router.Handle(http.MethodPost, at+"/import", controllers.May(t.resource, crud.Create, crud.Update).Programs(), negotiated(t.load))
	if t.doc.History {
		router.Get(at+"/:key/history", read, negotiated(t.history))
	}
	router.Get(at+"/:key/impact", controllers.May(t.resource, removing(t.doc)...).Programs(), negotiated(t.impact))
	t.mountUndo(router, at)
	t.mountLinks(router, at)
	t.mountWhy(router, at)
}

// path returns the table's address, or that of something below it.
func (t table) path(below ...string) string {
	return t.site.Path(Path + "/" + strings.Join(append([]string{t.doc.Name}, below...), "/"))
}

// negotiated refuses who does not take JSON.
func negotiated(handler controllers.Handler) controllers.Handler {
	return func(c *gin.Context) error {
		if !accepts(c.Request.Header.Values("Accept")) {
			return &controllers.Failure{Status: http.StatusNotAcceptable, Message: "What is at this address is answered as " + media + " alone."}
		}
		return handler(c)
	}
}

// ranges are the names by which JSON is asked for, from the widest to the closest.
var ranges = []string{"*/*", "application/*", "application/problem+json", media}

// accepts reports whether JSON is among what the headers take. Of several names that fit, the closest says it.
func accepts(headers []string) bool {
	all := strings.Join(headers, ",")
	closest, taken := 0, strings.Trim(all, ", ") == ""
	for item := range strings.SplitSeq(all, ",") {
		name, parameters, _ := mime.ParseMediaType(item) // no name is no range
		rank := slices.Index(ranges, name)
		if rank < closest {
			continue
		}
		quality, err := strconv.ParseFloat(parameters["q"], 64)
		taken = err != nil || quality > 0 || taken && rank == closest
		closest = rank
	}
	return taken
}

// answer sends JSON whose length is told.
func answer(c *gin.Context, status int, body []byte) error {
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Data(status, media, body)
	return nil
}
