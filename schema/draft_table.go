package schema

import (
	"fmt"
	"slices"
	"strings"
)

// tables writes new tables, those first that others refer to, and returns the foreign keys that go round in a circle.
func (d *draftText) tables(missing []*table) (late []string) {
	left := slices.Clone(missing)
	for len(left) > 0 {
		place := slices.IndexFunc(left, func(t *table) bool {
			return !slices.ContainsFunc(left, func(other *table) bool { return other != t && t.refersTo(other) })
		})
		place = max(place, 0)
		t := left[place]
		left = slices.Delete(left, place, place+1)
		lines := d.tableLines(t)
		for _, r := range t.rules {
			if r.Type == "f" && slices.ContainsFunc(left, func(other *table) bool { return r.Target == other.full() }) {
				late = append(late, "ALTER TABLE "+t.full()+" ADD CONSTRAINT "+quoteIdent(r.Name)+" "+r.draft(""))
				continue
			}
			lines = append(lines, "CONSTRAINT "+quoteIdent(r.Name)+" "+r.draft(d.declared[t.Name+"."+r.Name]))
		}
		d.made = append(d.made, t.Name)
		statements := []string{"CREATE TABLE " + t.full() + " (\n    " + strings.Join(lines, ",\n    ") + "\n)"}
		for _, i := range t.indexes {
			if !i.constraint() {
				statements = append(statements, strings.Replace(i.Full, " USING btree ", " ", 1))
			}
		}
		d.add(statements...)
		d.add(t.comments()...)
	}
	return late
}

func (t *table) refersTo(other *table) bool {
	return slices.ContainsFunc(t.rules, func(r *rule) bool { return r.Type == "f" && r.Target == other.full() })
}

// tableLines are the columns, one below the other, and the keys.
func (d *draftText) tableLines(t *table) []string {
	width := 0
	for _, c := range t.columns {
		width = max(width, len(quoteIdent(c.Name)))
	}
	own := t.ownKey()
	lines := make([]string, len(t.columns))
	for i, c := range t.columns {
		words := c.draft()
		if c.Name == own {
			words = strings.Replace(words, " NOT NULL", "", 1) + " PRIMARY KEY"
		}
		lines[i] = fmt.Sprintf("%-*s %s", width, quoteIdent(c.Name), words)
	}
	for _, i := range t.indexes {
		if i.constraint() && (i.Declared != "p" || own == "") {
			lines = append(lines, "CONSTRAINT "+quoteIdent(i.Name)+" "+i.Constraint)
		}
	}
	return lines
}

// ownKey is the column that is the primary key by itself, under the name that PostgreSQL gives it, or "".
func (t *table) ownKey() string {
	for _, i := range t.indexes {
		if i.Declared == "p" && len(i.Keys) == 1 && len(i.Included) == 0 && i.Deferred == "" && i.Name == shortest(t.Name+"_pkey") {
			for _, c := range t.columns {
				if quoteIdent(c.Name) == i.Keys[0] {
					return c.Name
				}
			}
		}
	}
	return ""
}

func (t *table) comments() []string {
	var list []string
	if t.Comment != nil {
		list = append(list, "COMMENT ON TABLE "+t.full()+" IS "+literal(*t.Comment))
	}
	for _, c := range t.columns {
		if c.Comment != nil {
			list = append(list, "COMMENT ON COLUMN "+t.full()+"."+quoteIdent(c.Name)+" IS "+literal(*c.Comment))
		}
	}
	return list
}
