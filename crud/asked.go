package crud

import (
	"context"
	"strings"

	"unified/crud/filter"
)

// Shape is one way in which a list looked at a column: an operator of package filter, "sort", or "search".
type Shape struct{ Column, Operator string }

// tell tells Config.Asked how a list was filtered, sorted and searched; not what for.
func (c *Store[P]) tell(ctx context.Context, page *PageOf[P], fields []*field[P]) {
	if c.config.Asked == nil {
		return
	}
	var uses []Shape
	add := func(column, operator string) { uses = append(uses, Shape{column, operator}) }
	var walk func(filter.Node)
	walk = func(node filter.Node) {
		if relation, _, behind := strings.Cut(node.Field, "."); behind {
			add(relation, string(filter.Any))
			if s, err := c.seek(ctx, node.Field, fields, FilterDepth); s != nil && err == nil {
				c.config.Asked(s.doc.Table, []Shape{{s.doc.Column, string(node.Op)}})
			}
		} else if relation != "" {
			add(relation, string(node.Op))
		}
		for _, inner := range node.Nodes {
			walk(inner)
		}
	}
	walk(page.filter)
	for _, key := range page.order.asked {
		if f := named(fields, key.Name); f != nil && f.relation == nil { // what rows are called is another table's
			add(f.Name, "sort")
		}
	}
	for _, word := range searchWords(page.Search) {
		if f := named(fields, word.field); f != nil {
			add(f.Name, "search")
			continue
		}
		for _, f := range c.searched {
			if named(fields, f.Name) != nil {
				add(f.Name, "search")
			}
		}
	}
	if len(uses) > 0 {
		c.config.Asked(c.plan.table, uses)
	}
}
