package crud

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// Config is what crud does not know and is given. The zero Config allows everything and records nothing.
type Config struct {
	// Policy decides which rows and fields the account in a context may read or write; nil allows all.
	Policy Policy
	// Record is called inside each write's transaction with what changed; its error undoes the write. nil records nothing.
	Record func(ctx context.Context, tx *gorm.DB, changes []Change) error
	// History reads what Record was told. nil: there are no pages of it, and nothing can be undone.
	History History
	// Exported is told of each export when it ends, also of one that failed or stopped on the way; db is the registry's. Its error
	// makes the export fail before its end is written. nil records nothing.
	Exported func(ctx context.Context, db *gorm.DB, exported Exported) error
	// Exports is how many exports are written at a time, each on a connection of its own; 2 if 0.
	Exports int
	// Asked is told of each list that is filtered, sorted or searched, once a page, how that was done; not what for. It must be
	// quick. nil: nobody is.
	Asked func(table string, shapes []Shape)

	turns chan struct{} // an element for each export under way
}

// Policy decides what the account in ctx may do. It is asked once or twice a request and must be quick.
type Policy interface {
	// Scope says on which rows of table verb is allowed.
	Scope(ctx context.Context, table string, verb Verb) (Scope, error)
	// Fields says which columns verb may not see or set; nil is no restriction.
	Fields(ctx context.Context, table string, verb Verb) Mask
}

// Scope is the set of rows that a verb may touch: every row, or those that are the account's own, its group's or shared with it.
// The zero Scope is empty: the verb is denied. What is named by no path of a table's Options counts for nothing there.
type Scope struct {
	All   bool
	Own   any // what stands at the path Options.Own of an own row, such as the account's number; nil: no row for being own
	Group any // what stands at the path Options.Group of the group's rows; nil: no row for being the group's

	Shared []string // what can stand at the path Options.Shared of rows that may be read besides, such as roles; nothing for other verbs
}

// Equal reports whether both open the same rows of any table.
func (s Scope) Equal(other Scope) bool {
	return s.All == other.All && s.Own == other.Own && s.Group == other.Group && slices.Equal(s.Shared, other.Shared)
}

// IsZero reports whether the scope opens no row.
func (s Scope) IsZero() bool { return s.Equal(Scope{}) }

// Mask restricts fields, by column name. The nil Mask restricts nothing.
type Mask map[string]Access

// Access restricts one field.
type Access int

// The restrictions of a field, from none to all.
const (
	Full     Access = iota // as the model says
	ReadOnly               // shown, never taken from a form
	Hidden                 // neither shown, searched, sorted by nor set
)

// Change is one row's change, as it is recorded.
type Change struct {
	Table  string
	Key    string // as in addresses: several columns joined by ","
	Verb   Verb
	Fields []FieldChange // those that differ; all columns for Create and Delete
	Set    string        // the same for all changes of one transaction
	Reason string        // why, in the words of who did it; "" if they did not say
	Beyond bool          // of Delete and Purge: more than AlongLimit rows went with it or lost it, of which nothing is recorded
}

// FieldChange is one column's change.
type FieldChange struct {
	Column string
	Old    *string // PostgreSQL's text, from which the value is restored exactly; nil for NULL and on Create
	New    *string // likewise; nil for NULL and on Delete
	Secret bool    // Old and New are nil whatever the values are
}

// Exported is an export that has ended.
type Exported struct {
	Table   string
	Query   Query
	Options ExportOptions
	Rows    int64 // that were written, or were about to be when it stopped
	Err     error // why it stopped; nil for a whole one
}

// allowAll is the Policy of the zero Config.
type allowAll struct{}

func (allowAll) Scope(context.Context, string, Verb) (Scope, error) { return Scope{All: true}, nil }
func (allowAll) Fields(context.Context, string, Verb) Mask          { return nil }
func recordNothing(context.Context, *gorm.DB, []Change) error       { return nil }
func exportedNothing(context.Context, *gorm.DB, Exported) error     { return nil }

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	if c.Policy == nil {
		c.Policy = allowAll{}
	}
	if c.Record == nil {
		c.Record = recordNothing
	}
	if c.Exported == nil {
		c.Exported = exportedNothing
	}
	if c.Exports == 0 {
		c.Exports = exports
	}
	c.turns = make(chan struct{}, c.Exports)
	return c
}
