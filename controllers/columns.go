package controllers

import (
	"context"
	"slices"
	"strings"
)

// stored returns the names of the columns that a list shows, as its query names them, without computed ones.
func (t *tablePages) stored(ctx context.Context, fields string) []string {
	shown := strings.Split(fields, ",")
	var names []string
	for _, column := range t.resource.Columns(ctx) {
		if column.Stored && (fields == "" && column.Listed || slices.Contains(shown, column.Name)) {
			names = append(names, column.Name)
		}
	}
	return names
}
