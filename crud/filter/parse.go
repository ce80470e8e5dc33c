package filter

import (
	"strings"
	"unicode/utf8"
)

// Parse reads a filter. "" is the empty one. It knows the form alone: whether columns, operators and values fit is for
// Clause to say.
func Parse(text string) (Node, error) {
	if strings.TrimSpace(text) == "" {
		return Node{}, nil
	}
	if len(text) > MaxLength {
		return Node{}, errorf("The filter is longer than %d characters.", MaxLength)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Node{}, errorf("The filter holds what is no text.")
	}
	p := &parser{rest: text}
	node, err := p.group(0)
	if err != nil {
		return Node{}, err
	}
	if p.rest != "" {
		return Node{}, errorf("The filter has a %q too many.", p.rest[:1])
	}
	return node, nil
}

type parser struct {
	rest       string
	conditions int
}

// group reads nodes up to the end or a closing parenthesis.
func (p *parser) group(depth int) (Node, error) {
	if depth > MaxDepth {
		return Node{}, errorf("The filter has more than %d groups within each other.", MaxDepth)
	}
	var nodes []Node
	joined := byte(0)
	for {
		node, err := p.node(depth)
		if err != nil {
			return Node{}, err
		}
		nodes = append(nodes, node)
		if p.rest == "" || p.rest[0] == ')' {
			break
		}
		if joined != 0 && joined != p.rest[0] {
			return Node{}, errorf("The filter mixes ; and | in one group: put one of them in parentheses.")
		}
		if joined = p.rest[0]; joined != ';' && joined != '|' {
			return Node{}, errorf("The filter has a %q where ; or | is expected.", p.rest[:1])
		}
		p.rest = p.rest[1:]
	}
	if len(nodes) == 1 {
		return nodes[0], nil
	}
	return Node{Or: joined == '|', Nodes: nodes}, nil
}

func (p *parser) node(depth int) (Node, error) {
	if !strings.HasPrefix(p.rest, "(") {
		return p.condition()
	}
	p.rest = p.rest[1:]
	node, err := p.group(depth + 1)
	if err != nil {
		return Node{}, err
	}
	if !strings.HasPrefix(p.rest, ")") {
		return Node{}, errorf("The filter lacks a closing parenthesis.")
	}
	p.rest = p.rest[1:]
	return node, nil
}

func (p *parser) condition() (Node, error) {
	if p.conditions++; p.conditions > MaxConditions {
		return Node{}, errorf("The filter has more than %d conditions.", MaxConditions)
	}
	end := strings.IndexAny(p.rest, `:;|(),"`)
	if end < 0 {
		end = len(p.rest)
	}
	head := p.rest[:end]
	dot := strings.LastIndexByte(head, '.')
	if dot < 1 || dot == len(head)-1 {
		return Node{}, errorf("The filter has %q where a column and an operator are expected, such as name.contains:go.", head)
	}
	node := Node{Field: head[:dot], Op: Op(head[dot+1:])}
	p.rest = p.rest[end:]
	for sign := byte(':'); p.rest != "" && p.rest[0] == sign; sign = ',' {
		p.rest = p.rest[1:]
		value, err := p.value()
		if err != nil {
			return Node{}, err
		}
		if node.Values = append(node.Values, value); len(node.Values) > MaxValues {
			return Node{}, errorf("The filter has more than %d values for %s.", MaxValues, node.Field)
		}
	}
	return node, nil
}

// value reads one value, quoted or up to the next sign.
func (p *parser) value() (string, error) {
	if !strings.HasPrefix(p.rest, `"`) {
		end := strings.IndexAny(p.rest, `;|(),"`)
		if end < 0 {
			end = len(p.rest)
		}
		value := p.rest[:end]
		p.rest = p.rest[end:]
		return value, nil
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errorf("The filter lacks a closing quotation mark.")
}
