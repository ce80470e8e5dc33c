package crud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// jsonDepth is the deepest nesting that a form takes.
const jsonDepth = 32

// jsonDigits is how long a number in JSON may be written.
const jsonDigits = 1000

// replaced finds U+FFFD where it is meant: elsewhere the decoder puts it for an escape of a lone surrogate.
var replaced = regexp.MustCompile(`(?i)\x{FFFD}|\\ufffd`)

// checkJSON refuses text that jsonb cannot hold; its errors are sentences for people.
func checkJSON(text string) error {
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal([]byte(text), new(json.RawMessage)), &syntax) {
		before := text[:min(int(syntax.Offset), len(text))]
		line, column := 1+strings.Count(before, "\n"), utf8.RuneCountInString(before[1+strings.LastIndex(before, "\n"):])
		return fmt.Errorf("This is not valid JSON: line %d, column %d: %w.", line, column, syntax)
	}
	depth := 0
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("This is not valid JSON.")
		}
		switch token := token.(type) {
		case json.Delim:
			if token == '{' || token == '[' {
				depth++
			} else {
				depth--
			}
			if depth > jsonDepth {
				return errors.New("This JSON is nested too deeply.")
			}
		case json.Number:
			if _, power, _ := strings.Cut(strings.ToLower(token.String()), "e"); len(token) > jsonDigits || len(strings.TrimLeft(power, "+-0")) > 3 {
				return errors.New("This JSON holds a number that is too long to be stored.")
			}
		case string:
			if strings.ContainsRune(token, 0) {
				return errors.New("This JSON holds a NUL character, which cannot be stored.")
			}
			if strings.ContainsRune(token, utf8.RuneError) && !replaced.MatchString(text) {
				return errors.New("This JSON holds half of a character, which cannot be stored.")
			}
		}
	}
}

// indented lays JSON out for reading; text that is not JSON stays as it is.
func indented(text string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}
