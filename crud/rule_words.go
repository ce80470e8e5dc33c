package crud

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// fault is a column that breaks a rule and the sentence that says so.
type fault struct{ column, text string }

// faults says which columns break a condition that does not hold, each in words: those that certainly do, else those of which
// only the database can tell. label names a column for people.
func (t *term) faults(of func(string) datum, label func(string) string) []fault {
	switch t.op {
	case "and":
		all := t.faultsOf(fails, of, label)
		if len(all) == 0 {
			all = t.faultsOf(unclear, of, label)
		}
		return all
	case "or":
		return t.lacking().faultsWhere(of, label, t.premise(label))
	}
	columns := t.columns()
	if len(columns) == 0 {
		return nil
	}
	return []fault{{columns[0], t.words(of(columns[0]).kind, label)}}
}

func (t *term) faultsOf(wanted verdict, of func(string) datum, label func(string) string) []fault {
	var all []fault
	for _, arg := range t.args {
		if arg.judge(of) == wanted {
			all = append(all, arg.faults(of, label)...)
		}
	}
	return all
}

// lacking is the alternative that a person would take: the one that asks for a value, else the last one with a value.
func (t *term) lacking() *term {
	last := t.args[0]
	for _, arg := range t.args {
		if arg.asksFor() {
			return arg
		}
		if arg.op != "is null" {
			last = arg
		}
	}
	return last
}

func (t *term) asksFor() bool {
	return t.op == "is not null" || t.op == "and" && slices.ContainsFunc(t.args, (*term).asksFor)
}

// premise says when a rule counts, from alternatives of the form column <> 'value'; "" if it is for all rows.
func (t *term) premise(label func(string) string) string {
	for _, arg := range t.args {
		if arg.op == "<>" && arg.args[0].op == "column" && arg.args[1].op == "value" {
			return fmt.Sprintf(" where “%s” is “%s”", label(arg.args[0].text), arg.args[1].text)
		}
	}
	return ""
}

func (t *term) faultsWhere(of func(string) datum, label func(string) string, premise string) []fault {
	all := t.faults(of, label)
	for i := range all {
		if text, ends := strings.CutSuffix(all[i].text, "."); ends {
			all[i].text = text + premise + "."
		}
	}
	return all
}

// words says a comparison to the person whose value breaks it; "" for one that has no words. kind is the column's.
func (t *term) words(kind Kind, label func(string) string) string {
	if t.op == "is not null" {
		return empty
	}
	if len(t.args) != 2 {
		return ""
	}
	left, right := t.args[0], t.args[1]
	switch {
	case t.op == "in":
		return "Choose one of " + strings.Join(values(right), ", ") + "."
	case t.op == "not in":
		return "This may not be " + listing(quotedAll(values(right))) + "."
	case left.op == "length" || left.op == "char_length":
		return lengthWords(t.op, right.text)
	case left.op == "column" && t.op == "=" && (right.op == "lower" || right.op == "upper"):
		return map[string]string{"lower": "Only small letters are allowed here.", "upper": "Only capital letters are allowed here."}[right.op]
	case left.op == "column" && right.op == "column":
		return beside(t.op, kind, label(right.text))
	case left.op == "column" && right.op == "value":
		return against(t.op, right.text)
	}
	return ""
}

func values(array *term) []string {
	var all []string
	for _, item := range array.args {
		all = append(all, item.text)
	}
	return all
}

func quotedAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = "“" + text + "”"
	}
	return out
}

func lengthWords(op, bound string) string {
	switch {
	case op == ">" && bound == "0":
		return empty
	case op == ">=":
		return "At least " + bound + " characters are needed."
	case op == "<=":
		return "At most " + bound + " characters fit."
	case op == "=":
		return "Exactly " + bound + " characters are needed."
	}
	return ""
}

// beside says a comparison with another column.
func beside(op string, kind Kind, other string) string {
	greater, less := "greater", "less"
	if kind == KindTime || kind == KindDate {
		greater, less = "later", "earlier"
	}
	switch op {
	case "<>":
		return fmt.Sprintf("This must differ from “%s”.", other)
	case "=":
		return fmt.Sprintf("This must be the same as “%s”.", other)
	case ">":
		return fmt.Sprintf("This must be %s than “%s”.", greater, other)
	case "<":
		return fmt.Sprintf("This must be %s than “%s”.", less, other)
	case ">=":
		return fmt.Sprintf("This must not be %s than “%s”.", less, other)
	case "<=":
		return fmt.Sprintf("This must not be %s than “%s”.", greater, other)
	}
	return ""
}

// against says a comparison with a value that stands in the rule.
func against(op, value string) string {
	switch op {
	case "<>":
		return fmt.Sprintf("This may not be “%s”.", value)
	case "=":
		return fmt.Sprintf("This must be “%s”.", value)
	case ">":
		return "Enter more than " + value + "."
	case "<":
		return "Enter less than " + value + "."
	case ">=":
		return "The least allowed is " + value + "."
	case "<=":
		return "The most allowed is " + value + "."
	case "!~":
		if literal.MatchString(value) {
			return fmt.Sprintf("This may not contain “%s”.", value)
		}
		return fmt.Sprintf("This may not match the pattern “%s”.", value)
	case "~":
		return fmt.Sprintf("This must match the pattern “%s”.", value)
	}
	return ""
}

// literal finds patterns that stand for themselves.
var literal = regexp.MustCompile(`^[\w/:@ -]+$`)

// present is what a rule asks of a value that is there: the rule without "column IS NULL OR".
func (t *term) present() *term {
	if t.op == "or" && len(t.args) == 2 && t.args[0].op == "is null" {
		return t.args[1]
	}
	return t
}

// bounds returns the least and the greatest whole number that a rule about one column allows; nil for no bound.
func (t *term) bounds() (least, most *big.Int) {
	switch {
	case t.op == "and":
		for _, arg := range t.args {
			l, m := arg.bounds()
			if l != nil {
				least = l
			}
			if m != nil {
				most = m
			}
		}
		return least, most
	case len(t.args) != 2 || t.args[0].op != "column" || t.args[1].op != "value":
		return nil, nil
	}
	bound, ok := new(big.Int).SetString(t.args[1].text, 10)
	if !ok {
		return nil, nil
	}
	switch t.op {
	case ">":
		return bound.Add(bound, big.NewInt(1)), nil
	case ">=":
		return bound, nil
	case "<":
		return nil, bound.Sub(bound, big.NewInt(1))
	case "<=":
		return nil, bound
	}
	return nil, nil
}
