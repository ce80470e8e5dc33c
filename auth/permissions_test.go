package auth_test

import (
	"testing"

	"unified/auth"
)

// parsed reads permissions as they are written.
func parsed(t *testing.T, texts ...string) []auth.Permission {
	t.Helper()
	var out []auth.Permission
	for _, text := range texts {
		p, err := auth.ParsePermission(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.String() != text {
			t.Errorf("String() = %q, want %q", p, text)
		}
		out = append(out, p)
	}
	return out
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

func TestRights_Scopes(t *testing.T) {
	for name, test := range map[string]struct {
		held []string
		want auth.Scopes
	}{
		"nothing_held_allows_nothing":       {},
		"the_permission_itself":             {held: []string{"users:read:all"}, want: auth.All},
		"another_action_allows_nothing":     {held: []string{"users:update:all"}},
		"another_model_allows_nothing":      {held: []string{"roles:read:all"}},
		"a_prefix_of_a_model_is_not_it":     {held: []string{"user:read:all"}},
		"any_model":                         {held: []string{"*:read:all"}, want: auth.All},
		"any_action":                        {held: []string{"users:*:own"}, want: auth.Own},
		"any_scope_is_all":                  {held: []string{"users:read:*"}, want: auth.All},
		"own_and_group_add_up_in_any_order": {held: []string{"users:read:group", "users:*:own"}, want: auth.Own | auth.Group},
		"all_leaves_nothing_to_add":         {held: []string{"users:read:group", "*:*:all"}, want: auth.All},
	} {
		t.Run(name, func(t *testing.T) {
			if got := auth.Allow(parsed(t, test.held...)...).Scopes("users", "read"); got != test.want {
				t.Errorf("Scopes = %v, want %v", got, test.want)
			}
		})
	}
	t.Run("an_unknown_scope_allows_nothing", func(t *testing.T) {
		rights := auth.Allow(auth.Permission{Model: "users", Action: "read", Scope: "most"})
		if got := rights.Scopes("users", "read"); got != 0 {
			t.Errorf("Scopes = %v", got)
		}
	})
	t.Run("the_zero_Rights_allow_nothing", func(t *testing.T) {
		var none auth.Rights
		if none.Scopes("users", "read") != 0 || none.Covers(auth.Permission{Model: "users", Action: "read", Scope: "own"}) {
			t.Error("allowed")
		}
	})
}

func TestRights_CoversRole(t *testing.T) {
	ruled := func(access string, permissions ...string) auth.Role {
		return auth.Role{Permissions: parsed(t, permissions...), Fields: []auth.FieldRule{{Model: "users", Field: "email", Access: access}}}
	}
	open := func(permissions ...string) auth.Role { return auth.Role{Permissions: parsed(t, permissions...)} }
	for name, test := range map[string]struct {
		holder, role auth.Role
		beyond       string
	}{
		"T30_all_of_it":                            {open("users:read:all"), open("users:read:own", "users:read:group"), ""},
		"T30_a_wider_scope_goes_beyond":            {open("users:read:group"), open("users:read:all"), "users:read:all"},
		"T30_own_does_not_lie_within_group":        {open("users:read:group"), open("users:read:own"), "users:read:own"},
		"T30_every_model_goes_beyond_each_of_them": {open("users:*:all", "roles:*:all"), open("*:read:all"), "*:read:all"},
		"T30_an_unknown_scope_goes_beyond":         {open("*:*:all"), auth.Role{Permissions: []auth.Permission{{Model: "a", Action: "b", Scope: "c"}}}, "a:b:c"},
		"T30_a_field_kept_from_the_holder":         {ruled("read-only", "users:update:all"), open("users:update:own"), "users.email"},
		"T30_by_way_of_any_model":                  {ruled("hidden", "*:*:all"), open("*:read:all"), "users.email"},
		"T30_kept_less_than_from_the_holder":       {ruled("hidden", "users:read:all"), ruled("read-only", "users:read:all"), "users.email"},
		"T30_kept_as_much_or_more":                 {ruled("read-only", "users:read:all"), ruled("hidden", "users:read:all"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			beyond, ok := auth.Union(test.holder).CoversRole(test.role)
			if beyond != test.beyond || ok != (test.beyond == "") {
				t.Errorf("CoversRole = %q, %v; want %q", beyond, ok, test.beyond)
			}
		})
	}
}

func TestRights_Kept(t *testing.T) {
	role := func(access string, permissions ...string) auth.Role {
		r := auth.Role{Permissions: parsed(t, permissions...)}
		if access != "" {
			r.Fields = []auth.FieldRule{{Model: "users", Field: "email", Access: access}}
		}
		return r
	}
	for name, test := range map[string]struct {
		roles []auth.Role
		want  string
	}{
		"T29_one_role's_rule_holds":                         {[]auth.Role{role("hidden", "users:read:all")}, "hidden"},
		"a_rule_of_another_model_does_not":                  {[]auth.Role{role("", "users:read:all"), role("hidden", "roles:read:all")}, ""},
		"a_role_that_opens_every_row_lifts_it":              {[]auth.Role{role("hidden", "users:read:own"), role("", "users:read:all")}, ""},
		"T33_a_role_that_opens_fewer_rows_does_not_lift_it": {[]auth.Role{role("hidden", "users:read:all"), role("", "users:read:own")}, "hidden"},
		"the_milder_of_two_that_open_the_same":              {[]auth.Role{role("hidden", "users:read:group"), role("read-only", "users:read:group")}, "read-only"},
		"own_and_group_each_count":                          {[]auth.Role{role("read-only", "users:read:group"), role("", "users:read:own")}, "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := auth.Union(test.roles...).Kept("users", "read")["email"]; got != test.want {
				t.Errorf("Kept = %q, want %q", got, test.want)
			}
		})
	}
}
