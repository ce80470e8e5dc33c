package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// Load returns the account's sessions and tokens. idle is how long a session may go unused.
func (b ProfileBook) Load(ctx context.Context, idle time.Duration) (p auth.Profile, err error) {
	account, _ := auth.From(ctx)
	this, db := auth.RequestFrom(ctx).SessionID, b.db.WithContext(ctx)
	var sessions []models.Session
	err = db.Select("id", "user_agent", "ip_address", "created_at", "last_seen_at", "expires_at").
		Where("user_id = ? AND revoked_at IS NULL AND expires_at > now() AND last_seen_at > now() - make_interval(secs => ?)", account.ID, idle.Seconds()).
		Order(clause.Expr{SQL: "id::text = ? DESC, last_seen_at DESC, id DESC", Vars: []any{this}}).Find(&sessions).Error
	if err != nil {
		return p, fmt.Errorf("read the sessions: %w", unavailable(err))
	}
	for _, row := range sessions {
		own := auth.OwnSession{ID: row.ID, Since: row.CreatedAt, Seen: row.LastSeenAt, Ends: row.ExpiresAt, This: fmt.Sprint(row.ID) == this}
		if row.UserAgent != nil {
			own.Agent = *row.UserAgent
		}
		if row.IPAddress != nil {
			own.Address = row.IPAddress.String()
		}
		p.Sessions = append(p.Sessions, own)
	}
	var tokens []struct {
		models.APIToken
		Over bool
	}
	err = db.Model(&models.APIToken{}).Select("id", "name", "permissions", "created_at", "expires_at", "last_used_at", "last_ip_address", "revoked_at",
		"expires_at <= now() AS over").Where("user_id = ?", account.ID).Order("id DESC").Find(&tokens).Error
	if err != nil {
		return p, fmt.Errorf("read the API tokens: %w", unavailable(err))
	}
	for _, row := range tokens {
		own := auth.OwnToken{ID: row.ID, Name: row.Name, Permissions: row.Permissions, Since: row.CreatedAt, Ends: row.ExpiresAt, Used: row.LastUsedAt}
		if row.LastIPAddress != nil {
			own.Address = row.LastIPAddress.String()
		}
		if row.Over {
			own.State = "expired"
		}
		if row.RevokedAt != nil {
			own.State = "revoked"
		}
		p.Tokens = append(p.Tokens, own)
	}
	return p, nil
}

// Grants returns what the account can give a token: each permission that there is and that it has itself, by table.
func (b ProfileBook) Grants(ctx context.Context) ([]auth.Permission, error) {
	account, _ := auth.From(ctx)
	var all []auth.Permission
	err := b.db.WithContext(ctx).Raw(`SELECT model, action, scope FROM permissions ORDER BY model, action, scope`).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read the permissions: %w", unavailable(err))
	}
	return slices.DeleteFunc(all, func(p auth.Permission) bool { return !grantable(account, p) }), nil
}

// grantable tells whether a token may have a permission: the account has it, and it is about a table. What is about the program
// itself no token opens.
func grantable(account auth.Account, p auth.Permission) bool {
	return p.Model != "admin" && account.Rights.Covers(p)
}

// MakeToken makes a token of the account and returns its text, which is kept nowhere. What is wrong with the wish is KindInvalid,
// beside "name", "days" or "permissions".
func (b ProfileBook) MakeToken(ctx context.Context, wish auth.TokenWish) (text string, err error) {
	text, hash := auth.NewAPIToken()
	err = b.change(ctx, "create_api_token", func(account auth.Account, tx *gorm.DB) (map[string]any, error) {
		if err := tx.Exec(`SELECT FROM users WHERE id = ? FOR UPDATE`, account.ID).Error; err != nil { // so that the limit holds
			return nil, err
		}
		var inForce int64
		err := tx.Raw(`SELECT count(*) FROM api_tokens WHERE user_id = ? AND revoked_at IS NULL AND expires_at > now()`, account.ID).Scan(&inForce).Error
		if err != nil {
			return nil, err
		}
		if inForce >= auth.TokensPerUser {
			return nil, refuse("", "You have %d tokens, and more are not given: revoke one first.", auth.TokensPerUser)
		}
		permissions := make(models.Texts, len(wish.Permissions))
		for i, p := range wish.Permissions {
			if !grantable(account, p) {
				return nil, refuse("permissions", "You do not have %s yourself.", p)
			}
			permissions[i] = p.String()
		}
		var id int64
		err = tx.Raw(`INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at)
			VALUES (?, ?, ?, ?, now() + make_interval(days => ?)) RETURNING id`, account.ID, wish.Name, hash, permissions, wish.Days).Scan(&id).Error
		return map[string]any{"token": id, "name": wish.Name, "permissions": permissions, "days": wish.Days}, err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && strings.HasPrefix(pg.ConstraintName, "uq_api_tokens_user_id_name") {
		return "", refuse("name", "You have a token of this name already: revoke it first, or choose another name.")
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// RevokeToken ends a token of the account and returns its name. One that it has not is KindNotFound; one that has ended stays so.
func (b ProfileBook) RevokeToken(ctx context.Context, id int64) (name string, err error) {
	err = b.change(ctx, "revoke_api_token", func(account auth.Account, tx *gorm.DB) (map[string]any, error) {
		found := tx.Raw(`UPDATE api_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = ? AND user_id = ? RETURNING name`, id, account.ID).Scan(&name)
		if found.Error == nil && found.RowsAffected == 0 {
			return nil, &crud.Error{Kind: crud.KindNotFound}
		}
		return map[string]any{"token": id, "name": name}, found.Error
	})
	return name, err
}

// Zones returns the names of all time zones that PostgreSQL and this program know.
func (b ProfileBook) Zones(ctx context.Context) (names []string, err error) {
	if known := b.zones.Load(); known != nil {
		return *known, nil
	}
	err = b.db.WithContext(ctx).Raw(`SELECT name FROM pg_timezone_names WHERE name LIKE '%/%' AND name !~ '^(posix|right|Etc)/' ORDER BY name`).Scan(&names).Error
	if err != nil {
		return nil, fmt.Errorf("read the time zones: %w", unavailable(err))
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, err := crud.Zone(name)
		return err != nil
	})
	b.zones.Store(&names)
	return names, nil
}
