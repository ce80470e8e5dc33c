package schema

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// goField is a field of a struct: a column, or a relation where column is nil.
type goField struct {
	Name, Type string
	column     *column
	gorm       []string
	more       string // tags beside GORM's
	checked    bool   // it has a check; a field has one at most
}

// Tag is the struct tag, with its quotes; "" for none.
func (f *goField) Tag() string { return tagText(f.gorm, f.more) }

// Comment is the comment of the column on one line.
func (f *goField) Comment() string {
	if f.column == nil {
		return ""
	}
	return strings.Join(strings.Fields(text(f.column.Comment)), " ")
}

// short makes a text without a limit one of a line, for names.
func (f *goField) short() {
	f.gorm = slices.DeleteFunc(f.gorm, func(setting string) bool { return setting == "type:text" })
}

// goTypes are the types of columns, as PostgreSQL prints them, that have a Go type of their own. All others are texts to Go.
var goTypes = map[string]string{
	"boolean": "bool", "smallint": "int16", "integer": "int32", "bigint": "int64", "real": "float32", "double precision": "float64",
	"bytea": "[]byte", "date": "time.Time", "timestamp with time zone": "time.Time", "timestamp without time zone": "time.Time",
}

// saidByType are the columns whose type GORM guesses right.
var saidByType = []string{"boolean", "smallint", "integer", "bigint", "bytea", "timestamp with time zone"}

var varying = regexp.MustCompile(`^character varying\((\d+)\)$`)

// field makes a field of a column.
func (w *inspector) field(t *table, c *column, name string) *goField {
	f := &goField{Name: name, column: c}
	if naming.ColumnName("", name) != c.Name {
		f.gorm = append(f.gorm, "column:"+setting(c.Name))
	}
	base, _, _ := strings.Cut(c.Type, "(")
	bare := strings.TrimSpace(base)
	if _, behind, ok := strings.Cut(c.Type, ")"); ok {
		bare += behind
	}
	length := varying.FindStringSubmatch(c.Type)
	switch kind := goTypes[bare]; {
	case length != nil && c.Collation == "":
		f.Type = "string"
		f.gorm = append(f.gorm, "size:"+length[1])
	case kind != "":
		f.Type = kind
		if !slices.Contains(saidByType, c.Type) || c.Collation != "" {
			f.gorm = append(f.gorm, "type:"+c.Type)
		}
	case strings.HasSuffix(c.Type, "[]"):
		f.Type = "list"
		f.gorm = append(f.gorm, "type:"+setting(c.Type))
	default:
		f.Type = "text"
		if w.plainText(c) {
			f.Type = "string"
		}
		written := c.Type
		if c.Collation != "" {
			written += " COLLATE " + c.Collation
		}
		if c.Type != "text" || c.Collation != "" || !indexed(t, c) { // a text that is looked up is one of a line
			f.gorm = append(f.gorm, "type:"+setting(written))
		}
	}
	w.settings(f)
	if strings.ContainsAny(c.Name, `., "`) {
		w.note("%s: the name of the column %q holds a dot, a comma, a space or a quote. It is left out.", t.Name, c.Name)
		f.more = `crud:"-"`
	}
	return f
}

// plainText reports whether values come from PostgreSQL as texts.
func (w *inspector) plainText(c *column) bool {
	base, _, _ := typeOf(cmp.Or(c.BaseType, c.Type))
	if slices.Contains([]string{"text", "character varying", "character", "numeric", "name"}, base) {
		return true
	}
	_, name, _ := strings.Cut(c.Type, ".")
	kind := w.found.types[strings.Trim(name, `"`)]
	return kind != nil && kind.Kind == "enum"
}

// settings says the rest: whether it may be NULL, what it is to begin with, and who fills it.
func (w *inspector) settings(f *goField) {
	c := f.column
	switch {
	case c.Generated != nil:
		f.gorm = append(f.gorm, "generated:"+setting(bare(*c.Generated)), "->")
	case c.Filled == "generated always as identity":
		f.gorm = append(f.gorm, "generated:identity always", "autoIncrement")
		f.more = `crud:"readonly"`
	case c.Filled != "":
		f.gorm = append(f.gorm, "autoIncrement")
	case c.Default != nil:
		f.gorm = append(f.gorm, "default:"+setting(f.initial(*c.Default)))
	}
	if c.NotNull {
		f.gorm = append(f.gorm, "not null")
	} else if f.Type != "list" && f.Type != "[]byte" {
		f.Type = "*" + f.Type
	}
	if f.Type == "*time.Time" && c.Default == nil && c.Name == "deleted_at" { // as GORM has it: what is deleted goes into the trash
		f.Type = "gorm.DeletedAt"
	}
	if c.Comment != nil {
		f.gorm = append(f.gorm, "comment:"+setting(strings.ReplaceAll(*c.Comment, `"`, `\"`)))
	}
}

var plainNumber = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// initial is a default as GORM takes it: what it would read as something else stands in brackets.
func (f *goField) initial(expression string) string {
	short := oneCast.ReplaceAllString(expression, "$1")
	inner := strings.Trim(short, "'")
	switch f.Type {
	case "string", "text":
		if plainNumber.MatchString(expression) || short[0] == '\'' && len(short) > 1 && !strings.ContainsAny(inner, `'"()`) && strings.ToLower(inner) != "null" {
			return short
		}
	case "bool", "int16", "int32", "int64", "float32", "float64":
		if _, err := strconv.ParseBool(expression); err == nil || plainNumber.MatchString(expression) {
			return expression
		}
	case "time.Time":
		if short[0] != '\'' {
			return expression
		}
	}
	return "(" + expression + ")"
}

// indexed reports whether an index is about the column.
func indexed(t *table, c *column) bool {
	return slices.ContainsFunc(t.indexes, func(i *index) bool { return slices.Contains(i.Keys, quoteIdent(c.Name)) })
}
