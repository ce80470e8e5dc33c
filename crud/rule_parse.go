package crud

import (
	"regexp"
	"slices"
	"strings"
)

// term is one part of a check's text as PostgreSQL writes it back: a condition over one row, or a value in one.
type term struct {
	op   string // and, or, not, is null, is not null, in, not in, a comparison, a function; column, value or array
	text string // a column's name or a value
	args []*term
}

// parseRule reads a check such as "CHECK (((port IS NULL) OR (port > 0)))". It returns nil for what it does not understand:
// the database then has the only word.
func parseRule(definition string) *term {
	text := strings.TrimSuffix(strings.TrimPrefix(definition, "CHECK "), " NOT VALID")
	if strings.TrimSpace(ruleToken.ReplaceAllString(text, "")) != "" {
		return nil
	}
	p := &ruleParser{tokens: ruleToken.FindAllString(text, -1)}
	t := p.or()
	if p.failed || len(p.tokens) > 0 {
		return nil
	}
	return t
}

var (
	ruleToken = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][\w$]*|\d+(?:\.\d+)?|::|<>|<=|>=|!~|[-()=<>~,\[\]]`)
	ruleName  = regexp.MustCompile(`^["A-Za-z_]`)

	comparisons = []string{"=", "<>", "<", "<=", ">", ">=", "~", "!~"}
	typeEndings = []string{"varying", "precision", "without", "with", "time", "zone"} // of types that are several words
)

// ruleParser is a recursive descent over the tokens that are left.
type ruleParser struct {
	tokens []string
	failed bool
}

// take drops the next tokens if they are these words, in whatever case.
func (p *ruleParser) take(words ...string) bool {
	if len(p.tokens) < len(words) {
		return false
	}
	for i, word := range words {
		if !strings.EqualFold(p.tokens[i], word) {
			return false
		}
	}
	p.tokens = p.tokens[len(words):]
	return true
}

func (p *ruleParser) must(word string) {
	if !p.take(word) {
		p.fail()
	}
}

func (p *ruleParser) fail() *term {
	p.failed, p.tokens = true, nil
	return &term{}
}

func (p *ruleParser) or() *term  { return p.chain("or", p.and) }
func (p *ruleParser) and() *term { return p.chain("and", p.not) }

func (p *ruleParser) chain(word string, next func() *term) *term {
	first := next()
	if !p.take(word) {
		return first
	}
	all := &term{op: word, args: []*term{first, next()}}
	for p.take(word) {
		all.args = append(all.args, next())
	}
	return all
}

func (p *ruleParser) not() *term {
	if p.take("not") {
		return &term{op: "not", args: []*term{p.not()}}
	}
	left := p.value()
	switch {
	case p.take("is", "null"):
		return &term{op: "is null", args: []*term{left}}
	case p.take("is", "not", "null"):
		return &term{op: "is not null", args: []*term{left}}
	case len(p.tokens) == 0 || !slices.Contains(comparisons, p.tokens[0]):
		return left
	}
	op := p.tokens[0]
	p.tokens = p.tokens[1:]
	switch {
	case op == "=" && p.take("any"):
		op = "in"
	case op == "<>" && p.take("all"):
		op = "not in"
	}
	return &term{op: op, args: []*term{left, p.value()}}
}

// value reads a value or a condition in parentheses, and drops the casts behind it.
func (p *ruleParser) value() *term {
	t := p.bare()
	for p.take("::") {
		p.dropType()
	}
	return t
}

func (p *ruleParser) dropType() {
	if len(p.tokens) == 0 {
		p.fail()
		return
	}
	p.tokens = p.tokens[1:]
	for len(p.tokens) > 0 && slices.Contains(typeEndings, p.tokens[0]) {
		p.tokens = p.tokens[1:]
	}
	if len(p.tokens) > 2 && p.tokens[0] == "(" && p.tokens[2] == ")" {
		p.tokens = p.tokens[3:]
	}
	p.take("[", "]")
}

func (p *ruleParser) bare() *term {
	switch {
	case p.take("("):
		t := p.or()
		p.must(")")
		return t
	case p.take("array", "["):
		return &term{op: "array", args: p.list("]")}
	case p.take("trim", "(", "both", "from"):
		return &term{op: "trim", args: p.list(")")}
	case p.take("-"):
		t := p.bare()
		t.text = "-" + t.text
		return t
	case len(p.tokens) == 0:
		return p.fail()
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	switch {
	case token[0] == '\'':
		return &term{op: "value", text: strings.ReplaceAll(token[1:len(token)-1], "''", "'")}
	case token[0] >= '0' && token[0] <= '9', strings.EqualFold(token, "true"), strings.EqualFold(token, "false"):
		return &term{op: "value", text: strings.ToLower(token)}
	case !ruleName.MatchString(token):
		return p.fail()
	case p.take("("):
		return &term{op: strings.ToLower(token), args: p.list(")")}
	}
	return &term{op: "column", text: strings.ReplaceAll(strings.Trim(token, `"`), `""`, `"`)}
}

// list reads values up to the bracket that ends them.
func (p *ruleParser) list(end string) []*term {
	var all []*term
	for !p.take(end) && !p.failed {
		all = append(all, p.or())
		if !p.take(",") && (len(p.tokens) == 0 || p.tokens[0] != end) {
			p.fail()
		}
	}
	return all
}

// columns returns the columns that the term reads, each once.
func (t *term) columns() []string {
	if t.op == "column" {
		return []string{t.text}
	}
	var names []string
	for _, arg := range t.args {
		for _, name := range arg.columns() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
