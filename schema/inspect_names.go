package schema

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/jinzhu/inflection"
)

// initialisms are written in capitals.
const initialisms = " ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP TLS TTL UDP UI UID UUID URI URL UTF8 VM XML XSRF XSS "

// goName is an exported Go name made of a name of SQL: "reports_to" is ReportsTo, "ArtistId" ArtistID.
func goName(name string) string {
	var out strings.Builder
	for _, word := range wordsOf(name) {
		upper := strings.ToUpper(word)
		if strings.Contains(initialisms, " "+upper+" ") {
			out.WriteString(upper)
			continue
		}
		letters := []rune(word)
		if word == upper {
			letters = []rune(strings.ToLower(word))
		}
		out.WriteString(string(unicode.ToUpper(letters[0])) + string(letters[1:]))
	}
	text := out.String()
	if text == "" || !unicode.IsUpper([]rune(text)[0]) { // a digit, or a letter that has no capital
		text = "X" + text
	}
	return text
}

// wordsOf splits at what is neither letter nor digit, and before a capital behind a small letter.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	for _, letter := range name {
		if !unicode.IsLetter(letter) && !unicode.IsDigit(letter) {
			flush()
			continue
		}
		if unicode.IsUpper(letter) && len(word) > 0 && unicode.IsLower(word[len(word)-1]) {
			flush()
		}
		word = append(word, letter)
	}
	flush()
	return words
}

// inflected is a table's name for one of its rows.
func inflected(table string) string {
	words := wordsOf(table)
	if len(words) == 0 {
		return table
	}
	words[len(words)-1] = inflection.Singular(words[len(words)-1])
	return strings.Join(words, "_")
}

// unused is the name, with a number behind it if it is taken, and takes it.
func unused(taken map[string]bool, name string) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = name + strconv.Itoa(n)
	}
	taken[free] = true
	return free
}

// fileName is a table's name as a part of a file's.
func fileName(table string) string {
	if words := wordsOf(strings.ToLower(table)); len(words) > 0 {
		return strings.Join(words, "_")
	}
	return "table"
}

// tagText is a struct tag with the settings of GORM.
func tagText(settings []string, more string) string {
	if len(settings) == 0 && more == "" {
		return ""
	}
	tag := ""
	if len(settings) > 0 {
		tag = "gorm:" + strconv.Quote(strings.Join(settings, ";"))
	}
	tag = strings.TrimSpace(tag + " " + more)
	if strings.Contains(tag, "`") {
		return strconv.Quote(tag)
	}
	return "`" + tag + "`"
}

// setting is a value within a setting of GORM, which ";" ends.
func setting(value string) string { return strings.ReplaceAll(value, ";", `\;`) }

// option is a value within an index of GORM, which "," ends. A ";" has no place there.
func option(value string) string { return strings.ReplaceAll(value, ",", `\,`) }
