package auth_test

import (
	"testing"

	"unified/auth"
)

func TestPermissions_Allows(t *testing.T) {
	for name, test := range map[string]struct {
		held   []string
		scope  string
		denied bool
	}{
		"nothing_held_allows_nothing":        {denied: true},
		"the_permission_itself":              {held: []string{"users:read:all"}, scope: "all"},
		"another_action_allows_nothing":      {held: []string{"users:update:all"}, denied: true},
		"another_model_allows_nothing":       {held: []string{"roles:read:all"}, denied: true},
		"a_prefix_of_a_model_is_not_it":      {held: []string{"user:read:all"}, denied: true},
		"any_model":                          {held: []string{"*:read:all"}, scope: "all"},
		"any_action":                         {held: []string{"users:*:own"}, scope: "own"},
		"any_scope_is_all":                   {held: []string{"users:read:*"}, scope: "all"},
		"the_widest_scope_wins_in_any_order": {held: []string{"users:read:group", "users:*:own"}, scope: "group"},
		"all_wins_over_group":                {held: []string{"users:read:group", "*:*:all"}, scope: "all"},
	} {
		t.Run(name, func(t *testing.T) {
			var held auth.Permissions
			for _, text := range test.held {
				permission, err := auth.ParsePermission(text)
				if err != nil {
					t.Fatal(err)
				}
				if permission.String() != text {
					t.Errorf("String() = %q, want %q", permission, text)
				}
				held = append(held, permission)
			}
			scope, ok := held.Allows("users", "read")
			if scope != test.scope || ok == test.denied {
				t.Errorf("Allows = %q, %v; want %q, %v", scope, ok, test.scope, !test.denied)
			}
		})
	}
	t.Run("an_unknown_scope_allows_nothing", func(t *testing.T) {
		held := auth.Permissions{{Model: "users", Action: "read", Scope: "most"}}
		if scope, ok := held.Allows("users", "read"); ok || scope != "" {
			t.Errorf("Allows = %q, %v", scope, ok)
		}
	})
}

func TestParsePermission(t *testing.T) {
	for _, text := range []string{"", "users", "users:read", "users:read:all:more", ":read:all", "users::all", "users:read:", "users:read:most"} {
		t.Run("refused_"+text, func(t *testing.T) {
			if permission, err := auth.ParsePermission(text); err == nil {
				t.Errorf("ParsePermission(%q) = %v", text, permission)
			}
		})
	}
}
