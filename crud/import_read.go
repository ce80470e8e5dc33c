package crud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"unified/crud/export"
)

// incoming are the rows of what was sent, each as a JSON object.
func (r resource[P]) incoming(ctx context.Context, in Incoming) (bodies [][]byte, err error) {
	data := in.Data
	switch in.Format {
	case "jsonl":
		data = bytes.TrimPrefix(data, []byte("\uFEFF"))
		for line := range bytes.SplitSeq(data, []byte{'\n'}) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				bodies = append(bodies, line)
			}
		}
	case "csv":
		if bodies, err = r.lined(ctx, string(data)); err != nil {
			return nil, err
		}
	default:
		return nil, fail(KindBad, fmt.Sprintf("There is no format %q to import from.", in.Format), nil)
	}
	switch {
	case len(bodies) == 0:
		return nil, fail(KindInvalid, "There are no rows in this.", nil)
	case len(bodies) > BulkLimit:
		return nil, fail(KindLarge, fmt.Sprintf("These are more than %d rows, and no more can be imported at once.", BulkLimit), nil)
	}
	return bodies, nil
}

// lined turns CSV, whose first line names columns, into objects.
func (r resource[P]) lined(ctx context.Context, text string) (bodies [][]byte, err error) {
	if err := storable(text); err != nil {
		return nil, fail(KindBad, err.Error(), err)
	}
	var names []string
	err = export.ReadCSV(text, func(cells []*string) error {
		if names == nil {
			for _, cell := range cells {
				if cell != nil {
					cell = new(r.headed(ctx, *cell))
				}
				if cell == nil || slices.Contains(names, *cell) {
					return fail(KindBad, "The first line has to name each column once.", nil)
				}
				names = append(names, *cell)
			}
			return nil
		}
		if len(cells) != len(names) {
			return fail(KindBad, fmt.Sprintf("Row %d has %d cells, and the first line names %d columns.", len(bodies)+1, len(cells), len(names)), nil)
		}
		members := map[string]json.RawMessage{}
		for i, cell := range cells {
			if value := r.plan.column[names[i]].fromCell(cell); value != nil {
				members[names[i]] = value
			}
		}
		body, err := json.Marshal(members)
		bodies = append(bodies, body)
		return err
	})
	if errors.Is(err, export.ErrCSV) {
		return nil, fail(KindBad, fmt.Sprintf("Row %d is no CSV: %s.", len(bodies)+1, err), err)
	}
	return bodies, err
}

// headed is the name of the column that a heading stands for: its name, or the label that one column alone has of those that the account
// may see or set. Another heading is its own name.
func (r resource[P]) headed(ctx context.Context, heading string) string {
	heading = strings.TrimSpace(heading)
	if r.plan.column[heading] != nil {
		return heading
	}
	found := map[string]bool{}
	for _, f := range slices.Concat(r.visible(ctx, Read), r.writable(ctx, Create), r.writable(ctx, Update)) {
		if strings.EqualFold(f.Label, heading) {
			found[f.Name] = true
		}
	}
	for name := range found {
		if len(found) == 1 {
			return name
		}
	}
	return heading
}

// fromCell turns a cell of CSV into JSON; nil for an empty one of a field that is never NULL, which is left out. A column that is not
// there has a nil field.
func (f *field[P]) fromCell(cell *string) json.RawMessage {
	switch {
	case cell == nil && f != nil && !f.nullable:
		return nil
	case cell == nil:
		return json.RawMessage("null")
	case f != nil && (f.stored == KindBool || f.stored == KindJSON || f.stored == KindList) && json.Valid([]byte(*cell)):
		return json.RawMessage(*cell)
	}
	return export.AppendString(nil, *cell)
}
