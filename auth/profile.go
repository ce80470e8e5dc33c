package auth

import "time"

// Profile is what people see of their own account.
type Profile struct {
	Sessions []OwnSession // those in force, this one first, then the last used first
	Tokens   []OwnToken   // those that ended less than a quarter of a year ago too, the newest first
}

// OwnSession is a session of the account that looks at it.
type OwnSession struct {
	ID          int64
	Agent       string // as the browser named itself; "" if it did not
	Address     string // "" if it is not known
	Since, Seen time.Time
	Ends        time.Time
	This        bool // it is the one of the request
}

// OwnToken is an API token of the account that looks at it.
type OwnToken struct {
	ID          int64
	Name        string
	Permissions []string
	Since, Ends time.Time
	Used        *time.Time // nil: never
	Address     string     // that it was last used from; "" if it is not known
	State       string     // "" for one in force, else "revoked" or "expired"
}

// TokenWish is a token that somebody wants.
type TokenWish struct {
	Name        string
	Permissions []Permission // the account has them all
	Days        int          // in force from now, 1 to [TokenDaysMax]
}

// Ending is what a change ended.
type Ending struct {
	Sessions, Tokens int64
}
