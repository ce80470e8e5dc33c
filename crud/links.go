package crud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// LinkLimit is how many rows one request links or unlinks.
const LinkLimit = 200

// Link names a registered table whose rows join rows of two others, as Options.Links have it.
type Link struct {
	Table string // the table that joins
	Label string // for people, capitalised; "": the plural of the other table
}

// LinkDoc describes a many-to-many relation.
type LinkDoc struct {
	Name  string // a word for paths: the column of the model, or the table that joins
	Label string
	Table string // the other table
	Join  string // the table that joins, if it is registered; "" if not
}

// Linking is a many-to-many relation of one row, by which queries of the other table are narrowed.
type Linking struct {
	LinkDoc
	Parent Ref

	joined *gorm.DB // the query of the rows that join
}

// Chosen confines a query of the other table to the rows that are linked.
func (l *Linking) Chosen(q Query) Query {
	q.within = &confine{rows: clause.Expr{SQL: "EXISTS (?)", Vars: []any{l.joined}}}
	return q
}

// Others confines it to those that are not.
func (l *Linking) Others(q Query) Query {
	q.within = &confine{rows: clause.Expr{SQL: "NOT EXISTS (?)", Vars: []any{l.joined}}}
	return q
}

// Linked is a many-to-many relation of one row.
type Linked struct {
	LinkDoc
	Parent      Ref
	Add, Remove bool  // the account may link others, or unlink some
	Chosen      *List // a page of the rows that are linked
	Others      *List // and of those that are not
}

// link is a LinkDoc with the columns that make it.
type link struct {
	LinkDoc
	junction
}

// resolveLinks finds the many-to-many relations of the model, and those of Options.Links. It returns all mistakes.
func (c *Store[P]) resolveLinks(targets map[string]table) []error {
	c.links = nil
	for _, j := range c.plan.junctions {
		if other := targets[j.other.target]; other != nil {
			c.links = append(c.links, link{LinkDoc{strings.ToLower(j.name), sentence(spaced(j.name)), j.other.target, ""}, j})
		}
	}
	var mistakes []error
	for _, option := range c.options.Links {
		j, err := c.junctionOver(targets[option.Table])
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("crud: %s: Options.Links: %q: %w", c.plan.model, option.Table, err))
			continue
		}
		label := or(option.Label, targets[j.other.target].Table().Plural)
		c.links = append(c.links, link{LinkDoc{option.Table, label, j.other.target, ""}, j})
	}
	for i, l := range c.links {
		if targets[l.own.table] != nil {
			c.links[i].Join = l.own.table
		}
	}
	return mistakes
}

// junctionOver makes a many-to-many relation of a table that refers to this one and to one other.
func (c *Store[P]) junctionOver(join table) (junction, error) {
	j := junction{}
	if join == nil {
		return j, fmt.Errorf("there is no such table")
	}
	for _, t := range join.ties() {
		switch {
		case t.table != join.Table().Name:
		case t.target == c.plan.table && j.own.table == "":
			j.own = t
		case c.tables[t.target] != nil && j.other.table == "":
			j.other = t
		default:
			return j, fmt.Errorf("it refers to more than two tables")
		}
	}
	if j.own.table == "" || j.other.table == "" {
		return j, fmt.Errorf("it does not refer to this table and to another registered one")
	}
	return j, nil
}

// linked finds a relation by its name, with the row and what it holds for it.
func (r resource[P]) linked(ctx context.Context, verb Verb, key, name string) (l link, row P, held []string, err error) {
	at := slices.IndexFunc(r.links, func(l link) bool { return l.Name == name })
	if at < 0 {
		return l, row, nil, fail(KindNotFound, "There is no such relation.", nil)
	}
	err = r.retry(ctx, func() (err error) { row, err = r.find(ctx, r.conn(ctx), verb, key); return err })
	if err != nil {
		return l, row, nil, err
	}
	held, ok := r.held(row, r.links[at].own.to, r.visible(ctx, verb))
	if !ok {
		return l, row, nil, r.missing()
	}
	return r.links[at], row, held, nil
}

// Linking implements Resource.
func (r resource[P]) Linking(ctx context.Context, key, name string) (*Linking, error) {
	l, row, held, err := r.linked(ctx, Read, key, name)
	if err != nil {
		return nil, err
	}
	joined, err := r.joined(ctx, l, held)
	return &Linking{l.LinkDoc, r.ref(row), joined}, err
}

// Links implements Resource.
func (r resource[P]) Links(ctx context.Context, key, name string, chosen, others Query) (*Linked, error) { //nolint:revive // each is a thing of its own
	l, err := r.Linking(ctx, key, name)
	if err != nil {
		return nil, err
	}
	out := &Linked{LinkDoc: l.LinkDoc, Parent: l.Parent}
	if join := r.tables[l.Join]; join != nil {
		out.Add, out.Remove = join.Can(ctx, Create), join.Can(ctx, Delete)
	} else {
		_, err := r.find(ctx, r.conn(ctx), Update, key)
		out.Add, out.Remove = err == nil, err == nil
	}
	target := r.tables[l.Table]
	if out.Chosen, err = target.List(ctx, l.Chosen(chosen)); err != nil {
		return nil, err
	}
	out.Others, err = target.List(ctx, l.Others(others))
	return out, err
}

// joined is the query of the rows that join a row of the other table with the row that holds these values.
func (r resource[P]) joined(ctx context.Context, l link, held []string) (*gorm.DB, error) {
	query := r.conn(ctx).WithContext(ctx).Table(l.own.table)
	if join := r.tables[l.own.table]; join != nil {
		var err error
		if query, err = join.readable(ctx, r.conn(ctx)); err != nil {
			return nil, err
		}
	}
	for i, name := range l.own.from {
		query = query.Where(clause.Eq{Column: clause.Column{Table: l.own.table, Name: name}, Value: r.plan.column[l.own.to[i]].parsed(r.plan.empty(), held[i])})
	}
	for i, name := range l.other.from {
		query = query.Where(clause.Eq{Column: clause.Column{Table: l.own.table, Name: name}, Value: clause.Column{Table: l.Table, Name: l.other.to[i]}})
	}
	return query.Select("1"), nil
}

// parsed is a value that a form shows as text, as statements take it.
func (f *field[P]) parsed(probe P, text string) any {
	if f.set(probe, text) != nil {
		return nil
	}
	return f.value(probe)
}
