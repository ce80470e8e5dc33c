package crud

import (
	"context"
	"net/url"
)

// Resource is one registered table with its model type erased: the one door through which screens and programs
// list, show and write rows without knowing the model. Below it everything is typed; above it nothing is generic.
//
// Every method applies Config.Policy to the account in ctx. A row that may not be read is answered like one that does
// not exist, whatever else may be done to it: an *Error of KindNotFound. A table or verb that the policy denies is
// KindForbidden, and so is a verb on a row that may only be read.
type Resource interface {
	// Table describes the table: facts fixed at registration, the same for every request.
	Table() *Table
	// Can reports whether the policy lets the account in ctx do verb to any row at all, and the table's Options allow it.
	Can(ctx context.Context, verb Verb) bool
	// Schema says what the JSON of the rows holds and takes, as far as the account in ctx may know of it, and what it may do.
	Schema(ctx context.Context) *SchemaDoc
	// Absent returns the labels of columns that the account may read and the database lacks: they are left out everywhere.
	Absent(ctx context.Context) []string
	// List returns one keyset page. An unknown column, to show or to sort by, or a malformed cursor is KindBad.
	List(ctx context.Context, query Query) (*List, error)
	// Count returns the number of visible rows that the query's search and filter let through; see CRUD.Count.
	Count(ctx context.Context, query Query) (Count, error)
	// CountExactly counts them all; see CRUD.CountExactly.
	CountExactly(ctx context.Context, query Query) (Count, error)
	// Columns returns the columns that the account may have shown in a list: those that are shown by themselves first.
	Columns(ctx context.Context) []ColumnDoc
	// Filters returns the columns that the account may filter by. They are shared by all requests and must not be changed.
	Filters(ctx context.Context) []FilterDoc
	// FiltersBehind returns the columns, by which the rows can be filtered too, of what a relation leads to; none for any other name. One of
	// them that is a relation may lead on, FilterDepth in all.
	FiltersBehind(ctx context.Context, relation string) []FilterDoc
	// Facets returns how many of the query's rows hold each value of a column with few values; nil where that would cost
	// more than a count up to CountCap.
	Facets(ctx context.Context, query Query, field string) (map[string]int64, error)
	// CheckFilter returns what is wrong with a filter, as KindBad; a value that does not fit its column is a filter.ValueError in it.
	CheckFilter(ctx context.Context, filter string) error
	// Terms says the terms of a filter in words. A filter that cannot be read is KindBad.
	Terms(ctx context.Context, filter string) ([]Term, error)
	// Export prepares the rows of a query, without its cursors and its size, to be written out. An unknown format, column or
	// filter is KindBad.
	Export(ctx context.Context, query Query, options ExportOptions) (*Export, error)
	// Show returns one row with all its visible fields, also one in the trash that the account may see there. A key that does
	// not parse is KindNotFound.
	Show(ctx context.Context, key string) (*Record, error)
	// ListJSON is List as JSON: each row is an object of its columns, all stored ones that may be seen unless Query.Fields names
	// others. expand names relations, joined by ",": the rows that they point at are written too, and with "author_id.group_id"
	// those that these point at. An unknown one, or more than ExpandDepth behind one another, is KindBad.
	ListJSON(ctx context.Context, query Query, expand string) (*JSONPage, error)
	// ShowJSON returns one row like that; columns are as in Query.Fields.
	ShowJSON(ctx context.Context, key, columns, expand string) (*JSONRow, error)
	// SubmitJSON writes what a program sent, key "" creates: with all that Submit does, its conflicts and sentences too, and with
	// BaseMember in the body for BaseParam, and LinesMember for Lines, whose mistakes are called such as "_lines.boxes.0.code". Other
	// members of the body are columns; those that say what is there anyway may be any that can be read. It returns the row as it is
	// stored then. A condition that does not hold is KindStale, a body that is no JSON object KindBad.
	SubmitJSON(ctx context.Context, key string, write JSONWrite) (*JSONRow, error)
	// RemoveJSON is Delete under a condition on the row's JSONRow.Tag; nil for none.
	RemoveJSON(ctx context.Context, key string, condition func(tag string) bool) error
	// BulkJSON is Bulk of the rows that the selection holds now, with the values of the fields, or of the form of an action that asks,
	// as a JSON object; nil for none. A row that is named and not there is KindNotFound, one that may only be read KindForbidden.
	BulkJSON(ctx context.Context, verb Verb, selection Selection, values []byte) (*Done, error)
	// Import writes rows, all or none: those whose key is there are changed, others made. What is wrong with which row is an
	// *ImportRefused; more than BulkLimit rows are KindLarge.
	Import(ctx context.Context, in Incoming) (*Imported, error)
	// Preview tells what Import would do, and does nothing.
	Preview(ctx context.Context, in Incoming) (*Imported, error)
	// Rehearse runs work in a transaction that is undone, after all that a commit would find out, and returns its error.
	Rehearse(ctx context.Context, work func(ctx context.Context) error) error
	// HistoryJSON is History as JSON.
	HistoryJSON(ctx context.Context, key, before string) (*JSONHistory, error)
	// UndoJSON and PutBackJSON are Undo and PutBack as a JSON object; that of PutBackJSON says There.
	UndoJSON(ctx context.Context, key, id string, since bool) ([]byte, error)
	PutBackJSON(ctx context.Context, key, id string, since bool, chosen Chosen) ([]byte, error)
	// Under tells of one of the Record.Children of a row, by its name. One that there is not, or that may not be read, is
	// KindNotFound.
	Under(ctx context.Context, key, child string) (*Children, error)
	// ChildList returns a page of ChildPage of those rows. The query's columns and size say nothing.
	ChildList(ctx context.Context, key, child string, query Query) (*Children, *List, error)
	// Linking returns a many-to-many relation of a row by its name, for queries of the other table. One that there is not is
	// KindNotFound, and one by a table that may not be read KindForbidden.
	Linking(ctx context.Context, key, name string) (*Linking, error)
	// Links returns that relation with a page of what is linked and one of what is not.
	Links(ctx context.Context, key, name string, chosen, others Query) (*Linked, error)
	// Relink links the rows of the other table with the keys in add and unlinks those in remove, in one transaction. It takes
	// what making and deleting the rows of the table that joins takes, or an update of the row where that is not registered.
	Relink(ctx context.Context, key, name string, add, remove []string) (*Relinked, error)
	// Why says what decides whether another account may do each thing with a row that the account in ctx may read, or for key
	// "" with some row; as makes the context of the other one. Writes are tried in a transaction that is undone, and not recorded.
	Why(ctx context.Context, as func(context.Context) context.Context, key string) (*Why, error)
	// Whose returns what stands at the path Options.Own of a row, as text; "" for nothing.
	Whose(ctx context.Context, key string) (string, error)
	// Neighbours returns the keys of the rows before and behind one in the list of a query, "" for none.
	Neighbours(ctx context.Context, key string, query Query) (prev, next string, err error)
	// Duplicate returns what the form of a new row begins with as the duplicate of one.
	Duplicate(ctx context.Context, key string) (*Copied, error)
	// Restore takes a row out of the trash; Purge deletes it there for good.
	Restore(ctx context.Context, key string) (*Saved, error)
	Purge(ctx context.Context, key string) (*Saved, error)
	// Form returns what a form needs: key "" is a new row with the defaults filled in, else the row to edit.
	// A non-nil input replaces the values shown (a submission that failed is drawn again with what was typed).
	Form(ctx context.Context, key string, input url.Values) (*Form, error)
	// Submit writes a form: key "" creates, else updates. Only fields present in input are touched; a field shown
	// and sent back unchanged is not written, and with BaseParam is left as others made it meanwhile. What both changed is
	// KindConflict until KeepParam says what is kept. Messages by field come as an *Error of KindInvalid or KindConflict.
	Submit(ctx context.Context, key string, input url.Values) (*Saved, error)
	// History returns a page of what changed in one row, the latest first; before is the Past.Next of a later page.
	History(ctx context.Context, key, before string) (*Past, error)
	// Undo tells what it would do now to undo the transaction of an entry of a row's history, or with since all that was
	// changed in the row after the entry. An entry that is not the row's is KindNotFound.
	Undo(ctx context.Context, key, id string, since bool) (*Reversal, error)
	// PutBack does that, in one transaction, as it was chosen. It is KindConflict, and nothing is done, if anything differs from
	// what was shown.
	PutBack(ctx context.Context, key, id string, since bool, chosen Chosen) (*Reversal, error)
	// Impact tells what deleting one row does to others; verb is Delete or Purge.
	Impact(ctx context.Context, verb Verb, key string) (*Impact, error)
	// Delete deletes one row and returns it as it was named.
	Delete(ctx context.Context, key string) (*Saved, error)
	// Act runs the named action of Options.Actions on one row, with what was typed into the form of one that asks. An
	// unknown name is KindNotFound.
	Act(ctx context.Context, key, action string, input url.Values) (*Saved, error)
	// ActForm returns the form of an action that asks, for the row with this key or, for "", for many. A non-nil input replaces
	// the values shown. An action that asks for nothing is KindNotFound.
	ActForm(ctx context.Context, key, action string, input url.Values) (*Form, error)
	// ActChoices is Choices of a field of the form of an action that asks.
	ActChoices(ctx context.Context, action, field, search string) (*Choices, error)
	// Survey says what a verb or an action would meet in a selection. More than BulkLimit rows are KindLarge.
	Survey(ctx context.Context, verb Verb, selection Selection) (*Survey, error)
	// BulkForm returns the fields that can be set in all rows of a selection, each with the value that they share.
	BulkForm(ctx context.Context, selection Selection, input url.Values) (*Form, error)
	// Bulk does Delete, Update (the fields in input) or an action (with the form in input) to all rows of a selection that
	// it may touch, or to none: if their Survey.Digest is not digest, it is KindConflict, and rows that stand in the way are
	// *Refusals. All changes have one Change.Set.
	Bulk(ctx context.Context, verb Verb, selection Selection, digest string, input url.Values) (*Done, error)
	// Inline returns the columns that the account may edit in their place, in the rows that it may update.
	Inline(ctx context.Context) []string
	// Cell returns one field of a row for that; a field that Inline does not name is KindNotFound. A non-nil input replaces the
	// value shown.
	Cell(ctx context.Context, key, field string, input url.Values) (*CellForm, error)
	// SetCell writes one field as Submit does.
	SetCell(ctx context.Context, key, field string, input url.Values) (*Saved, error)
	// Choices returns up to ChoiceLimit rows that the relation field (a column name) may point at and that match
	// search and, for one that another field narrows, belong to parent, that field's value; More tells that there are others. A field that is no relation is KindNotFound.
	Choices(ctx context.Context, field, search string, parent ...string) (*Choices, error)
	// Making tells of a new row that a relation field is to point at, in a form whose field that narrows it holds parent. A field
	// for which the account may make no rows is KindForbidden.
	Making(ctx context.Context, field, parent string) (*Making, error)
	// Made returns the row with this key as Choices offers it, nil if that does not.
	Made(ctx context.Context, field, parent, key string) (*Choice, error)
}

// Verb names what is done to a row. Actions of a table's Options are verbs too, under their own names.
type Verb string

// The verbs that every table has unless its Options say otherwise.
const (
	Read   Verb = "read"
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
)

// The verbs of a table whose model has a gorm.DeletedAt: what is deleted there is in the trash first. Who may do one of
// them to a row sees it there.
const (
	Restore Verb = "restore" // takes a row out of the trash
	Purge   Verb = "purge"   // deletes a row of the trash for good
)

// Limits of what one request may cost.
const (
	CountCap    = 10_000 // rows counted exactly
	ChoiceLimit = 20     // rows offered by a picker at a time
	PageSize    = 50     // rows on a page unless asked otherwise
	PageSizeMax = 500    // the most rows on a page
	SearchLimit = 200    // characters of a search that are read
)

// Kind says what a field's values are; it decides how they are read, written and drawn.
type Kind string

// The kinds. A relation is a field whose values point at rows of another registered table.
const (
	KindText     Kind = "text"     // one line
	KindLongText Kind = "longtext" // several lines
	KindInteger  Kind = "integer"
	KindNumber   Kind = "number" // numeric and floating point
	KindBool     Kind = "bool"
	KindTime     Kind = "time" // a moment, shown as 2006-01-02 15:04:05 in the zone of InZone
	KindDate     Kind = "date"
	KindJSON     Kind = "json"
	KindList     Kind = "list" // texts, one a line
	KindBytes    Kind = "bytes"
	KindRelation Kind = "relation"
)

// Table describes a registered table. It is shared by all requests and must not be changed.
type Table struct {
	Name     string      // the SQL name, which is also its path: "dns_records"
	Singular string      // for people, in lower case: "DNS record"
	Plural   string      // for people, capitalised: "DNS records"
	Area     string      // the group of the navigation it belongs to: "DNS"
	Help     string      // one sentence, from the table's comment; "" for none
	Keyless  bool        // nothing tells its rows apart: they are listed, and have no pages of their own
	Verbs    []Verb      // what Options allow, Actions not included
	Actions  []ActionDoc // the actions, in the order of Options
	Own      []Verb      // the verbs and actions that can be limited to one's own rows; none without Options.Own
	Group    []Verb      // likewise to those of one's group
	Paths    Paths       // how a row says whose it is
	PageSize int         // rows on a page unless asked otherwise
	History  bool        // what changes is recorded and can be read
	Search   []string    // labels of the fields searched; empty: the table has no search
	Fields   []FieldDoc  // every field that is not hidden, in the model's order
	Children []ChildDoc  // what refers to its rows, in the order of registration or of Options
	Links    []LinkDoc   // its many-to-many relations with registered tables
	Entries  []FieldDoc  // the controls that belong to no column, in the order of Options
}

// Paths are Options.Own, Options.Group and Options.Shared of a table; "" for one that it has not.
type Paths struct{ Own, Group, Shared string }

// ActionDoc describes one action of a table.
type ActionDoc struct {
	Name  string // a word for paths and permissions: "revoke"
	Label string // for people: "Revoke"
	Help  string // one sentence for its button's confirmation; "" for none

	Fields []FieldDoc // what it asks for first; none: nothing
}

// FieldDoc describes one field of a table.
type FieldDoc struct {
	Name     string // the column's name, as in forms and addresses
	Label    string // for people: "Created at"
	Help     string // one sentence, from the tag or the column's comment; "" for none
	Kind     Kind
	Refers   string // the table a relation points at; "" for others
	Secret   bool   // never shown, exported or recorded
	Unseen   bool   // what is typed into its control is never shown again
	ReadOnly bool   // never taken from a form
	Required bool   // NULL and empty are refused
}

// Query is what a list is asked for. The zero Query is the first page in the table's own order.
type Query struct {
	Search string // words and "phrases", each of which must be found in one of the searched fields, or in its own: name:ada
	Filter string // conditions as package filter reads them; "": none
	Sort   string // column names joined by ",", "-" before one for descending; "": the table's own order
	After  string // the List.Next of an earlier page
	Before string // the List.Prev of a later page
	Last   bool   // the last page; After and Before are then ignored
	Fields string // names of the columns to show, in this order, joined by ","; "": those that are listed by themselves
	Size   int    // rows a page, PageSize if 0, at most PageSizeMax
	Trash  bool   // the rows in the trash that the account may restore or purge, and no others; only lists and their counts know it

	within *confine // nil: all
	exact  bool     // a page holds what comes next in its direction, and nothing else where that is little or nothing
}

// List is one page of a table.
type List struct {
	Headings []Heading
	Rows     []Row
	Search   string // as it was understood
	Filter   string // as it was understood
	Sort     string // as it was understood, "" if it is the table's own order
	Size     int
	Next     string // cursor for Query.After; "" on the last page
	Prev     string // cursor for Query.Before; "" on the first page

	room *[]Cell // of all cells
	free func()  // of the rows that they were made from
}

// Heading is the head of one column of a list.
type Heading struct {
	Name     string // the field's column name; "" for a computed column
	Label    string
	Kind     Kind
	Zone     string // in which the moments of the column are written; "" for others
	Sortable bool
	Sorted   int    // place in the current order, from 1; 0 if the list is not sorted by it
	Desc     bool   // with Sorted: descending
	Next     string // Query.Sort for this column alone: ascending, then descending, then "", the table's own order
	Then     string // Query.Sort for this column besides those sorted by now: likewise, then without it
}

// Row is one row of a list: its key for paths, its name and the cells in the order of List.Headings.
type Row struct {
	Key    string // path-escaped already: appended to an address as it is
	Label  string
	Update bool // the account may update it
	Cells  []Cell
}

// Cell is one value as plain text; whoever draws it escapes it.
type Cell struct {
	Text string
	Null bool // the database holds NULL; Text is ""
	Ref  *Ref // the row pointed at, for relations that are set; Text is then its label
}

// Ref names a row of a registered table.
type Ref struct {
	Table string
	Key   string // path-escaped already
	Label string
}

// Record is one row with all its visible fields, for a show page.
type Record struct {
	Key    string // path-escaped already
	Label  string
	Verbs  []Verb // what the account may do with it: Read, Update, Delete and actions
	Groups []Group[Value]

	Zone     string     // in which its moments are written
	Trashed  Cell       // since when it is in the trash; zero if it is not
	Children []Children // what refers to it, as far as the account may read that
}

// Group is a titled set of fields, in the order they are drawn. Title is "" for the leading group.
type Group[F any] struct {
	Title  string
	Fields []F
}

// Value is one field of a row as plain text.
type Value struct {
	FieldDoc
	Cell
	Zone string // of a moment: the time zone in which it is written
	Link string // of a web or an e-mail address: where it leads; "" for others
}

// Form is a row as it is edited.
type Form struct {
	Key    string // path-escaped already; "" for a new row
	Label  string // the row's name; "" for a new row
	Zone   string // the time zone of its moments, sent back as ZoneParam; "" if it has none
	Base   string // what it shows of a row, sent back as BaseParam; "" for a new row
	Groups []Group[Input]

	Lines []Lines // the children that are edited with the row
}

// Input is one field of a form. Its control is named Name; a nullable text field whose Null is true is accompanied
// by a hidden parameter NullParam with the field's name as value, which makes its empty text mean NULL.
// A bool that is not nullable is a hidden "false" followed by a checkbox "true", both named Name.
type Input struct {
	FieldDoc
	Widget    string   // the template under views/fields that draws it: "text", "select", "relation", "password" …
	Text      string   // what the control holds
	Null      bool     // empty means NULL here
	Column    string   // of a line: the field's name, which Name has a prefix before; "" for others
	Fixed     bool     // the value is given and cannot be chosen
	Mixed     bool     // the rows that the form is for hold different values
	Choices   []Choice // for "select" and "radio"; for "relation" the first matches
	More      bool     // a relation has more rows than Choices offers
	Ref       *Ref     // the row pointed at now
	MaxLength int      // characters; 0 for no limit
	Min, Max  string   // bounds of a number; "" for none
	Hint      string   // what the rules of the database allow, as far as the control does not show it; "" for nothing
	Zone      string   // of a moment: the time zone in which Text is written; "" for UTC
	ShowIf    *Premise // when the field is there; nil for always. What is sent for one that is not there is not taken
	MakesFor  string   // the table of the form, if the account may make rows of Refers for this field; "" if not: see Resource.Making
	Within    string   // the field whose value narrows the choices; "" for none
	Parent    string   // what that field holds
	Error     string   // the sentence that belongs beside it; "" for none
	Clash     *Clash   // what others made of the field meanwhile; nil if nothing has to be chosen
	Taken     *Ref     // with Error, the row that is in the way; nil for none
}

// NullParam is the form parameter that lists the fields whose empty text means NULL.
const NullParam = "_null"

// Choice is one value a field may take.
type Choice struct {
	Value string
	Label string
	Note  string // a second line, which tells rows apart that are called alike; "" for none
}

// Choices are the rows a relation may point at.
type Choices struct {
	Items []Choice
	More  bool
}

// Saved is the outcome of a write.
type Saved struct {
	Key     string // path-escaped already
	Label   string
	Changed []string // labels of the fields that were written; empty if nothing differed

	Meanwhile []Meanwhile // what others changed since the form was drawn, and what was left so; nil for nothing
}
