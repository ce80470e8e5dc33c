package schema

import (
	"slices"
	"strings"
)

// A printed expression is compared as a list of tokens, so that parentheses and casts that change nothing do not count.

// tokens splits SQL as PostgreSQL prints it: literals, quoted names, words with their dots, "::", and single signs.
func tokens(sql string) []string {
	var list []string
	for i := 0; i < len(sql); {
		end := i + 1
		switch c := sql[i]; {
		case strings.ContainsRune(" \t\r\n", rune(c)):
			i++
			continue
		case c == '\'' || c == '"':
			end = closing(sql, i, c)
		case c == ':' && strings.HasPrefix(sql[i:], "::"):
			end = i + 2
		case wordByte(c):
			for end < len(sql) && wordByte(sql[end]) {
				end++
			}
		case strings.IndexByte(signs, c) >= 0:
			for end < len(sql) && strings.IndexByte(signs, sql[end]) >= 0 {
				end++
			}
		}
		list = append(list, sql[i:end])
		i = end
	}
	return list
}

const signs = "<>=!~+*/%^&|#@?-"

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// closing is the place behind the quoted text that begins at i; a doubled quote is part of it.
func closing(sql string, i int, mark byte) int {
	for i++; i < len(sql); i++ {
		if sql[i] != mark {
			continue
		}
		if i+1 < len(sql) && sql[i+1] == mark {
			i++
			continue
		}
		return i + 1
	}
	return len(sql)
}

// simplified is an expression without what does not change its meaning: casts to text, needless parentheses, the order of a
// list that something is looked for in, and the spelling of the present moment.
func simplified(sql string) string {
	list := tokens(sql)
	list = withoutTextCasts(list)
	for {
		shorter := withoutParentheses(list)
		if len(shorter) == len(list) {
			break
		}
		list = shorter
	}
	sortLists(list)
	return present(strings.Join(list, " "))
}

func present(sql string) string {
	return strings.NewReplacer("transaction_timestamp ( )", "now ( )", "CURRENT_TIMESTAMP", "now ( )").Replace(sql)
}

// withoutTextCasts drops casts to text and to varchar without a length.
func withoutTextCasts(list []string) []string {
	var kept []string
	for i := 0; i < len(list); i++ {
		if list[i] == "::" && i+1 < len(list) {
			n := 0
			switch {
			case list[i+1] == "text":
				n = 1
			case list[i+1] == "character" && i+2 < len(list) && list[i+2] == "varying":
				n = 2
			}
			after := i + 1 + n
			if n > 0 && (after >= len(list) || list[after] != "(") {
				if after+1 < len(list) && list[after] == "[" && list[after+1] == "]" {
					after += 2
				}
				i = after - 1
				continue
			}
		}
		kept = append(kept, list[i])
	}
	return kept
}

// withoutParentheses drops pairs around a single token or another pair, and one around everything.
func withoutParentheses(list []string) []string {
	partner := pairs(list)
	drop := map[int]bool{}
	for open, end := range partner {
		whole := open == 0 && end == len(list)-1
		single := end == open+2 && (open == 0 || !called(list[open-1]))
		double := list[open+1] == "(" && partner[open+1] == end-1
		if whole || single || double {
			drop[open], drop[end] = true, true
			break
		}
	}
	var kept []string
	for i, token := range list {
		if !drop[i] {
			kept = append(kept, token)
		}
	}
	return kept
}

func pairs(list []string) map[int]int {
	found := map[int]int{}
	var open []int
	for i, token := range list {
		switch token {
		case "(":
			open = append(open, i)
		case ")":
			if len(open) > 0 {
				found[open[len(open)-1]] = i
				open = open[:len(open)-1]
			}
		}
	}
	return found
}

var operatorWords = []string{"AND", "OR", "NOT", "THEN", "ELSE", "WHEN", "CASE", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "FROM", "END"}

// called reports whether a parenthesis behind the token belongs to it, as a function's does.
func called(token string) bool {
	return token == "]" || wordByte(token[0]) && !slices.Contains(operatorWords, token) || token[0] == '"'
}

// sortLists orders the literals of "= ANY (ARRAY[...])" and "<> ALL (ARRAY[...])".
func sortLists(list []string) {
	for i, token := range list {
		if token != "ARRAY" || i < 2 || i+1 >= len(list) || list[i+1] != "[" || !slices.Contains(list[max(0, i-3):i], "ANY") &&
			!slices.Contains(list[max(0, i-3):i], "ALL") {
			continue
		}
		end := i + 2
		var values []string
		for end < len(list) && list[end] != "]" {
			if literal := list[end]; literal[0] == '\'' || literal[0] >= '0' && literal[0] <= '9' {
				values = append(values, literal)
			}
			end++
		}
		if len(values)*2-1 != end-i-2 { // not literals alone
			continue
		}
		slices.Sort(values)
		for n, value := range values {
			list[i+2+2*n] = value
		}
	}
}

// constant reports whether an expression is made of literals alone.
func constant(sql string) bool {
	list := tokens(sql)
	for i := 0; i < len(list); i++ {
		token := list[i]
		if token == "::" {
			for i+1 < len(list) && (wordByte(list[i+1][0]) || list[i+1][0] == '"') {
				i++
			}
			if i+1 < len(list) && list[i+1] == "(" {
				for i+1 < len(list) && list[i] != ")" {
					i++
				}
			}
			continue
		}
		word := token[0] == '"' || wordByte(token[0]) && (token[0] < '0' || token[0] > '9')
		if word && !slices.Contains([]string{"true", "false", "NULL", "ARRAY", "ROW"}, token) {
			return false
		}
	}
	return true
}

// bare is an expression without the parentheses around all of it.
func bare(sql string) string {
	for len(sql) > 1 && sql[0] == '(' && enclosed(sql) {
		sql = sql[1 : len(sql)-1]
	}
	return sql
}

// enclosed reports whether the first parenthesis closes at the end.
func enclosed(sql string) bool {
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch sql[i] {
		case '\'', '"':
			i = closing(sql, i, sql[i]) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i == len(sql)-1
			}
		}
	}
	return false
}

// collation is the collation that key n names beside its column, or "".
func (i *index) collation(n int) string {
	segments := keyTexts(i.Full)
	if n >= len(segments) {
		return ""
	}
	list := tokens(strings.TrimPrefix(segments[n], i.Keys[n]))
	for k, token := range list {
		if token == "COLLATE" && k+1 < len(list) {
			return "COLLATE " + list[k+1]
		}
	}
	return ""
}

// keyTexts splits the list of keys in an index's definition.
func keyTexts(definition string) []string {
	_, rest, ok := strings.Cut(definition, " USING ")
	start := strings.IndexByte(rest, '(')
	if !ok || start < 0 {
		return nil
	}
	var list []string
	depth, from := 0, start+1
	for i := start; i < len(rest); i++ {
		switch rest[i] {
		case '\'', '"':
			i = closing(rest, i, rest[i]) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return append(list, strings.TrimSpace(rest[from:i]))
			}
		case ',':
			if depth == 1 {
				list = append(list, strings.TrimSpace(rest[from:i]))
				from = i + 1
			}
		}
	}
	return list
}
