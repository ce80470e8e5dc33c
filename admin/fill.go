package admin

import (
	"context"
	"fmt"

	"gorm.io/gorm"

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
		for _, statement := range []string{
			`SET LOCAL statement_timeout = '1min'`, `SET LOCAL lock_timeout = '1min'`, // others hash passwords meanwhile
			`SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' is filled', 0))`,
		} {
			if err := tx.Exec(statement).Error; err != nil {
				return fmt.Errorf("wait for others: %w", err)
			}
		}
		if err := fillRights(tx, options.Tables); err != nil {
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
