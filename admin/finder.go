package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"unified/auth"
	"unified/models"
)

// Finder returns an [auth.Finder] that asks by the models, through GORM: every column that a model names has to be there.
// It reads whole rows, as the panel's pages do, so that a model that does not fit its table shows at once.
func Finder(db *gorm.DB) (auth.Finder, error) {
	session, err := columnsOf(db, models.Session{})
	if err != nil {
		return nil, err
	}
	user, err := columnsOf(db, models.User{})
	if err != nil {
		return nil, err
	}
	return finder{db, append(session, moment), append(user, moment)}, nil
}

type finder struct {
	db            *gorm.DB
	session, user []string // what is selected
}

// moment is the database's clock, beside a row.
const moment = "now() AS moment"

// columnsOf returns the names of a model's columns, each with its table.
func columnsOf(db *gorm.DB, model any) ([]string, error) {
	statement := &gorm.Statement{DB: db}
	if err := statement.Parse(model); err != nil {
		return nil, fmt.Errorf("read the model %T: %w", model, err)
	}
	names := make([]string, 0, len(statement.Schema.DBNames)+1)
	for _, name := range statement.Schema.DBNames {
		names = append(names, statement.Schema.Table+"."+name)
	}
	return names, nil
}

// foundUser is a user, and when it was read.
type foundUser struct {
	models.User
	Moment time.Time
}

func (f finder) ByName(ctx context.Context, name string) (auth.Person, error) {
	var found foundUser
	err := f.db.WithContext(ctx).Model(&models.User{}).Select(f.user).
		Where("lower(username) = lower(?) OR lower(email) = lower(?)", name, name).
		Order(clause.Expr{SQL: "lower(email) = lower(?) DESC", Vars: []any{name}}).Take(&found).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return auth.Person{}, auth.Failed("find the person", err)
	}
	var password []models.UserPassword // asked for nobody too, so that it takes as long
	if err := f.db.WithContext(ctx).Where(&models.UserPassword{UserID: found.ID, Service: "web"}, "UserID", "Service").
		Session(&gorm.Session{QueryFields: true}).Find(&password).Error; err != nil {
		return auth.Person{}, auth.Failed("find the password", err)
	}
	if found.ID == 0 {
		return auth.Person{}, auth.ErrNone
	}
	p := personOf(found.User, found.Moment)
	for _, row := range password {
		p.Hash, p.Scheme, p.Expires = row.PasswordHash, row.HashScheme, row.ExpiresAt
	}
	return p, nil
}

func personOf(u models.User, now time.Time) auth.Person {
	return auth.Person{ID: u.ID, Name: u.Username, Email: u.Email, Domain: u.Domain, Active: u.IsActive, Locked: u.IsLocked, Now: now}
}

// foundSession is a session with its user, and when it was read.
type foundSession struct {
	models.Session
	Moment time.Time
}

func (f finder) BySession(ctx context.Context, tokenHash []byte) (auth.Session, error) {
	var found foundSession
	err := f.db.WithContext(ctx).Model(&models.Session{}).Select(f.session).InnerJoins("User").
		Where("sessions.token_hash = ?", tokenHash).Take(&found).Error
	if err != nil {
		return auth.Session{}, auth.Failed("find the session", orNone(err))
	}
	s := auth.Session{ID: found.ID, Person: personOf(found.User, found.Moment), Seen: found.LastSeenAt, Ends: found.ExpiresAt,
		Revoked: found.RevokedAt != nil, Data: []byte(found.Data)}
	return s, nil
}

// orNone says in the words of auth that there is no row.
func orNone(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return auth.ErrNone
	}
	return err
}

// foundRole is a role with what it gives and keeps back, three texts each.
type foundRole struct {
	Name                string
	Permissions, Fields triples
}

func (f finder) Roles(ctx context.Context, userID int64) ([]auth.Role, error) {
	db := f.db.WithContext(ctx)
	given := db.Model(&models.RolePermission{}).Joins("JOIN permissions p ON p.id = role_permissions.permission_id").
		Where("role_permissions.role_id = r.id").Select("json_agg(json_build_array(p.model, p.action, p.scope))")
	kept := db.Model(&models.RoleField{}).Where("role_fields.role_id = r.id").Select("json_agg(json_build_array(model, field, access))")
	var found []foundRole
	err := db.Model(&models.UserRole{}).Joins("JOIN roles r ON r.name = user_roles.role_name").
		Where("user_roles.user_id = ? AND user_roles.service IN ('web', 'global')", userID).
		Where("user_roles.is_active AND (user_roles.expires_at IS NULL OR user_roles.expires_at > now())").
		Group("r.id, r.name").Select("r.name, (?) AS permissions, (?) AS fields", given, kept).Find(&found).Error
	if err != nil {
		return nil, auth.Failed("find the roles", err)
	}
	roles := make([]auth.Role, len(found))
	for i, row := range found {
		roles[i] = auth.NewRole(row.Name, row.Permissions, row.Fields)
	}
	return roles, nil
}

// triples is JSON, an array of arrays of three texts; NULL is none.
type triples [][]string

// GormDataType names the column type.
func (triples) GormDataType() string { return "json" }

// Scan reads what the driver gives.
func (t *triples) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*t = nil
		return nil
	case string:
		return json.Unmarshal([]byte(value), t)
	case []byte:
		return json.Unmarshal(value, t)
	}
	return fmt.Errorf("read what a role gives: %T is no JSON", value)
}
