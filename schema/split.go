package schema

import (
	"regexp"
	"strings"
)

// statement is one statement of a file, and the line that it begins in, from 1.
type statement struct {
	text   string
	line   int
	client bool // psql itself does it: a command of its own, or COPY from what stands behind it
}

// splitter takes a file of SQL apart, as psql does.
type splitter struct {
	text string
	at   int
	list []statement
}

var (
	copied = regexp.MustCompile(`(?is)^COPY\s.*\sFROM\s+STDIN\b`)
	tagged = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$`)
)

// split returns the statements of a text whose first line has this number.
func split(text string, line int) []statement {
	s := &splitter{text: text}
	for s.at < len(text) {
		begin := s.skip()
		if begin >= len(text) {
			break
		}
		s.at = begin
		if text[begin] == '\\' {
			s.at += len(lineOf(text[begin:]))
		} else {
			s.one()
		}
		found := strings.TrimSpace(text[begin:s.at])
		one := statement{text: found, line: line + strings.Count(text[:begin], "\n"), client: text[begin] == '\\'}
		if copied.MatchString(found) {
			one.client = true
			s.data()
		}
		s.list = append(s.list, one)
	}
	return s.list
}

func lineOf(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// data passes over what COPY reads.
func (s *splitter) data() {
	end := strings.Index(s.text[s.at:], "\n\\.")
	if end < 0 {
		s.at = len(s.text)
		return
	}
	s.at += end + len("\n\\.")
}

// skip is the place of what comes next, behind spaces, remarks and empty statements.
func (s *splitter) skip() int {
	at := s.at
	for at < len(s.text) {
		switch rest := s.text[at:]; {
		case strings.ContainsRune(" \t\r\n;\ufeff", rune(rest[0])):
			at++
		case strings.HasPrefix(rest, "--"):
			at += len(lineOf(rest))
		case strings.HasPrefix(rest, "/*"):
			at += remark(rest)
		case strings.HasPrefix(rest, "\ufeff"):
			at += len("\ufeff")
		default:
			return at
		}
	}
	return at
}

// remark is the length of a remark between /* and */, which may hold others.
func remark(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(text)
}

// one passes over a statement and the semicolon behind it.
func (s *splitter) one() {
	before, inside := "", 0 // the word before, and how many BEGIN ATOMIC and CASE are open
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch c := rest[0]; {
		case c == ';' && inside == 0:
			s.at++
			return
		case strings.HasPrefix(rest, "--"):
			s.at += len(lineOf(rest))
		case strings.HasPrefix(rest, "/*"):
			s.at += remark(rest)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			s.at++
			continue
		case c == '\'' && strings.EqualFold(before, "E") && s.text[s.at-1] != ' ':
			s.at += escaped(rest)
		case c == '\'' || c == '"':
			s.at = closing(s.text, s.at, c)
		case c == '$' && tagged.MatchString(rest):
			tag := tagged.FindString(rest)
			end := strings.Index(rest[len(tag):], tag)
			if end < 0 {
				s.at = len(s.text)
				return
			}
			s.at += end + 2*len(tag)
		case wordByte(c):
			end := 1
			for end < len(rest) && wordByte(rest[end]) {
				end++
			}
			word := strings.ToUpper(rest[:end])
			switch {
			case word == "ATOMIC" && strings.EqualFold(before, "BEGIN"), word == "CASE" && inside > 0:
				inside++
			case word == "END" && inside > 0:
				inside--
			}
			before = word
			s.at += end
			continue
		default:
			s.at++
		}
		before = ""
	}
}

// escaped is the length of a text in which a backslash stands before what is meant as it is.
func escaped(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '\'':
			if i+1 < len(text) && text[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(text)
}
