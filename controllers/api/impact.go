package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// removing are the verbs that delete a row of a table: into its trash, if it has one, and out of it.
func removing(doc *crud.Table) []crud.Verb {
	if doc.Trashable() {
		return []crud.Verb{crud.Delete, crud.Purge}
	}
	return []crud.Verb{crud.Delete}
}

// impactAnswer is what deleting a row does to others.
type impactAnswer struct {
	Bars   bool        `json:"bars"`
	Rows   int64       `json:"rows"`
	More   bool        `json:"more"`
	Deeper bool        `json:"deeper"`
	Uses   []impactUse `json:"uses"`
}

// impactUse is what becomes of the rows of one table.
type impactUse struct {
	Rule    crud.Rule `json:"rule"`
	Level   int       `json:"level"`
	Table   *string   `json:"table"`
	Columns []string  `json:"columns"`
	Rows    *count    `json:"rows"`
	Others  bool      `json:"others"`
	Filter  *string   `json:"filter"`
}

// impact answers GET /TABLE/KEY/impact with what deleting a row does to others; with trash=1 deleting one for good that is in the trash.
func (t table) impact(c *gin.Context) error {
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	trash, err := t.takeTrash(values)
	if err != nil {
		return err
	}
	if err := nothingElse(values); err != nil {
		return err
	}
	verb := crud.Delete
	if trash {
		verb = crud.Purge
	}
	found, err := t.resource.Impact(c.Request.Context(), verb, c.Param("key"))
	if err != nil {
		return err
	}
	out := impactAnswer{found.Bars, found.Rows, found.More, found.Deeper, make([]impactUse, len(found.Uses))}
	for i, use := range found.Uses {
		out.Uses[i] = impactUse{Rule: use.Rule, Level: use.Level, Columns: append([]string{}, use.Columns...), Others: use.Others}
		if use.Table != nil {
			out.Uses[i].Table = &use.Table.Name
		}
		if use.Table != nil && !use.Unknown {
			rows := countOf(use.Rows)
			out.Uses[i].Rows = &rows
		}
		if use.Filter != "" {
			out.Uses[i].Filter = &use.Filter
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, body)
}
