package crud

// Layout is how a list is shown where its address does not say. The zero Layout is the table's own.
type Layout struct {
	Fields  string // as Query.Fields; "": the columns that are listed by themselves
	Size    int    // as Query.Size; 0: PageSize
	Compact bool   // rows stand close together
}
