package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Problem is something that is wrong with a schema, or may be.
type Problem struct {
	Kind  string // "refused", "no key", "duplicate index", "index within another", "foreign key without index", "time without zone", "trigger"
	Table string // "" for none
	Text  string // a sentence
	Where string // file and line; "" where nothing tells them
	Fix   string // the statement that mends it; "" where that is a matter of judgement
}

// Problems are what is wrong with the schema: statements that were refused first, then table by table.
func (c *Catalog) Problems() []Problem {
	list := slices.Clone(c.refused)
	for _, name := range sorted(c.state.tables) {
		t := c.state.tables[name]
		if !slices.ContainsFunc(t.indexes, func(i *index) bool { return i.Declared == "p" }) {
			list = append(list, Problem{Kind: "no key", Table: name, Text: "The table has no primary key: no row of it can be named."})
		}
		list = append(list, c.duplicates(t)...)
		list = append(list, c.unindexed(t)...)
		for _, column := range t.columns {
			if strings.HasPrefix(column.Type, "timestamp") && strings.HasSuffix(column.Type, "without time zone") {
				list = append(list, Problem{
					Kind: "time without zone", Table: name,
					Text: fmt.Sprintf("%s is a time without a zone: which moment it is depends on who reads it.", column.Name),
				})
			}
		}
		list = append(list, c.blind(t)...)
	}
	return list
}

// duplicates are indexes that another one makes needless.
func (c *Catalog) duplicates(t *table) []Problem {
	var list []Problem
	for n, i := range t.indexes {
		if i.constraint() || !i.Valid {
			continue
		}
		for m, other := range t.indexes {
			equal := i.Unique == other.Unique && m > n && !other.constraint() // of two that are the same, the first is told
			if m == n || !i.within(other) || i.Unique && !other.Unique || len(i.Keys) == len(other.Keys) && i.Unique == other.Unique && !equal && !other.constraint() {
				continue
			}
			kind, says := "duplicate index", fmt.Sprintf("%s has what %s has: both are on %s.", i.Name, other.Name, strings.Join(i.keys(), ", "))
			if len(i.Keys) < len(other.Keys) {
				if i.Unique {
					continue
				}
				kind, says = "index within another", fmt.Sprintf("%s is on %s, with which %s begins.", i.Name, strings.Join(i.keys(), ", "), other.Name)
			}
			list = append(list, Problem{Kind: kind, Table: t.Name, Text: says, Fix: "DROP INDEX CONCURRENTLY " + c.named(i.Name) + ";"})
			break
		}
	}
	return list
}

// within reports whether another index begins with the keys of this one, for the same rows.
func (i *index) within(other *index) bool {
	keys, others := i.keys(), other.keys()
	return i.Method == "btree" && other.Method == "btree" && other.Valid && len(keys) <= len(others) && slices.Equal(keys, others[:len(keys)]) &&
		text(i.Predicate) == text(other.Predicate) && (len(i.Included) == 0 || slices.Equal(i.Included, other.Included)) && i.NullsSame == other.NullsSame
}

// unindexed are foreign keys whose columns no index begins with: deleting what they refer to reads the whole table.
func (c *Catalog) unindexed(t *table) []Problem {
	var list []Problem
	for _, r := range t.rules {
		if r.Type != "f" || slices.ContainsFunc(t.indexes, func(i *index) bool { return i.leads(r.Columns) }) {
			continue
		}
		list = append(list, Problem{
			Kind: "foreign key without index", Table: t.Name,
			Text: fmt.Sprintf("No index begins with %s of the foreign key %s: whoever deletes what it refers to has all of %s read.", strings.Join(r.Columns, ", "), r.Name, t.Name),
			Fix:  c.create(t, r.Columns, ""),
		})
	}
	return list
}

// leads reports whether the index begins with these columns, in any order, for all rows that have a value there.
func (i *index) leads(columns []string) bool {
	if !i.Valid || i.Method != "btree" || len(i.Keys) < len(columns) {
		return false
	}
	if i.Predicate != nil && !slices.ContainsFunc(columns, func(name string) bool { return *i.Predicate == "("+quoteIdent(name)+" IS NOT NULL)" }) {
		return false
	}
	for _, key := range i.Keys[:len(columns)] {
		if !slices.ContainsFunc(columns, func(column string) bool { return quoteIdent(column) == key }) {
			return false
		}
	}
	return true
}

// create is the statement that makes an index on columns, with what stands behind each of them.
func (c *Catalog) create(t *table, columns []string, behind string) string {
	keys := make([]string, len(columns))
	for i, column := range columns {
		keys[i] = quoteIdent(column) + behind
	}
	method, purpose := "", ""
	if strings.Contains(behind, "gin_") {
		method, purpose = " USING gin", "_search"
	}
	name := quoteIdent(shortest("idx_" + t.Name + "_" + strings.Join(columns, "_") + purpose))
	return fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON %s%s (%s);", name, t.full(), method, strings.Join(keys, ", "))
}

func (c *Catalog) named(name string) string {
	return quoteIdent(c.state.schema) + "." + quoteIdent(name)
}

var remarks = regexp.MustCompile(`(?m)--.*$|(?s)/\*.*?\*/`)

// blind are triggers whose function names a column of the row that the table has not.
func (c *Catalog) blind(t *table) []Problem {
	var list []Problem
	for _, trigger := range t.triggers {
		parts := triggerParts.FindStringSubmatch(trigger.Text)
		if parts == nil {
			continue
		}
		called, _, _ := strings.Cut(unqualified(c.state.schema, parts[5]), "(")
		function := c.state.functions[strings.Trim(called, `"`)+"()"]
		if function == nil {
			continue
		}
		var missing []string
		words := tokens(remarks.ReplaceAllString(function.Text, ""))
		for n, word := range words {
			row, name, dotted := strings.Cut(word, ".")
			if row = strings.ToUpper(row); !dotted || row != "NEW" && row != "OLD" {
				continue
			}
			if name == "" && n+1 < len(words) {
				name = words[n+1]
			}
			if name = folded(name); name != "" && t.column(name) == nil && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			list = append(list, Problem{
				Kind: "trigger", Table: t.Name,
				Text: fmt.Sprintf("The trigger %s calls %s, which names %s: %s has no such column, so each of its statements fails.", trigger.Name, called, strings.Join(missing, ", "), t.Name),
			})
		}
	}
	return list
}

// folded is a name as PostgreSQL takes it: in lower case unless it is quoted; "" for what is no name.
func folded(name string) string {
	if strings.HasPrefix(name, `"`) {
		return strings.ReplaceAll(strings.Trim(name, `"`), `""`, `"`)
	}
	name = strings.ToLower(name)
	if !plainName.MatchString(name) {
		return ""
	}
	return name
}
