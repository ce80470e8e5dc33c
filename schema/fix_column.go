package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// retype gives a column its type, by way of the views over it and without a default that cannot be cast.
func (x *fixer) retype() {
	x.whole = true
	want, got := x.mend.want.(*column), x.mend.got.(*column)
	column := quoteIdent(got.Name)
	views := x.dependents(got.Name)
	x.dropViews(views)
	wantBase, _, _ := typeOf(want.Type)
	gotBase, _, _ := typeOf(got.Type)
	redo := got.Default != nil && got.Filled == "" && wantBase != gotBase
	if redo {
		x.alter(accessExclusive, "ALTER COLUMN "+column+" DROP DEFAULT")
	}
	change := "ALTER COLUMN " + column + " TYPE " + want.Type
	if want.Collation != "" {
		change += " COLLATE " + want.Collation
	}
	if want.Type != got.Type && got.Generated == nil {
		change += " USING " + cast(column, got.Type, want.Type)
	}
	x.slow = true
	x.steps = append(x.steps, Step{
		SQL: "ALTER TABLE " + x.table() + " " + change, Lock: accessExclusive, Rewrite: rewrites(got.Type, want.Type),
		Destructive: want.Type != got.Type && typeSeverity(got.Type, want.Type) != Drift, Transactional: true,
	})
	if redo && want.Default != nil {
		x.alter(accessExclusive, "ALTER COLUMN "+column+" SET DEFAULT "+*want.Default)
	}
	x.makeViews(views)
}

// cast makes a value of one type of one of another.
func cast(column, from, to string) string {
	switch {
	case strings.HasSuffix(to, "[]") && !strings.HasSuffix(from, "[]"):
		return "string_to_array(" + column + "::text, ',')::" + to
	case to == "bytea":
		return "decode(" + column + "::text, 'hex')"
	case strings.HasPrefix(to, "timestamp") && strings.HasPrefix(from, "timestamp"), strings.HasSuffix(from, "[]"):
		return column + "::" + to
	}
	fromBase, _, _ := typeOf(from)
	toBase, _, _ := typeOf(to)
	if fromBase == toBase || typeSeverity(from, to) == Drift || typeSeverity(to, from) == Drift {
		return column + "::" + to
	}
	return column + "::text::" + to
}

// rewrites reports whether the table is written anew: not where the same bytes are of the other type too.
func rewrites(from, to string) bool {
	fromBase, fromLength, _ := typeOf(from)
	toBase, toLength, _ := typeOf(to)
	strings := []string{"character varying", "text"}
	switch {
	case from == to:
		return false
	case slices.Contains(strings, fromBase) && slices.Contains(strings, toBase):
		return toLength >= 0 && (fromLength < 0 || toLength < fromLength)
	case fromBase == toBase && toLength < 0:
		return false
	}
	return true
}

func (x *fixer) identify() {
	x.whole = true
	want, got := x.mend.want.(*column), x.mend.got.(*column)
	column := quoteIdent(got.Name)
	identity := strings.HasPrefix(got.Filled, "generated")
	switch {
	case want.Filled == "" && identity:
		x.alter(accessExclusive, "ALTER COLUMN "+column+" DROP IDENTITY")
		return
	case want.Filled == "":
		x.alter(accessExclusive, "ALTER COLUMN "+column+" DROP DEFAULT")
		return
	case identity:
		x.alter(accessExclusive, "ALTER COLUMN "+column+" SET "+strings.TrimSuffix(strings.ToUpper(filled(want)), " AS IDENTITY"))
		return
	}
	if got.Default != nil || got.Filled != "" {
		x.alter(accessExclusive, "ALTER COLUMN "+column+" DROP DEFAULT")
	}
	x.alter(accessExclusive, "ALTER COLUMN "+column+" ADD "+strings.ToUpper(filled(want)))
	x.do("ACCESS SHARE", fmt.Sprintf("SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max(%s), 0) + 1, false) FROM %s",
		literal(x.table()), literal(got.Name), column, x.table()))
}

// generate makes a column plain, which keeps its values, or makes it anew where the database is to compute it.
func (x *fixer) generate() {
	x.whole = true
	want, got := x.mend.want.(*column), x.mend.got.(*column)
	if want.Generated == nil {
		x.alter(accessExclusive, "ALTER COLUMN "+quoteIdent(got.Name)+" DROP EXPRESSION")
		if want.Default != nil {
			x.alter(accessExclusive, "ALTER COLUMN "+quoteIdent(got.Name)+" SET DEFAULT "+*want.Default)
		}
		return
	}
	views := x.dependents(got.Name)
	x.dropViews(views)
	x.steps = append(x.steps, Step{
		SQL:  fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s, ADD COLUMN %[2]s %s", x.table(), quoteIdent(got.Name), want.definition()),
		Lock: accessExclusive, Rewrite: true, Destructive: got.Generated == nil, Transactional: true,
	})
	if want.Comment != nil {
		x.do(shareUpdate, "COMMENT ON COLUMN "+x.table()+"."+quoteIdent(got.Name)+" IS "+literal(*want.Comment))
	}
	for _, i := range x.mend.expected.indexesOn(x.mend.table, got.Name) {
		if i.constraint() {
			x.alter(accessExclusive, "ADD CONSTRAINT "+quoteIdent(i.Name)+" "+i.Constraint)
		} else {
			x.do("SHARE", i.Full)
		}
	}
	x.makeViews(views)
}

// indexesOn are the expected indexes of a table that mention a column.
func (s *state) indexesOn(t *table, column string) []*index {
	if s == nil || s.tables[s.key(t.Schema, t.Name)] == nil {
		return nil
	}
	var list []*index
	for _, i := range s.tables[s.key(t.Schema, t.Name)].indexes {
		if slices.Contains(tokens(i.Full), quoteIdent(column)) {
			list = append(list, i)
		}
	}
	return list
}

// dependents are the views, as they are there, that show or ask for a column of the table, and the views over those, in the
// order in which they are made.
func (x *fixer) dependents(column string) []*view {
	var list []*view
	names := map[string]bool{}
	left := maps.Clone(x.got.views)
	for again := true; again; {
		again = false
		for _, name := range sorted(left) {
			v := left[name]
			words := tokens(v.Text)
			mentions := slices.Contains(words, x.table()) && slices.ContainsFunc(words, func(word string) bool {
				return word == quoteIdent(column) || strings.HasSuffix(word, "."+quoteIdent(column))
			})
			for other := range names {
				mentions = mentions || slices.Contains(words, x.named(other))
			}
			if mentions {
				list = append(list, v)
				names[name] = true
				delete(left, name)
				again = true
			}
		}
	}
	return list
}

func (x *fixer) dropViews(views []*view) {
	for _, v := range slices.Backward(views) {
		x.do(accessExclusive, "DROP "+strings.ToUpper(v.Kind)+" "+x.named(v.Name))
	}
}

func (x *fixer) makeViews(views []*view) {
	for _, v := range views {
		x.do(none, x.viewText(v))
	}
}

func (x *fixer) viewText(v *view) string {
	options := ""
	if v.Options != "" {
		options = " WITH (" + v.Options + ")"
	}
	return "CREATE " + strings.ToUpper(v.Kind) + " " + x.named(v.Name) + options + " AS\n" + strings.TrimSuffix(v.Text, ";")
}

func (x *fixer) changeSequence() {
	want, found := x.mend.want.(*sequence), x.mend.got
	got, ok := found.(*sequence)
	if !ok {
		x.do(none, "CREATE SEQUENCE "+x.named(want.Name)+" "+want.settings())
		return
	}
	name := quoteIdent(got.Schema) + "." + quoteIdent(got.Name)
	switch x.Attribute {
	case "owned_by":
		x.do(shareRowExclusive, "ALTER SEQUENCE "+name+" OWNED BY "+*x.Expected)
	case "cache":
		x.do(shareRowExclusive, "ALTER SEQUENCE "+name+" CACHE "+number(want.Cache))
	default:
		x.do(shareRowExclusive, "ALTER SEQUENCE "+name+" "+want.settings())
	}
}

// settings are all that a sequence is made with.
func (s *sequence) settings() string {
	words := s.Text
	if !strings.HasSuffix(words, " cycle") {
		words += " no cycle"
	}
	return words + " cache " + number(s.Cache)
}
