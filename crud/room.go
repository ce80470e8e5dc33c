package crud

import "sync"

// rooms are what lists kept their cells in that nobody needs any more: most of what a list allocates.
var rooms sync.Pool

// roomFor returns cells, all zero.
func roomFor(cells int) *[]Cell {
	if spare, ok := rooms.Get().(*[]Cell); ok && cap(*spare) >= cells {
		*spare = (*spare)[:cells]
		return spare
	}
	room := make([]Cell, cells)
	return &room
}

// Free lets other lists have the room of the cells. Nothing may be done with the rows afterwards. A list that is not freed is
// collected like anything else.
func (l *List) Free() {
	if l.room == nil {
		return
	}
	clear(*l.room)
	rooms.Put(l.room)
	l.Rows, l.room = nil, nil
}
