package auth

import (
	"context"
	"errors"
	"time"
)

// ErrNone says that a [Finder] looked and found nobody.
var ErrNone = errors.New("no such account or session")

// ErrUnavailable says that the database could not answer: it is down, busy or too slow. Trying again may help.
var ErrUnavailable = errors.New("the database cannot answer")

// Finder looks people up. It decides nothing: flags, limits and hashes are returned as they are stored.
// Each method is one indexed query, and fails with an error whose chain has [ErrUnavailable] in an outage.
type Finder interface {
	// ByName returns the person with this user name or e-mail address, whatever their case, with the password for
	// service web. An e-mail address wins over a user name of the same text. Nobody is [ErrNone].
	ByName(ctx context.Context, name string) (Person, error)
	// BySession returns the session whose token has this SHA-256, with its person and what Roles would return. None is [ErrNone].
	BySession(ctx context.Context, tokenHash []byte) (Session, error)
	// ByToken returns the API token with this SHA-256, with its person and what Roles would return. None is [ErrNone].
	ByToken(ctx context.Context, tokenHash []byte) (Token, error)
	// Roles returns the roles that a person holds for service web or global and that are active and not expired, with
	// what each gives, for [ReadRights].
	Roles(ctx context.Context, userID int64) ([]byte, error)
}

// Person is a row of users as far as signing in needs it. The zero Person is nobody.
type Person struct {
	ID     int64
	Name   string
	Email  string
	Domain string // of the address, as users.domain has it
	Active bool
	Locked bool

	// The password for service web. BySession and ByToken leave these three zero.
	Hash    string // empty: there is none
	Scheme  string // as in user_passwords.hash_scheme
	Expires *time.Time

	// How they like to see the panel. ByName and ByToken leave it zero, and so does BySession where it cannot be said.
	Settings Settings

	Now time.Time // the database's clock when the row was read, by which all limits are counted
}

// Session is a row of sessions.
type Session struct {
	ID      int64
	Person  Person
	Seen    time.Time // when it was last used
	Ends    time.Time // when it ends however much it is used
	Revoked bool
	Data    []byte // a JSON object
	Roles   []byte // of the person, for [ReadRights]
	Kept    []byte // as [Account.Kept] has it
}

// Settings are how somebody likes to see the panel. The zero Settings leave all of it to the browser.
type Settings struct {
	TimeZone string // a name of the IANA database, such as "Europe/Berlin"; "" for the browser's
	Theme    string // [ThemeLight], [ThemeDark] or [ThemeSystem]; "" for what was chosen in the browser
}

// The themes of [Settings].
const (
	ThemeLight  = "light"
	ThemeDark   = "dark"
	ThemeSystem = "system"
)

// Token is a row of api_tokens.
type Token struct {
	ID          int64
	Person      Person
	Permissions []string   // what it is for, each as [ParsePermission] reads it
	Ends        time.Time  // when it ends however much it is used
	Used        *time.Time // when it was last used, to the minute; nil: never
	Revoked     bool
	Roles       []byte // of the person, for [ReadRights]
}
