// Package filter reads and writes the filters of lists as they stand in addresses, and turns them into predicates over
// the columns that it is given. It knows no model and no table.
//
// A filter is conditions joined by ";" (all must hold) or "|" (one must), with groups in parentheses:
//
//	status.is:draft;(title.contains:go|title.starts:"a;b")
//	created_at.last:7d;ip_address.within:192.0.2.0/24;data.at:owner.name,ada
//
// A condition is a column, an operator and, after ":", its values joined by ",". A value that holds one of
// ; | ( ) , " or begins or ends with a space stands in double quotes, with " and \ in it written \" and \\.
package filter

import (
	"fmt"
	"slices"
	"strings"
)

// The limits of a filter.
const (
	MaxLength     = 4000 // bytes of its text
	MaxConditions = 50
	MaxDepth      = 4   // groups within groups
	MaxValues     = 200 // of one condition
)

// Node is a condition, or a group of nodes if Field is "". The zero Node is the empty filter, which every row passes.
type Node struct {
	Field  string
	Op     Op
	Values []string

	Or    bool // one of Nodes must hold; else all
	Nodes []Node
}

// Error is a filter that cannot be read or does not fit its table; its text is a sentence that says what is wrong.
type Error string

// Error returns the sentence.
func (e Error) Error() string { return string(e) }

// ValueError is a value that a condition cannot compare its column with.
type ValueError struct {
	Field, Value string
	Says         string // a sentence about the value
}

// Error returns a sentence that says which value it is.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%q is no value of the column %q: %s", e.Value, e.Field, e.Says)
}

func errorf(format string, args ...any) error { return Error(fmt.Sprintf(format, args...)) }

// IsZero reports whether every row passes.
func (n Node) IsZero() bool { return n.Field == "" && len(n.Nodes) == 0 }

// And returns a filter that asks for both.
func (n Node) And(other Node) Node {
	switch {
	case n.IsZero():
		return other
	case other.IsZero():
		return n
	case n.Field != "" || n.Or:
		n = Node{Nodes: []Node{n}}
	}
	return Node{Nodes: append(slices.Clone(n.Nodes), other)}
}

// Terms returns the nodes that must all hold.
func (n Node) Terms() []Node {
	switch {
	case n.IsZero():
		return nil
	case n.Field != "" || n.Or:
		return []Node{n}
	}
	return n.Nodes
}

// Fields returns the columns of all conditions, in their order.
func (n Node) Fields() []string {
	if n.Field != "" {
		return []string{n.Field}
	}
	var out []string
	for _, node := range n.Nodes {
		out = append(out, node.Fields()...)
	}
	return out
}

// All returns the filter that asks for all terms.
func All(terms ...Node) Node {
	if len(terms) == 1 {
		return terms[0]
	}
	return Node{Nodes: terms}
}

// String writes the filter as it stands in an address; Parse reads it back. Groups that need no parentheses have none.
func (n Node) String() string {
	var b strings.Builder
	n.write(&b, false)
	return b.String()
}

func (n Node) write(b *strings.Builder, inner bool) {
	if n.Field != "" {
		b.WriteString(n.Field + "." + string(n.Op))
		for i, value := range n.Values {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(quote(value))
		}
		return
	}
	if inner {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, node := range n.Nodes {
		if i > 0 {
			b.WriteByte(";|"[index(n.Or)])
		}
		node.write(b, true)
	}
}

func index(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// quote writes a value so that it is read back as it is.
func quote(value string) string {
	if value != "" && strings.TrimSpace(value) == value && !strings.ContainsAny(value, `;|(),"`) {
		return value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
