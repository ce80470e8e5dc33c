package models

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// BeforeCreate gives the mailbox its usual folder if none is named.
func (u *User) BeforeCreate(tx *gorm.DB) error {
	if u.HomeDirectory != nil {
		return nil
	}
	home := "/var/mail/" + mailDomain(u.Email) + "/" + u.Username
	u.HomeDirectory = &home

	// The column is written even where the caller's statement leaves it out.
	statement := tx.Statement
	statement.Omits = slices.DeleteFunc(slices.Clone(statement.Omits), func(name string) bool {
		return name == "home_directory" || name == "HomeDirectory"
	})
	if len(statement.Selects) > 0 {
		statement.Selects = append(slices.Clone(statement.Selects), "home_directory")
	}
	return nil
}

// AfterCreate writes a "created" event.
func (u *User) AfterCreate(tx *gorm.DB) error {
	return u.tell(tx, "created", nil)
}

// BeforeUpdate writes an "updated" event with the former values if address or folder change.
func (u *User) BeforeUpdate(tx *gorm.DB) error {
	if !tx.Statement.Changed("Email", "HomeDirectory") {
		return nil
	}
	row, err := updated[User](tx)
	if err != nil {
		return err
	}
	next := *u
	if tx.Statement.Changed("Username") {
		next.Username = row.Username
	}
	if tx.Statement.Changed("Email") {
		next.Email = row.Email
	}
	if tx.Statement.Changed("HomeDirectory") {
		next.HomeDirectory = row.HomeDirectory
	}
	return next.tell(tx, "updated", map[string]any{"old_email": u.Email, "old_home_directory": u.HomeDirectory})
}

// BeforeDelete writes a "deleted" event, which names the person that it can no longer refer to.
func (u *User) BeforeDelete(tx *gorm.DB) error {
	return u.tell(tx, "deleted", map[string]any{"user_id": u.ID})
}

// tell writes a mailbox event of the kind and notifies the channel named after it.
func (u *User) tell(tx *gorm.DB, kind string, facts map[string]any) error {
	domain := mailDomain(u.Email)
	event := MailboxEvent{
		EventType: kind, UserID: &u.ID, Username: &u.Username, Email: &u.Email, Domain: &domain,
		HomeDirectory: u.HomeDirectory,
	}
	if kind == "deleted" {
		event.UserID = nil
	}
	if facts != nil {
		data, err := encode(facts)
		if err != nil {
			return err
		}
		event.EventData = data
	}
	columns := []string{"EventType", "UserID", "Username", "Email", "Domain", "HomeDirectory", "EventData"}
	if err := tx.Select(columns).Create(&event).Error; err != nil {
		return fmt.Errorf("write mailbox event: %w", err)
	}
	return notify(tx, "user_"+kind, "users", u.ID)
}

// mailDomain returns the domain of an address as the database generates users.domain.
func mailDomain(email string) string {
	return strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
}
