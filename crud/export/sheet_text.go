package export

import (
	"fmt"
	"unicode/utf8"
)

// cutMark ends a text that is longer than a cell may be.
const cutMark = " … [cut: a cell holds no more]"

// cut shortens text to what a cell holds, and says so at its end.
func cut(text []byte) []byte {
	fits, units := 0, 0
	for at := 0; at < len(text); {
		letter, size := utf8.DecodeRune(text[at:])
		if units++; letter > 0xFFFF {
			units++
		}
		if units > sheetCell {
			return append(text[:fits:fits], cutMark...)
		}
		if at += size; units <= sheetCell-utf8.RuneCountInString(cutMark) {
			fits = at
		}
	}
	return text
}

// appendXML escapes text for XML, and what XML cannot hold as Excel does: _x0001_.
func appendXML(to, text []byte) []byte {
	for at := 0; at < len(text); {
		letter := text[at]
		switch {
		case letter == '&':
			to = append(to, "&amp;"...)
		case letter == '<':
			to = append(to, "&lt;"...)
		case letter == '>':
			to = append(to, "&gt;"...)
		case letter == '_' && escape(text[at:]):
			to = append(to, "_x005F_"...)
		case letter < ' ' && letter != '\t' && letter != '\n':
			to = append(to, "_x00"...)
			to = append(to, "0123456789ABCDEF"[letter>>4], "0123456789ABCDEF"[letter&15], '_')
		case letter < utf8.RuneSelf:
			to = append(to, letter)
		default:
			whole, size := utf8.DecodeRune(text[at:])
			if whole == 0xFFFE || whole == 0xFFFF {
				to = fmt.Appendf(to, "_x%X_", whole)
			} else {
				to = utf8.AppendRune(to, whole)
			}
			at += size
			continue
		}
		at++
	}
	return to
}

// escape reports whether text begins with what Excel reads as an escape: _x0041_.
func escape(text []byte) bool {
	if len(text) < len("_x0041_") || text[1] != 'x' || text[6] != '_' {
		return false
	}
	for _, letter := range text[2:6] {
		if (letter < '0' || letter > '9') && (letter < 'a' || letter > 'f') && (letter < 'A' || letter > 'F') {
			return false
		}
	}
	return true
}
