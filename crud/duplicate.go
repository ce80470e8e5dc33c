package crud

import (
	"context"
	"net/url"
	"slices"
)

// Copied is what a new row begins with as the duplicate of another.
type Copied struct {
	Ref
	Values url.Values // as a form sends them
	Left   []string   // labels of what is not copied: fields that may hold a value once, lines below the row, and what is linked with it
	Alike  []string   // labels of those of which one has to differ
}

// Duplicate implements Resource.
func (r resource[P]) Duplicate(ctx context.Context, key string) (*Copied, error) {
	if _, err := r.scope(ctx, Create); err != nil {
		return nil, err
	}
	row, err := r.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := &Copied{Ref: r.ref(row), Values: url.Values{}}
	once, alike := r.once()
	visible := shown(r.visible(ctx, Read))
	for _, f := range r.writable(ctx, Create) {
		switch {
		case f.position: // it comes last
			continue
		case f.primary, slices.Contains(once, f), f.Unseen, named(visible, f.Name) == nil:
			out.Left = append(out.Left, f.Label)
			continue
		case slices.Contains(alike, f):
			out.Alike = append(out.Alike, f.Label)
		}
		text, null := f.text(row)
		if f.Kind == KindTime {
			text = inZone(text, zone)
			out.Values.Set(ZoneParam, zone.String())
		}
		out.Values.Set(f.Name, text)
		if null {
			out.Values.Add(NullParam, f.Name)
		}
	}
	for _, child := range r.children {
		if child.Inline && r.tables[child.table].refers(ctx, child.from) {
			out.Left = append(out.Left, child.Label)
		}
	}
	for _, link := range r.doc.Links {
		out.Left = append(out.Left, link.Label)
	}
	return out, nil
}

// once are the fields that hold each value once, and those that do so only together.
func (c *Store[P]) once() (alone, together []*field[P]) {
	for _, r := range c.plan.rules {
		switch {
		case !r.unique && len(r.fact.Keys) == 0, len(r.fields) == 0:
		case len(r.fields) == 1:
			alone = append(alone, r.fields[0])
		default:
			together = append(together, r.fields...)
		}
	}
	return alone, together
}
