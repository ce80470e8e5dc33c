package admin

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// FillOptions say what [Fill] fills.
type FillOptions struct {
	Tables        []crud.Resource // those that permissions are made for
	Development   bool            // serving development on a loopback address alone: make the accounts that everybody knows
	AdminPassword string          // of the first administrator; "" makes one up
}

// Login is an account and its password, for the person who starts the program.
type Login struct {
	Name, Password string
}

// Fill makes what a panel needs before anybody can sign in, as far as it is missing: the permissions of every table,
// what the built-in roles hold, and accounts. Running it again changes nothing, and several programs may run it at once.
//
// For development there are admin, who may do all, and demo, who may read all. Everywhere else these lose the passwords
// that everybody knows, and if then no active administrator has a password for the panel, admin gets one
// and is unlocked.
//
// It returns the accounts that are to be shown: in development those that still have the passwords that everybody
// knows, else the administrator whose password was made up just now. A password that somebody chose is never replaced
// or returned. An AdminPassword that is too weak is an error with a [auth.PasswordError] in its chain.
func Fill(ctx context.Context, db *gorm.DB, options FillOptions) ([]Login, error) {
	var logins []Login
	err := db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		const lock = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' is filled', 0))`
		if err := tx.Exec(lock).Error; err != nil {
			return fmt.Errorf("wait for others: %w", err)
		}
		if err := fillPermissions(tx, options.Tables); err != nil {
			return err
		}
		var err error
		if options.Development {
			logins, err = fillDevelopment(tx, options.AdminPassword)
		} else {
			logins, err = fillAdministrator(tx, options.AdminPassword)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	return logins, nil
}

// preset is a permission that a built-in role has from the start.
type preset struct {
	role       string
	permission auth.Permission
}

// presets returns what the built-in roles hold. Those that are not named stand for services and give nothing here.
// "admin" is the model of all that is no table.
func presets() []preset {
	return []preset{
		{"admin", auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll}},
		{"admin", auth.Permission{Model: "admin", Action: auth.Any, Scope: auth.ScopeAll}},
		{"readonly", auth.Permission{Model: auth.Any, Action: string(crud.Read), Scope: auth.ScopeAll}},
	}
}

// fillPermissions inserts the permissions that are missing. A role gets its presets together with them and not again:
// what was taken from a role stays taken.
func fillPermissions(tx *gorm.DB, tables []crud.Resource) error {
	known := map[auth.Permission]bool{}
	var stored []auth.Permission
	if err := tx.Raw(`SELECT model, action, scope FROM permissions`).Scan(&stored).Error; err != nil {
		return fmt.Errorf("read the permissions: %w", err)
	}
	for _, permission := range stored {
		known[permission] = true
	}
	for _, permission := range permissions(tables) {
		if known[permission] {
			continue
		}
		if err := insertPermission(tx, permission); err != nil {
			return fmt.Errorf("insert the permission %s: %w", permission, err)
		}
	}
	return nil
}

// permissions returns each permission once: the presets, then those of every table.
func permissions(tables []crud.Resource) []auth.Permission {
	var all []auth.Permission
	for _, preset := range presets() {
		all = append(all, preset.permission)
	}
	for _, resource := range tables {
		table := resource.Table()
		for _, verb := range table.Verbs {
			all = append(all, auth.Permission{Model: table.Name, Action: string(verb), Scope: auth.ScopeAll})
		}
		for _, action := range table.Actions {
			all = append(all, auth.Permission{Model: table.Name, Action: action.Name, Scope: auth.ScopeAll})
		}
	}
	return all
}

func insertPermission(tx *gorm.DB, p auth.Permission) error {
	var id int64
	err := tx.Raw(`INSERT INTO permissions (model, action, scope) VALUES (?, ?, ?) RETURNING id`,
		p.Model, p.Action, p.Scope).Scan(&id).Error
	if err != nil {
		return err
	}
	for _, preset := range presets() {
		if preset.permission != p {
			continue
		}
		err := tx.Exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT id, ? FROM roles WHERE name = ?`,
			id, preset.role).Error
		if err != nil {
			return err
		}
	}
	return nil
}
