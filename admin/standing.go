package admin

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"unified/auth"
)

// Standing returns what says who somebody is in the panel now, by the key of their row: found by their e-mail address, which is
// nobody else's name, as the gate finds people who sign in. Nobody is [auth.ErrNone].
func Standing(gate *auth.Gate, db *gorm.DB) func(ctx context.Context, key string) (auth.Standing, error) {
	return func(ctx context.Context, key string) (auth.Standing, error) {
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return auth.Standing{}, auth.ErrNone
		}
		var emails []string
		if err := db.WithContext(ctx).Raw(`SELECT email FROM users WHERE id = ?`, id).Scan(&emails).Error; err != nil {
			return auth.Standing{}, auth.Failed("find the address of a person", err)
		}
		if len(emails) == 0 {
			return auth.Standing{}, auth.ErrNone
		}
		standing, err := gate.Standing(ctx, emails[0])
		if err == nil && standing.ID != id { // it changed hands meanwhile
			return auth.Standing{}, auth.ErrNone
		}
		return standing, err
	}
}
