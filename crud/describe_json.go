package crud

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// SchemaDoc says what the JSON of a table's rows holds and takes, as far as the account in a context may know of it.
type SchemaDoc struct {
	Can      []Verb                   // what it may do to some row: verbs and actions
	Read     []*SchemaColumn          // that rows are read with unless others are asked for; none without Read
	Computed []ColumnDoc              // that are read only if they are asked for
	Create   []*SchemaColumn          // that can be set in a new row; none without Create
	Update   []*SchemaColumn          // that can be changed; none without Update
	Many     []*SchemaColumn          // that can be set in many rows at once; likewise
	Entries  []FieldDoc               // members of a row that is sent which are no columns, such as a password
	Lines    []ChildDoc               // the children that are written with a row; none without Create and Update
	Sort     []string                 // the names of columns that lists can be sorted by
	Filters  []FilterDoc              // the columns that lists can be filtered by
	Asked    map[Verb][]*SchemaColumn // what actions ask for, by the action; none for one that asks for nothing
}

// SchemaColumn is what a column's values are in JSON. It is shared by all requests and must not be changed.
type SchemaColumn struct {
	FieldDoc
	Stored    Kind              // of the values, for a relation too
	Exact     bool              // with KindNumber: a numeric, whose digits are written as a text
	Format    string            // of a text: "email", "uri", "uuid", "hostname" or "inet"; "" for any
	Nullable  bool              // null can be sent
	Null      bool              // null can be read
	MaxLength int               // characters that can be sent; 0 for no limit
	Holds     int               // characters that the database holds at most; 0 for no limit
	Min, Max  string            // bounds of a whole number that is sent; "" for none
	Bits      int               // with KindInteger: 16, 32 or 64, as the database has it
	Precision int               // digits of a numeric; 0 for no limit
	Scale     int               // those behind the point
	Choices   []json.RawMessage // all values that can be sent; nil for any
	Closed    bool              // the database holds none but Choices
	Default   json.RawMessage   // what a new row holds that does not say; nil if that is no constant
	Hint      string            // what other rules ask for, in sentences; "" for nothing
	ShowIf    *Premise          // when it can be set; nil for always
}

// Schema implements Resource.
func (r resource[P]) Schema(ctx context.Context) *SchemaDoc {
	out := &SchemaDoc{Asked: map[Verb][]*SchemaColumn{}}
	verbs := slices.Clone(r.doc.Verbs)
	for _, action := range r.doc.Actions {
		verbs = append(verbs, Verb(action.Name))
	}
	for _, verb := range verbs {
		if r.Can(ctx, verb) {
			out.Can = append(out.Can, verb)
		}
	}
	docs := r.schemas()
	pick := func(fields []*field[P]) (columns []*SchemaColumn) {
		for _, f := range fields {
			columns = append(columns, docs[f.Name])
		}
		return columns
	}
	if slices.Contains(out.Can, Read) {
		fields := shown(r.visible(ctx, Read))
		out.Read, out.Filters = pick(fields), r.Filters(ctx)
		for _, column := range r.Columns(ctx) {
			if !column.Stored {
				out.Computed = append(out.Computed, column)
			}
		}
		for _, f := range fields {
			if f.sortable {
				out.Sort = append(out.Sort, f.Name)
			}
		}
	}
	if slices.Contains(out.Can, Create) {
		out.Create, out.Entries = pick(r.writable(ctx, Create)), r.doc.Entries
	}
	if slices.Contains(out.Can, Update) {
		out.Update, out.Many, out.Entries = pick(r.writable(ctx, Update)), pick(r.bulkFields(ctx)), r.doc.Entries
	}
	if out.Create != nil || out.Update != nil {
		for _, child := range r.inlined(ctx) {
			out.Lines = append(out.Lines, child.ChildDoc)
		}
	}
	for _, verb := range out.Can {
		if asked := r.asked[string(verb)]; asked != nil {
			out.Asked[verb] = asked.schema(ctx)
		}
	}
	return out
}

// schema implements asking.
func (q question[P, F]) schema(ctx context.Context) (columns []*SchemaColumn) {
	row := q.blank()
	for _, f := range q.form.writable(ctx, Create) {
		columns = append(columns, f.schema(row))
	}
	return columns
}

// schemaColumns describes all columns, by name.
func (c *Store[P]) schemaColumns() map[string]*SchemaColumn {
	row, docs := c.plan.empty(), map[string]*SchemaColumn{}
	c.initialise(row, Scope{})
	for _, f := range c.plan.fields {
		docs[f.Name] = f.schema(row)
	}
	return docs
}

// schema describes the column; row is a new one.
func (f *field[P]) schema(row P) *SchemaColumn {
	doc := &SchemaColumn{
		FieldDoc: f.FieldDoc, Stored: f.stored, Exact: f.exact, Format: f.jsonFormat(), Nullable: f.nullable, Null: f.nulls && !f.primary && !f.column.NotNull,
		MaxLength: f.size, Holds: f.holds, Min: or(f.least, f.min), Max: or(f.most, f.max), Bits: f.bits(), Precision: f.precision, Scale: f.scale,
		Closed: f.closed, Hint: f.hint(), ShowIf: f.premise,
	}
	if f.initial != nil && !f.ReadOnly && !f.Secret && f.set(row, *f.initial) == nil {
		doc.Default = f.appendJSON(nil, row)
	}
	for _, choice := range f.choices {
		if f.set(row, choice.Value) == nil {
			doc.Choices = append(doc.Choices, f.appendJSON(nil, row))
		}
	}
	return doc
}

// bits is how large a column of whole numbers is; 0 for others.
func (f *field[P]) bits() int {
	if f.min == "" {
		return 0
	}
	for _, bits := range []int{16, 32} {
		_, below := strconv.ParseInt(f.min, 10, bits)
		if _, beyond := strconv.ParseInt(f.max, 10, bits); below == nil && beyond == nil {
			return bits
		}
	}
	return 64
}

// formats are what the validator's rules are called in JSON Schema.
var formats = map[string]string{
	"email": "email", "url": "uri", "http_url": "uri", "uri": "uri", "hostname": "hostname", "fqdn": "hostname",
}

// jsonFormat is what JSON Schema calls the field's texts; "" for nothing.
func (f *field[P]) jsonFormat() string {
	switch {
	case f.address:
		return "inet"
	case f.column.Type == "uuid":
		return "uuid"
	}
	for rule := range strings.SplitSeq(f.validate, ",") {
		if name := formats[rule]; name != "" {
			return name
		}
	}
	return ""
}
