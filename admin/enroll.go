package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// Enroll returns how newcomers become users: through the model that the panel makes people with, so that the folder and
// the event of the mailbox are the same. They get the role user for service web, and no_email for dovecot: as long as
// nobody has proved whose the address is, no mail to it may end here, nor its domain be taken for one of ours.
//
// Under a mail domain where somebody has an address, or whose zone is here, nobody is enrolled unless it is among
// domains: an outsider would belong to the group of those people. So who is refused learns of the domain alone; under the
// domains that are open a refusal does tell that the address is taken.
func Enroll(db *gorm.DB, domains []string) auth.Enroll {
	return func(ctx context.Context, newcomer auth.Newcomer, admit func(auth.Ask) error) (auth.Person, error) {
		var person auth.Person
		err := db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
			const lock = `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' register', 0))`
			if err := tx.Exec(lock).Error; err != nil {
				return fmt.Errorf("wait for others: %w", err)
			}
			err = admit(func(ctx context.Context, sql string, args ...any) interface{ Scan(into ...any) error } {
				return tx.Statement.ConnPool.QueryRowContext(ctx, sql, args...)
			})
			if err != nil {
				return err
			}
			if err := free(tx, newcomer, slices.Contains(domains, newcomer.Domain())); err != nil {
				return err
			}
			person, err = enroll(ctx, tx, newcomer)
			return err
		})
		return person, taken(err)
	}
}

// free refuses a name that somebody has or that [Fill] gives rights to, and then an address that cannot be had. All that
// it asks of an address under a domain that is not open is answered for the domain.
func free(tx *gorm.DB, newcomer auth.Newcomer, open bool) error {
	var found struct{ Name, Domain, Address bool }
	err := tx.Raw(`SELECT EXISTS (SELECT FROM users WHERE lower(username) = lower(@name)) AS name,
		EXISTS (SELECT FROM users WHERE domain = @domain)
			OR EXISTS (SELECT FROM email_aliases WHERE split_part(alias_email, '@', 2) = @domain)
			OR EXISTS (SELECT FROM dns_zones WHERE domain IN @zones) AS domain,
		EXISTS (SELECT FROM users WHERE lower(email) = @address)
			OR EXISTS (SELECT FROM email_aliases WHERE lower(alias_email) = @address) AS address`,
		map[string]any{"name": newcomer.Name, "domain": newcomer.Domain(), "zones": zones(newcomer.Domain()), "address": newcomer.Email}).
		Scan(&found).Error
	if err != nil {
		return fmt.Errorf("look for the name and the address: %w", err)
	}
	for _, account := range wellKnown() {
		found.Name = found.Name || strings.EqualFold(account.name, newcomer.Name)
		found.Address = found.Address || address(account.name) == newcomer.Email
	}
	switch {
	case found.Name:
		return auth.Refusal{"username": auth.NameTaken}
	case found.Domain && !open, found.Address:
		return auth.Refusal{"email": auth.AddressTaken}
	}
	return nil
}

// zones returns the names of the zones that a domain may lie in: its own and those above.
func zones(domain string) []string {
	names := []string{domain}
	for i, r := range domain {
		if r == '.' {
			names = append(names, domain[i+1:])
		}
	}
	return names
}

// enroll makes the user with password and roles, and records it as one change by the person themselves.
func enroll(ctx context.Context, tx *gorm.DB, newcomer auth.Newcomer) (auth.Person, error) {
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	who, err := makeUser(tx, models.User{
		Username: newcomer.Name, Email: newcomer.Email, FirstName: optional(newcomer.FirstName), LastName: optional(newcomer.LastName),
	})
	if err != nil {
		return auth.Person{}, err
	}
	if err := openPanel(tx, who.ID, "user", newcomer.Hash); err != nil {
		return auth.Person{}, err
	}
	if err := tx.Exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES (?, 'no_email', 'dovecot')`, who.ID).Error; err != nil {
		return auth.Person{}, fmt.Errorf("close the mailbox: %w", err)
	}
	ctx = auth.With(ctx, auth.Account{ID: who.ID, Name: who.Username})
	err = Record(ctx, tx, []crud.Change{{
		Table: "users", Key: strconv.FormatInt(who.ID, 10), Verb: auth.Registered, Set: rand.Text(), Fields: []crud.FieldChange{
			{Column: "username", New: &who.Username}, {Column: "email", New: &who.Email}, {Column: "first_name", New: who.FirstName},
			{Column: "last_name", New: who.LastName}, {Column: "home_directory", New: who.HomeDirectory},
		},
	}})
	return auth.Person{ID: who.ID, Name: who.Username, Email: who.Email, Domain: newcomer.Domain()}, err
}

// taken makes a refusal of what another writer took in the meantime.
func taken(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "23505" || pg.TableName != "users" {
		return err
	}
	if strings.Contains(pg.ConstraintName, "username") {
		return auth.Refusal{"username": auth.NameTaken}
	}
	return auth.Refusal{"email": auth.AddressTaken}
}
