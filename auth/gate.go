package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/sessions"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/text/unicode/norm"
)

// ErrDenied says that nobody was signed in. It is the same whether the name is unknown, the password wrong, or the
// account closed; the audit log knows which.
var ErrDenied = errors.New("the name or the password is not right")

// Gate signs people in and out. However they are found, this is the only way in: flags, hash, counters, audit and
// session are decided here.
type Gate struct {
	pool    *pgxpool.Pool
	finder  Finder
	store   *Store
	bearers []Bearer
	dummy   string        // the hash that stands in where there is none, so that the answer takes as long
	turns   chan struct{} // one element for each hash being computed
}

// NewGate returns a gate that finds people through finder and keeps their sessions in store. It computes at most as
// many hashes at a time as half the processors can, so that a flood of sign-ins does not slow others.
// Programs come in by API tokens, and by what bearers know besides.
func NewGate(pool *pgxpool.Pool, finder Finder, store *Store, bearers ...Bearer) *Gate {
	turns := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	bearers = append([]Bearer{tokens{store}}, bearers...)
	return &Gate{pool, finder, store, bearers, Argon2id("nobody"), turns}
}

// Cookie returns the name of the cookie that carries a session.
func (g *Gate) Cookie() string { return g.store.Name() }

// SignIn begins a session for the person with this name or e-mail address and this password, and ends the session
// that r brought. It sets the cookie on w and returns [ErrDenied] if there is no such person, [Throttled] if it failed too
// often, or an error with [ErrUnavailable] in its chain if that cannot be said now.
func (g *Gate) SignIn(w http.ResponseWriter, r *http.Request, name, password string) error {
	ctx := r.Context()
	person, err := g.known(ctx, name, password)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	err = g.begin(w, r, person)
	if errors.Is(err, ErrDenied) {
		return g.refuse(ctx, person, name, "closed meanwhile")
	}
	return err
}

// known is identify, which records that somebody was made to wait.
func (g *Gate) known(ctx context.Context, name, password string) (Person, error) {
	person, err := g.identify(ctx, name, password)
	if _, waits := errors.AsType[Throttled](err); waits {
		if failed := g.Note(ctx, Entry{Action: throttled, Failure: "too many failures", Most: 1}); failed != nil {
			return Person{}, failed
		}
	}
	return person, err
}

// identify returns the person with this name and password. It looks at the limits before it waits for its turn, so that a
// flood is not queued, and again in its turn, so that as many at a time get past them as there are turns.
func (g *Gate) identify(ctx context.Context, name, password string) (Person, error) {
	name = plainName(name)
	if err := g.admits(ctx, name); err != nil {
		return Person{}, err
	}
	done, err := g.turn(ctx)
	if err != nil {
		return Person{}, err
	}
	defer done()
	if err := g.admits(ctx, name); err != nil {
		return Person{}, err
	}
	person, err := g.find(ctx, name)
	if err != nil {
		return Person{}, err
	}
	if reason := refusal(person, g.matches(ctx, person, password)); reason != "" {
		return person, g.refuse(ctx, person, name, reason)
	}
	g.upgrade(ctx, person, password)
	return person, nil
}

// plainName returns a name as it is looked for: in one form of Unicode, without the spaces around it; "" for a text that is
// no name.
func plainName(name string) string {
	if len(name) > 1000 || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return ""
	}
	return strings.TrimSpace(norm.NFC.String(name))
}

// find returns the zero Person for a name that nobody has.
func (g *Gate) find(ctx context.Context, name string) (Person, error) {
	if name == "" {
		return Person{}, nil
	}
	person, err := g.finder.ByName(ctx, name)
	if errors.Is(err, ErrNone) {
		return Person{}, nil
	}
	return person, err
}

// matches checks the password against the person's hash. Where there is none that can be read, one stands in for it.
func (g *Gate) matches(ctx context.Context, person Person, password string) bool {
	if utf8.RuneCountInString(password) > PasswordMax {
		return false
	}
	ok, err := Verify(person.Scheme, person.Hash, password)
	if err == nil {
		return ok
	}
	if person.Hash != "" {
		slog.WarnContext(ctx, "a password cannot be checked", "user", person.ID, "error", err)
	}
	_, _ = Verify(SchemeArgon2, g.dummy, password)
	return false
}

// upgrade replaces a hash that is made otherwise today, unless somebody has set another password meanwhile. That it cannot
// be replaced is no reason to keep the person out.
func (g *Gate) upgrade(ctx context.Context, person Person, password string) {
	if !Outdated(person.Scheme, person.Hash) {
		return
	}
	_, err := g.pool.Exec(ctx, `UPDATE user_passwords SET password_hash = $3, hash_scheme = $4
		WHERE user_id = $1 AND service = 'web' AND password_hash = $2`, person.ID, person.Hash, Argon2id(password), SchemeArgon2)
	if err != nil {
		slog.WarnContext(ctx, "an old password hash was not replaced", "user", person.ID, "error", err)
	}
}

// turn waits until another hash may be computed; done lets the next one in.
func (g *Gate) turn(ctx context.Context) (done func(), err error) {
	select {
	case g.turns <- struct{}{}:
		return func() { <-g.turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a processor: %w: %w", ErrUnavailable, ctx.Err())
	}
}

// refusal returns why a person may not come in, in words for the audit log; empty if they may.
func refusal(person Person, matches bool) string {
	switch {
	case person.ID == 0:
		return "unknown name"
	case person.Hash == "":
		return "no password for the panel"
	case !matches:
		return "wrong password"
	case expired(person):
		return "password expired"
	}
	return closed(person)
}

func expired(person Person) bool { return person.Expires != nil && !person.Now.Before(*person.Expires) }

// closed returns why an account opens nothing, not even to who is signed in; empty if it does.
func closed(person Person) string {
	switch {
	case !person.Active:
		return "account not active"
	case person.Locked:
		return "account locked"
	}
	return ""
}

// refuse counts and records a failure and returns ErrDenied. The name that somebody typed is not recorded unless it is a
// person's: people type passwords there. It sends the same statements for nobody as for somebody,
// and does not wait for the disk, so that the time tells nothing.
func (g *Gate) refuse(ctx context.Context, person Person, name, reason string) error {
	sql, args, err := Entry{By: by(person), Action: signIn, Failure: reason, More: map[string]any{"try": bucket(name)}}.Insert(ctx)
	if err != nil {
		return err
	}
	var batch pgx.Batch
	batch.Queue(`SELECT set_config('synchronous_commit', 'off', true)`)
	batch.Queue(`UPDATE users SET failed_login_attempts = failed_login_attempts + 1, last_failed_login_at = now()
		WHERE id = $1`, person.ID)
	batch.Queue(sql, args...)
	if err := g.pool.SendBatch(ctx, &batch).Close(); err != nil {
		return failure("record a failed sign-in", err)
	}
	return ErrDenied
}

// begin starts a session for person in one transaction with all that belongs to it. Two at once for one person wait
// for each other at their row of users, so that the limit holds.
func (g *Gate) begin(w http.ResponseWriter, r *http.Request, person Person) error {
	session, err := g.store.Get(r, g.store.name)
	if err != nil {
		return err
	}
	token, hash := newToken()
	var id int64
	err = pgx.BeginFunc(r.Context(), g.pool, func(tx pgx.Tx) (err error) {
		id, err = g.replace(r, tx, person, hash)
		return err
	})
	if errors.Is(err, ErrDenied) {
		return err
	}
	if err != nil {
		return failure("begin a session", err)
	}
	adopt(session, id, person)
	http.SetCookie(w, sessions.NewCookie(g.store.name, token, g.store.cookieOptions()))
	return nil
}

const (
	openUser = `UPDATE users SET failed_login_attempts = 0, last_login_at = now()
		WHERE id = $1 AND is_active AND NOT is_locked`
	insertSession = `INSERT INTO sessions (user_id, token_hash, expires_at, ip_address, user_agent, data, last_seen_at)
		VALUES ($1, $2, now() + make_interval(secs => $3), nullif($4, '')::inet, nullif($5, ''), '{}', now())
		RETURNING id`
	capSessions = `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1
		ORDER BY last_seen_at DESC, id DESC OFFSET $2)`
)

// replace ends the session that r brought and inserts one for person; it returns the new one's id.
func (g *Gate) replace(r *http.Request, tx pgx.Tx, person Person, hash []byte) (id int64, err error) {
	ctx, request := r.Context(), RequestFrom(r.Context())
	tag, err := tx.Exec(ctx, openUser, person.ID)
	if err != nil {
		return 0, err
	}
	if tag.RowsAffected() == 0 {
		return 0, ErrDenied
	}
	if _, err := tx.Exec(ctx, endSession, g.store.sent(r)); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, insertSession, person.ID, hash, g.store.options.Max.Seconds(), request.Address,
		request.Agent).Scan(&id)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, capSessions, person.ID, SessionsPerUser); err != nil {
		return 0, err
	}
	sql, args, err := Entry{By: by(person), Action: signIn, Session: id}.Insert(ctx)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, sql, args...)
	return id, err
}

// SignOut ends the session that r brought, records that with it, and takes its cookie away. Without a session it does
// nothing else.
func (g *Gate) SignOut(w http.ResponseWriter, r *http.Request) error {
	session, err := g.store.Get(r, g.store.name)
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	person, signedIn := session.Values[personKey{}].(Person)
	if !signedIn {
		if err := g.store.end(r, w); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
		return nil
	}
	sql, args, err := Entry{By: by(person), Action: "sign_out"}.Insert(r.Context())
	if err != nil {
		return err
	}
	var batch pgx.Batch // one transaction
	batch.Queue(endSession, g.store.sent(r))
	batch.Queue(sql, args...)
	if err := g.pool.SendBatch(r.Context(), &batch).Close(); err != nil {
		return failure("sign out", err)
	}
	return g.store.forget(r, w)
}

// by is a person as the audit log knows them.
func by(person Person) Account { return Account{ID: person.ID, Name: person.Name} }
