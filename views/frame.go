package views

import "html/template"

// Frame is what a layout draws around a page.
type Frame struct {
	Title   string // for the window, the panel's name left out: "Edit alice · Users"
	Brand   string
	Stage   string        // a badge such as "development"; "" for none
	Account string        // who is signed in; "" for nobody
	Theme   string        // as auth.Settings has it
	Plain   bool          // no navigation
	Menu    template.HTML // the navigation, drawn by the block entries from a Menu
	Foot    template.HTML // what stands below it, drawn by the block foot from a Foot
	Notices []Notice
	Warning *Warning // nil for none
	Alarms  []string // sentences about what is broken, for those who can mend it
	Refresh int      // seconds after which the page is read again where there are no scripts; 0: never
	Page    any      // the page's own struct, or its content as a Part
}

// Warning is a sentence above a page that asks for an administrator, and where to read on.
type Warning struct {
	Text, Path, More string
}

// Menu is what the navigation offers.
type Menu struct {
	Brand string
	Home  bool // the dashboard is the current page
	Areas []Area
}

// Foot is what stands below the navigation.
type Foot struct {
	Stage, Account     string // as Frame has them
	Version            string // "" for none
	Profile, AtProfile bool   // there is a page of one's own account, and it is the current one
}

// Area is one group of the navigation. Title is "" for the leading group.
type Area struct {
	Title string
	Items []Item
}

// Item is one entry of the navigation.
type Item struct {
	Label   string
	Path    string
	Icon    string
	Current bool
}

// Notice is a sentence that an earlier request left for this page.
type Notice struct {
	Text string
}
