package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"unified/auth"
	"unified/models"
)

// NewPassword is what [SetPassword] sets.
type NewPassword struct {
	Name     string // the user name or e-mail address, whatever its case
	Password string
	Unlock   bool // also make the account active and not locked
}

// PasswordSet is what came of it.
type PasswordSet struct {
	Name     string // the user name
	Sessions int64  // that ended
	Tokens   int64  // that were revoked
	Closed   bool   // the account is locked or not active still
}

// SetPassword sets somebody's password for the panel from the host: it asks nobody's rights. Their sessions end, and their API tokens.
// It is recorded under the action set_password of service admin. A password that is too weak is an error with an
// [auth.PasswordError] in its chain.
func SetPassword(ctx context.Context, db *gorm.DB, want NewPassword) (done PasswordSet, err error) {
	hash, scheme, err := auth.HashFor("web", want.Password)
	if err != nil {
		return done, err
	}
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var who models.User
		err := tx.Raw(`SELECT id, username FROM users WHERE lower(username) = lower(?) OR lower(email) = lower(?)
			ORDER BY lower(email) = lower(?) DESC LIMIT 1`, want.Name, want.Name, want.Name).Scan(&who).Error
		if err != nil {
			return err
		}
		if who.ID == 0 {
			return errors.New("nobody has this user name or e-mail address")
		}
		if want.Unlock {
			if err := tx.Exec(`UPDATE users SET is_active = true, is_locked = false WHERE id = ?`, who.ID).Error; err != nil {
				return err
			}
		}
		err = tx.Exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (?, 'web', ?, ?)
			ON CONFLICT (user_id, service) DO UPDATE
			SET password_hash = excluded.password_hash, hash_scheme = excluded.hash_scheme, expires_at = NULL`, who.ID, hash, scheme).Error
		if err != nil {
			return err
		}
		done.Name = who.Username
		if done.Sessions, done.Tokens, err = endAccess(tx, who.ID, ""); err != nil {
			return err
		}
		if err := tx.Raw(`SELECT is_locked OR NOT is_active FROM users WHERE id = ?`, who.ID).Scan(&done.Closed).Error; err != nil {
			return err
		}
		return note(ctx, tx, auth.Entry{
			Service: "admin", Action: "set_password", Resource: "users", Key: strconv.FormatInt(who.ID, 10),
			More: map[string]any{"name": who.Username, "sessions": done.Sessions, "tokens": done.Tokens, "unlock": want.Unlock},
		})
	})
	if err != nil {
		return done, fmt.Errorf("set the password: %w", err)
	}
	return done, nil
}
