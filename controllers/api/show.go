package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// show answers GET /TABLE/KEY with a row.
func (t table) show(c *gin.Context) error {
	fields, expand, err := readShape(c)
	if err != nil {
		return err
	}
	row, err := t.resource.ShowJSON(c.Request.Context(), c.Param("key"), fields, expand)
	if err != nil {
		return err
	}
	if still := ifMatch(c); still != nil && !still(row.Tag) {
		return &crud.Error{Kind: crud.KindStale}
	}
	c.Header("ETag", etag(row.Tag))
	if expand == "" && matches(c.Request.Header.Values("If-None-Match"), row.Tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	return answer(c, http.StatusOK, row.Body)
}

// readShape reads which columns and relations of a row are asked for.
func readShape(c *gin.Context) (fields, expand string, err error) {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return "", "", err
	}
	if fields, err = take(values, "fields"); err != nil {
		return "", "", err
	}
	if expand, err = take(values, "expand"); err != nil {
		return "", "", err
	}
	return fields, expand, nothingElse(values)
}

// nothingElse refuses what is left of an address.
func nothingElse(values url.Values) error {
	for name := range values {
		return controllers.BadAddress("%q is not known here.", name)
	}
	return nil
}

// history answers GET /TABLE/KEY/history with what changed in a row.
func (t table) history(c *gin.Context) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	before, err := take(values, "before")
	if err == nil {
		err = nothingElse(values)
	}
	if err != nil {
		return err
	}
	past, err := t.resource.HistoryJSON(c.Request.Context(), c.Param("key"), before)
	if err != nil {
		return err
	}
	next := ""
	if past.Next != "" {
		next = t.path(past.Key, "history") + "?" + url.Values{"before": {past.Next}}.Encode()
	}
	link(c, map[string]string{"next": next})
	body := append(make([]byte, 0, len(past.Entries)+128), `{"entries":`...)
	body = appendAddress(append(append(body, past.Entries...), `,"next":`...), next)
	return answer(c, http.StatusOK, append(body, '}'))
}

// etag is the tag of a row's state as a header has it.
func etag(tag string) string { return `"` + tag + `"` }

// matches reports whether headers If-Match or If-None-Match name a tag. Weak ones count as strong: a tag stands for all that
// is stored.
func matches(headers []string, tag string) bool {
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
		if item == "*" || item == etag(tag) {
			return true
		}
	}
	return false
}
