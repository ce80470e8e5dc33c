package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var wordName = regexp.MustCompile(`^[\w-]+$`)

// of finds the field of a column by its name as PostgreSQL prints it, quoted or not.
func (m *goModel) of(name string) *goField {
	for _, f := range m.Fields {
		if f.column != nil && (f.column.Name == name || quoteIdent(f.column.Name) == name) {
			return f
		}
	}
	return nil
}

// keyed marks the primary key.
func (m *goModel) keyed(w *inspector) {
	for _, i := range m.table.indexes {
		if i.Declared != "p" {
			continue
		}
		place := -1
		for _, key := range i.Keys {
			f := m.of(key)
			f.gorm = slices.DeleteFunc(f.gorm, func(setting string) bool {
				return setting == "not null" || setting == "autoIncrement" && len(i.Keys) == 1
			})
			f.gorm = append(f.gorm, "primaryKey")
			switch c := f.column; {
			case c.Default != nil && !constant(*c.Default): // the database makes it
				f.gorm = append(f.gorm, "->")
			case c.Filled == "" && strings.HasPrefix(f.Type, "int"):
				f.gorm = append(f.gorm, "autoIncrement:false")
			}
			at := slices.Index(m.Fields, f)
			if at < place {
				w.note("%s: GORM makes a key in the order of the columns, not %s.", m.Table, i.definition())
			}
			place = at
		}
		if i.Name != m.table.Name+"_pkey" {
			w.note("%s: GORM cannot name a primary key, and this one is named %s.", m.Table, i.Name)
		}
	}
}

// declare adds indexes and checks, and notes what no tag can say.
func (w *inspector) declare(m *goModel) {
	t := m.table
	for _, part := range []struct {
		there bool
		what  string
	}{
		{t.Kind != "table", "it is a " + t.Kind}, {t.Persistence != "permanent", "it is " + t.Persistence}, {t.Security != "", "row security is " + t.Security},
	} {
		if part.there {
			w.note("%s: %s, which no model says.", t.Name, part.what)
		}
	}
	for _, i := range t.indexes {
		switch {
		case i.Declared == "p":
		case i.Declared == "x" || i.Deferred != "" || !i.Valid || strings.ContainsAny(i.Name, ",:") || strings.Contains(i.Full, ";"):
			w.note("%s: %s cannot be declared: %s", t.Name, i.Name, i.definition())
		default:
			m.index(i)
		}
	}
	for _, r := range t.rules {
		if r.Type == "c" && !m.check(r) {
			w.note("%s: the check %s cannot be declared: %s", t.Name, r.Name, r.Text)
		}
	}
}

// index adds an index to the fields that it is on.
func (m *goModel) index(i *index) {
	for n, key := range i.Keys {
		kind := "index:"
		if i.Unique {
			kind = "uniqueIndex:"
		}
		words := []string{kind + i.Name}
		f := m.of(key)
		if !i.Columns[n] || f == nil {
			words = append(words, "expression:"+option(key))
			f = m.mentioned(key)
		}
		if len(i.Keys) > 1 {
			words = append(words, fmt.Sprintf("priority:%d", n+1))
		}
		if collation := i.collation(n); collation != "" {
			words = append(words, "collate:"+option(strings.TrimPrefix(collation, "COLLATE ")))
		}
		if sort := strings.TrimSpace(i.Operators[n] + " " + i.Sort[n]); sort != "" {
			words = append(words, "sort:"+option(sort))
		}
		if n == 0 {
			words = append(words, i.whole()...)
		}
		f.gorm = append(f.gorm, strings.Join(words, ","))
	}
}

// whole are the settings of an index that are no key's.
func (i *index) whole() []string {
	var words []string
	if i.Method != "btree" {
		words = append(words, "type:"+i.Method)
	}
	if i.Predicate != nil {
		words = append(words, "where:"+option(bare(*i.Predicate)))
	}
	behind := ""
	if len(i.Included) > 0 {
		behind = "INCLUDE (" + strings.Join(i.Included, ", ") + ")"
	}
	if i.NullsSame {
		behind += " NULLS NOT DISTINCT"
	}
	if behind != "" {
		words = append(words, "option:"+option(strings.TrimSpace(behind)))
	}
	return words
}

// mentioned is the first field whose column an expression names.
func (m *goModel) mentioned(expression string) *goField {
	for _, token := range tokens(expression) {
		if f := m.of(token); f != nil {
			return f
		}
	}
	return m.Fields[0]
}

// check adds a check to the field that it is about, or to any that has none.
func (m *goModel) check(r *rule) bool {
	if !wordName.MatchString(r.Name) || !r.Validated || !r.Enforced || strings.HasSuffix(r.Text, " NO INHERIT") {
		return false
	}
	fields := slices.Clone(m.Fields)
	if f := m.mentioned(r.Text); len(r.Columns) > 0 {
		fields = append([]*goField{f}, fields...)
	}
	for _, f := range fields {
		if f.column != nil && !f.checked {
			f.checked = true
			f.gorm = append(f.gorm, "check:"+r.Name+","+setting(bare(r.Text)))
			return true
		}
	}
	return false
}

// relate adds a field for each foreign key, behind its last column.
func (w *inspector) relate(m *goModel) {
	taken := map[string]bool{"TableName": true, "String": true}
	for _, f := range m.Fields {
		taken[f.Name] = true
	}
	var seen []string
	for _, r := range m.table.rules {
		if r.Type != "f" || m.ReadOnly {
			continue
		}
		target := w.target(r)
		if target == nil || !wordName.MatchString(r.Name) || r.Match == "full" || !r.Validated || !r.Enforced || slices.Contains(seen, list(r.Columns)) {
			w.note("%s: the foreign key %s cannot be declared: %s", m.Table, r.Name, r.Text)
			continue
		}
		seen = append(seen, list(r.Columns))
		own, theirs := make([]string, len(r.Columns)), make([]string, len(r.Columns))
		last := 0
		for i := range r.Columns {
			f := m.of(r.Columns[i])
			own[i], theirs[i] = f.Name, target.of(r.Targets[i]).Name
			last = max(last, slices.Index(m.Fields, f))
		}
		rules := "constraint:" + r.Name + ",OnDelete:" + strings.ToUpper(r.OnDelete)
		if r.OnUpdate != "no action" || r.Deferred != "" {
			rules += ",OnUpdate:" + strings.ToUpper(r.OnUpdate+prefixed(r.Deferred))
		}
		f := &goField{
			Name: unused(taken, relationName(r, target, taken)), Type: "*" + target.Name,
			gorm: []string{"belongsTo", "foreignKey:" + strings.Join(own, ","), "references:" + strings.Join(theirs, ","), rules},
		}
		m.Fields = slices.Insert(m.Fields, last+1, f)
	}
}

// target is the model that a foreign key refers to; nil if there is none.
func (w *inspector) target(r *rule) *goModel {
	for _, m := range w.models {
		if !m.ReadOnly && m.table.full() == r.Target {
			return m
		}
	}
	return nil
}

// relationName names a relation after its column without "id" at its end, or after what it refers to.
func relationName(r *rule, target *goModel, taken map[string]bool) string {
	if len(r.Columns) != 1 {
		return target.Name
	}
	words := wordsOf(r.Columns[0])
	if n := len(words); n > 1 && strings.EqualFold(words[n-1], "id") {
		words = words[:n-1]
	}
	name := goName(strings.Join(words, "_"))
	if taken[name] && len(words) == len(wordsOf(r.Columns[0])) { // the column is named like the relation
		name += target.Name
	}
	return name
}

// join offers lists to choose from where a table holds nothing but two keys.
func (w *inspector) join() {
	for _, m := range w.models {
		var targets []*goModel
		held, relations := 0, 0
		for _, r := range m.table.rules {
			if r.Type == "f" && w.target(r) != nil {
				targets = append(targets, w.target(r))
				held += len(r.Columns)
				relations++
			}
		}
		if m.ReadOnly || relations != 2 || targets[0] == targets[1] || !m.joins(held) {
			continue
		}
		for _, target := range targets {
			target.Links = append(target.Links, m.Table)
		}
	}
}

// joins reports whether the primary key has so many columns, and all others fill themselves.
func (m *goModel) joins(keys int) bool {
	for _, i := range m.table.indexes {
		if i.Declared != "p" {
			continue
		}
		for _, c := range m.table.columns {
			if !slices.Contains(i.Keys, quoteIdent(c.Name)) && c.NotNull && c.Default == nil {
				return false
			}
		}
		return len(i.Keys) == keys
	}
	return false
}
