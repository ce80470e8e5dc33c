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
	l.free()
	l.Rows, l.room, l.free = nil, nil, nil
}

// free lets read use rows again that nobody has any more.
func (p *plan[P]) free(rows []P) { p.spare.Put(&rows) }

// emptyAnew returns what gives rows to be filled, those that were freed first, and what ends that.
func (p *plan[P]) emptyAnew() (next func() P, end func()) {
	spare, ok := p.spare.Get().(*[]P)
	if !ok {
		return p.empty, func() {}
	}
	next = func() P {
		if len(*spare) == 0 {
			return p.empty()
		}
		last := len(*spare) - 1
		row := (*spare)[last]
		*spare = (*spare)[:last]
		return row
	}
	return next, func() {
		if len(*spare) > 0 { // else the pool would give it before those that hold rows
			p.spare.Put(spare)
		}
	}
}
