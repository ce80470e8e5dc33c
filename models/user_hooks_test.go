package models_test

import (
	"fmt"
	"testing"

	"gorm.io/gorm"

	"unified/models"
)

var identity = []string{"username", "email"}

// newUser creates alice and returns her as she is stored.
func newUser(t *testing.T, db *gorm.DB) models.User {
	t.Helper()
	user := models.User{Username: "alice", Email: "alice@Example.org"}
	must(t, db.Select(identity).Create(&user))
	must(t, db.First(&user))
	return user
}

// facts says what a mailbox event holds.
func facts(e models.MailboxEvent) string {
	user := "no user"
	if e.UserID != nil {
		user = fmt.Sprint(*e.UserID)
	}
	return fmt.Sprint(e.EventType, " ", user, " ", text(e.Username), " ", text(e.Email), " ", text(e.Domain), " ", text(e.HomeDirectory), " ", e.EventData)
}

func TestUser_hooks(t *testing.T) {
	const home = "/var/mail/example.org/alice"
	email := func(u *models.User) { u.Email = "a@example.net" }
	cases := map[string]struct {
		write func(t *testing.T, db *gorm.DB, user models.User)
		want  string // the event, "" for none
	}{
		"create": {nil, "created # alice alice@Example.org example.org " + home + " "},
		"changed_email": {change(email, "email"),
			"updated # alice a@example.net example.net " + home + ` {"old_email": "alice@Example.org", "old_home_directory": "` + home + `"}`},
		"changed_email_of_a_value": {func(t *testing.T, db *gorm.DB, user models.User) {
			next := user
			email(&next)
			must(t, db.Model(&user).Select("email").Updates(next))
		}, "updated # alice a@example.net example.net " + home + ` {"old_email": "alice@Example.org", "old_home_directory": "` + home + `"}`},
		"changed_folder": {change(func(u *models.User) { u.HomeDirectory = nil }, "home_directory"),
			`updated # alice alice@Example.org example.org NULL {"old_email": "alice@Example.org", "old_home_directory": "` + home + `"}`},
		"an_email_that_is_not_selected": {change(email, "first_name"), ""},
		"another_field":                 {change(func(u *models.User) { u.IsActive = false }, "is_active"), ""},
		"nothing_changed":               {change(func(*models.User) {}, "email", "home_directory"), ""},
		"delete": {func(t *testing.T, db *gorm.DB, user models.User) { must(t, db.Delete(&user)) },
			"deleted no user alice alice@Example.org example.org " + home + ` {"user_id": #}`},
	}
	server := fresh(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db := scratch(t, server.Gorm)
			user := newUser(t, db)
			if c.write != nil {
				must(t, db.Exec("DELETE FROM mailbox_events"))
				c.write(t, db, user)
			}
			var got string
			for _, event := range all[models.MailboxEvent](t, db) {
				got += facts(event)
				if event.RetryCount != 0 || event.Processed || event.CreatedAt.IsZero() {
					t.Errorf("the event has no defaults: %+v", event)
				}
			}
			if want := numbered(c.want, user.ID); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// change returns a write of the columns after edit, as the panel does it.
func change[T any](edit func(*T), columns ...string) func(*testing.T, *gorm.DB, T) {
	return func(t *testing.T, db *gorm.DB, old T) {
		t.Helper()
		next := old
		edit(&next)
		must(t, db.Model(&old).Select(columns).Updates(&next))
	}
}

func TestUser_hooks_rolled_back(t *testing.T) {
	db := fresh(t).Gorm
	user := newUser(t, db)
	undone(t, db, func(tx *gorm.DB) {
		must(t, tx.Select(identity).Create(&models.User{Username: "bob", Email: "bob@example.org"}))
		change(func(u *models.User) { u.Email = "a@example.net" }, "email")(t, tx, user)
		must(t, tx.Delete(&user))
	})
	if events := all[models.MailboxEvent](t, db); len(events) != 1 || events[0].EventType != "created" {
		t.Errorf("left behind: %v", events)
	}
}

func TestUser_home_directory(t *testing.T) {
	own := "/srv/bob"
	empty := ""
	cases := map[string]struct {
		write func(*gorm.DB) *gorm.DB
		home  *string
		want  string
	}{
		"not_selected":    {func(db *gorm.DB) *gorm.DB { return db.Select(identity) }, nil, "/var/mail/example.org/bob"},
		"left_out":        {func(db *gorm.DB) *gorm.DB { return db.Omit(optional...) }, nil, "/var/mail/example.org/bob"},
		"submitted_NULL":  {func(db *gorm.DB) *gorm.DB { return db.Select(append(identity, "home_directory")) }, nil, "/var/mail/example.org/bob"},
		"submitted":       {func(db *gorm.DB) *gorm.DB { return db.Select(append(identity, "home_directory")) }, &own, own},
		"submitted_empty": {func(db *gorm.DB) *gorm.DB { return db.Select(append(identity, "home_directory")) }, &empty, ""},
	}
	server := fresh(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db := scratch(t, server.Gorm)
			user := models.User{Username: "bob", Email: "bob@Example.org", HomeDirectory: c.home}
			must(t, c.write(db).Create(&user))
			if stored := all[models.User](t, db)[0]; text(stored.HomeDirectory) != c.want || stored.Domain != "example.org" || user.Domain != "example.org" {
				t.Errorf("stored %q in %q, returned %q", text(stored.HomeDirectory), stored.Domain, user.Domain)
			}
		})
	}
}

// optional are the columns of users that a Create can leave out.
var optional = []string{
	"first_name", "last_name", "system_uid", "system_gid", "home_directory", "mailbox_format", "is_active", "is_locked",
	"email_verified", "email_verification_token", "email_verification_expires_at", "password_reset_token",
	"password_reset_expires_at", "created_at", "updated_at", "last_login_at", "failed_login_attempts", "last_failed_login_at",
}

func TestUser_notifications(t *testing.T) {
	server := fresh(t)
	db := server.Gorm
	created, updated, deleted := listener(t, server, "user_created"), listener(t, server, "user_updated"), listener(t, server, "user_deleted")
	undone(t, db, func(tx *gorm.DB) {
		must(t, tx.Select(identity).Create(&models.User{Username: "bob", Email: "bob@example.org"}))
	})
	user := newUser(t, db)
	change(func(u *models.User) { u.Email = "a@example.net" }, "email")(t, db, user)
	must(t, db.Delete(&user))
	want := fmt.Sprintf(`{"id":%d,"table":"users"}`, user.ID)
	for name, next := range map[string]func() string{"created": created, "updated": updated, "deleted": deleted} {
		if got := next(); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
