package crud

import (
	"slices"

	"gorm.io/gorm/schema"
)

// tie is a relation between two tables: rows of table hold in from what rows of target hold in to.
type tie struct {
	table, target string
	from, to      []string
}

// same reports whether two ties are the same columns of the same table.
func (t tie) same(other tie) bool { return t.table == other.table && slices.Equal(t.from, other.from) }

// tiesOf returns the ties that a model declares: what it belongs to, and what it has one or many of. Ties by a kind of
// owner beside its key are left out, as no list can be narrowed by them alone.
func tiesOf(parsed *schema.Schema) []tie {
	var out []tie
	for _, rel := range slices.Concat(parsed.Relationships.BelongsTo, parsed.Relationships.HasMany, parsed.Relationships.HasOne) {
		t := tie{table: rel.FieldSchema.Table, target: parsed.Table}
		if rel.Type == schema.BelongsTo {
			t.table, t.target = t.target, t.table
		}
		whole := true
		for _, reference := range rel.References {
			if whole = whole && reference.PrimaryValue == "" && reference.PrimaryKey != nil; !whole {
				break
			}
			t.from, t.to = append(t.from, reference.ForeignKey.DBName), append(t.to, reference.PrimaryKey.DBName)
		}
		if whole && !slices.ContainsFunc(out, t.same) {
			out = append(out, t)
		}
	}
	return out
}

// junction is a many-to-many relation of a model: rows of table hold in own.from what the model's rows hold in own.to,
// and in other.from what rows of other.target do.
type junction struct {
	name       string // the Go name
	own, other tie
}

// junctionsOf returns the many-to-many relations that a model declares.
func junctionsOf(parsed *schema.Schema) []junction {
	var out []junction
	for _, rel := range parsed.Relationships.Many2Many {
		if rel.JoinTable == nil {
			continue
		}
		j := junction{
			name: rel.Name, own: tie{table: rel.JoinTable.Table, target: parsed.Table},
			other: tie{table: rel.JoinTable.Table, target: rel.FieldSchema.Table},
		}
		for _, reference := range rel.References {
			side := &j.other
			if reference.OwnPrimaryKey {
				side = &j.own
			}
			side.from, side.to = append(side.from, reference.ForeignKey.DBName), append(side.to, reference.PrimaryKey.DBName)
		}
		out = append(out, j)
	}
	return out
}
