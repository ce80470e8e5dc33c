package crud

import (
	"maps"
	"slices"
	"strings"
)

// ErrorKind says what went wrong, in terms that a caller can act on.
type ErrorKind int

// The kinds of Error and the HTTP status that screens and API give them.
const (
	KindBad         ErrorKind = iota // 400: an unknown sort column, a malformed cursor
	KindNotFound                     // 404: no such row, or one that may not be seen
	KindForbidden                    // 403: the policy denies the table or the verb
	KindInvalid                      // 422: a value that cannot be stored
	KindConflict                     // 409: somebody else changed or uses the row
	KindUnavailable                  // 503: the database cannot answer now; try again
	KindLarge                        // 413: more than can be done at once
	KindSlow                         // 503: it took longer than one statement may
	KindBusy                         // 429: too much of this is under way; try again
	KindMisfit                       // 503: the database has a table otherwise than its model says
	KindStale                        // 412: the row is not as the condition of a write says
)

// Error is every failure that is not a bug. Its text holds sentences for people and never a database's message.
type Error struct {
	Kind   ErrorKind
	Fields map[string]string // sentences by column name; "" is the whole record
	Rows   map[string]Ref    // by column name: the row that is in the way, if the account may see it
	Sides  map[string]Sides  // with KindConflict, by column name: what the three sides of a clash hold
	Denied string            // with KindForbidden, what the policy denies: "users:update"; "" if something else is in the way
	Err    error             // the cause: for the log, never for a page; may be nil
}

// Sides are the values of a field that both changed, as JSON.
type Sides struct{ Base, Theirs, Mine []byte }

// Error returns the sentences, the record's own first, then by column.
func (e *Error) Error() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if name == "" {
			lines = append(lines, e.Fields[name])
		} else {
			lines = append(lines, name+": "+e.Fields[name])
		}
	}
	if len(lines) == 0 {
		return e.Kind.String()
	}
	return strings.Join(lines, "; ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// String returns a plain sentence for the kind, fit for a page that has nothing better to say.
func (k ErrorKind) String() string {
	switch k {
	case KindBad:
		return "The address holds something that this page does not know."
	case KindNotFound:
		return "There is no such record."
	case KindForbidden:
		return "You are not allowed to do this."
	case KindInvalid:
		return "Some values cannot be stored."
	case KindConflict:
		return "The record is in use or was changed meanwhile."
	case KindLarge:
		return "This is more than can be done at once."
	case KindSlow:
		return "This took too long and was stopped. Narrow the search or try again."
	case KindBusy:
		return "Too much of this is under way already. Try again in a moment."
	case KindStale:
		return "The record is not as it was when it was read. Read it again."
	case KindMisfit:
		return "The database has this table otherwise than the program needs it. Nothing was changed; it works again as soon as that is mended."
	default:
		return "The database does not answer just now. Check that PostgreSQL runs, can be reached and is not overloaded."
	}
}

// deny makes the Error of a verb that the policy denies.
func (c *Store[P]) deny(verb Verb, sentence string) *Error {
	err := fail(KindForbidden, sentence, nil)
	err.Denied = c.plan.table + ":" + string(verb)
	return err
}

// fail makes an Error about the whole record.
func fail(kind ErrorKind, sentence string, cause error) *Error {
	return &Error{Kind: kind, Fields: map[string]string{"": sentence}, Err: cause}
}
