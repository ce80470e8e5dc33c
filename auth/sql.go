package auth

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// SQL returns a [Finder] that asks in plain SQL. It names only the columns that it needs, so that it works while
// other parts of these tables are being changed. It says nothing of how people like to see the panel.
func SQL(pool *pgxpool.Pool) Finder { return sqlFinder{pool} }

type sqlFinder struct{ pool *pgxpool.Pool }

// selectPerson are the columns of users that into reads.
const selectPerson = `u.id, u.username, u.email, lower(split_part(u.email, '@', -1)), u.is_active, u.is_locked`

// into are where a row of selectPerson, and what stands behind it, is read.
func (p *Person) into(rest ...any) []any {
	return append([]any{&p.ID, &p.Name, &p.Email, &p.Domain, &p.Active, &p.Locked}, rest...)
}

const findPerson = `
SELECT ` + selectPerson + `,
       coalesce(p.password_hash, ''), coalesce(p.hash_scheme, ''), p.expires_at, now()
FROM users u
LEFT JOIN user_passwords p ON p.user_id = u.id AND p.service = 'web'
WHERE lower(u.username) = lower($1) OR lower(u.email) = lower($1)
ORDER BY lower(u.email) = lower($1) DESC
LIMIT 1`

func (f sqlFinder) ByName(ctx context.Context, name string) (Person, error) {
	var p Person
	err := f.pool.QueryRow(ctx, findPerson, name).Scan(p.into(&p.Hash, &p.Scheme, &p.Expires, &p.Now)...)
	return p, failure("find the person", err)
}

const findSession = `
SELECT ` + selectPerson + `, now(), (` + selectRoles + `s.user_id)),
       s.id, s.last_seen_at, s.expires_at, s.revoked_at IS NOT NULL, s.data
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1`

func (f sqlFinder) BySession(ctx context.Context, tokenHash []byte) (Session, error) {
	var s Session
	p := &s.Person
	err := f.pool.QueryRow(ctx, findSession, tokenHash).Scan(p.into(&p.Now, &s.Roles, &s.ID, &s.Seen, &s.Ends, &s.Revoked, &s.Data)...)
	return s, failure("find the session", err)
}

const findToken = `
SELECT ` + selectPerson + `, now(), (` + selectRoles + `t.user_id)),
       t.id, t.permissions, t.expires_at, t.last_used_at, t.revoked_at IS NOT NULL
FROM api_tokens t
JOIN users u ON u.id = t.user_id
WHERE t.token_hash = $1`

func (f sqlFinder) ByToken(ctx context.Context, tokenHash []byte) (Token, error) {
	var t Token
	p := &t.Person
	err := f.pool.QueryRow(ctx, findToken, tokenHash).Scan(p.into(&p.Now, &t.Roles, &t.ID, &t.Permissions, &t.Ends, &t.Used, &t.Revoked)...)
	return t, failure("find the token", err)
}

// selectRoles lacks whose roles they are, and a parenthesis.
const selectRoles = `
SELECT json_agg(json_build_array(r.name,
         (SELECT json_agg(json_build_array(p.model, p.action, p.scope))
          FROM role_permissions g JOIN permissions p ON p.id = g.permission_id WHERE g.role_id = r.id),
         (SELECT json_agg(json_build_array(f.model, f.field, f.access)) FROM role_fields f WHERE f.role_id = r.id)))
FROM roles r
WHERE r.name IN (SELECT u.role_name FROM user_roles u WHERE u.service IN ('web', 'global')
                 AND u.is_active AND (u.expires_at IS NULL OR u.expires_at > now()) AND u.user_id = `

func (f sqlFinder) Roles(ctx context.Context, userID int64) (roles []byte, err error) {
	err = f.pool.QueryRow(ctx, selectRoles+`$1)`, userID).Scan(&roles)
	return roles, failure("find the roles", err)
}

// Failed names the operation that err ended. Its chain has [ErrNone] if there was no row, [ErrUnavailable] in an outage, and
// neither where a statement, or what it reads, does not fit the tables.
func Failed(operation string, err error) error {
	_, refused := errors.AsType[*pgconn.PgError](err)
	_, unreachable := errors.AsType[net.Error](err)
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	lost := unreachable || unconnected || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
	if err == nil || refused || lost || errors.Is(err, ErrNone) {
		return failure(operation, err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// failure is Failed for pgx, whose errors are all an outage but for those that it names.
func failure(operation string, err error) error {
	pg, refused := errors.AsType[*pgconn.PgError](err)
	_, unreadable := errors.AsType[pgx.ScanArgError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, ErrNone):
		return ErrNone
	case unreadable, refused && !passing(pg.Code):
		return fmt.Errorf("%s: %w", operation, err)
	default:
		return fmt.Errorf("%s: %w: %w", operation, ErrUnavailable, err)
	}
}

// passing reports whether a SQLSTATE speaks of the server's state rather than of the statement.
func passing(code string) bool {
	states := []string{"08", "25006", "40", "53", "55P03", "57"}
	return slices.ContainsFunc(states, func(state string) bool { return strings.HasPrefix(code, state) })
}
