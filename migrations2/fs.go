// Package migrations2 holds the SQL files that build the schema, in goose's format and in the order of their numbers.
// They name tables without a schema: whoever applies them sets the search path.
package migrations2

import "embed"

// FS holds the migration files at its root: 001_describe_schema.sql and so on.
//
//go:embed *.sql
var FS embed.FS
