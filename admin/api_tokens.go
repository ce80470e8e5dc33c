package admin

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"unified/crud"
	"unified/models"
)

// API tokens are made by people for themselves, on their profile; staff can only end one.
func apiTokens() crud.Options[models.APIToken] {
	return crud.Options[models.APIToken]{
		Singular: "API token",
		Plural:   "API tokens",
		List:     []string{"Name", "User", "CreatedAt", "LastUsedAt", "LastIPAddress", "ExpiresAt", "RevokedAt"},
		Verbs:    []crud.Verb{crud.Read},
		Own:      "UserID",
		Group:    "User.Domain",
		Allow: func(ctx context.Context, tx *gorm.DB, _ crud.Verb, row *models.APIToken) error {
			a, err := acting(ctx, tx, row.UserID)
			if err != nil {
				return err
			}
			return a.over(row.UserID)
		},
		Actions: []crud.Action[models.APIToken]{{
			Name: "revoke",
			Help: "Ends this token at once; programs that have it are refused from now on.",
			Run: func(_ context.Context, row *models.APIToken) error {
				if row.RevokedAt == nil {
					now := time.Now()
					row.RevokedAt = &now
				}
				return nil
			},
		}},
	}
}

// endAccess ends what somebody's password opened: their sessions but one, and their API tokens. It returns how many there were.
func endAccess(tx *gorm.DB, userID int64, but string) (sessions, tokens int64, err error) {
	ended := tx.Exec(`DELETE FROM sessions WHERE user_id = ? AND id::text <> ?`, userID, but)
	if ended.Error != nil {
		return 0, 0, fmt.Errorf("end the sessions: %w", ended.Error)
	}
	revoked := tx.Exec(`UPDATE api_tokens SET revoked_at = now() WHERE user_id = ? AND revoked_at IS NULL AND expires_at > now()`, userID)
	if revoked.Error != nil {
		return 0, 0, fmt.Errorf("revoke the API tokens: %w", revoked.Error)
	}
	return ended.RowsAffected, revoked.RowsAffected, nil
}
