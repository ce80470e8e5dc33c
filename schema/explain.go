package schema

import (
	"cmp"
	"fmt"
	"strings"
)

// sentences say what differs; %[1]s is the object, %[2]s the table, %[3]s what is expected, %[4]s what was found.
var sentences = map[string]string{
	"schema.missing":           "The schema %[1]s is missing.",
	"table.missing":            "The table %[1]s is missing.",
	"table.extra":              "Nothing declares the table %[1]s.",
	"table.renamed":            "The table %[1]s is named %[4]s.",
	"table.schema":             "The table %[1]s is in the schema %[4]s instead of %[3]s.",
	"table.relkind":            "%[1]s is a %[4]s instead of a %[3]s.",
	"table.persistence":        "The table %[1]s is %[4]s instead of %[3]s.",
	"table.rls":                "Row security of the table %[1]s is %[4]s instead of %[3]s.",
	"table.comment":            "The table %[1]s has another comment.",
	"column.missing":           "The column %[2]s.%[1]s is missing.",
	"column.extra":             "Nothing declares the column %[2]s.%[1]s.",
	"column.renamed":           "The column %[2]s.%[1]s is named %[4]s.",
	"column.type":              "The column %[2]s.%[1]s is of type %[4]s instead of %[3]s.",
	"column.collation":         "The column %[2]s.%[1]s sorts by %[4]s instead of %[3]s.",
	"column.nullability":       "The column %[2]s.%[1]s is %[4]s instead of %[3]s.",
	"column.default":           "The column %[2]s.%[1]s has the default %[4]s instead of %[3]s.",
	"column.identity":          "The column %[2]s.%[1]s is numbered by %[4]s instead of %[3]s.",
	"column.generated":         "The column %[2]s.%[1]s is %[4]s instead of %[3]s.",
	"column.order":             "The column %[2]s.%[1]s stands %[4]s instead of %[3]s.",
	"column.comment":           "The column %[2]s.%[1]s has another comment.",
	"index.invalid":            "The index %[1]s of %[2]s is invalid: its making was broken off.",
	"check.not_valid":          "The check %[1]s of %[2]s was never proved for the rows that were there before it.",
	"foreign_key.not_valid":    "The foreign key %[1]s of %[2]s was never proved for the rows that were there before it.",
	"foreign_key.not_enforced": "The foreign key %[1]s of %[2]s is switched off.",
	"sequence.changed":         "The sequence %[1]s is %[4]s instead of %[3]s.",
	"trigger.disabled":         "The trigger %[1]s of %[2]s is %[4]s.",
}

var nouns = map[string]string{
	"primary_key": "primary key", "unique": "unique constraint", "index": "index", "check": "check", "foreign_key": "foreign key",
	"view": "view", "function": "function", "trigger": "trigger", "enum": "enum", "domain": "domain",
}

var changesOf = map[string]string{
	"missing": "The %[5]s %[1]s%[6]s is missing.",
	"extra":   "Nothing declares the %[5]s %[1]s%[6]s.",
	"renamed": "The %[5]s %[1]s%[6]s is named %[4]s.",
	"changed": "The %[5]s %[1]s%[6]s differs in its %[7]s: %[4]s instead of %[3]s.",
}

// longest is how much of an expected or found text a sentence repeats.
const longest = 120

// explain puts a finding into words.
func (f *Finding) explain() {
	noun, change, _ := strings.Cut(f.Kind, ".")
	sentence, ok := sentences[f.Kind]
	if !ok {
		sentence = changesOf[change]
	}
	of := ""
	if f.Table != "" {
		of = " of " + f.Table
	}
	args := []any{f.Object, f.Table, shortened(f.Expected), shortened(f.Found), nouns[noun], of, cmp.Or(strings.ReplaceAll(f.Attribute, "_", " "), "definition")}
	f.Message = fmt.Sprintf(sentence, args...)
}

func shortened(text *string) string {
	switch {
	case text == nil:
		return "none"
	case len(*text) > longest || strings.Contains(*text, "\n"):
		return "another text"
	}
	return *text
}
