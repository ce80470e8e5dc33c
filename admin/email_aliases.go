package admin

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// An alias takes the mail of its address, from whoever has it.
func emailAliases() crud.Options[models.EmailAlias] {
	return crud.Options[models.EmailAlias]{Own: "UserID", Group: "User.Domain", Guard: guardAlias}
}

// guardAlias keeps those who may not change every alias to addresses under their own mail domain, and from the address of
// a mailbox that is not theirs to redirect.
func guardAlias(ctx context.Context, tx *gorm.DB, write crud.Write[models.EmailAlias]) error {
	a, err := acting(ctx, tx)
	if err != nil || write.New == nil {
		return err
	}
	scopes := a.Rights.Scopes("email_aliases", string(write.Verb))
	if scopes.Covers(auth.All) {
		return nil
	}
	for _, row := range []*models.EmailAlias{write.Old, write.New} {
		if row == nil {
			continue
		}
		if domain := row.AliasEmail[strings.LastIndexByte(row.AliasEmail, '@')+1:]; !strings.EqualFold(domain, a.Domain) {
			return refuse("alias_email", "The address must lie under your own mail domain, %s: its mail would be taken from others.", a.Domain)
		}
		if err := a.redirects(row.AliasEmail, scopes); err != nil {
			return err
		}
	}
	return nil
}

// redirects refuses an alias for the address of somebody else's mailbox: to those who look after their own aliases
// alone, and to others if that person may do more than they.
func (a actor) redirects(address string, scopes auth.Scopes) error {
	var people []int64
	if err := a.tx.Raw(`SELECT id FROM users WHERE lower(email) = lower(?)`, address).Scan(&people).Error; err != nil {
		return err
	}
	for _, id := range people {
		if id != a.ID && !scopes.Covers(auth.Group) {
			return refuse("alias_email", "This is the address of another person's mailbox.")
		}
		if err := a.over(id); err != nil {
			return err
		}
	}
	return nil
}
