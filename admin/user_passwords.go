package admin

import (
	"unified/auth"
	"unified/crud"
	"unified/models"
)

// A password is set by typing it; only its hash is stored, in the scheme that the service reads.
func userPasswords() crud.Options[models.UserPassword] {
	return crud.Options[models.UserPassword]{
		List: []string{"User", "Service", "HashScheme", "ExpiresAt", "MustChangeOnNextLogin", "UpdatedAt"},
		Entries: []crud.Entry[models.UserPassword]{{
			Name:     "password",
			Label:    "Password",
			Help:     "At least 12 characters.",
			Widget:   "password",
			Required: true,
			Set: func(row *models.UserPassword, text string) (err error) {
				row.PasswordHash, row.HashScheme, err = auth.HashFor(row.Service, text)
				return err
			},
		}},
	}
}
