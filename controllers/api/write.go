package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// mergePatch is the media type of a change, RFC 7396.
const mergePatch = "application/merge-patch+json"

// create answers POST /TABLE with the new row.
func (t table) create(c *gin.Context) error {
	body, err := read(c, media)
	if err != nil {
		return err
	}
	return t.carryOut(c, body, func(ctx context.Context) (reply, error) {
		row, err := t.resource.SubmitJSON(ctx, "", crud.JSONWrite{Body: body})
		if err != nil {
			return reply{}, err
		}
		return reply{Status: http.StatusCreated, Location: t.path(row.Key), Tag: row.Tag, Body: row.Body}, nil
	})
}

// patch answers PATCH /TABLE/KEY: it changes the columns that are sent.
func (t table) patch(c *gin.Context) error {
	body, err := read(c, media, mergePatch)
	if err != nil {
		c.Header("Accept-Patch", mergePatch+", "+media)
		return err
	}
	return t.change(c, crud.JSONWrite{Body: body, If: condition(c)})
}

// replace answers PUT /TABLE/KEY: columns that are not sent become what they are in a new row.
func (t table) replace(c *gin.Context) error {
	body, err := read(c, media)
	if err != nil {
		return err
	}
	return t.change(c, crud.JSONWrite{Body: body, Replace: true, If: condition(c)})
}

func (t table) change(c *gin.Context, write crud.JSONWrite) error {
	return t.carryOut(c, write.Body, func(ctx context.Context) (reply, error) {
		row, err := t.resource.SubmitJSON(ctx, c.Param("key"), write)
		if err != nil {
			return reply{}, err
		}
		return reply{Status: http.StatusOK, Location: t.path(row.Key), Tag: row.Tag, Body: row.Body}, nil
	})
}

// remove answers DELETE /TABLE/KEY.
func (t table) remove(c *gin.Context) error {
	return t.carryOut(c, nil, func(ctx context.Context) (reply, error) {
		return reply{Status: http.StatusNoContent}, t.resource.RemoveJSON(ctx, c.Param("key"), condition(c))
	})
}

// ifMatch is what If-Match asks of the row's tag; nil without it.
func ifMatch(c *gin.Context) func(tag string) bool {
	headers := c.Request.Header.Values("If-Match")
	if len(headers) == 0 {
		return nil
	}
	return func(tag string) bool { return matches(headers, tag) }
}

// condition is what If-Match and If-None-Match ask of the row's tag before it is written; nil without them.
func condition(c *gin.Context) func(tag string) bool {
	still, none := ifMatch(c), c.Request.Header.Values("If-None-Match")
	if len(none) == 0 {
		return still
	}
	return func(tag string) bool { return (still == nil || still(tag)) && !matches(none, tag) }
}

// read returns what was sent as one of the media types, and as it is.
func read(c *gin.Context, types ...string) ([]byte, error) {
	if coding := c.GetHeader("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		c.Header("Accept-Encoding", "identity")
		return nil, &controllers.Failure{Status: http.StatusUnsupportedMediaType, Message: "Send this without Content-Encoding."}
	}
	kind := strings.ToLower(c.ContentType())
	if !slices.Contains(types, kind) {
		return nil, &controllers.Failure{Status: http.StatusUnsupportedMediaType, Message: "Send this as " + strings.Join(types, " or ") + "."}
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, unsent(err)
	}
	return body, nil
}

// unsent is the error of a body that did not come whole.
func unsent(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return &controllers.Failure{Status: http.StatusBadRequest, Message: "What was sent did not come whole.", Err: err}
}
