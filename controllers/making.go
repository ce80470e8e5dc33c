package controllers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// forParam is the parameter of the form of a new row that another form is to point at: TABLE/FIELD, and behind another slash what
// the field holds there that narrows it.
const forParam = "for"

// making is for which field of which table a row is made.
type making struct {
	resource      crud.Resource
	field, parent string
}

// formPlace is placeIn for the pages of a form, which may be drawn over another one.
func (t *tablePages) formPlace(c *gin.Context) (place, error) {
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return place{}, err
	}
	if !values.Has(forParam) {
		return t.placeIn(c)
	}
	parts := strings.SplitN(values.Get(forParam)+"/", "/", 3)
	if len(parts) < 3 || len(values[forParam]) > 1 || values.Has(placeParam) || values.Has(ofParam) || c.Param("key") != "" || t.site.tables[parts[0]] == nil {
		return place{}, BadAddress("%q names a table and a field that a new record is made for.", forParam)
	}
	m := &making{t.site.tables[parts[0]], parts[1], strings.TrimSuffix(parts[2], "/")}
	wanted, err := m.resource.Making(c.Request.Context(), m.field, m.parent)
	if err != nil {
		return place{}, err
	}
	if wanted.Table != t.table.Name {
		return place{}, BadAddress("%q is about another table.", forParam)
	}
	return place{List: t.path(), Suffix: "?" + forParam + "=" + url.QueryEscape(values.Get(forParam)), Held: wanted.Held, For: m}, nil
}

// madeAnswer tells a script of a row that was made for a field.
type madeAnswer struct {
	Said string        `json:"said"`
	Item *choiceAnswer `json:"item"` // null if the field does not offer it
}

// tellMade answers a script whose form was saved.
func (m *making) tellMade(c *gin.Context, out done) error {
	choice, err := m.resource.Made(c.Request.Context(), m.field, m.parent, out.Key)
	if err != nil {
		return err
	}
	answer := madeAnswer{Said: out.Said}
	if choice == nil {
		answer.Said += " It cannot be chosen here."
	} else {
		answer.Item = &choiceAnswer{choice.Value, choice.Label, choice.Note}
	}
	c.JSON(http.StatusCreated, answer)
	return nil
}
