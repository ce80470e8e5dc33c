package crud

import (
	"context"

	"gorm.io/gorm"
)

// Options say what the panel does with the table of T. The zero Options give a complete panel: labels from names,
// list columns, search and order from the fields, every verb allowed. Fields are named as in the Go struct; a relation's
// name stands for its foreign key. Every mistake is reported by New or Registry.Check.
type Options[T any] = OptionsOf[*T]

// OptionsOf is Options by the pointer type of the rows; see Store.
type OptionsOf[P any] struct {
	Singular string // "" : from the type's name, in lower case
	Plural   string // "" : Singular's regular plural
	Help     string // one sentence on the list; "" : the table's comment

	List    []string                      // fields and Columns shown in lists; nil: the first eight that fit
	Search  []string                      // text fields that are searched; nil: the short texts that an index is about, or all if there is none
	Filters []string                      // fields that lists can be filtered by; nil: all; empty: none
	Labels  map[string]string             // of fields, instead of what their tags and names say
	Formats map[string]func(row P) string // what lists and show pages write for a field that is not NULL; exports and forms do not; of row only this field is sure to be there
	Note    []string                      // fields that stand below a row's name where it is chosen; nil: the first two texts of the list that say more than it; empty: none
	Label   []string                      // the text fields that name a row, joined by spaces; nil: its String method, else its first short text

	PageSize int    // rows on a page unless asked otherwise; 0: PageSize
	Sort     string // order of lists: fields joined by ",", "-" before one for descending; "": newest key first
	Columns  []ColumnOf[P]
	Entries  []EntryOf[P]
	Fields   map[string]FieldOf[P] // what the form does with single fields; nil: all as their tags say
	Groups   []FieldGroup          // the parts of the form; nil: a long one is divided by what its fields are
	Actions  []ActionOf[P]
	Verbs    []Verb  // what is possible at all; nil: Read, Create, Update and Delete
	Links    []Link  // tables that join its rows with those of another; many-to-many relations of the model need none
	Children []Child // the rows that refer to a row, on its page; nil: of every registered table; empty: none

	// Allow is asked inside a write's transaction about the row as it is and about the row as it is to be; see Recall. Its error's text
	// is shown, an *Error beside its fields. nil: no veto.
	Allow func(ctx context.Context, tx *gorm.DB, verb Verb, row P) error
	// Ahead is called before the row with a key is locked, and may send ahead what Allow will ask about it; see [Question.Ahead]. nil: nothing.
	Ahead func(ctx context.Context, tx *gorm.DB, key P)
	// Guard is asked inside a write's transaction, once the row is written and before that is recorded; its error undoes the
	// write and is shown like that of Allow. nil: no guard.
	Guard func(ctx context.Context, tx *gorm.DB, write WriteOf[P]) error

	Own   string // whose a row is: a path of fields such as "UserID" or "Post.AuthorID", compared with Scope.Own; "": nobody's
	Group string // which group's it is: a path such as "Author.Domain", compared with Scope.Group; "": no group's

	Shared string // with whom a row is shared for reading: a path such as "RoleName", whose value is one of Scope.Shared; "": with nobody
}

// Write is one write of a row.
type Write[T any] = WriteOf[*T]

// WriteOf is Write by the pointer type of the rows; see Store.
type WriteOf[P any] struct {
	Verb Verb // an action's name for an action
	Old  P    // as it was; nil for Create
	New  P    // as it is stored now; nil for Delete
}

// Column is a computed column of lists and show pages.
type Column[T any] = ColumnOf[*T]

// ColumnOf is Column by the pointer type of the rows; see Store.
type ColumnOf[P any] struct {
	Label    string
	Name     string             // as in addresses; "": the Label in lower case with "_" between its words
	Value    func(row P) string // plain text, "" for none; it must not query, nor keep the row
	Relation string             // a relation whose row stands there, as a link, in place of Value if there is one to see; "": none
	// Reads are the fields that Value says something about: who may not see one of them does not see the column. In a list, Value
	// is given them and those that the row is named by; nil: all that may be seen.
	Reads []string
}

// Entry is a control of the form that belongs to no column: what is typed is turned into other fields' values, such as
// a password into its hash. An empty control changes nothing, and what was typed is never shown again. Entries are set
// after all fields.
type Entry[T any] = EntryOf[*T]

// EntryOf is Entry by the pointer type of the rows; see Store.
type EntryOf[P any] struct {
	Name     string // the control's name: "password"
	Label    string
	Help     string
	Widget   string                         // "" is "text"
	Required bool                           // on a new row
	Set      func(row P, text string) error // an error's FieldErrors() are shown beside their fields, else its text beside the control
}

// Action is something that can be done to one row, or to each of many, beside the verbs; its name is its permission's action.
// Run's context carries the transaction, and its error's text is shown, an *Error beside its fields. See Ask for one that asks for something first.
type Action[T any] = ActionOf[*T]

// ActionOf is Action by the pointer type of the rows; see Store.
type ActionOf[P any] struct {
	Name  string                                 // a word for paths: "revoke"
	Label string                                 // "" : the name, capitalised
	Help  string                                 // one sentence for its confirmation
	Run   func(ctx context.Context, row P) error // edits row; what differs is then written, as by Update

	ask func(db *gorm.DB) (asking[P], error) // of an action that Ask made; nil: it asks for nothing
}
