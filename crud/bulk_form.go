package crud

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// many is what the rows of a selection hold.
type many[P any] struct {
	fields []*field[P]
	row    P        // what they share; zero in fields that are mixed
	mixed  []bool   // by field
	sums   []string // by field, differs where the field of any row does
}

// BulkForm implements Resource.
func (r resource[P]) BulkForm(ctx context.Context, s Selection, typed url.Values) (*Form, error) {
	if _, err := r.scope(ctx, Update); err != nil {
		return nil, err
	}
	var all *many[P]
	err := r.retry(ctx, func() (err error) { all, err = r.gather(ctx, r.conn(ctx), s, r.bulkFields(ctx)); return err })
	if err != nil {
		return nil, err
	}
	shown, err := baseOf(typed)
	if err != nil {
		shown = nil // it is drawn as it was typed
	}
	group, base := Group[Input]{}, baseFrom[P](all.row, nil)
	base.Sums = map[string]string{}
	zone := drawnIn(ctx, typed)
	for i, f := range all.fields {
		in := f.input(all.row, typed, zone)
		if in.Mixed = all.mixed[i]; in.Mixed && len(typed[f.Name]) == 0 {
			in.Text = ""
		}
		if err := r.offer(ctx, f, &in); err != nil {
			return nil, err
		}
		base.Sums[f.Name] = all.sums[i]
		if !all.mixed[i] {
			note(base, all.row, f)
		}
		if len(typed[f.Name]) > 0 && shown.disturbed(f.Name, all.sums[i], typed) {
			if in.Clash, err = r.clashOfMany(InZone(ctx, zone), all, i, shown); err != nil {
				return nil, err
			}
			base.Was[f.Name] = shown.before(f.Name, all.sums[i])
		}
		group.Fields = append(group.Fields, in)
	}
	form := &Form{Base: base.String(), Groups: []Group[Input]{group}}
	form.Zone = form.zone()
	return form, nil
}

// disturbed reports whether others changed a field of some row since a form for many showed it, or that it has to be chosen
// still what is kept.
func (b *base) disturbed(name, sum string, input url.Values) bool {
	if b == nil || input.Get(KeepParam+name) == KeepTheirs {
		return false
	}
	_, pending := b.Was[name]
	seen, said := b.Sums[name]
	return said && seen != sum || pending && input.Get(KeepParam+name) != KeepMine
}

// before is what a form for many rows showed first of a field; nil too where that was not one value.
func (b *base) before(name, sum string) *string {
	if was, asked := b.Was[name]; asked && b.Sums[name] == sum {
		return was
	}
	return b.Seen[name]
}

func (c *Store[P]) clashOfMany(ctx context.Context, all *many[P], i int, shown *base) (*Clash, error) {
	f := all.fields[i]
	before := shown.before(f.Name, all.sums[i])
	cells, err := c.cells(ctx, f, before, f.raw(all.row))
	if err != nil {
		return nil, err
	}
	_, one := shown.Seen[f.Name]
	_, long := shown.Long[f.Name]
	return &Clash{Base: cells[0], Long: long, Mixed: !one && !long && before == nil, Theirs: cells[1], Mixes: all.mixed[i]}, nil
}

// undisturbed refuses to set fields of many rows that others changed since the form for it was drawn, until it is chosen.
func (c *Store[P]) undisturbed(ctx context.Context, tx *gorm.DB, s Selection, input url.Values) error {
	shown, err := baseOf(input)
	if err != nil || shown == nil {
		return err
	}
	fields := slices.DeleteFunc(c.bulkFields(ctx), func(f *field[P]) bool { return len(input[f.Name]) == 0 })
	all, err := c.gather(ctx, tx, s, fields)
	if err != nil {
		return err
	}
	wrong := map[string]string{}
	for i, f := range fields {
		switch {
		case !shown.disturbed(f.Name, all.sums[i], input):
		case shown.Sums[f.Name] == all.sums[i]:
			wrong[f.Name] = "Choose which one is kept."
		default:
			wrong[f.Name] = "Somebody changed this meanwhile in some of these rows."
		}
	}
	if len(wrong) > 0 {
		return &Error{Kind: KindConflict, Fields: wrong}
	}
	return nil
}

// chosenOf is what is set in many rows: without what is to stay as others made it, and what accompanies the fields.
func chosenOf(input url.Values) url.Values {
	left := maps.Clone(input)
	maps.DeleteFunc(left, func(name string, _ []string) bool {
		return Accompanies(name) && name != NullParam && name != ZoneParam || input.Get(KeepParam+name) == KeepTheirs
	})
	return left
}

// gather reads what the rows of a selection hold. Their sums are read first, so that they are never newer than the values.
func (c *Store[P]) gather(ctx context.Context, db *gorm.DB, s Selection, fields []*field[P]) (*many[P], error) {
	all := &many[P]{fields, c.plan.empty(), make([]bool, len(fields)), make([]string, len(fields))}
	query, err := c.selecting(ctx, db, Update, s)
	if err != nil || len(fields) == 0 {
		return all, err
	}
	query = query.Session(&gorm.Session{}) // what follows starts from here twice
	if err := c.compare(ctx, query, all); err != nil {
		return nil, err
	}
	first, found, err := c.one(query, fields)
	if err != nil {
		return nil, err
	}
	if found {
		all.row = first
	}
	for i, f := range fields {
		if all.mixed[i] {
			f.clear(all.row)
		}
	}
	return all, nil
}

// compare finds out in which fields the rows of a query differ, and the sums of all fields, by one query.
func (c *Store[P]) compare(ctx context.Context, query *gorm.DB, all *many[P]) error {
	var parts []string
	var keyed, vars, into []any
	for _, f := range c.plan.key {
		keyed = append(keyed, clause.Column{Name: f.Name})
	}
	keys := strings.Repeat("CAST(? AS text), ", len(keyed))
	for i, f := range all.fields {
		column := clause.Column{Name: f.Name}
		parts = append(parts, "count(DISTINCT CAST(? AS text)) + CASE WHEN count(?) BETWEEN 1 AND count(*) - 1 THEN 1 ELSE 0 END > 1",
			"CAST(coalesce(sum(hashtextextended(concat_ws(chr(31), "+keys+"quote_nullable(CAST(? AS text))), 0)), 0) AS text)")
		vars, into = append(append(append(vars, column, column), keyed...), column), append(into, &all.mixed[i], &all.sums[i])
	}
	chosen := query.Select(columns(slices.Concat(c.plan.key, all.fields)))
	rows, err := c.conn(ctx).WithContext(ctx).Table("(?) AS chosen", chosen).Select(strings.Join(parts, ", "), vars...).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}
