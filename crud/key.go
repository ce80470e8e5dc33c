package crud

import (
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm/clause"
)

// verbsInPaths are the words that stand where a key could: such a key is written with "~" before it.
var verbsInPaths = map[string]bool{"new": true, "actions": true, "export": true, "choices": true, "bulk": true, "columns": true, "views": true, "trash": true, "import": true, ".": true, "..": true}

var keyEscapes = strings.NewReplacer("~", "~~", ",", "~,", "/", "~/")

// telling are the fields that tell rows apart as well as anything can: the key or, without one, all that can be compared but for long texts.
// Of rows that are alike in all of these, a list that is cut into pages can lose some where a page ends.
func (p *plan[P]) telling() []*field[P] {
	if len(p.key) > 0 {
		return p.key
	}
	return slices.DeleteFunc(slices.Clone(p.fields), func(f *field[P]) bool { return !f.sortable || f.Kind == KindLongText })
}

// keyOf writes a row's key for addresses: its values joined by ",", each escaped; "" for one that has none.
func (p *plan[P]) keyOf(row P) string {
	if len(p.key) == 0 {
		return ""
	}
	if len(p.key) == 1 && p.key[0].Kind == KindInteger {
		text, _ := p.key[0].text(row)
		return text
	}
	values := make([]string, len(p.key))
	for i, f := range p.key {
		text, _ := f.text(row)
		values[i] = keyEscapes.Replace(text)
	}
	key := strings.Join(values, ",")
	if verbsInPaths[key] || key == "" {
		key = "~" + key
	}
	return strings.ReplaceAll(url.PathEscape(key), "%2C", ",")
}

// parseKey reads a key back into a row that holds nothing else. It reports false for what cannot be a key.
func (p *plan[P]) parseKey(key string) (row P, ok bool) {
	text, err := url.PathUnescape(key)
	if err != nil || len(p.key) == 0 {
		return row, false
	}
	values := splitKey(text)
	if len(values) != len(p.key) {
		return row, false
	}
	row = p.empty()
	for i, f := range p.key {
		if f.set(row, values[i]) != nil {
			return row, false
		}
	}
	return row, true
}

// splitKey splits at commas; "~" takes the letter after it as it is.
func splitKey(text string) []string {
	var values []string
	var value strings.Builder
	escaped := false
	for _, letter := range text {
		switch {
		case !escaped && letter == '~':
			escaped = true
			continue
		case !escaped && letter == ',':
			values = append(values, value.String())
			value.Reset()
		default:
			value.WriteRune(letter)
		}
		escaped = false
	}
	return append(values, value.String())
}

// keyedAny is the predicate of the rows that have one of these rows' keys.
func (p *plan[P]) keyedAny(rows []P) clause.Expression {
	if len(p.key) == 1 {
		values := make([]any, len(rows))
		for i, row := range rows {
			values[i] = p.key[0].value(row)
		}
		return clause.IN{Column: clauseColumn(p.key[0].Name), Values: values}
	}
	each := make([]clause.Expression, len(rows))
	for i, row := range rows {
		each[i] = p.keyed(row)
	}
	return clause.And(clause.Or(each...))
}

// keyValues are the values of a row's key.
func (p *plan[P]) keyValues(row P) []any {
	values := make([]any, len(p.key))
	for i, f := range p.key {
		values[i] = f.value(row)
	}
	return values
}

// keyed is the predicate of the row that has this row's key.
func (p *plan[P]) keyed(row P) clause.Expression { return p.keyedBy(row, clauseColumn) }

// itself is keyed without the table, for reference.rows.
func (p *plan[P]) itself(row P) clause.Expression {
	return p.keyedBy(row, func(name string) clause.Column { return clause.Column{Name: name} })
}

func (p *plan[P]) keyedBy(row P, column func(name string) clause.Column) clause.Expression {
	conditions := make([]clause.Expression, len(p.key))
	for i, f := range p.key {
		conditions[i] = clause.Eq{Column: column(f.Name), Value: f.value(row)}
	}
	return clause.And(conditions...)
}
