package crud

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// baseLimit is how many bytes of a value a form carries to be compared. Of longer ones it carries a digest.
const baseLimit = 8000

// base is what a form showed, as it travels through the browser. It decides what is compared, and nothing about what the
// account may do: whoever forges it overwrites what they were allowed to overwrite.
type base struct {
	Seen map[string]*string `json:"seen,omitempty"` // by field, as field.raw
	Long map[string]string  `json:"long,omitempty"` // digests of texts beyond baseLimit
	Was  map[string]*string `json:"was,omitempty"`  // of fields with a Clash, what was seen before that; which to keep has to be said
	Sums map[string]string  `json:"sums,omitempty"` // of forms for many rows
}

// baseOf reads what a form says that it showed; nil if it does not say.
func baseOf(input url.Values) (*base, error) {
	values := input[BaseParam]
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // a form need not say
	}
	var b base
	if len(values) > 1 || json.Unmarshal([]byte(values[0]), &b) != nil {
		return nil, fail(KindInvalid, "It cannot be read what this form showed. Open it again.", nil)
	}
	return &b, nil
}

// BaseFor is the base of a form, as Form.Base, of which only some fields are shown.
func BaseFor(text string, names []string) (string, error) {
	b, err := baseOf(url.Values{BaseParam: {text}})
	if err != nil {
		return "", err
	}
	other := func(name string) bool { return !slices.Contains(names, name) }
	maps.DeleteFunc(b.Seen, func(name string, _ *string) bool { return other(name) })
	maps.DeleteFunc(b.Long, func(name, _ string) bool { return other(name) })
	maps.DeleteFunc(b.Was, func(name string, _ *string) bool { return other(name) })
	return b.String(), nil
}

// String writes the base for a form.
func (b *base) String() string {
	text, _ := json.Marshal(b) // texts always marshal
	return string(text)
}

// note adds what a row holds in a field. What is never shown is not noted.
func note[P any](b *base, row P, f *field[P]) {
	switch raw := f.raw(row); {
	case f.Unseen:
	case raw != nil && len(*raw) > baseLimit:
		text, _ := f.text(row)
		b.Long[f.Name] = digestOf(text)
	default:
		b.Seen[f.Name] = raw
	}
}

// digestOf is the same for a text as it was shown and as a browser sends it back.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(strings.ReplaceAll(text, "\r\n", "\n")))
	return hex.EncodeToString(sum[:])
}

// baseFrom notes what a form with these fields shows of a row.
func baseFrom[P any](row P, fields []*field[P]) *base {
	b := &base{Seen: map[string]*string{}, Long: map[string]string{}, Was: map[string]*string{}}
	for _, f := range fields {
		note(b, row, f)
	}
	return b
}

// holds reports whether the row still has what the form showed; a field of which the form says nothing has.
func (b *base) holds(name string, raw *string, text string) bool {
	if long, ok := b.Long[name]; ok {
		return digestOf(text) == long
	}
	seen, ok := b.Seen[name]
	return !ok || deref(seen) == deref(raw)
}
