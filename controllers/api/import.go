package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// The media types of rows, beside which they come as JSON lines.
const (
	csvMedia   = "text/csv"
	linesMedia = "application/jsonl"
	ndMedia    = "application/x-ndjson"
)

// usualFormat is the format of files that come and go where nothing is said of it.
const usualFormat = "jsonl"

// report is what an import is answered with.
type report struct {
	Created int                     `json:"created"`
	Changed int                     `json:"changed"`
	Same    int                     `json:"same"`
	Rows    []controllers.ReportRow `json:"rows"`
}

// load answers POST /TABLE/import: all rows are written or none.
func (t table) load(c *gin.Context) error {
	t.site.Larger(c, crud.ImportBytes)
	body, err := read(c, linesMedia, ndMedia, csvMedia)
	if err != nil {
		return err
	}
	format := usualFormat
	if strings.ToLower(c.ContentType()) == csvMedia {
		format = "csv"
	}
	t.site.Lasting(c, bulkTime)
	return t.carryOut(c, body, func(ctx context.Context) (reply, error) {
		done, err := t.resource.Import(ctx, crud.Incoming{Format: format, Data: body})
		if err != nil {
			return reply{}, err
		}
		text, err := json.Marshal(report{done.Created, done.Changed, done.Same, controllers.Report(done.Rows)})
		return reply{Status: http.StatusOK, Body: text}, err
	})
}

// export answers GET /TABLE/export with a file, of JSON lines unless another format is asked for.
func (t table) export(c *gin.Context) error { return t.site.Export(c, t.resource, usualFormat) }
