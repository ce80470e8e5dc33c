package admin

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// People are changed by those who may do no less.
func users(table func(string) (crud.Resource, bool)) crud.Options[models.User] {
	return crud.Options[models.User]{
		List:    []string{"Username", "Email", "Domain", "FirstName", "LastName", "IsActive", "IsLocked", "LastLoginAt"},
		Search:  []string{"Username", "Email", "FirstName", "LastName"},
		Actions: []crud.Action[models.User]{setQuota(table)},
		Children: []crud.Child{
			{Table: "user_roles", Field: "user_id", Label: "Roles"}, {Table: "user_quotas", Label: "Quotas", Inline: true}, {Table: "email_aliases"}, {Table: "user_passwords"},
			{Table: "sessions"}, {Table: "api_tokens", Label: "API tokens"}, {Table: "certificates"}, {Table: "mailbox_events"}, {Table: "audit_log"},
		},
		Own:   "ID",
		Group: "Domain",
		Ahead: func(ctx context.Context, tx *gorm.DB, row *models.User) { actingAhead(ctx, tx, row.ID) },
		Allow: func(ctx context.Context, tx *gorm.DB, verb crud.Verb, row *models.User) error {
			if verb == crud.Create {
				return nil
			}
			_, err := crud.Recall(ctx, mayTouch{row.ID}, func() (bool, error) {
				if verb == crud.Delete { // before the row goes: who is deleted could not record what they do meanwhile
					if err := inTurn(ctx, tx); err != nil {
						return false, err
					}
				}
				a, err := acting(ctx, tx, row.ID)
				if err != nil {
					return false, err
				}
				return true, a.over(row.ID)
			})
			return err
		},
		Guard: guardUser,
	}
}

// mayTouch is that the actor may do no less than a person.
type mayTouch struct{ userID int64 }

// guardUser keeps people in their group and the last administrator at work.
func guardUser(ctx context.Context, tx *gorm.DB, write crud.Write[models.User]) error {
	if write.Verb == crud.Create {
		return nil
	}
	if write.New != nil {
		err := keepsGroup(ctx, tx, write)
		if err == nil {
			err = confirmed(ctx, write)
		}
		if err != nil || write.Old.IsActive == write.New.IsActive && write.Old.IsLocked == write.New.IsLocked {
			return err
		}
	}
	if _, err := alone(ctx, tx); err != nil {
		return err
	}
	if row := write.New; row != nil && (!row.IsActive || row.IsLocked) { // open again, they make new tokens
		if _, _, err := endAccess(tx.WithContext(ctx), row.ID, ""); err != nil {
			return err
		}
	}
	return remains(ctx, tx, nil)
}

type confirmedKey struct{}

// confirmed refuses to change one's own address where the password was not asked for: to who finds an open session it would be
// worth as much as that.
func confirmed(ctx context.Context, write crud.Write[models.User]) error {
	account, _ := auth.From(ctx)
	if write.Old.ID != account.ID || write.Old.Email == write.New.Email || ctx.Value(confirmedKey{}) != nil {
		return nil
	}
	return refuse("email", "Change your own address on your profile, where your password is asked for.")
}

// keepsGroup refuses to move oneself under another mail domain, whose mail or records would then be open, and others to
// where they may do more.
func keepsGroup(ctx context.Context, tx *gorm.DB, write crud.Write[models.User]) error {
	if write.Old.Domain == write.New.Domain {
		return nil
	}
	a, err := acting(ctx, tx, write.Old.ID)
	if err != nil {
		return err
	}
	if write.Old.ID == a.ID && (a.inGroup() || !a.Rights.Scopes("users", string(write.Verb)).Covers(auth.All)) {
		return refuse("email", "Another mail domain would open what is not yours: ask somebody else to change this.")
	}
	return a.over(write.Old.ID)
}

// inGroup reports whether the actor has a right that depends on their mail domain.
func (a actor) inGroup() bool {
	return slices.ContainsFunc(a.Rights.Whole().Roles(), func(role auth.Role) bool {
		return slices.ContainsFunc(role.Permissions, func(p auth.Permission) bool { return p.Scope == auth.ScopeGroup })
	})
}
