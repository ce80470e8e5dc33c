package admin

import (
	"context"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// A password is set by typing it; only its hash is stored, in the scheme that the service reads.
func userPasswords() crud.Options[models.UserPassword] {
	return crud.Options[models.UserPassword]{
		List:  []string{"User", "Service", "HashScheme", "ExpiresAt", "MustChangeOnNextLogin", "UpdatedAt"},
		Own:   "UserID",
		Group: "User.Domain",
		Guard: guardPassword,
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

// guardPassword keeps people from a password of somebody who may do more, and the last administrator's in force.
func guardPassword(ctx context.Context, tx *gorm.DB, write crud.Write[models.UserPassword]) error {
	a, err := alone(ctx, tx)
	if err != nil {
		return err
	}
	for _, row := range []*models.UserPassword{write.Old, write.New} {
		if row == nil {
			continue
		}
		if err := a.over(row.UserID); err != nil {
			return err
		}
	}
	if write.New != nil {
		return remains(ctx, tx, write.New.ExpiresAt)
	}
	return remains(ctx, tx, nil)
}
