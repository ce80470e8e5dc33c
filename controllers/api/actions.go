package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// bulkTime is what work on many rows may take.
const bulkTime = 5 * time.Minute

// selected is what is sent to do something to rows.
type selected struct {
	Keys   []string        `json:"keys"`
	All    bool            `json:"all"` // all that q and filter let through
	Search string          `json:"q"`
	Filter string          `json:"filter"`
	Values json.RawMessage `json:"values"` // columns to set, or the form of an action that asks
}

// mountActions mounts what is done to rows together: setting columns, deleting, and the table's own actions.
func (t table) mountActions(router *controllers.Router, at string) {
	verbs := []crud.Verb{crud.Update, crud.Delete}
	for _, action := range t.doc.Actions {
		verbs = append(verbs, crud.Verb(action.Name))
	}
	for _, verb := range verbs {
		access := controllers.May(t.resource, verb).Programs()
		router.Handle(http.MethodPost, at+"/actions/"+string(verb), access, negotiated(func(c *gin.Context) error { return t.act(c, verb) }))
	}
	unbury := func(verb crud.Verb, work func(context.Context, string) (*crud.Saved, error)) {
		access := controllers.May(t.resource, verb).Programs()
		router.Handle(http.MethodPost, at+"/:key/"+string(verb), access, negotiated(func(c *gin.Context) error { return t.unbury(c, work) }))
	}
	if t.doc.Trashable() {
		unbury(crud.Restore, t.resource.Restore)
		unbury(crud.Purge, t.resource.Purge)
	}
}

// act answers POST /TABLE/actions/NAME: something is done to all of the rows or to none.
func (t table) act(c *gin.Context, verb crud.Verb) error {
	body, err := read(c, media)
	if err != nil {
		return err
	}
	rows, values, err := readSelected(body)
	if err != nil {
		return err
	}
	t.site.Lasting(c, bulkTime)
	return t.carryOut(c, body, func(ctx context.Context) (reply, error) {
		done, err := t.resource.BulkJSON(ctx, verb, rows, values)
		if err != nil {
			return reply{}, err
		}
		text, err := json.Marshal(map[string]int{"rows": done.Rows, "changed": done.Changed})
		return reply{Status: http.StatusOK, Body: text}, err
	})
}

// readSelected reads which rows are meant, and what is sent for them.
func readSelected(body []byte) (crud.Selection, []byte, error) {
	members, err := crud.Object(body)
	if err != nil {
		return crud.Selection{}, nil, err
	}
	var s selected
	wrong := readMembers(members, map[string]any{"keys": &s.Keys, "all": &s.All, "q": &s.Search, "filter": &s.Filter, "values": &s.Values})
	switch {
	case s.All && (s.Keys != nil):
		wrong["keys"] = "Name the rows, or take all that q and filter let through."
	case !s.All && (s.Search != "" || s.Filter != ""):
		wrong["all"] = "With q or filter this has to be true."
	case !s.All && len(s.Keys) == 0:
		wrong["keys"] = "Name the rows that this is to be done to."
	}
	if len(wrong) > 0 {
		return crud.Selection{}, nil, &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	if s.Values != nil && s.Values[0] != '{' {
		return crud.Selection{}, nil, &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"values": "Send an object."}}
	}
	return crud.Selection{Keys: s.Keys, All: s.All, Query: crud.Query{Search: s.Search, Filter: s.Filter}}, s.Values, nil
}

// readMembers puts the members of an object into their places, and says by name what is wrong with which.
func readMembers(members map[string]json.RawMessage, places map[string]any) map[string]string {
	wrong := map[string]string{}
	for name, value := range members {
		if place := places[name]; place == nil {
			wrong[name] = "There is no such field."
		} else if json.Unmarshal(value, place) != nil {
			wrong[name] = "This is not of its kind."
		}
	}
	return wrong
}

// unbury answers POST /TABLE/KEY/restore and /purge of a row in the trash.
func (t table) unbury(c *gin.Context, work func(context.Context, string) (*crud.Saved, error)) error {
	return t.carryOut(c, nil, func(ctx context.Context) (reply, error) {
		_, err := work(ctx, c.Param("key"))
		return reply{Status: http.StatusNoContent}, err
	})
}
