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
	if err := resets(ctx, tx, write); err != nil {
		return err
	}
	if write.New != nil {
		return remains(ctx, tx, write.New.ExpiresAt)
	}
	return remains(ctx, tx, nil)
}

// resets makes a new password for the panel end what the old one opened, and refuses one for oneself: that takes the old one,
// which the profile asks for.
func resets(ctx context.Context, tx *gorm.DB, write crud.Write[models.UserPassword]) error {
	row := write.New
	if row == nil || row.Service != "web" || write.Old != nil && write.Old.Service == "web" && write.Old.PasswordHash == row.PasswordHash {
		return nil
	}
	if account, _ := auth.From(ctx); account.ID == row.UserID {
		return refuse("password", "Change your own password for the panel on your profile, where the current one is asked for.")
	}
	_, _, err := endAccess(tx.WithContext(ctx), row.UserID, "")
	return err
}
