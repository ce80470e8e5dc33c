package api

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/crud"
)

// props are the members of an object.
type props map[string]*openapi3.Schema

// object is an object with these members and no others; required are the names of those that are always there, between spaces.
func object(required string, members props) *openapi3.SchemaRef {
	s := openapi3.NewObjectSchema().WithoutAdditionalProperties()
	for name, member := range members {
		s.WithProperty(name, member)
	}
	s.Required = strings.Fields(required)
	return s.NewRef()
}

// typed is a value of one of these types.
func typed(names ...string) *openapi3.Schema { return (&openapi3.Schema{}).WithTypes(names...) }

// said gives a schema a description.
func said(s *openapi3.Schema, text string) *openapi3.Schema {
	s.Description = text
	return s
}

// ref refers to a schema of the components.
func ref(name string) *openapi3.SchemaRef {
	return &openapi3.SchemaRef{Ref: "#/components/schemas/" + name}
}

func headerRef(name string) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Ref: "#/components/headers/" + name}
}

func parameterRef(name string) *openapi3.ParameterRef {
	return &openapi3.ParameterRef{Ref: "#/components/parameters/" + name}
}

// selection says which rows are meant, and for what needs them, the values to set.
func selection(values *openapi3.SchemaRef, needed bool) *openapi3.SchemaRef {
	s := object("", props{
		"keys":   said(openapi3.NewArraySchema().WithItems(typed("string")).WithMinItems(1), "The keys of the rows; or else all."),
		"all":    said(typed("boolean"), fmt.Sprintf("true: all that q and filter let through, at most %d.", crud.BulkLimit)),
		"q":      said(typed("string"), "With all, as in the address of a list."),
		"filter": said(typed("string"), "With all, as in the address of a list."),
	})
	if values != nil {
		s.Value.Properties["values"] = values
	}
	if needed {
		s.Value.Required = []string{"values"}
	}
	return s
}

// decimals is how a numeric is written as a text.
const decimals = `-?[0-9]+(\.[0-9]+)?`

// plainValue is what a column holds, as its kind says.
func plainValue(c *crud.SchemaColumn) *openapi3.Schema {
	switch c.Stored {
	case crud.KindBool:
		return typed("boolean")
	case crud.KindInteger:
		s := typed("integer").WithFormat("int32")
		if c.Bits > 32 {
			s.Format = "int64"
		}
		return s
	case crud.KindNumber:
		if c.Exact {
			return typed("string").WithFormat("decimal")
		}
		return typed("number").WithFormat("double")
	case crud.KindTime:
		return typed("string").WithFormat("date-time")
	case crud.KindDate:
		return typed("string").WithFormat("date")
	case crud.KindJSON:
		return &openapi3.Schema{}
	case crud.KindList:
		return openapi3.NewArraySchema().WithItems(typed("string"))
	case crud.KindBytes:
		return typed("string").WithPattern(`^\\x([0-9a-f]{2})*$`)
	case crud.KindText, crud.KindLongText, crud.KindRelation:
	}
	return typed("string").WithFormat(c.Format)
}

// readValue is what a column is read as: nothing that the database does not hold to.
func readValue(c *crud.SchemaColumn) *openapi3.Schema {
	s := plainValue(c)
	switch {
	case c.Stored == crud.KindNumber && c.Exact:
		s.Pattern = "^(" + decimals + "|NaN|-?Infinity)$"
	case c.Stored == crud.KindNumber:
		s.WithTypes("number", "string").WithPattern("^(NaN|-?Infinity)$") // JSON has no numbers for them
	case s.Format == "email" || s.Format == "uri" || s.Format == "hostname":
		s.Format = ""
	}
	if c.Holds > 0 {
		s.WithMaxLength(int64(c.Holds))
	}
	if c.Closed {
		s.Enum = values(c.Choices)
	}
	return nullable(s, c.Null)
}

// sentValue is what a column takes.
func sentValue(c *crud.SchemaColumn) *openapi3.Schema {
	s := plainValue(c)
	text := c.Stored == crud.KindText || c.Stored == crud.KindLongText
	switch {
	case c.Stored == crud.KindNumber && c.Exact && c.Precision > 0:
		s.Pattern = fmt.Sprintf(`^-?[0-9]{1,%d}(\.[0-9]{1,%d})?$`, max(1, c.Precision-c.Scale), max(1, c.Scale))
	case c.Stored == crud.KindNumber && c.Exact:
		s.Pattern = "^" + decimals + "$"
	case c.Stored == crud.KindInteger:
		s.Min, s.Max = bound(c.Min), bound(c.Max)
	case text && c.Kind != crud.KindRelation && c.Required:
		s.WithMinLength(1)
	}
	if c.MaxLength > 0 && text {
		s.WithMaxLength(int64(c.MaxLength))
	}
	if c.Unseen {
		s.WriteOnly, s.Format = true, "password"
	}
	s.Enum = values(c.Choices)
	if example := exampleOf(c); example != nil && !c.Unseen {
		s.Examples = []any{example}
	}
	return nullable(s, c.Nullable)
}

// values are choices as a schema lists them; nil for none.
func values(choices []json.RawMessage) []any {
	var all []any
	for _, choice := range choices {
		all = append(all, choice)
	}
	return all
}

// nullable adds null to what a schema allows.
func nullable(s *openapi3.Schema, null bool) *openapi3.Schema {
	if null && s.Type != nil {
		s.WithTypes(append(s.Type.Slice(), "null")...)
		if s.Enum != nil {
			s.Enum = append(s.Enum, nil)
		}
	}
	return s
}

// bound is a bound of whole numbers; nil for none, and for one beyond what JSON's usual numbers hold exactly.
func bound(text string) *float64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > 1<<53 || n < -1<<53 {
		return nil
	}
	exact := float64(n)
	return &exact
}

// exampleOf is a value that a column can hold; nil for a text that could be any.
func exampleOf(c *crud.SchemaColumn) any {
	switch {
	case c.Default != nil && string(c.Default) != "null":
		return c.Default
	case len(c.Choices) > 0:
		return c.Choices[0]
	}
	switch c.Stored {
	case crud.KindBool:
		return true
	case crud.KindInteger:
		if least := bound(c.Min); least != nil && *least > 1 && *least < math.MaxInt32 {
			return *least
		}
		return 1
	case crud.KindNumber:
		if c.Exact {
			if c.Precision > 0 && c.Scale == 0 {
				return "1"
			}
			return "0.5"
		}
		return 1.5
	case crud.KindTime:
		return "2026-05-31T14:30:00Z"
	case crud.KindDate:
		return "2026-05-31"
	case crud.KindJSON:
		return map[string]any{"name": "value"}
	case crud.KindList:
		return []any{"one", "two"}
	case crud.KindBytes:
		return `\x00ff`
	case crud.KindText, crud.KindLongText, crud.KindRelation:
	}
	return map[string]any{"email": "name@example.org", "uri": "https://example.org/", "hostname": "mail.example.org", "inet": "192.0.2.7",
		"uuid": "0191e7c4-7d2f-7c3b-9a51-5a9c2f0d7b11"}[c.Format]
}

// described gives a column's schema its words: what it is called, what it is for, and what it points at if that may be read.
func (t *part) described(s *openapi3.Schema, c *crud.SchemaColumn) *openapi3.Schema {
	s.Title, s.Description = c.Label, c.Help
	if other := t.person.parts[c.Refers]; other != nil && other.may(crud.Read) {
		s.Description = joined(c.Help, fmt.Sprintf("Refers to a row of %s.", c.Refers))
	}
	return s
}

// ruled is described for what is sent: with what its rules ask for.
func (t *part) ruled(s *openapi3.Schema, c *crud.SchemaColumn) *openapi3.Schema {
	t.described(s, c)
	s.Description = joined(s.Description, c.Hint)
	if c.ShowIf != nil && t.knows(c.ShowIf.Name) {
		s.Description = joined(s.Description, fmt.Sprintf("Only where %s is %s.", c.ShowIf.Name, strings.Join(c.ShowIf.Values, " or ")))
	}
	return s
}

// knows reports whether the person may know of a column.
func (t *part) knows(name string) bool {
	return slices.ContainsFunc(slices.Concat(t.schema.Read, t.schema.Create, t.schema.Update), func(c *crud.SchemaColumn) bool { return c.Name == name })
}

// row is a row as it is read. Only its key is always there: fields may leave out the rest.
func (t *part) row() *openapi3.SchemaRef {
	members, required := props{}, ""
	if !t.doc.Keyless {
		members[crud.KeyMember], required = said(typed("string"), "The key, as it stands in addresses."), crud.KeyMember
	}
	for _, c := range t.schema.Read {
		s := t.described(readValue(c), c)
		s.ReadOnly = !slices.Contains(t.schema.Create, c) && !slices.Contains(t.schema.Update, c)
		members[c.Name] = s
	}
	for _, c := range t.schema.Computed {
		members[c.Name] = said(typed("string", "null"), c.Label+". It is there only where fields names it.")
		members[c.Name].ReadOnly = true
	}
	if t.trashed() {
		members[crud.TrashedMember] = said(typed("string").WithFormat("date-time"), "Since when it is in the trash; only there.")
	}
	out := object(required, members)
	out.Value.Description = t.doc.Help
	if len(t.related()) > 0 {
		out.Value.Properties[crud.ExpandMember] = ref(t.types[expandType])
	}
	return out
}

// expand are the rows that a row points at, as far as they may be read.
func (t *part) expand() *openapi3.SchemaRef {
	out := object("", nil)
	out.Value.Description = "The rows that were asked for with expand; null for none, and for one that may not be read."
	for _, c := range t.related() {
		out.Value.WithPropertyRef(c.Name, (&openapi3.Schema{AnyOf: openapi3.SchemaRefs{ref(t.person.parts[c.Refers].types[rowType]), typed("null").NewRef()}}).NewRef())
	}
	return out
}

// page is a page of rows.
func (t *part) page() *openapi3.SchemaRef {
	out := object("rows next prev count", props{
		"rows": {Type: &openapi3.Types{"array"}, Items: ref(t.types[rowType])}, "next": said(typed("string", "null"), "The address of the next page."),
		"prev": said(typed("string", "null"), "The address of the page before."),
	})
	out.Value.WithPropertyRef("count", (&openapi3.Schema{AnyOf: openapi3.SchemaRefs{ref("Count"), typed("null").NewRef()}}).NewRef())
	return out
}

// fresh is a whole row that is sent: a new one, or one that replaces another, of which a secret that is left out stays. A default is
// what a column becomes that is left out.
func (t *part) fresh(columns []*crud.SchemaColumn, replaces bool) *openapi3.SchemaRef {
	out := t.changes(columns)
	for _, c := range columns {
		if s := out.Value.Properties[c.Name].Value; c.Default != nil {
			s.Default = c.Default
		}
		stays := replaces && c.Unseen
		if c.Required && c.Default == nil && c.ShowIf == nil && !stays {
			out.Value.Required = append(out.Value.Required, c.Name)
		}
	}
	return out
}

// changes are columns that are set.
func (t *part) changes(columns []*crud.SchemaColumn) *openapi3.SchemaRef {
	members := props{}
	for _, c := range columns {
		members[c.Name] = t.ruled(sentValue(c), c)
	}
	return object("", members)
}

// entered adds the members that are no columns; required on a new row.
func (t *part) entered(out *openapi3.SchemaRef, required bool) *openapi3.SchemaRef {
	for _, entry := range t.schema.Entries {
		s := said(typed("string").WithFormat("password"), entry.Help)
		s.Title, s.WriteOnly = entry.Label, true
		out.Value.WithProperty(entry.Name, s)
		if required && entry.Required {
			out.Value.Required = append(out.Value.Required, entry.Name)
		}
	}
	return out
}

// based adds what was read of the row.
func based(out *openapi3.SchemaRef) *openapi3.SchemaRef {
	out.Value.WithProperty(crud.BaseMember, said(openapi3.NewObjectSchema(), "What was read of the row, by column: what others changed meanwhile stays, and what both changed is 409."))
	return out
}

// joined writes sentences behind one another; "" is none.
func joined(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(text string) bool { return text == "" }), " ")
}
