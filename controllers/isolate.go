package controllers

import (
	"strings"
	"unicode"
)

// turning are characters that are written from right to left, or turn what stands around them.
var turning = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0590, 0x08FF, 1}, {0x200E, 0x200F, 1}, {0x202A, 0x202E, 1}, {0x2066, 0x2069, 1}, {0xFB1D, 0xFDFF, 1}, {0xFE70, 0xFEFE, 1},
	},
	R32: []unicode.Range32{{0x10800, 0x10FFF, 1}, {0x1E800, 0x1EFFF, 1}},
}

// isolated is what a record is called, for a sentence or a title: which way it is written turns nothing beside it. Elements do that by style.
func isolated(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(turning, r) }) {
		return name
	}
	name = strings.Map(func(r rune) rune { // these would end it early, or not at all
		if r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
	return "\u2068" + name + "\u2069"
}
