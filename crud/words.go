package crud

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spaced turns a Go name into words in lower case, keeping runs of capitals: "DNSRecord" is "DNS record".
func spaced(name string) string {
	runes := []rune(name)
	var words []string
	start := 0
	for i := 1; i <= len(runes); i++ {
		if i < len(runes) && !boundary(runes, i) {
			continue
		}
		word := string(runes[start:i])
		if strings.ToUpper(word) != word || utf8.RuneCountInString(word) == 1 {
			word = strings.ToLower(word)
		}
		words = append(words, word)
		start = i
	}
	return strings.Join(words, " ")
}

// boundary reports whether a word begins at i: at a capital after a small letter, or at the last capital of a run.
func boundary(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i]) {
		return false
	}
	return !unicode.IsUpper(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1]))
}

// sentence makes the first letter a capital.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// lowered makes the first letter small unless an abbreviation begins with it: "Users" is "users", "DNS records" stays.
func lowered(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(second) {
		return text
	}
	return string(unicode.ToLower(first)) + text[size:]
}

// titled turns a table's SQL name into a title: "certificate_files" is "Certificate files".
func titled(table string) string { return sentence(strings.ReplaceAll(table, "_", " ")) }

// nearest returns `; did you mean "x"?` for the known name that differs least, or "" if none is near.
func nearest(name string, known []string) string {
	if best := closest(name, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// likely is nearest within a sentence of a page.
func likely(name string, known []string) string {
	if best := closest(name, known); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// closest is the known name that differs least, "" if none is near.
func closest(name string, known []string) string {
	best, distance := "", 1+len(name)/2
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance is Levenshtein's, on bytes: names are ASCII.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
