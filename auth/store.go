package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gorilla/sessions"
	"github.com/jackc/pgx/v5/pgxpool"
)

// SessionsPerUser is how many sessions a person may have at a time; a further one ends the one unused for longest.
const SessionsPerUser = 20

// StoreOptions are the settings of a [Store].
type StoreOptions struct {
	Idle   time.Duration // a session ends when it was not used for this long; 12 hours if 0
	Max    time.Duration // a session ends this long after it began; 7 days if 0
	Port   int
	Prefix string // of all addresses, for the cookie's name
	Plain  bool   // cookies for plain http beyond loopback: without Secure, so for development only
}

// Store keeps the data of signed-in people in the table sessions. The browser's cookie holds a random token, the
// table its SHA-256 alone. Visitors have no row: what is set in their session is forgotten after the request.
//
// Data is kept as JSON: keys must be text, whole numbers come back as int64, structs as maps.
type Store struct {
	pool    *pgxpool.Pool
	finder  Finder
	options StoreOptions
	name    string
}

var _ ginsessions.Store = (*Store)(nil)

// NewStore returns a store over pool that looks sessions up through finder.
func NewStore(pool *pgxpool.Pool, finder Finder, options StoreOptions) *Store {
	if options.Idle == 0 {
		options.Idle = 12 * time.Hour
	}
	if options.Max == 0 {
		options.Max = 7 * 24 * time.Hour
	}
	if options.Plain {
		slog.Warn("session cookies travel over plain http and can be read on the way: for development only")
	}
	return &Store{pool, finder, options, CookieName(options.Port, options.Prefix, options.Plain)}
}

// Name returns the name of the session and of its cookie.
func (s *Store) Name() string { return s.name }

// Idle returns how long a session may go unused.
func (s *Store) Idle() time.Duration { return s.options.Idle }

// Options does nothing: the flags of the cookie are not for choosing.
func (s *Store) Options(ginsessions.Options) {}

// Get returns the session of r, the same one throughout the request.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie of r names. Without one, or with one that is over, it returns a new session,
// which is not in the database. When the database fails it returns a new session and the error.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = s.cookieOptions()
	session.IsNew = true
	found, err := s.find(r)
	if errors.Is(err, ErrNone) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	values, err := decode(found.Data)
	if err != nil {
		return session, fmt.Errorf("read session %d: %w", found.ID, err)
	}
	s.touch(r.Context(), found)
	session.ID, session.IsNew, session.Values = strconv.FormatInt(found.ID, 10), false, values
	session.Values[personKey{}], session.Values[rolesKey{}], session.Values[keptKey{}] = found.Person, found.Roles, found.Kept
	return session, nil
}

// personKey is where a session holds its [Person], rolesKey and keptKey what [Session.Roles] and [Session.Kept] are; Save stores text
// keys only.
type (
	personKey struct{}
	rolesKey  struct{}
	keptKey   struct{}
)

// find returns the live session of r, or ErrNone.
func (s *Store) find(r *http.Request) (Session, error) {
	hash := s.sent(r)
	if hash == nil {
		return Session{}, ErrNone
	}
	found, err := s.finder.BySession(r.Context(), hash)
	if err != nil {
		return Session{}, err
	}
	now := found.Person.Now
	over := found.Revoked || !now.Before(found.Ends) || now.Sub(found.Seen) >= s.options.Idle
	if over || closed(found.Person) != "" {
		return Session{}, ErrNone
	}
	return found, nil
}

// sent returns the hash of the token that r brings, nil if it brings none.
func (s *Store) sent(r *http.Request) []byte {
	cookie, err := r.Cookie(s.name)
	if err != nil {
		return nil
	}
	return hashToken(cookie.Value)
}

// touch notes once a minute that a session is in use. That it cannot be noted is no reason to refuse a page.
func (s *Store) touch(ctx context.Context, found Session) {
	if found.Person.Now.Sub(found.Seen) < min(time.Minute, s.options.Idle/2) {
		return
	}
	_, err := s.pool.Exec(ctx, `UPDATE sessions SET last_seen_at = now() WHERE id = $1 AND last_seen_at = $2`,
		found.ID, found.Seen)
	if err != nil {
		slog.WarnContext(ctx, "the use of a session was not noted", "session", found.ID, "error", err)
	}
}

// Save writes the session's data. It writes nothing for a visitor, and with a negative MaxAge it ends the session.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		return s.end(r, w)
	}
	if session.IsNew {
		return nil
	}
	data, err := encode(session.Values)
	if err != nil {
		return fmt.Errorf("save session %s: %w", session.ID, err)
	}
	_, err = s.pool.Exec(r.Context(), `UPDATE sessions SET data = $2 WHERE id = $1::text::bigint`, session.ID, data)
	return failure("save session "+session.ID, err)
}

const endSession = `DELETE FROM sessions WHERE token_hash = $1`

// end deletes the session that r brings, whatever its state, and its cookie.
func (s *Store) end(r *http.Request, w http.ResponseWriter) error {
	if hash := s.sent(r); hash != nil {
		if _, err := s.pool.Exec(r.Context(), endSession, hash); err != nil {
			return failure("end the session", err)
		}
	}
	return s.forget(r, w)
}

// forget empties the session of r, whose row is gone, and takes its cookie away.
func (s *Store) forget(r *http.Request, w http.ResponseWriter) error {
	session, err := s.Get(r, s.name)
	if err != nil {
		return err
	}
	session.ID, session.IsNew = "", true
	clear(session.Values)
	options := s.cookieOptions()
	options.MaxAge = -1
	http.SetCookie(w, sessions.NewCookie(s.name, "", options))
	return nil
}

// Account returns who makes r, with what they might do when it came; ok is false for a visitor. Who signs in by r has no rights
// before the next request. Its error has [ErrUnavailable] in its chain when the database cannot say.
func (s *Store) Account(r *http.Request) (account Account, ok bool, err error) {
	session, err := s.Get(r, s.name)
	if err != nil {
		return Account{}, false, err
	}
	person, ok := session.Values[personKey{}].(Person)
	if !ok {
		return Account{}, false, nil
	}
	roles, _ := session.Values[rolesKey{}].([]byte)
	account, err = s.account(person, roles)
	account.Kept, _ = session.Values[keptKey{}].([]byte)
	return account, err == nil, err
}

// account is a person with what their roles, as a [Finder] gives them, add up to.
func (s *Store) account(person Person, roles []byte) (Account, error) {
	rights, err := ReadRights(roles)
	if err != nil {
		return Account{}, err
	}
	return Account{ID: person.ID, Name: person.Name, Email: person.Email, Domain: person.Domain, Rights: rights, Settings: person.Settings}, nil
}

// Sweep deletes the sessions that ended a week ago or earlier, and returns how many. Until then they open nothing, but
// staff can see them.
func (s *Store) Sweep(ctx context.Context) (int64, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE least(expires_at, revoked_at,
		last_seen_at + make_interval(secs => $1)) <= now() - interval '7 days'`, s.options.Idle.Seconds())
	return tag.RowsAffected(), failure("sweep the sessions", err)
}

// SweepEvery sweeps at once and then at each interval until ctx ends. A failure is told to failed, and so is a panic.
func (s *Store) SweepEvery(ctx context.Context, interval time.Duration, failed func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := s.trySweep(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Store) trySweep(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	_, err = s.Sweep(ctx)
	return errors.Join(err, s.sweepTokens(ctx))
}

func (s *Store) cookieOptions() *sessions.Options {
	return &sessions.Options{Path: "/", Secure: !s.options.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// adopt makes session the one with this id, of person, without data.
func adopt(session *sessions.Session, id int64, person Person) {
	session.ID, session.IsNew = strconv.FormatInt(id, 10), false
	clear(session.Values)
	maps.Copy(session.Values, map[any]any{personKey{}: person})
}
