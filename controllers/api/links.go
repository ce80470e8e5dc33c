package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// linksName is the segment of a row's address below which its many-to-many relations are.
const linksName = "links"

// mountLinks mounts the many-to-many relations of a row, as far as the API has their tables.
func (t table) mountLinks(router *controllers.Router, at string) {
	for _, l := range t.doc.Links {
		other, there := t.named(l.Table)
		writes := controllers.May(t.resource, crud.Update)
		if l.Join != "" && there {
			var join table
			join, there = t.named(l.Join)
			writes = controllers.May(join.resource, crud.Create, crud.Delete)
		}
		if !there {
			continue
		}
		path, read := at+"/:key/"+linksName+"/"+l.Name, controllers.May(t.resource, crud.Read)
		router.Get(path, read.Programs(), negotiated(func(c *gin.Context) error { return t.links(c, l.Name, other) }))
		router.Handle(http.MethodPost, path, writes.Programs(), negotiated(func(c *gin.Context) error { return t.relink(c, l.Name) }))
	}
}

// named finds another table of the API.
func (t table) named(name string) (table, bool) {
	at := slices.IndexFunc(t.Tables, func(r crud.Resource) bool { return r.Table().Name == name })
	if at < 0 {
		return table{}, false
	}
	return table{API: t.API, site: t.site, resource: t.Tables[at], doc: t.Tables[at].Table()}, true
}

// links answers GET /TABLE/KEY/links/NAME with a page of the other table: the rows that are linked, or with others=1 those that are not.
func (t table) links(c *gin.Context, name string, other table) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	asked := maps.Clone(values)
	others, err := takeSwitch(values, "others")
	if err != nil {
		return err
	}
	linking, err := t.resource.Linking(c.Request.Context(), c.Param("key"), name)
	if err != nil {
		return err
	}
	narrowed := linking.Chosen
	if others {
		narrowed = linking.Others
	}
	return other.page(c, values, place{t.path(linking.Parent.Key, linksName, name), asked}, narrowed)
}

// relink answers POST to the same address: rows are linked and unlinked.
func (t table) relink(c *gin.Context, name string) error {
	body, err := read(c, media)
	if err != nil {
		return err
	}
	add, remove, err := readRelinked(body)
	if err != nil {
		return err
	}
	return t.carryOut(c, body, func(ctx context.Context) (reply, error) {
		done, err := t.resource.Relink(ctx, c.Param("key"), name, add, remove)
		if err != nil {
			return reply{}, err
		}
		text, err := json.Marshal(map[string]int{"added": done.Added, "removed": done.Removed})
		return reply{Status: http.StatusOK, Body: text}, err
	})
}

// readRelinked reads the keys of the rows to link and to unlink.
func readRelinked(body []byte) (add, remove []string, err error) {
	members, err := crud.Object(body)
	if err != nil {
		return nil, nil, err
	}
	if wrong := readMembers(members, map[string]any{"add": &add, "remove": &remove}); len(wrong) > 0 {
		return nil, nil, &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	return add, remove, nil
}
