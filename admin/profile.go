package admin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"gorm.io/gorm"

	"unified/auth"
	"unified/crud"
)

// ProfileBook reads and changes the account in the context, and no other, whatever its permissions are.
type ProfileBook struct {
	reg   *crud.Registry
	db    *gorm.DB
	zones *atomic.Pointer[[]string] // once they were asked for
}

// NewProfileBook returns the book of the panel that reg and db are of.
func NewProfileBook(reg *crud.Registry, db *gorm.DB) ProfileBook {
	return ProfileBook{reg, db, new(atomic.Pointer[[]string])}
}

// profileFields are those that people may edit of themselves: their name, unless a field rule keeps it back, and their address
// if they may change it among the users too.
func profileFields(ctx context.Context, users crud.Resource) []string {
	fields, mask := []string{"first_name", "last_name"}, Policy{}.Fields(ctx, "users", crud.Update)
	if users.Can(ctx, crud.Update) {
		fields = append(fields, "email")
	}
	return slices.DeleteFunc(fields, func(name string) bool { return mask[name] != crud.Full })
}

// ownRow lets the account in ctx read and change its own row of users, whatever its roles say; its password was asked for.
func ownRow(ctx context.Context) context.Context {
	account, _ := auth.From(ctx)
	roles := slices.Clone(account.Rights.Roles())
	account.Rights = auth.Union(append(roles, auth.Role{Permissions: rights("users", auth.ScopeOwn, []crud.Verb{crud.Read, crud.Update})})...)
	return context.WithValue(auth.With(ctx, account), confirmedKey{}, true)
}

func (b ProfileBook) users(ctx context.Context) (users crud.Resource, key string, err error) {
	users, ok := b.reg.Table("users")
	account, known := auth.From(ctx)
	if !ok || !known {
		return nil, "", errors.New("a profile needs the table users and an account")
	}
	return users, strconv.FormatInt(account.ID, 10), nil
}

// Fields returns the account's own data as inputs, with what was typed in place of it if that is not nil, and what its form is sent back with
// as crud.BaseParam.
func (b ProfileBook) Fields(ctx context.Context, typed url.Values) (inputs []crud.Input, base string, err error) {
	users, key, err := b.users(ctx)
	if err != nil {
		return nil, "", err
	}
	form, err := users.Form(ownRow(ctx), key, typed)
	if err != nil {
		return nil, "", err
	}
	names := profileFields(ctx, users)
	if base, err = crud.BaseFor(form.Base, names); err != nil {
		return nil, "", err
	}
	fields := make([]crud.Input, len(names))
	for _, group := range form.Groups {
		for _, field := range group.Fields {
			if at := slices.Index(names, field.Name); at >= 0 {
				fields[at] = field
			}
		}
	}
	return slices.DeleteFunc(fields, func(field crud.Input) bool { return field.Name == "" }), base, nil
}

// Save changes the account's own data to what was typed; anything else in it is refused. Who calls it with a new address has asked
// for the password. A new address ends all other sessions,
// as who had the old one may have them.
func (b ProfileBook) Save(ctx context.Context, typed url.Values) (ended auth.Ending, err error) {
	users, key, err := b.users(ctx)
	if err != nil {
		return ended, err
	}
	names := append(profileFields(ctx, users), crud.NullParam, crud.BaseParam)
	for name := range typed {
		if !slices.Contains(names, strings.TrimPrefix(name, crud.KeepParam)) {
			return ended, &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"": "The form was sent with something that does not belong to it."}}
		}
	}
	err = b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		saved, err := users.Submit(ownRow(ctx), key, typed)
		if err != nil || !slices.ContainsFunc(users.Table().Fields, func(f crud.FieldDoc) bool {
			return f.Name == "email" && slices.Contains(saved.Changed, f.Label)
		}) {
			return err
		}
		ended.Sessions, err = endSessions(ctx, tx, false)
		return err
	})
	return ended, err
}

// SetPassword sets the account's password for the panel to one with this hash of [auth.SchemeArgon2]. It ends all other sessions
// and all API tokens: whoever knew the old password may have made them.
func (b ProfileBook) SetPassword(ctx context.Context, hash string) (ended auth.Ending, err error) {
	err = b.change(ctx, "change_password", func(account auth.Account, tx *gorm.DB) (map[string]any, error) {
		err := tx.Exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (?, 'web', ?, ?)
			ON CONFLICT (user_id, service) DO UPDATE SET password_hash = excluded.password_hash, hash_scheme = excluded.hash_scheme,
			expires_at = NULL, must_change_on_next_login = false`, account.ID, hash, auth.SchemeArgon2).Error
		if err != nil {
			return nil, err
		}
		ended.Sessions, ended.Tokens, err = endAccess(tx, account.ID, auth.RequestFrom(ctx).SessionID)
		return map[string]any{"sessions": ended.Sessions, "tokens": ended.Tokens}, err
	})
	return ended, err
}

// Keep keeps how the account likes to see the panel.
func (b ProfileBook) Keep(ctx context.Context, settings auth.Settings) error {
	return b.change(ctx, "change_settings", func(account auth.Account, tx *gorm.DB) (map[string]any, error) {
		return map[string]any{"time_zone": settings.TimeZone, "theme": settings.Theme}, tx.Exec(`
			INSERT INTO user_settings (user_id, time_zone, theme) VALUES (?, nullif(?, ''), nullif(?, ''))
			ON CONFLICT (user_id) DO UPDATE SET time_zone = excluded.time_zone, theme = excluded.theme`,
			account.ID, settings.TimeZone, settings.Theme).Error
	})
}

// EndSession ends a session of the account. One that it has not is KindNotFound.
func (b ProfileBook) EndSession(ctx context.Context, id int64) error {
	return b.change(ctx, "end_session", func(account auth.Account, tx *gorm.DB) (map[string]any, error) {
		ended := tx.Exec(`DELETE FROM sessions WHERE id = ? AND user_id = ?`, id, account.ID)
		if ended.Error == nil && ended.RowsAffected == 0 {
			return nil, &crud.Error{Kind: crud.KindNotFound}
		}
		return map[string]any{"session": id}, ended.Error
	})
}

// EndSessions ends all sessions of the account but the one of the request, and that too if this says so. It returns how many
// there were.
func (b ProfileBook) EndSessions(ctx context.Context, this bool) (ended int64, err error) {
	err = b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		ended, err = endSessions(ctx, tx, this)
		return err
	})
	return ended, err
}

func endSessions(ctx context.Context, tx *gorm.DB, this bool) (int64, error) {
	account, _ := auth.From(ctx)
	but := auth.RequestFrom(ctx).SessionID
	if this {
		but = ""
	}
	tx = tx.WithContext(ctx)
	ended := tx.Exec(`DELETE FROM sessions WHERE user_id = ? AND id::text <> ?`, account.ID, but)
	if ended.Error != nil {
		return 0, fmt.Errorf("end the sessions: %w", ended.Error)
	}
	more := map[string]any{"sessions": ended.RowsAffected, "this": this}
	return ended.RowsAffected, note(ctx, tx, auth.Entry{By: account, Action: "end_sessions", Resource: "sessions", More: more})
}

// change runs work on the account in a transaction and records it with what work tells of it.
func (b ProfileBook) change(ctx context.Context, action string, work func(auth.Account, *gorm.DB) (map[string]any, error)) error {
	account, ok := auth.From(ctx)
	if !ok {
		return &crud.Error{Kind: crud.KindForbidden}
	}
	return b.reg.Together(ctx, func(ctx context.Context, tx *gorm.DB) error {
		tx = tx.WithContext(ctx)
		more, err := work(account, tx)
		if err != nil {
			return err
		}
		return note(ctx, tx, auth.Entry{By: account, Action: action, Resource: "users", Key: strconv.FormatInt(account.ID, 10), More: more})
	})
}

// note writes an entry of the audit log within a transaction.
func note(ctx context.Context, tx *gorm.DB, entry auth.Entry) error {
	sql, args, err := entry.Insert(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Statement.ConnPool.ExecContext(ctx, sql, args...)
	return err
}
