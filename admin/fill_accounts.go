package admin

import (
	"cmp"
	"crypto/rand"
	"fmt"

	"gorm.io/gorm"

	"unified/auth"
	"unified/models"
)

// known is an account of development, whose password everybody knows.
type known struct{ name, password, role string }

func wellKnown() []known {
	return []known{{"admin", "admin123", "admin"}, {"demo", "demo123", "readonly"}}
}

// fillDevelopment makes the accounts of development that are missing.
func fillDevelopment(tx *gorm.DB, adminPassword string) ([]Login, error) {
	var shown []Login
	for _, account := range wellKnown() {
		who, err := find(tx, account.name)
		if err != nil {
			return nil, err
		}
		if who.ID == 0 {
			hash := auth.Argon2id(account.password)
			if account.role == "admin" && adminPassword != "" {
				if hash, err = chosen(adminPassword); err != nil {
					return nil, err
				}
			}
			if who, err = makeUser(tx, models.User{Username: account.name, Email: address(account.name)}); err != nil {
				return nil, err
			}
			if err := openPanel(tx, who.ID, account.role, hash); err != nil {
				return nil, err
			}
		}
		if opens, err := opensWith(tx, who.ID, account.password); err != nil {
			return nil, err
		} else if opens {
			shown = append(shown, Login{who.Username, account.password})
		}
	}
	return shown, nil
}

// fillAdministrator closes the accounts of development and gives admin a password if no administrator could sign in.
func fillAdministrator(tx *gorm.DB, adminPassword string) ([]Login, error) {
	for _, account := range wellKnown() {
		if err := closeWellKnown(tx, account); err != nil {
			return nil, err
		}
	}
	if exists, err := administratorExists(tx); err != nil || exists {
		return nil, err
	}
	password := cmp.Or(adminPassword, rand.Text())
	hash, err := chosen(password)
	if err != nil {
		return nil, err
	}
	who, err := find(tx, "admin")
	if err != nil {
		return nil, err
	}
	if who.ID == 0 {
		who, err = makeUser(tx, models.User{Username: "admin", Email: address("admin")})
	} else {
		err = tx.Exec(`UPDATE users SET is_active = true, is_locked = false WHERE id = ?`, who.ID).Error
	}
	if err != nil {
		return nil, fmt.Errorf("make the administrator: %w", err)
	}
	if err := openPanel(tx, who.ID, "admin", hash); err != nil || adminPassword != "" {
		return nil, err
	}
	return []Login{{who.Username, password}}, nil
}

// chosen returns the hash of the administrator's password.
func chosen(password string) (string, error) {
	hash, _, err := auth.HashFor("web", password)
	if err != nil {
		return "", fmt.Errorf("the administrator's password: %w", err)
	}
	return hash, nil
}

// closeWellKnown takes password and sessions from an account that still has the password that everybody knows.
func closeWellKnown(tx *gorm.DB, account known) error {
	who, err := find(tx, account.name)
	if err != nil || who.ID == 0 {
		return err
	}
	opens, err := opensWith(tx, who.ID, account.password)
	if err != nil || !opens {
		return err
	}
	for _, sql := range []string{
		`DELETE FROM user_passwords WHERE service = 'web' AND user_id = ?`, `DELETE FROM sessions WHERE user_id = ?`,
	} {
		if err := tx.Exec(sql, who.ID).Error; err != nil {
			return fmt.Errorf("close the account %s: %w", account.name, err)
		}
	}
	return nil
}

func administratorExists(tx *gorm.DB) (exists bool, err error) {
	err = tx.Raw(`SELECT EXISTS (
		SELECT FROM users u
		JOIN user_passwords p ON p.user_id = u.id AND p.service = 'web' AND (p.expires_at IS NULL OR p.expires_at > now())
		JOIN user_roles r ON r.user_id = u.id AND r.role_name = 'admin' AND r.service IN ('web', 'global')
			AND r.is_active AND (r.expires_at IS NULL OR r.expires_at > now())
		WHERE u.is_active AND NOT u.is_locked)`).Scan(&exists).Error
	if err != nil {
		return false, fmt.Errorf("look for an administrator: %w", err)
	}
	return exists, nil
}

// find returns the user of this name, or else of the address that makeUser gives to the name; the zero User if there
// is neither.
func find(tx *gorm.DB, name string) (who models.User, err error) {
	err = tx.Raw(`SELECT id, username FROM users WHERE lower(username) = ? OR lower(email) = ?
		ORDER BY lower(username) = ? DESC LIMIT 1`, name, address(name), name).Scan(&who).Error
	if err != nil {
		return models.User{}, fmt.Errorf("look for the user %s: %w", name, err)
	}
	return who, nil
}

func address(name string) string { return name + "@example.org" }

// makeUser makes a user of names and address; all else is as the model and the database have it.
func makeUser(tx *gorm.DB, who models.User) (models.User, error) {
	if err := tx.Select("Username", "Email", "FirstName", "LastName").Create(&who).Error; err != nil {
		return models.User{}, fmt.Errorf("make the user %s: %w", who.Username, err)
	}
	return who, nil
}

// openPanel gives a user a password, as an argon2id hash, and a role for the panel.
func openPanel(tx *gorm.DB, id int64, role, hash string) error {
	err := tx.Exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (?, 'web', ?, ?)
		ON CONFLICT (user_id, service) DO UPDATE
		SET password_hash = excluded.password_hash, hash_scheme = excluded.hash_scheme, expires_at = NULL`,
		id, hash, auth.SchemeArgon2).Error
	if err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	err = tx.Exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES (?, ?, 'web')
		ON CONFLICT (user_id, service, role_name) DO UPDATE SET is_active = true, expires_at = NULL`, id, role).Error
	if err != nil {
		return fmt.Errorf("give a role: %w", err)
	}
	return nil
}

// opensWith reports whether password opens the panel to a user.
func opensWith(tx *gorm.DB, id int64, password string) (bool, error) {
	var stored []struct{ PasswordHash, HashScheme string }
	err := tx.Raw(`SELECT password_hash, hash_scheme FROM user_passwords WHERE user_id = ? AND service = 'web'
		AND hash_scheme IN (?, ?)`, id, auth.SchemeArgon2, auth.SchemeBcrypt).Scan(&stored).Error
	if err != nil {
		return false, fmt.Errorf("read a password: %w", err)
	}
	if len(stored) == 0 {
		return false, nil
	}
	opens, err := auth.Verify(stored[0].HashScheme, stored[0].PasswordHash, password)
	return opens && err == nil, nil // a hash that cannot be read opens nothing
}
