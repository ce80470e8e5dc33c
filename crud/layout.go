package crud

// Layout is how a list is shown where its address does not say. The zero Layout is the table's own.
type Layout struct {
	Fields  string // as Query.Fields; "": the columns that are listed by themselves
	Size    int    // as Query.Size; 0: PageSize
	Compact bool   // rows stand close together
	Home    string // the address's parameters that the list opens with: those of a View; "" for none
}

// View is a list as somebody saved it under a name.
type View struct {
	Key     string // of its row, path-escaped
	Name    string
	Query   string // what the list's address says after its question mark
	Role    string // the role that it is shared with; "" for none
	Own     bool   // it is the account's
	Default bool   // its owner's list opens with it
}
