package export

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// number reports whether text is a number as all programs read one: -12.5e+3.
func number(text []byte) bool {
	at := 0
	if at < len(text) && (text[at] == '-' || text[at] == '+') {
		at++
	}
	whole := digits(text[at:])
	if at += whole; whole == 0 {
		return false
	}
	if at < len(text) && text[at] == '.' {
		part := digits(text[at+1:])
		if at += 1 + part; part == 0 {
			return false
		}
	}
	if at < len(text) && (text[at] == 'e' || text[at] == 'E') {
		if at++; at < len(text) && (text[at] == '-' || text[at] == '+') {
			at++
		}
		power := digits(text[at:])
		if at += power; power == 0 {
			return false
		}
	}
	return at == len(text)
}

// digits counts the digits that text begins with.
func digits(text []byte) int {
	for i, letter := range text {
		if letter < '0' || letter > '9' {
			return i
		}
	}
	return len(text)
}

// boolean writes t and f in full.
func boolean(text []byte) []byte {
	switch string(text) {
	case "t":
		return []byte("true")
	case "f":
		return []byte("false")
	}
	return text
}

// appendTime turns a moment into RFC 3339 with its offset. What that cannot say stays as PostgreSQL writes it: infinity,
// years before 1 and after 9999, offsets with seconds.
func appendTime(to, text []byte) []byte {
	const day, second = len("2006-01-02"), len("2006-01-02 15:04:05")
	if len(text) < second || text[day] != ' ' || text[len(text)-1] == 'C' {
		return append(to, text...)
	}
	to = append(append(append(to, text[:day]...), 'T'), text[day+1:]...)
	switch at := bytes.LastIndexAny(text[second:], "+-"); {
	case at < 0:
		return append(to, "+00:00"...)
	case len(text)-second-at == len("+00"):
		return append(to, ":00"...)
	}
	return to
}

// appendJSON writes a cell as a JSON value. Numbers keep all their digits; what JSON has no number for is a string.
func appendJSON(to, text []byte, kind, element Kind) []byte {
	switch kind {
	case Number:
		if number(text) && text[0] != '+' {
			return append(to, text...)
		}
	case Bool:
		if full := boolean(text); len(full) > 1 {
			return append(to, full...)
		}
	case JSON: // a line break can only stand between its tokens
		start := len(to)
		to = append(to, text...)
		for i, letter := range to[start:] {
			if letter == '\n' || letter == '\r' {
				to[start+i] = ' '
			}
		}
		return to
	case Array:
		return appendArray(to, text, element)
	case Time:
		return append(appendTime(append(to, '"'), text), '"')
	}
	return appendString(to, text)
}

// appendString writes text as a JSON string.
func appendString(to, text []byte) []byte {
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	return quoted(to, text)
}

// AppendString writes text as a JSON string. What is not UTF-8 in it becomes U+FFFD.
func AppendString(to []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return quoted(to, text)
}

// quoted writes UTF-8 in quotes, a run of letters that stand for themselves at a time.
func quoted[T string | []byte](to []byte, text T) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	done := 0
	for i := range len(text) {
		letter := text[i]
		if letter >= ' ' && letter != '"' && letter != '\\' {
			continue
		}
		to = append(to, text[done:i]...)
		done = i + 1
		switch letter {
		case '"', '\\':
			to = append(to, '\\', letter)
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, '\\', 'u', '0', '0', hex[letter>>4], hex[letter&15])
		}
	}
	return append(append(to, text[done:]...), '"')
}

// appendArray turns PostgreSQL's text of an array into a JSON array. Bounds that do not begin at 1 are lost.
func appendArray(to, text []byte, element Kind) []byte {
	if at := bytes.IndexByte(text, '='); at >= 0 && text[0] == '[' {
		text = text[at+1:]
	}
	for i := 0; i < len(text); {
		switch text[i] {
		case '{':
			to = append(to, '[')
			i++
		case '}':
			to = append(to, ']')
			i++
		case ',':
			to = append(to, ',')
			i++
		case '"':
			item, size := quotedItem(text[i:])
			to = appendJSON(to, item, element, Text)
			i += size
		default:
			item := text[i:]
			if end := bytes.IndexAny(item, ",}"); end >= 0 {
				item = item[:end]
			}
			i += len(item)
			if string(item) == "NULL" {
				to = append(to, "null"...)
			} else {
				to = appendJSON(to, item, element, Text)
			}
		}
	}
	return to
}

// quotedItem reads the element in quotes that text begins with, and how many bytes it takes there.
func quotedItem(text []byte) (item []byte, size int) {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return item, i + 1
		case '\\':
			if i++; i == len(text) {
				return item, i
			}
		}
		item = append(item, text[i])
	}
	return item, len(text)
}
