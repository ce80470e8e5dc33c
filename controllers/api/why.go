package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/controllers"
)

// mountWhy mounts what says what somebody may do with a row, and of people all that they may do: for those who come with a session.
func (t table) mountWhy(router *controllers.Router, at string) {
	people, access := t.site.People(), controllers.Explains()
	if people == "" {
		return
	}
	router.Get(at+"/:key/why", access, negotiated(t.why))
	if t.doc.Name == people {
		router.Get(at+"/:key/rights", access, negotiated(t.rights))
	}
}

// why answers GET /TABLE/KEY/why with what somebody may do with a row, and what decides that.
func (t table) why(c *gin.Context) error {
	given, err := taken(c, "person")
	if err != nil {
		return err
	}
	out, err := t.site.Why(c.Request.Context(), t.resource, c.Param("key"), given[0])
	if err != nil {
		return err
	}
	return say(c, out)
}

// rights answers GET /PEOPLE/KEY/rights with all that a person may do.
func (t table) rights(c *gin.Context) error {
	given, err := taken(c, "table", "q")
	if err != nil {
		return err
	}
	out, err := t.site.Rights(c.Request.Context(), c.Param("key"), given[0], given[1])
	if err != nil {
		return err
	}
	return say(c, out)
}

// taken are the only parameters that an address takes, in their order; "" for one that is not there.
func taken(c *gin.Context, names ...string) ([]string, error) {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	given := make([]string, len(names))
	for i, name := range names {
		if given[i], err = take(values, name); err != nil {
			return nil, err
		}
	}
	return given, nothingElse(values)
}

// say answers with a value as JSON.
func say(c *gin.Context, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, body)
}
