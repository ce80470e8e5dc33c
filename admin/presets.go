package admin

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// access is the area of the tables that say who may do what. Only administrators write them.
const access = "Access"

// preset is what a built-in role begins with. Those that have none stand for services and give nothing here.
type preset struct {
	role   string
	always []auth.Permission                   // whatever tables there are
	on     func(*crud.Table) []auth.Permission // on one table; may be nil
	keep   []auth.FieldRule                    // what it keeps back
}

func presets() []preset {
	return []preset{
		{role: "admin", always: []auth.Permission{everything, {Model: "admin", Action: auth.Any, Scope: auth.ScopeAll}}}, // model admin is all that is no table
		{role: "readonly", on: remembering, always: []auth.Permission{{Model: auth.Any, Action: string(crud.Read), Scope: auth.ScopeAll}}},
		{role: "editor", on: editing},
		{role: "domain_admin", on: leading, keep: kept("users", "system_uid", "system_gid", "home_directory")},
		{role: "user", on: belonging, keep: slices.Concat(
			kept("users", "username", "email", "system_uid", "system_gid", "home_directory", "mailbox_format", "is_active", "is_locked",
				"email_verified", "email_verification_expires_at", "password_reset_expires_at"),
			kept("user_passwords", "expires_at", "must_change_on_next_login"))},
	}
}

// editing opens all content, one's own views, and the sight of roles and who holds them.
func editing(table *crud.Table) []auth.Permission {
	switch {
	case table.Name == savedViewsTable:
		return remembering(table)
	case slices.Contains([]string{"roles", "user_roles"}, table.Name):
		return rights(table.Name, auth.ScopeAll, []crud.Verb{crud.Read})
	case table.Area == access:
		return nil
	}
	return rights(table.Name, auth.ScopeAll, verbs(table))
}

// remembering opens one's own saved views.
func remembering(table *crud.Table) []auth.Permission {
	if table.Name != savedViewsTable {
		return nil
	}
	return belonging(table)
}

// leading opens all that belongs to a mail domain, the roles for choosing from, and one's own things: who leads may make
// others users.
func leading(table *crud.Table) []auth.Permission {
	given := belonging(table)
	if table.Name == "roles" {
		given = append(given, rights(table.Name, auth.ScopeAll, []crud.Verb{crud.Read})...)
	}
	return append(given, rights(table.Name, auth.ScopeGroup, table.Group)...)
}

// belonging opens the sight of what is one's own, and one's own name, passwords, saved views, sessions and API tokens.
func belonging(table *crud.Table) []auth.Permission {
	if len(table.Own) == 0 {
		return nil
	}
	whole := []crud.Verb{crud.Create, crud.Update, crud.Delete}
	also := map[string][]crud.Verb{"users": {crud.Update}, "user_passwords": whole, savedViewsTable: whole, "sessions": {"revoke"}, "api_tokens": {"revoke"}}
	return rights(table.Name, auth.ScopeOwn, append([]crud.Verb{crud.Read}, also[table.Name]...))
}

func rights(model, scope string, verbs []crud.Verb) []auth.Permission {
	out := make([]auth.Permission, len(verbs))
	for i, verb := range verbs {
		out[i] = auth.Permission{Model: model, Action: string(verb), Scope: scope}
	}
	return out
}

// verbs returns all that can be done with a table's rows, actions included.
func verbs(table *crud.Table) []crud.Verb {
	all := slices.Clone(table.Verbs)
	for _, action := range table.Actions {
		all = append(all, crud.Verb(action.Name))
	}
	return all
}

// kept are rules that leave columns of a model for looking at.
func kept(model string, fields ...string) []auth.FieldRule {
	out := make([]auth.FieldRule, len(fields))
	for i, field := range fields {
		out[i] = auth.FieldRule{Model: model, Field: field, Access: auth.FieldReadOnly}
	}
	return out
}

// askedFor returns each permission that the panel asks for, once: those of every table, and those that presets name.
func askedFor(tables []crud.Resource) []auth.Permission {
	var all []auth.Permission
	for _, preset := range presets() {
		all = append(all, preset.always...)
	}
	for _, resource := range tables {
		table := resource.Table()
		all = slices.Concat(all, rights(table.Name, auth.ScopeAll, verbs(table)), rights(table.Name, auth.ScopeGroup, table.Group), rights(table.Name, auth.ScopeOwn, table.Own))
	}
	return all
}

// fillRights inserts the permissions that are missing and gives the built-in roles what they begin with: a new role all
// of it, an older one what is about a new permission. What was taken from a role stays taken.
func fillRights(tx *gorm.DB, tables []crud.Resource) error {
	var fresh []int64
	for _, p := range askedFor(tables) {
		var id []int64
		err := tx.Raw(`INSERT INTO permissions (model, action, scope) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			p.Model, p.Action, p.Scope).Scan(&id).Error
		if err != nil {
			return fmt.Errorf("insert the permission %s: %w", p, err)
		}
		fresh = append(fresh, id...)
	}
	for _, preset := range presets() {
		given := slices.Clone(preset.always)
		for _, resource := range tables {
			if preset.on != nil {
				given = append(given, preset.on(resource.Table())...)
			}
		}
		if err := begin(tx, preset, given, fresh); err != nil {
			return fmt.Errorf("give the role %s what it begins with: %w", preset.role, err)
		}
	}
	return nil
}

// begin gives a role the permissions it begins with: those among fresh, and all if it was given none yet.
func begin(tx *gorm.DB, preset preset, given []auth.Permission, fresh []int64) error {
	names := make([]string, len(given))
	for i, p := range given {
		names[i] = p.String()
	}
	err := tx.Exec(`INSERT INTO role_permissions (role_id, permission_id)
		SELECT r.id, p.id FROM roles r JOIN permissions p ON p.name = ANY (string_to_array(?, ' '))
		WHERE r.name = ? AND (r.preset_at IS NULL OR p.id = ANY (string_to_array(?, ' ')::bigint[])) ON CONFLICT DO NOTHING`,
		strings.Join(names, " "), preset.role, joined(fresh)).Error
	if err != nil {
		return err
	}
	for _, rule := range preset.keep {
		err := tx.Exec(`INSERT INTO role_fields (role_id, model, field, access)
			SELECT id, ?, ?, ? FROM roles WHERE name = ? AND preset_at IS NULL ON CONFLICT DO NOTHING`,
			rule.Model, rule.Field, rule.Access, preset.role).Error
		if err != nil {
			return err
		}
	}
	return tx.Exec(`UPDATE roles SET preset_at = now() WHERE name = ? AND preset_at IS NULL`, preset.role).Error
}

func joined(ids []int64) string { return strings.Trim(fmt.Sprint(ids), "[]") }
