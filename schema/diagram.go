package schema

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Diagram is the tables with their keys, and how they refer to each other.
type Diagram struct {
	Entities  []Entity
	Relations []Relation
}

// Entity is a table with the columns of its keys.
type Entity struct {
	Name    string
	Columns []EntityColumn
}

// EntityColumn is a column of a key.
type EntityColumn struct {
	Name string
	Key  string // PK, FK, or both
}

// Relation is a foreign key.
type Relation struct {
	From     string // the table that refers
	Columns  []string
	To       string
	Targets  []string
	Required bool // whether each row refers to one
	Once     bool // whether a row is referred to by one at most
}

// Words say how many rows belong together.
func (r Relation) Words() string {
	one, many := "one", "any number"
	if !r.Required {
		one = "one or none"
	}
	if r.Once {
		many = "one at most"
	}
	return fmt.Sprintf("each row of %s has %s of %s, which has %s", r.From, one, r.To, many)
}

// Diagram draws what the foreign keys say. A table stands behind the first that it refers to.
func (c *Catalog) Diagram() *Diagram {
	d := &Diagram{}
	for _, name := range sorted(c.state.tables) {
		t := c.state.tables[name]
		for _, r := range t.rules {
			if target := c.referred(r); target != nil && r.Type == "f" {
				d.Relations = append(d.Relations, Relation{
					From: name, Columns: r.Columns, To: target.Name, Targets: r.Targets, Required: allRequired(t, r.Columns), Once: once(t, r.Columns),
				})
			}
		}
	}
	placed := map[string]bool{}
	var place func(name string)
	place = func(name string) {
		if placed[name] {
			return
		}
		placed[name] = true
		d.Entities = append(d.Entities, entity(c.state.tables[name]))
		for _, r := range d.Relations {
			if r.To == name {
				place(r.From)
			}
		}
	}
	names := sorted(c.state.tables)
	slices.SortStableFunc(names, func(a, b string) int { return d.weight(b) - d.weight(a) })
	for _, name := range names {
		place(name)
	}
	return d
}

// weight puts those first that refer to nothing, and of them those that most refer to.
func (d *Diagram) weight(name string) int {
	weight := 0
	for _, r := range d.Relations {
		switch {
		case r.From == name && r.To != name:
			weight -= 1000
		case r.To == name:
			weight++
		}
	}
	return max(weight, -1000)
}

func (c *Catalog) referred(r *rule) *table {
	for _, t := range c.state.tables {
		if t.full() == r.Target {
			return t
		}
	}
	return nil
}

func allRequired(t *table, columns []string) bool {
	return !slices.ContainsFunc(columns, func(name string) bool { return !t.column(name).NotNull })
}

// once reports whether a key is on some of the columns alone.
func once(t *table, columns []string) bool {
	return slices.ContainsFunc(t.indexes, func(i *index) bool {
		return i.Unique && i.Predicate == nil && !slices.ContainsFunc(i.Keys, func(key string) bool {
			return !slices.ContainsFunc(columns, func(name string) bool { return quoteIdent(name) == key })
		})
	})
}

func entity(t *table) Entity {
	e := Entity{Name: t.Name}
	for _, c := range t.columns {
		var keys []string
		if slices.ContainsFunc(t.indexes, func(i *index) bool { return i.Declared == "p" && slices.Contains(i.Keys, quoteIdent(c.Name)) }) {
			keys = append(keys, "PK")
		}
		if slices.ContainsFunc(t.rules, func(r *rule) bool { return r.Type == "f" && slices.Contains(r.Columns, c.Name) }) {
			keys = append(keys, "FK")
		}
		if len(keys) > 0 {
			e.Columns = append(e.Columns, EntityColumn{c.Name, strings.Join(keys, ", ")})
		}
	}
	return e
}

// What the drawing measures, in pixels.
const (
	boxWidth   = 232
	headHeight = 26
	rowHeight  = 18
	boxGap     = 14
	laneStart  = 262 // where the first lane is: marks stand before it
	laneGap    = 9
	hues       = 6
)

// style is for a file of its own; a page has it in its style sheet.
const style = `<style>
.erd{color:#1f2328;background:#fff;font:12px system-ui,sans-serif}.erd-0{color:#0b62c4}.erd-1{color:#a13a00}.erd-2{color:#0a7040}.erd-3{color:#7a3ea8}.erd-4{color:#9c1f5f}.erd-5{color:#5f5a00}
@media (prefers-color-scheme:dark){.erd{color:#e6edf3;background:#12161c}.erd-0{color:#79b8ff}.erd-1{color:#ffab70}.erd-2{color:#7ee2a8}.erd-3{color:#d2a8ff}.erd-4{color:#ff9bce}.erd-5{color:#e3d873}}
</style>`

// SVG draws the tables one below the other. All that refer to a table come together in one lane at its side, as wide as a phone
// for some ten of them. A file of its own brings its colours; within a page they are those of the classes erd and erd-0 to erd-5.
func (d *Diagram) SVG(file bool) string {
	top, height := map[string]int{}, boxGap
	for _, e := range d.Entities {
		top[e.Name] = height
		height += headHeight + rowHeight*len(e.Columns) + boxGap
	}
	lanes := d.lanes(top)
	width := laneStart + laneGap*max(len(lanes), 1) + 4
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" class="erd" role="img" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" aria-labelledby="erd-title erd-desc">`, width, height)
	fmt.Fprintf(&out, "\n<title id=\"erd-title\">Entity diagram</title>\n<desc id=\"erd-desc\">%s</desc>\n", html.EscapeString(d.Text()))
	if file {
		out.WriteString(style + "\n")
	}
	for n, to := range lanes {
		d.lane(&out, n, to, top)
	}
	for _, e := range d.Entities {
		e.draw(&out, top[e.Name])
	}
	out.WriteString("</svg>\n")
	return out.String()
}

// Text says in sentences what the drawing shows.
func (d *Diagram) Text() string {
	lines := make([]string, len(d.Relations))
	for i, r := range d.Relations {
		lines[i] = fmt.Sprintf("%s.%s refers to %s: %s.", r.From, strings.Join(r.Columns, ", "), r.To, r.Words())
	}
	return fmt.Sprintf("%d tables. %s", len(d.Entities), strings.Join(lines, " "))
}

// lanes are the tables that others refer to, the shortest way first.
func (d *Diagram) lanes(top map[string]int) []string {
	span := map[string]int{}
	for _, r := range d.Relations {
		span[r.To] = max(span[r.To], top[r.From]-top[r.To], top[r.To]-top[r.From])
	}
	names := sorted(span)
	slices.SortStableFunc(names, func(a, b string) int { return span[a] - span[b] })
	return names
}

// lane draws all that refer to a table: a bar where there is one, and a fork where there may be many.
func (d *Diagram) lane(out *strings.Builder, n int, to string, top map[string]int) {
	x := laneStart + laneGap*n
	at := top[to] + headHeight/2
	least, most := at, at
	fmt.Fprintf(out, `<g class="erd-%d" fill="none" stroke="currentColor" stroke-width="1.5">`, n%hues)
	fmt.Fprintf(out, `<path d="M%d %dH%d M%d %dv10"/>`, boxWidth+4, at, x, boxWidth+12, at-5)
	for _, r := range d.Relations {
		if r.To != to {
			continue
		}
		y := top[r.From] + headHeight + rowHeight*d.row(r) + rowHeight/2
		least, most = min(least, y), max(most, y)
		mark := fmt.Sprintf("M%d %dl-8 -5m8 5l-8 5", boxWidth+12, y) // a fork opens to the table
		if r.Once {
			mark = fmt.Sprintf("M%d %dv10", boxWidth+12, y-5)
		}
		fmt.Fprintf(out, `<path d="M%d %dH%d %s"/>`, boxWidth+4, y, x, mark)
		if !r.Required {
			fmt.Fprintf(out, `<circle cx="%d" cy="%d" r="3"/>`, boxWidth+20, y)
		}
		fmt.Fprintf(out, `<circle cx="%d" cy="%d" r="2" fill="currentColor"/>`, x, y)
	}
	fmt.Fprintf(out, `<path d="M%d %dV%d"/></g>`+"\n", x, least, most)
}

// row is the place of a relation's first column among those that are drawn.
func (d *Diagram) row(r Relation) int {
	for _, e := range d.Entities {
		if e.Name == r.From {
			return slices.IndexFunc(e.Columns, func(c EntityColumn) bool { return c.Name == r.Columns[0] })
		}
	}
	return 0
}

func (e Entity) draw(out *strings.Builder, y int) {
	height := headHeight + rowHeight*len(e.Columns)
	fmt.Fprintf(out, `<g fill="currentColor"><rect x="4" y="%d" width="%d" height="%d" rx="4" fill="none" stroke="currentColor"/>`, y, boxWidth, height)
	fmt.Fprintf(out, `<text x="12" y="%d" font-weight="600" font-size="13">%s</text>`, y+18, html.EscapeString(clipped(e.Name, 32)))
	for n, c := range e.Columns {
		at := y + headHeight + rowHeight*n + 13
		fmt.Fprintf(out, `<text x="12" y="%d" font-size="12">%s</text><text x="%d" y="%[1]d" font-size="10" text-anchor="end">%[4]s</text>`,
			at, html.EscapeString(clipped(c.Name, 30)), boxWidth-4, c.Key)
	}
	out.WriteString("</g>\n")
}

// clipped is a text of so many letters at most.
func clipped(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}
