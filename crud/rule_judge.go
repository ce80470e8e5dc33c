package crud

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// verdict is what can be said of a condition and a row. A check is broken if it fails.
type verdict int

const (
	fails verdict = iota
	holds
	absent  // SQL's NULL: a check passes
	unclear // only the database can tell
)

// datum is a value in a row, as text, with what is known of it.
type datum struct {
	text    string
	kind    Kind // decides how values compare; "" for one that stands in the rule itself
	null    bool
	unclear bool
}

// judge evaluates a condition over a row's values.
func (t *term) judge(of func(column string) datum) verdict {
	switch t.op {
	case "and":
		return t.fold(of, fails, holds)
	case "or":
		return t.fold(of, holds, fails)
	case "not":
		return map[verdict]verdict{holds: fails, fails: holds, absent: absent, unclear: unclear}[t.args[0].judge(of)]
	case "column", "value":
		return truth(t.datum(of))
	}
	left := t.first().datum(of)
	switch {
	case left.unclear:
		return unclear
	case t.op == "is null":
		return verdictOf(left.null)
	case t.op == "is not null":
		return verdictOf(!left.null)
	case len(t.args) != 2:
		return unclear
	case t.op == "in" || t.op == "not in":
		return t.among(left)
	}
	right := t.args[1].datum(of)
	switch {
	case right.unclear:
		return unclear
	case left.null || right.null:
		return absent
	}
	return compare(t.op, left, right)
}

// first is the first argument; a term that nothing is known of if there is none.
func (t *term) first() *term {
	if len(t.args) == 0 {
		return &term{}
	}
	return t.args[0]
}

// fold joins the verdicts of all arguments: one that decides, else the least certain.
func (t *term) fold(of func(string) datum, decides, otherwise verdict) verdict {
	result := otherwise
	for _, arg := range t.args {
		switch v := arg.judge(of); {
		case v == decides:
			return decides
		case v == unclear || v == absent && result != unclear:
			result = v
		}
	}
	return result
}

func verdictOf(it bool) verdict {
	if it {
		return holds
	}
	return fails
}

func truth(d datum) verdict {
	switch {
	case d.unclear || d.kind != KindBool && d.kind != "":
		return unclear
	case d.null:
		return absent
	}
	return verdictOf(d.text == "true")
}

// datum evaluates a value.
func (t *term) datum(of func(column string) datum) datum {
	switch t.op {
	case "column":
		return of(t.text)
	case "value":
		return datum{text: t.text}
	case "length", "char_length", "lower", "upper", "trim", "btrim":
	default:
		return datum{unclear: true}
	}
	if len(t.args) != 1 {
		return datum{unclear: true}
	}
	d := t.args[0].datum(of)
	if d.null || d.unclear {
		return d
	}
	switch t.op {
	case "length", "char_length":
		return datum{text: big.NewInt(int64(utf8.RuneCountInString(d.text))).String(), kind: KindInteger}
	case "trim", "btrim":
		d.text = strings.Trim(d.text, " ")
		return d
	}
	if strings.ContainsFunc(d.text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return datum{unclear: true} // which letters have another case depends on the database's locale
	}
	if t.op == "lower" {
		d.text = strings.ToLower(d.text)
	} else {
		d.text = strings.ToUpper(d.text)
	}
	return d
}

// among judges whether a value is one of an array's.
func (t *term) among(left datum) verdict {
	if left.null {
		return absent
	}
	var values []string
	for _, item := range t.args[1].args {
		if item.op != "value" {
			return unclear
		}
		values = append(values, item.text)
	}
	return verdictOf(slices.Contains(values, left.text) == (t.op == "in"))
}

// compare judges a comparison of two values that are there.
func compare(op string, left, right datum) verdict {
	if op == "~" || op == "!~" {
		pattern := portable(right.text)
		if pattern == nil || right.kind != "" {
			return unclear
		}
		return verdictOf(pattern.MatchString(left.text) == (op == "~"))
	}
	sign, known := weigh(left, right)
	if !known && op != "=" && op != "<>" {
		return unclear
	}
	switch op {
	case "=":
		return verdictOf(sign == 0)
	case "<>":
		return verdictOf(sign != 0)
	case "<":
		return verdictOf(sign < 0)
	case "<=":
		return verdictOf(sign <= 0)
	case ">":
		return verdictOf(sign > 0)
	}
	return verdictOf(sign >= 0)
}

// weigh compares two values by their kind. Of texts it knows only whether they are the same: their order depends on the
// database's locale.
func weigh(left, right datum) (sign int, known bool) {
	kind := left.kind
	if kind == "" {
		kind = right.kind
	}
	switch kind {
	case KindInteger, KindNumber, "":
		a, okA := new(big.Rat).SetString(left.text)
		b, okB := new(big.Rat).SetString(right.text)
		if okA && okB {
			return a.Cmp(b), true
		}
	case KindTime, KindDate:
		a, errA := time.Parse(timeLayout, withClock(left.text))
		b, errB := time.Parse(timeLayout, withClock(right.text))
		if errA == nil && errB == nil {
			return a.Compare(b), true
		}
	}
	return strings.Compare(left.text, right.text), false
}

// withClock makes a moment of a day.
func withClock(text string) string {
	if len(text) == len(dateLayout) {
		return text + "T00:00:00"
	}
	return text
}

// portable compiles a pattern that means the same to Go as to PostgreSQL; nil if that is not certain.
func portable(pattern string) *regexp.Regexp {
	if strange.MatchString(pattern) {
		return nil
	}
	compiled, err := regexp.Compile("(?s)" + pattern)
	if err != nil {
		return nil
	}
	return compiled
}

// strange finds what the two dialects read differently: escapes of letters and digits, and classes and groups with options.
var strange = regexp.MustCompile(`\\[A-Za-z0-9]|\[\[|\[:|\(\?|\*\*|[^\x00-\x7F]`)
