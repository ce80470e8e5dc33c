package crud

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gorm.io/gorm/schema"
)

// tag is a field's crud tag: "label:Publish by;help:In UTC;readonly".
type tag struct {
	label, help, widget    string
	showIf, within         string   // as in Field
	choices                []string // separated by ","
	readonly, secret, skip bool     // a password's control makes its column secret too
	formonly               bool     // not edited in its place in a list
	name                   bool     // String reads it
	nfc                    bool     // texts that look alike are stored alike: trimmed, and in one form of Unicode
}

var tagKeys = []string{"label", "help", "widget", "choices", "showIf", "within", "readonly", "secret", "formonly", "name", "nfc", "-"}

// widgets are the controls that a tag or an entry may name; each has a template under views/fields.
var widgets = []string{"text", "longtext", "number", "bool", "select", "radio", "time", "date", "json", "list", "email", "url", "password", "relation"}

func parseTag(f *schema.Field) (tag, error) {
	var t tag
	var mistakes []error
	for part := range strings.SplitSeq(f.Tag.Get("crud"), ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		switch key {
		case "":
		case "label":
			t.label = value
		case "help":
			t.help = value
		case "showIf":
			t.showIf = value
		case "within":
			t.within = value
		case "widget":
			t.widget = value
			if !slices.Contains(widgets, value) {
				mistakes = append(mistakes, fmt.Errorf("crud: %s.%s: unknown widget %q%s", f.Schema.Name, f.Name, value, nearest(value, widgets)))
			}
			t.secret = t.secret || value == "password"
		case "choices":
			t.choices = strings.Split(value, ",")
		case "readonly":
			t.readonly = true
		case "secret":
			t.secret = true
		case "formonly":
			t.formonly = true
		case "name":
			t.name = true
		case "nfc":
			t.nfc = true
		case "-":
			t.skip = true
		default:
			mistakes = append(mistakes, fmt.Errorf("crud: %s.%s: unknown tag key %q%s", f.Schema.Name, f.Name, key, nearest(key, tagKeys)))
		}
	}
	return t, errors.Join(mistakes...)
}

func (t tag) labelOr(derived string) string {
	if t.label != "" {
		return t.label
	}
	return derived
}

var (
	inCheck  = regexp.MustCompile(`(?is)^\(*\s*(?:"?(\w+)"?\s+IS\s+NULL\s*\)?\s+OR\s+\(?\s*)?"?(\w+)"?\s+IN\s*\((.*?)\)\s*\)*$`)
	quoted   = regexp.MustCompile(`^\s*'((?:[^']|'')*)'\s*$`)
	oneValue = regexp.MustCompile(`(?i)^\(*"?(\w+)"?\s*=\s*(?:'((?:[^']|'')*)'|(true|false))\)*$`)
	castAway = regexp.MustCompile(`::[a-z ]+(\(\d+\))?$`)
	plain    = regexp.MustCompile(`^(true|false|-?\d+(\.\d+)?)$`)
)

// choicesOf reads the values out of a check of the form col IN ('a','b'), also with col IS NULL OR before it.
func choicesOf(check string) (column string, values []string) {
	match := inCheck.FindStringSubmatch(strings.TrimSpace(check))
	if match == nil || (match[1] != "" && match[1] != match[2]) {
		return "", nil
	}
	for item := range strings.SplitSeq(match[3], ",") {
		text := quoted.FindStringSubmatch(item)
		if text == nil {
			return "", nil
		}
		values = append(values, strings.ReplaceAll(text[1], "''", "'"))
	}
	return match[2], values
}

// conditionOf reads the condition of a partial index of the form col = 'value'. A truth value reads as "yes" or "no".
func conditionOf(where string) (column, value string) {
	match := oneValue.FindStringSubmatch(where)
	if match == nil {
		return "", ""
	}
	switch strings.ToLower(match[3]) {
	case "true":
		return match[1], "yes"
	case "false":
		return match[1], "no"
	}
	return match[1], strings.ReplaceAll(match[2], "''", "'")
}

// constant reads a default that is a constant; an expression such as now() is the database's own affair.
func constant(expression string) (string, bool) {
	expression = castAway.ReplaceAllString(strings.TrimSpace(expression), "")
	if text := quoted.FindStringSubmatch(expression); text != nil {
		return strings.ReplaceAll(text[1], "''", "'"), true
	}
	if plain.MatchString(strings.ToLower(expression)) {
		return strings.ToLower(expression), true
	}
	return "", false
}
