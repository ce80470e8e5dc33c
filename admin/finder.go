package admin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"unified/auth"
	"unified/crud"
	"unified/models"
)

// Finder returns an [auth.Finder] that asks by the models: GORM writes the statements, in which every column that a model names has
// to be there. It reads whole rows, as the panel's pages do, so that a model that does not fit its table shows at once. What each
// request asks for is written once, and read from pool.
func Finder(db *gorm.DB, pool *pgxpool.Pool) (auth.Finder, error) {
	user, err := columnsOf(db, models.User{})
	if err != nil {
		return nil, err
	}
	sessions, err := newSearch(db, user, tokenTable[models.Session]{"sessions", layoutsOf("sessions.user_id"), func(row *models.Session) *models.User { return &row.User }})
	if err != nil {
		return nil, err
	}
	tokens, err := newSearch(db, user, tokenTable[models.APIToken]{"api_tokens", "NULL", func(row *models.APIToken) *models.User { return &row.User }})
	return finder{db, pool, append(user.names, moment), sessions, tokens}, err
}

type finder struct {
	db       *gorm.DB
	pool     *pgxpool.Pool
	selected []string // of a user
	sessions search[models.Session]
	tokens   search[models.APIToken]
}

// search finds the row of a table with the hash of a token, and the person that it is of.
type search[T any] struct {
	sql  string
	rows *sync.Pool // of *tokenRow[T], which the statement is read into
}

// tokenRow is what is found: a row with its user, their roles, settings and layouts, and when it was read.
type tokenRow[T any] struct {
	found    T
	now      time.Time
	roles    []byte
	kept     []byte // for LayoutBook
	settings auth.Settings
	into     *crud.Places // all of it, in the order of the columns
}

// tokenTable is a table of the hashes of tokens.
type tokenTable[T any] struct {
	name string
	kept string                // what is read besides for the account that comes: an expression
	user func(*T) *models.User // of a row
}

func newSearch[T any](db *gorm.DB, user modelColumns, from tokenTable[T]) (search[T], error) {
	table := from.name
	own, err := columnsOf(db, *new(T))
	if err != nil {
		return search[T]{}, err
	}
	names := slices.Concat(own.names, user.names, []string{moment, "coalesce(s.time_zone, '')", "coalesce(s.theme, '')", from.kept})
	written := db.Session(&gorm.Session{DryRun: true}).Model(new(T)).Joins("JOIN users ON users.id = "+table+".user_id").
		Joins("LEFT JOIN user_settings s ON s.user_id = "+table+".user_id").
		Select(strings.Join(names, ", ")+", (?)", held(db, "user_roles.user_id = "+table+".user_id")).
		Where(table+".token_hash = ?", "").Find(new([]T))
	rows := &sync.Pool{New: func() any {
		row := new(tokenRow[T])
		places := append(addresses(own.fields, &row.found), addresses(user.fields, from.user(&row.found))...)
		row.into = crud.Into(append(places, &row.now, &row.settings.TimeZone, &row.settings.Theme, &row.kept, &row.roles)...)
		return row
	}}
	return search[T]{written.Statement.SQL.String(), rows}, written.Error
}

// find reads the row with a hash and gives it to use; without one it is [auth.ErrNone].
func (s search[T]) find(ctx context.Context, pool *pgxpool.Pool, tokenHash []byte, use func(*tokenRow[T])) error {
	row := s.rows.Get().(*tokenRow[T])
	defer s.rows.Put(row)
	row.found, row.roles, row.kept = *new(T), nil, nil
	err := crud.Question{SQL: s.sql, Args: []any{tokenHash}, Into: row.into}.Ask(ctx, pool)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.ErrNone
	}
	if err == nil {
		use(row)
	}
	return err
}

// addresses are where a model's fields are.
func addresses(fields []*schema.Field, model any) []any {
	into, row := make([]any, len(fields)), reflect.ValueOf(model)
	for i, field := range fields {
		into[i] = field.ReflectValueOf(context.Background(), row).Addr().Interface()
	}
	return into
}

// moment is the database's clock, beside a row.
const moment = "now() AS moment"

// modelColumns are a model's fields, and the names of their columns, each with its table.
type modelColumns struct {
	names  []string
	fields []*schema.Field
}

func columnsOf(db *gorm.DB, model any) (c modelColumns, err error) {
	statement := &gorm.Statement{DB: db}
	if err := statement.Parse(model); err != nil {
		return c, fmt.Errorf("read the model %T: %w", model, err)
	}
	for _, name := range statement.Schema.DBNames {
		c.names = append(c.names, statement.Schema.Table+"."+name)
		c.fields = append(c.fields, statement.Schema.FieldsByDBName[name])
	}
	return c, nil
}

// foundUser is a user, and when it was read.
type foundUser struct {
	models.User
	Moment time.Time
}

func (f finder) ByName(ctx context.Context, name string) (auth.Person, error) {
	var found foundUser
	err := f.db.WithContext(ctx).Model(&models.User{}).Select(f.selected).
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

// BySession asks as [auth.Finder] says.
func (f finder) BySession(ctx context.Context, tokenHash []byte) (auth.Session, error) {
	var s auth.Session
	err := f.sessions.find(ctx, f.pool, tokenHash, func(row *tokenRow[models.Session]) {
		found := &row.found
		s = auth.Session{ID: found.ID, Person: personOf(found.User, row.now), Seen: found.LastSeenAt, Ends: found.ExpiresAt,
			Revoked: found.RevokedAt != nil, Data: []byte(found.Data), Roles: row.roles, Kept: row.kept}
		s.Person.Settings = row.settings
	})
	return s, auth.Failed("find the session", err)
}

// ByToken asks as [auth.Finder] says.
func (f finder) ByToken(ctx context.Context, tokenHash []byte) (auth.Token, error) {
	var t auth.Token
	err := f.tokens.find(ctx, f.pool, tokenHash, func(row *tokenRow[models.APIToken]) {
		found := &row.found
		t = auth.Token{ID: found.ID, Person: personOf(found.User, row.now), Permissions: found.Permissions, Ends: found.ExpiresAt,
			Used: found.LastUsedAt, Revoked: found.RevokedAt != nil, Roles: row.roles}
	})
	return t, auth.Failed("find the token", err)
}

// Roles asks as [auth.Finder] says.
func (f finder) Roles(ctx context.Context, userID int64) (roles []byte, err error) {
	err = held(f.db.WithContext(ctx), "user_roles.user_id = ?", userID).Row().Scan(&roles)
	return roles, auth.Failed("find the roles", err)
}

// held is the query for the roles of whom the condition means, with what they give and keep back, as [auth.ReadRights] reads them.
func held(db *gorm.DB, condition string, args ...any) *gorm.DB {
	given := db.Model(&models.RolePermission{}).Joins("JOIN permissions p ON p.id = role_permissions.permission_id").
		Where("role_permissions.role_id = roles.id").Select("json_agg(json_build_array(p.model, p.action, p.scope))")
	kept := db.Model(&models.RoleField{}).Where("role_fields.role_id = roles.id").Select("json_agg(json_build_array(model, field, access))")
	names := db.Model(&models.UserRole{}).Select("role_name").Where("user_roles.service IN ('web', 'global')").
		Where("user_roles.is_active AND (user_roles.expires_at IS NULL OR user_roles.expires_at > now())").Where(condition, args...)
	return db.Model(&models.Role{}).Where("roles.name IN (?)", names).Select("json_agg(json_build_array(roles.name, (?), (?)))", given, kept)
}
