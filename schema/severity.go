package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var typeParts = regexp.MustCompile(`^([^(]*?)(?:\((\d+)(?:,(-?\d+))?\))?( with(?:out)? time zone)?(\[\])?$`)

// typeOf splits a type into its name and its numbers; -1 where there is none.
func typeOf(name string) (base string, first, second int) {
	parts := typeParts.FindStringSubmatch(name)
	if parts == nil {
		return name, -1, -1
	}
	return parts[1] + parts[4] + parts[5], numberOr(parts[2]), numberOr(parts[3])
}

func numberOr(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

// widths are types of which each holds all values of those before it.
var widths = [][]string{
	{"smallint", "integer", "bigint"},
	{"real", "double precision"},
	{"character varying", "text"},
	{"character varying[]", "text[]"},
}

// typeSeverity is Drift where the found type holds all that the expected one does, in the same way.
func typeSeverity(want, got string) Severity {
	wantBase, wantFirst, wantSecond := typeOf(want)
	gotBase, gotFirst, gotSecond := typeOf(got)
	if wantBase != gotBase {
		return otherType(wantBase, gotBase, gotFirst)
	}
	switch {
	case gotFirst < 0, strings.HasPrefix(wantBase, "time"), strings.HasPrefix(wantBase, "interval"):
		return Drift // no limit, or less of a second's fraction
	case wantFirst < 0:
		return Breaks
	case strings.HasPrefix(wantBase, "numeric"):
		if gotSecond >= wantSecond && gotFirst-max(gotSecond, 0) >= wantFirst-max(wantSecond, 0) {
			return Drift
		}
		return Breaks
	case gotFirst >= wantFirst && strings.HasPrefix(wantBase, "character varying"), gotFirst >= wantFirst && strings.HasPrefix(wantBase, "bit varying"):
		return Drift
	}
	return Breaks // character(n) and bit(n) are filled up
}

func otherType(want, got string, limit int) Severity {
	for _, family := range widths {
		from, to := slices.Index(family, want), slices.Index(family, got)
		if from < 0 || to < 0 {
			continue
		}
		if to > from || limit < 0 && strings.HasPrefix(got, "character") {
			return Drift
		}
	}
	return Breaks
}

// typeAttribute says which part of a type differs.
func typeAttribute(kind, want, got string) string {
	if kind != "type" {
		return ""
	}
	wantBase, wantFirst, wantSecond := typeOf(want)
	gotBase, gotFirst, gotSecond := typeOf(got)
	switch {
	case wantBase != gotBase:
		return "type"
	case strings.HasPrefix(wantBase, "character") || strings.HasPrefix(wantBase, "bit"):
		return "length"
	case wantSecond != gotSecond && wantFirst == gotFirst:
		return "scale"
	}
	return "precision"
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// columnName names a column with its table, as PostgreSQL prints it as an owner.
func columnName(t *table, c *column) string { return t.Schema + "." + t.Name + "." + c.Name }
