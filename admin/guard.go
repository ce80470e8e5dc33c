package admin

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// actor is who writes, with the rights that they have within the transaction: it may have taken some from them.
type actor struct {
	auth.Account
	tx *gorm.DB
}

// acting returns who writes.
func acting(ctx context.Context, tx *gorm.DB) (actor, error) {
	account, _ := auth.From(ctx)
	rights, err := rightsOf(tx, account.ID)
	account.Rights = rights
	return actor{account, tx.WithContext(ctx)}, err
}

// alone makes changes of who may do what wait for each other until the transaction ends, so that two that are right by
// themselves cannot be wrong together.
func alone(ctx context.Context, tx *gorm.DB) (actor, error) {
	const lock = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' access', 0))`
	if err := tx.WithContext(ctx).Exec(lock).Error; err != nil {
		return actor{}, err
	}
	return acting(ctx, tx)
}

// refuse returns an error with a sentence beside a field, or about the whole record for "".
func refuse(field, format string, args ...any) error {
	return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{field: fmt.Sprintf(format, args...)}}
}

// over refuses to touch what belongs to somebody who may do more than the actor: a new password would open all of it.
func (a actor) over(userID int64) error {
	if userID == a.ID {
		return nil
	}
	rights, err := rightsOf(a.tx, userID)
	if err != nil {
		return err
	}
	for _, role := range rights.Roles() {
		if beyond, ok := a.Rights.CoversRole(role); !ok {
			return refuse("", "This person may do more than you (%s): only somebody who may do that too can change this.", beyond)
		}
	}
	return nil
}

// grants refuses to give or take a role, or what is in it, that goes beyond the actor.
func (a actor) grants(field string, role auth.Role) error {
	if beyond, ok := a.Rights.CoversRole(role); !ok {
		return refuse(field, "The role %s gives more than you have yourself (%s).", role.Name, beyond)
	}
	return nil
}

// changes refuses to change a role that the actor holds, or one that goes beyond them. id is the role's number.
func (a actor) changes(field string, id int64) error {
	roles, err := loadRoles(a.tx, []int64{id})
	if err != nil || len(roles) == 0 {
		return err
	}
	if a.holds(roles[0].Name) {
		return refuse(field, "You hold the role %s yourself: somebody else has to change it.", roles[0].Name)
	}
	return a.grants(field, roles[0])
}

func (a actor) holds(role string) bool {
	return slices.ContainsFunc(a.Rights.Roles(), func(held auth.Role) bool { return held.Name == role })
}

// everything is the right that makes an administrator.
var everything = auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll}

// administrators counts who can sign in and may do everything.
const administrators = `
SELECT count(DISTINCT u.id)
FROM users u
JOIN user_passwords p ON p.user_id = u.id AND p.service = 'web' AND (p.expires_at IS NULL OR p.expires_at > now())
JOIN user_roles h ON h.user_id = u.id AND ` + inForce + `
JOIN roles r ON r.name = h.role_name
JOIN role_permissions g ON g.role_id = r.id
JOIN permissions m ON m.id = g.permission_id AND m.model = '*' AND m.action = '*' AND m.scope IN ('all', '*')
WHERE u.is_active AND NOT u.is_locked`

// remains refuses a change after which nobody could sign in who may do everything, if there was somebody: the account
// that asks is one, or was when it did.
func remains(ctx context.Context, tx *gorm.DB) error {
	if account, _ := auth.From(ctx); !account.Rights.Covers(everything) {
		return nil
	}
	var left int64
	if err := tx.WithContext(ctx).Raw(administrators).Scan(&left).Error; err != nil {
		return fmt.Errorf("count the administrators: %w", err)
	}
	if left == 0 {
		return refuse("", "After this nobody would be left who may do everything: make somebody else an administrator first.")
	}
	return nil
}
