package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// How many may register in an hour: enough for a household or a course behind one address, too few for a flood. Attempts
// include those that were refused, so that names and addresses cannot be tried out.
const (
	AttemptsPerNetwork = 20
	AccountsPerNetwork = 5
	AccountsEverywhere = 60
)

// Enroll makes an account for a newcomer, with the lowest role for service web, and records it under the action
// [Registered]: all in one transaction, in which admit is asked first and no other registration runs. It returns a
// [Refusal] of [NameTaken] or [AddressTaken] if somebody has the name, or else if the address is not to be had.
type Enroll func(ctx context.Context, newcomer Newcomer, admit func(Ask) error) (Person, error)

// Ask runs a query that gives one row.
type Ask func(ctx context.Context, sql string, args ...any) interface{ Scan(into ...any) error }

// Registered is the action of audit_log under which each registration stands, and each refusal of one.
const Registered = "register"

// Throttled says that too many registered, or failed to sign in. Retry is when the next may try.
type Throttled struct{ Retry time.Duration }

// Error says it for a log.
func (t Throttled) Error() string { return fmt.Sprintf("too many attempts, again in %s", t.Retry) }

// Register makes an account of what was typed into a form, signs the person in and ends the session that r brought. The
// form's fields are username, email, first_name, last_name and password. It sets the cookie on w and returns a [Refusal],
// [Throttled], or an error with [ErrUnavailable] in its chain if that cannot be said now.
//
// The hash is made before anybody is looked up, so that the time does not tell who is here. It is made in a turn, and
// only for whom the limits let in.
func (g *Gate) Register(w http.ResponseWriter, r *http.Request, form url.Values, enroll Enroll) error {
	ctx := r.Context()
	person, err := g.enroll(ctx, form, enroll)
	if err != nil {
		return g.reject(ctx, err)
	}
	return g.begin(w, r, person)
}

func (g *Gate) enroll(ctx context.Context, form url.Values, enroll Enroll) (Person, error) {
	newcomer, err := g.hashed(ctx, form)
	if err != nil {
		return Person{}, err
	}
	return enroll(ctx, newcomer, func(ask Ask) error { return admit(ctx, ask) })
}

// hashed returns the newcomer of a form once it is their turn.
func (g *Gate) hashed(ctx context.Context, form url.Values) (Newcomer, error) {
	done, err := g.turn(ctx)
	if err != nil {
		return Newcomer{}, err
	}
	defer done()
	err = admit(ctx, func(ctx context.Context, sql string, args ...any) interface{ Scan(into ...any) error } {
		return g.pool.QueryRow(ctx, sql, args...)
	})
	if err != nil {
		return Newcomer{}, err
	}
	newcomer, password, err := read(form)
	if err != nil {
		return Newcomer{}, err
	}
	newcomer.Hash, newcomer.Scheme, err = HashFor("web", password)
	return newcomer, err
}

// limited is the reason of those whom the limits kept out. They are not counted again: else who waits would wait on.
const limited = "too many registrations"

// waiting returns the seconds until the fullest limit has room, 0 if all have.
const waiting = `
WITH recent AS (
	SELECT created_at, success,
	       coalesce(ip_address <<= nullif($1::text, '')::inet, ip_address IS NULL AND $1::text = '') AS near
	FROM audit_log
	WHERE action = $2::text AND created_at > now() - interval '1 hour' AND error_message IS DISTINCT FROM $3::text)
SELECT coalesce(max(ceil(extract(epoch FROM since + interval '1 hour' - now()))), 0)::bigint
FROM (
	SELECT min(created_at) AS since FROM recent WHERE near HAVING count(*) >= $4::bigint
	UNION ALL
	SELECT min(created_at) FROM recent WHERE near AND success HAVING count(*) >= $5::bigint
	UNION ALL
	SELECT min(created_at) FROM recent WHERE success HAVING count(*) >= $6::bigint) full_limits`

// admit returns Throttled if a limit is reached. What is counted is in the database, so that all instances count alike.
func admit(ctx context.Context, ask Ask) error {
	var seconds int64
	err := ask(ctx, waiting, RequestFrom(ctx).Network(), Registered, limited, AttemptsPerNetwork, AccountsPerNetwork, AccountsEverywhere).
		Scan(&seconds)
	if err != nil {
		return failure("count the registrations", err)
	}
	if seconds > 0 {
		return Throttled{time.Duration(seconds) * time.Second}
	}
	return nil
}

// reject records why nobody was registered, and returns it.
func (g *Gate) reject(ctx context.Context, err error) error {
	e := Entry{Action: Registered}
	var refusal Refusal
	var throttled Throttled
	switch {
	case errors.As(err, &refusal):
		e.Failure = refusal.Error()
	case errors.As(err, &throttled):
		e.Failure, e.Most = limited, 1
	default:
		return failure("register", err)
	}
	if failed := g.Note(ctx, e); failed != nil {
		return failed
	}
	return err
}
