package controllers

import (
	"html/template"

	"unified/crud"
	"unified/views"
)

// hiddenField is a value that a form sends along.
type hiddenField struct{ Name, Value string }

// crumbs is the way back above a heading.
type crumbs struct {
	Table *crud.Table
	Key   string // "" on pages of the table itself and of the record itself
	Place place  // where the person was in the list
	Label string
}

// indexPage is what pages/table/index.html draws.
type indexPage struct {
	Table                   *crud.Table
	List                    *crud.List
	Headings                template.HTML // the block headings, which draws a list of listHeading
	Opening                 template.HTML // the block opening, which draws a listOpening
	Rows                    *views.Rows
	Filter                  *filterBar
	Export, Columns, Views  string        // where the forms that export it and lay it out come from, and its views: "" for who may not see any
	Sent                    template.HTML // the block sent, which draws a listSent
	Compact                 bool          // rows stand close
	Size                    int           // rows a page where the address does not say
	Count                   string        // "1,234" or "about 5.2 million"; "" if counting took too long
	Exactly                 string        // the list with its rows counted exactly; "" if they are, or cannot be in time
	CountNote               string        // why they are not, though that was asked for; "" for no reason
	Fragment                bool          // it is drawn for htmx, without the page around the rows
	Slow                    bool          // the rows could not be found in time
	Summary                 string
	Hint                    string        // what the search looks through
	Head, Find, Tick, Pager template.HTML // the blocks top, find and bulk, which draw a listTop, a findForm and the bulkBar
	Dialogs                 template.HTML // the block dialogs, which draws a listDialogs
	Narrow                  template.HTML // the block filter, which draws this page
	New                     button
	Import                  bool // the account may import rows
	Trash                   bool // the account may see what is deleted
	Bulk                    *bulkBar
	CanUpdate               bool   // some row
	Fields                  string // the columns that were asked for; "" for none
	Once                    string // what the form of the ticked rows is known by
	Clear                   string // the list without search and filter
}

// listHeading is one heading of a list.
type listHeading struct {
	Label string
	Class string // how the cells below it are aligned
	Zone  string // in which the moments below it are written; "" where there are none
	Path  string // the list sorted by it; "" if it cannot be
	Sort  string // aria-sort's value; "" if it cannot be sorted, or is not what is sorted by first
	Icon  string
	Then  pageLink // the list sorted by it besides the others, or no longer; without a path where that is Path
	Words string   // the direction of one that is not what is sorted by first; "" for others
	Order int      // its place among several that are sorted by, from 1; 0: there are no several
	Field string   // the field that is edited in its place; "" for none
}

// pageLink is one button of the pager.
type pageLink struct {
	Label string
	Icon  string
	Path  string // "" if there is no such page
}

// showPage is what pages/table/show.html draws.
type showPage struct {
	Table          *crud.Table
	Record         *crud.Record
	Crumbs         crumbs
	Actions        []actionButton
	Links          []recordLink
	Once           string // what its forms are known by
	Place          string // what carries the place in the list to the record's other pages
	Update, Delete button
	Children       []childPart
	Duplicate      string // the form of a new row like it; "" if the account may make none
	Prev, Next     pageLink
	Restore, Purge string   // where these are sent and asked, of a row in the trash; "" where they cannot be
	Greyed         []button // those that need a permission, in the order in which they stand
}

// actionButton is an action of the table, as the account may do it to the record.
type actionButton struct {
	crud.ActionDoc
	button
}

// formPage is what pages/table/form.html draws.
type formPage struct {
	Table    *crud.Table
	Form     *crud.Form
	Crumbs   crumbs
	Heading  string
	Action   string // where the form is sent
	Once     string // what it is known by
	Cancel   string
	Links    []recordLink // the record's other pages
	Single   bool         // no other new one follows
	Required bool         // some field is
	Reason   reasonInput
	Like     *crud.Copied // what a new record begins as; nil for an empty one
	Summary  string
	Problems []fieldProblem

	Fields, Lines template.HTML // the blocks group and lines
}

// fieldProblem is one line of the summary above a form. Field is "" for the whole record.
type fieldProblem struct {
	Field, Label, Text string
	Taken              *crud.Ref // the row that is in the way; nil for none
}

// homePage is what pages/home.html draws.
type homePage struct {
	Areas  []homeArea
	Latest *latest // nil if there is none to see
}

type homeArea struct {
	Title string
	Cards []homeCard
}

type homeCard struct {
	Label, Path, Icon, Count string
}

type latest struct {
	Table    *crud.Table
	List     *crud.List
	Headings []listHeading
	Rows     *views.Rows

	CanUpdate bool
}

// errorPage is what pages/error.html draws.
type errorPage struct {
	Status  int
	Heading string
	Message string
	Request string     // the request's id
	Sent    bool       // something was sent, which asking for the page again would not send
	Again   *sendAgain // what it was; nil if it cannot be shown
	Needs   []string   // the permissions of which one would do; nil if none would
	Back    *backLink  // nil for none
}

// backLink leads from an error to a list that one can go on from.
type backLink struct{ Label, Path string }

// loginPage is what pages/login.html draws.
type loginPage struct {
	Name    string // as it was typed
	Next    string // the path to go to afterwards
	Kept    string // what was sent when the session had ended; "" for nothing
	Hint    string // a sentence above it; "" for none
	Problem string // a sentence; "" at first

	Register bool // people may register themselves
}

// registerPage is what pages/register.html draws.
type registerPage struct {
	Fields  []registerField
	Problem string // a sentence; "" at first
}

// registerField is one control of the form of those who register.
type registerField struct {
	Name, Label, Autocomplete string
	Kind                      string // the control's type
	Optional                  bool
	Help                      string // a sentence; "" for none
	Value                     string // as it was typed; never of a password
	Error                     string // a sentence; "" for none
	Focus                     bool   // where typing begins
}
