package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// ID names a finding together with its fix: what was read under it is what is applied under it.
func (f *Finding) ID() string {
	text, err := json.Marshal(f)
	if err != nil {
		return "" // texts and truths always have a form
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Name is the object with its table, as it is typed by whoever agrees to a change of it: "users.last_name".
func (f *Finding) Name() string {
	if f.Table == "" || f.Table == f.Object && strings.HasPrefix(f.Kind, "table.") {
		return f.Object
	}
	return f.Table + "." + f.Object
}

// Renames reports whether the fix gives something another name or place, which a person confirms, since it is a guess that
// the one thing is the other. What a broken-off fix left is none.
func (f *Finding) Renames() bool {
	if f.Found != nil && *f.Found == shortest(beside+f.Object) {
		return false
	}
	return strings.HasSuffix(f.Kind, ".renamed") || f.Kind == "table.schema"
}

// Loses reports whether the fix can lose data, or takes away what nobody declares. Its Name is typed for that.
func (f *Finding) Loses() bool {
	if slices.ContainsFunc(f.Fix, func(step Step) bool { return step.Destructive }) {
		return true
	}
	return strings.HasSuffix(f.Kind, ".extra") && (f.Kind != "check.extra" || !strings.HasSuffix(f.Object, required))
}

// Safe reports whether the fix only adds what cannot fail and cannot change what a statement does: tables, columns that need no
// value, indexes that refuse nothing, types, functions and views.
func (f *Finding) Safe() bool {
	noun, change, _ := strings.Cut(f.Kind, ".")
	if change != "missing" || !slices.Contains([]string{"table", "column", "index", "enum", "domain", "function", "view"}, noun) {
		return false
	}
	return len(f.Fix) > 0 && f.stands == "" && !slices.ContainsFunc(f.Fix, func(step Step) bool {
		return step.Destructive || step.Rewrite || strings.HasPrefix(step.SQL, "UPDATE ")
	})
}

// Consent is what a person, or a setting, agrees to.
type Consent struct {
	Takes     func(*Finding) bool // which findings are mended; nil: all
	Confirmed []string            // names of what is renamed
	Lost      []string            // names of what may be lost, as they were typed
}

// takes reports whether a finding is to be mended.
func (c Consent) takes(f *Finding) bool { return c.Takes == nil || c.Takes(f) }

// Lacks says what is missing for a fix to be applied, "" for nothing.
func (c Consent) Lacks(f *Finding) string {
	switch {
	case f.Renames() && !slices.Contains(c.Confirmed, f.Name()):
		return "It is a rename, which has to be confirmed."
	case f.Loses() && !slices.Contains(c.Lost, f.Name()):
		return "It can lose data or takes away what somebody made: the name " + f.Name() + " has to be typed."
	}
	return ""
}
