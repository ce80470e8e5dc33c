package admin

import (
	"context"
	"time"

	"gorm.io/gorm"

	"unified/crud"
	"unified/models"
)

// Sessions come and go by signing in and out; staff can only end one.
func sessions() crud.Options[models.Session] {
	return crud.Options[models.Session]{
		List:  []string{"ID", "User", "IPAddress", "CreatedAt", "LastSeenAt", "ExpiresAt", "RevokedAt"},
		Verbs: []crud.Verb{crud.Read},
		Own:   "UserID",
		Group: "User.Domain",
		Allow: func(ctx context.Context, tx *gorm.DB, _ crud.Verb, row *models.Session) error {
			a, err := acting(ctx, tx, row.UserID)
			if err != nil {
				return err
			}
			return a.over(row.UserID)
		},
		Actions: []crud.Action[models.Session]{{
			Name: "revoke",
			Help: "Ends this session at once; the person has to sign in again.",
			Run: func(_ context.Context, row *models.Session) error {
				if row.RevokedAt == nil {
					now := time.Now()
					row.RevokedAt = &now
				}
				return nil
			},
		}},
	}
}
