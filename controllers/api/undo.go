package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// mountUndo mounts what puts recorded changes of a row back.
func (t table) mountUndo(router *controllers.Router, at string) {
	writes := controllers.UndoVerbs(t.doc)
	if writes == nil {
		return
	}
	read, write := controllers.May(t.resource, crud.Read).Programs(), controllers.May(t.resource, writes...).Programs()
	for _, name := range []string{"undo", "restore"} {
		path, since := at+"/:key/history/:entry/"+name, name == "restore"
		router.Get(path, read, negotiated(func(c *gin.Context) error { return t.askUndo(c, since) }))
		router.Handle(http.MethodPost, path, write, negotiated(func(c *gin.Context) error { return t.undo(c, since) }))
	}
}

// askUndo answers GET /TABLE/KEY/history/ENTRY/undo, and /restore with since, with what would be done now.
func (t table) askUndo(c *gin.Context, since bool) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if err := nothingElse(values); err != nil {
		return err
	}
	reversal, err := t.resource.UndoJSON(c.Request.Context(), c.Param("key"), c.Param("entry"), since)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, reversal)
}

// undo answers POST to the same addresses: it is done as it was chosen.
func (t table) undo(c *gin.Context, since bool) error {
	body, err := read(c, media)
	if err != nil {
		return err
	}
	chosen, err := readChosen(body)
	if err != nil {
		return err
	}
	key, entry := c.Param("key"), c.Param("entry")
	t.site.Lasting(c, bulkTime)
	return t.carryOut(c, body, func(ctx context.Context) (reply, error) {
		done, err := t.resource.PutBackJSON(ctx, key, entry, since, chosen)
		if err != nil {
			return reply{}, err
		}
		return reply{Status: http.StatusOK, Body: done}, nil
	})
}

// readChosen reads what was decided about a reversal.
func readChosen(body []byte) (crud.Chosen, error) {
	members, err := crud.Object(body)
	if err != nil {
		return crud.Chosen{}, err
	}
	var mark string
	var put []string
	if wrong := readMembers(members, map[string]any{"mark": &mark, "put": &put}); len(wrong) > 0 {
		return crud.Chosen{}, &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	chosen := crud.Chosen{Mark: mark, Put: map[string]bool{}}
	for _, name := range put {
		chosen.Put[name] = true
	}
	chosen.Agree = func(reversal *crud.Reversal) error { return refused(reversal, chosen) }
	return chosen, nil
}

// refused says why a reversal is not begun: nothing of it is allowed, nobody has looked at it, or what is chosen is not in it. A mark of
// something else is left to PutBack.
func refused(reversal *crud.Reversal, chosen crud.Chosen) error {
	if err := controllers.Denied(reversal); err != nil {
		return err
	}
	if chosen.Mark == "" {
		return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"mark": controllers.Unconfirmed}}
	}
	choices := reversal.Choices()
	for name := range chosen.Put {
		if chosen.Mark == reversal.Mark && !choices[name] {
			return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"put": "There is nothing to choose under one of these names."}}
		}
	}
	return nil
}
