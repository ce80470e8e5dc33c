package auth_test

import (
	"math/rand/v2"
	"testing"

	"unified/auth"
)

// TestRights_Within draws rights and limits, and holds what comes out against both.
func TestRights_Within(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[dice.IntN(len(of))] }
	models, actions := []string{"a", "b"}, []string{"read", "update"}
	permissions := func() (all []auth.Permission) {
		for range dice.IntN(4) {
			all = append(all, auth.Permission{Model: pick("a", "b", "*"), Action: pick("read", "update", "*"), Scope: pick("own", "group", "all", "*")})
		}
		return all
	}
	opened := 0
	for range 5000 {
		var roles []auth.Role
		for range dice.IntN(4) {
			role := auth.Role{Name: pick("x", "y"), Permissions: permissions()}
			for range dice.IntN(3) {
				role.Fields = append(role.Fields, auth.FieldRule{Model: pick("a", "b"), Field: pick("f", "g"), Access: pick("hidden", "read-only")})
			}
			roles = append(roles, role)
		}
		whole, limits := auth.Union(roles...), permissions()
		limit, narrow := auth.Allow(limits...), whole.Within(limits)
		for _, model := range models {
			for _, action := range actions {
				got := narrow.Scopes(model, action)
				if !whole.Scopes(model, action).Covers(got) || !limit.Scopes(model, action).Covers(got) {
					t.Fatalf("%v within %v: %s:%s on %s", roles, limits, model, action, got)
				}
				if both := whole.Scopes(model, action) & limit.Scopes(model, action); both&^got != 0 && !got.Covers(both) {
					t.Fatalf("%v within %v: %s:%s on %s, not %s", roles, limits, model, action, got, both)
				}
				if got != 0 {
					opened++
				}
				kept := narrow.Kept(model, action)
				for field, access := range whole.Kept(model, action) {
					if kept[field] != access && kept[field] != auth.FieldHidden {
						t.Fatalf("%v within %v: %s.%s is %q for %s, was %q", roles, limits, model, field, kept[field], action, access)
					}
				}
			}
		}
	}
	if opened < 1000 {
		t.Errorf("only %d were open: the draw shows nothing", opened)
	}
}

func TestRights_Whole(t *testing.T) {
	t.Parallel()
	whole := auth.Allow(auth.Permission{Model: "*", Action: "*", Scope: "all"})
	narrow := whole.Within([]auth.Permission{{Model: "a", Action: "read", Scope: "own"}})
	everything := auth.Permission{Model: "*", Action: "*", Scope: "all"}
	if narrow.Covers(everything) || !narrow.Whole().Covers(everything) || !whole.Whole().Covers(everything) {
		t.Error("what was narrowed forgets what it was")
	}
}
