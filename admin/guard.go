package admin

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// actor is who writes, with the rights that they have within the transaction: it may have taken some from them.
type actor struct {
	auth.Account
	tx    *gorm.DB
	known map[int64]standing // people whose rights are read already
}

// acting returns who writes, and reads with their rights those of people whom they touch.
func acting(ctx context.Context, tx *gorm.DB, people ...int64) (actor, error) {
	account, _ := auth.From(ctx)
	tx = tx.WithContext(ctx)
	known, err := rightsOf(tx, append(people, account.ID)...)
	account.Rights = account.Limited(known[account.ID].rights)
	return actor{account, tx, known}, err
}

// actingAhead has what acting reads sent along with the next statement.
func actingAhead(ctx context.Context, tx *gorm.DB, people ...int64) {
	account, _ := auth.From(ctx)
	if text, args, err := rightsText(tx, append(people, account.ID)); err == nil {
		crud.Question{SQL: text, Args: args}.Ahead(tx)
	}
}

// inTurn makes changes of who may do what wait for each other until the transaction ends, so that two that are right by
// themselves cannot be wrong together.
func inTurn(ctx context.Context, tx *gorm.DB) error {
	const lock = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' access', 0))`
	return tx.WithContext(ctx).Exec(lock).Error
}

// alone is acting in turn.
func alone(ctx context.Context, tx *gorm.DB) (actor, error) {
	if err := inTurn(ctx, tx); err != nil {
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
	known := a.known
	if _, read := known[userID]; !read {
		var err error
		if known, err = rightsOf(a.tx, userID); err != nil {
			return err
		}
	}
	person := known[userID]
	for _, role := range person.rights.Roles() {
		if beyond, ok := a.Rights.CoversRole(a.seen(role, person.domain)); !ok {
			return refuse("", "This person may do more than you (%s): only somebody who may do that too can change this.", beyond)
		}
	}
	return nil
}

// seen returns what a role gives to people of a mail domain as the actor sees it: the rows of a group that is not their
// own are some among all.
func (a actor) seen(role auth.Role, domain string) auth.Role {
	if domain == a.Domain {
		return role
	}
	role.Permissions = slices.Clone(role.Permissions)
	for i := range role.Permissions {
		if role.Permissions[i].Scope == auth.ScopeGroup {
			role.Permissions[i].Scope = auth.ScopeAll
		}
	}
	return role
}

// domainOf returns the mail domain of a person, "" if there is no such person.
func (a actor) domainOf(userID int64) (domain string, err error) {
	err = a.tx.Raw(`SELECT domain FROM users WHERE id = ?`, userID).Scan(&domain).Error
	return domain, err
}

// grants refuses to give or take a role, or what is in it, that goes beyond the actor.
func (a actor) grants(field string, role auth.Role) error {
	if beyond, ok := a.Rights.CoversRole(role); !ok {
		return refuse(field, "This role gives more than you have yourself (%s).", beyond)
	}
	return nil
}

// changes refuses to change a role that the actor holds, or one that goes beyond them. id is the role's number. It does not
// name the role, which the actor may not be allowed to see.
func (a actor) changes(field string, id int64) error {
	roles, err := loadRoles(a.tx, []int64{id})
	if err != nil || len(roles) == 0 {
		return err
	}
	if a.holds(roles[0].Name) {
		return refuse(field, "You hold this role yourself: somebody else has to change it.")
	}
	var elsewhere []string // a domain of those who hold it, if it is another: all others look alike
	err = a.tx.Raw(`SELECT u.domain FROM user_roles h JOIN users u ON u.id = h.user_id WHERE h.role_name = ? AND u.domain <> ? LIMIT 1`,
		roles[0].Name, a.Domain).Scan(&elsewhere).Error
	if err != nil {
		return err
	}
	for _, domain := range append(elsewhere, a.Domain) {
		if err := a.grants(field, a.seen(roles[0], domain)); err != nil {
			return err
		}
	}
	return nil
}

func (a actor) holds(role string) bool {
	return slices.ContainsFunc(a.Rights.Roles(), func(held auth.Role) bool { return held.Name == role })
}

// everything is the right that makes an administrator.
var everything = auth.Permission{Model: auth.Any, Action: auth.Any, Scope: auth.ScopeAll}

// administrators counts who can sign in and may do everything, now and still at a moment if that is later.
const administrators = `
SELECT count(DISTINCT u.id)
FROM users u
JOIN user_passwords p ON p.user_id = u.id AND p.service = 'web' AND (p.expires_at IS NULL OR p.expires_at > greatest(now(), @at))
JOIN user_roles h ON h.user_id = u.id AND ` + inForce + ` AND (h.expires_at IS NULL OR h.expires_at > @at)
JOIN roles r ON r.name = h.role_name
JOIN role_permissions g ON g.role_id = r.id
JOIN permissions m ON m.id = g.permission_id AND m.model = '*' AND m.action = '*' AND m.scope IN ('all', '*')
WHERE u.is_active AND NOT u.is_locked`

// remains refuses a change after which nobody could sign in who may do everything, if there was somebody: the account
// that asks is one, or was when it did. A change that ends something counts from its end.
func remains(ctx context.Context, tx *gorm.DB, end *time.Time) error {
	if account, _ := auth.From(ctx); !account.Rights.Whole().Covers(everything) {
		return nil
	}
	var left int64
	if err := tx.WithContext(ctx).Raw(administrators, sql.Named("at", cmp.Or(end, &time.Time{}))).Scan(&left).Error; err != nil {
		return fmt.Errorf("count the administrators: %w", err)
	}
	if left == 0 {
		return refuse("", "After this nobody would be left who may do everything: make somebody else an administrator first.")
	}
	return nil
}
