package api

import (
	"maps"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/controllers"
	"unified/crud"
)

// explaining describes what says what somebody may do, for whom may ask that.
func (t *part) explaining() {
	if !t.person.explained || !t.may(crud.Read) || t.doc.Keyless {
		return
	}
	t.add(http.MethodGet, "/{key}/why", t.personal("why", "what somebody may do with one, and why").takes("Key", "WhyPerson").
		fails(http.StatusNotFound, http.StatusUnprocessableEntity).answers(http.StatusOK, "What they may do, and what decides that.", ref("WhyAnswer")))
	if t.doc.Name == t.site.People() {
		t.add(http.MethodGet, "/{key}/rights", t.personal("rights", "all that one may do").takes("Key", "RightsTableName", "RightsSearch").
			fails(http.StatusNotFound).answers(http.StatusOK, "All that they may do.", ref("RightsAnswer")))
	}
}

// personal begins the description of a call that is for people alone, who come with the cookie of a session.
func (t *part) personal(name, says string) call {
	c := t.reads(name, says)
	if t.Gate != nil {
		c.Security = openapi3.NewSecurityRequirements().With(openapi3.NewSecurityRequirement().Authenticate("cookie"))
	}
	return c
}

// whyParameters are what those calls take.
func whyParameters() openapi3.ParametersMap {
	query := func(name, says string) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Value: openapi3.NewQueryParameter(name).WithDescription(says).WithSchema(typed("string"))}
	}
	return openapi3.ParametersMap{
		"WhyPerson":       query("person", "The key of the person that it is about; without it the row's owner, or else who asks."),
		"RightsTableName": query("table", "This table alone."),
		"RightsSearch":    query("q", "What is about a table, an action, a role or a permission with this in it, alone."),
	}
}

// whySchemas are what they answer.
func whySchemas() openapi3.Schemas {
	list := func(of string) *openapi3.Schema {
		s := openapi3.NewArraySchema()
		s.Items = ref(of)
		return s
	}
	subject := func(members props) props {
		all := props{
			"roles":  openapi3.NewArraySchema().WithItems(typed("string")),
			"closed": said(typed("string", "null"), "Why nothing is open to them, whatever their roles give."),
			"hint":   said(typed("string", "null"), "Why they cannot sign in just now."),
		}
		maps.Copy(all, members)
		return all
	}
	out := openapi3.Schemas{
		"WhyAnswer": object("person roles closed hint verdicts limits", subject(props{
			"verdicts": said(list("WhyVerdict"), "Of each verb and action of the table."), "limits": said(list("WhyLimit"), "The columns that are kept back."),
		})),
		"WhyVerdict": object("name label may reasons", props{
			"name":    said(typed("string"), "The verb or the action; of what is about no table the permission that it asks for, as model:action."),
			"label":   said(typed("string"), "It in words; of what is about no table its addresses."),
			"may":     said(mays(), "unknown: it could not be tried in time."),
			"reasons": list("WhyReason"),
		}),
		"WhyReason": object("permission text opens", props{
			"permission": said(typed("string", "null"), "model:action:scope of one that a role gives, model:action of one that is lacking."),
			"text":       said(typed("string"), "Stands behind the permission, or is a sentence of its own."),
			"opens":      said(typed("boolean", "null"), "Whether it opens this or keeps it closed; null for neither."),
		}),
		"WhyLimit": object("field hidden text", props{
			"field": said(typed("string"), "The column."), "hidden": said(typed("boolean"), "Whether it is not even shown; else it cannot be set."),
			"text": said(typed("string"), "How, and by which role."),
		}),
		"RightsAnswer": object("person roles closed hint tables others", subject(props{
			"tables": list("RightsTable"), "others": said(list("WhyVerdict"), "What is about no table."),
		})),
		"RightsTable": object("table verdicts limits", props{"table": typed("string"), "verdicts": list("WhyVerdict"), "limits": list("WhyLimit")}),
	}
	for _, name := range []string{"WhyAnswer", "RightsAnswer"} {
		out[name].Value.Properties["person"] = ref("ProblemRow")
	}
	return out
}

// mays are what a verdict says. Generators are told what to call them, as in stepStates.
func mays() *openapi3.Schema {
	s := typed("string").WithEnum(controllers.MayYes, controllers.MayNo, controllers.MayUnknown)
	s.Extensions = map[string]any{"x-enum-varnames": []string{"MayYes", "MayNo", "MayUnknown"}}
	return s
}
