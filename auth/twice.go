package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Twice is a [Finder] that asks first, and second where first fails for a reason of shape: a column or table that is not
// there, another type, a row that cannot be read. So a broken model keeps nobody out. An outage is no reason of shape.
// First is asked each time: it takes over again by itself once it is mended.
type Twice struct {
	first, second Finder
	log           *slog.Logger

	mu      sync.Mutex
	trouble map[string]Trouble // by what was looked for
}

// Trouble is what keeps the first finder of [Twice] from answering.
type Trouble struct {
	Looking string    // what for: "people", "sessions", "tokens" or "roles"
	Cause   error     // the last one, for staff: it names columns, and no values
	Since   time.Time // when it began
	Count   int       // how often it has happened since
	last    time.Time
	told    time.Time
}

// NewTwice returns a finder that asks first and then second. log is told of a trouble once a minute at most, and when it is over.
func NewTwice(first, second Finder, log *slog.Logger) *Twice {
	return &Twice{first: first, second: second, log: log, trouble: map[string]Trouble{}}
}

// Both returns the two finders, in the order in which they are asked.
func (t *Twice) Both() (first, second Finder) { return t.first, t.second }

// ByName asks as [Finder] says.
func (t *Twice) ByName(ctx context.Context, name string) (Person, error) {
	return ask(ctx, t, "people", func(f Finder) (Person, error) { return f.ByName(ctx, name) })
}

// BySession asks as [Finder] says.
func (t *Twice) BySession(ctx context.Context, tokenHash []byte) (Session, error) {
	return ask(ctx, t, "sessions", func(f Finder) (Session, error) { return f.BySession(ctx, tokenHash) })
}

// ByToken asks as [Finder] says.
func (t *Twice) ByToken(ctx context.Context, tokenHash []byte) (Token, error) {
	return ask(ctx, t, "tokens", func(f Finder) (Token, error) { return f.ByToken(ctx, tokenHash) })
}

// Roles asks as [Finder] says.
func (t *Twice) Roles(ctx context.Context, userID int64) ([]byte, error) {
	return ask(ctx, t, "roles", func(f Finder) ([]byte, error) { return f.Roles(ctx, userID) })
}

// ask lets the second finder answer where the first cannot for a reason of shape. If the second fails too, its error
// counts, and is no trouble of the first: that may be an outage that nobody recognised.
func ask[T any](ctx context.Context, t *Twice, looking string, find func(Finder) (T, error)) (T, error) {
	found, err := guarded(t.first, find)
	if err == nil || errors.Is(err, ErrNone) {
		t.mended(ctx, looking)
		return found, err
	}
	if errors.Is(err, ErrUnavailable) {
		return found, err
	}
	found, failed := find(t.second)
	if failed == nil || errors.Is(failed, ErrNone) {
		t.note(ctx, looking, err)
	}
	return found, failed
}

// guarded makes an error of a panic, as in a method of a model.
func guarded[T any](f Finder, find func(Finder) (T, error)) (found T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return find(f)
}

// noteEvery is how often the log is told of a trouble that lasts.
const noteEvery = time.Minute

func (t *Twice) note(ctx context.Context, looking string, err error) {
	now := time.Now()
	t.mu.Lock()
	trouble := t.trouble[looking]
	if trouble.Count == 0 {
		trouble.Since = now
	}
	trouble.Looking, trouble.Cause, trouble.Count, trouble.last = looking, err, trouble.Count+1, now
	tell := now.Sub(trouble.told) >= noteEvery
	if tell {
		trouble.told = now
	}
	t.trouble[looking] = trouble
	t.mu.Unlock()
	if tell {
		t.log.ErrorContext(ctx, "a model does not fit its table: people are found in plain SQL", "looking", looking, "times", trouble.Count, "error", err)
	}
}

func (t *Twice) mended(ctx context.Context, looking string) {
	t.mu.Lock()
	trouble, was := t.trouble[looking]
	delete(t.trouble, looking)
	t.mu.Unlock()
	if was {
		t.log.WarnContext(ctx, "the model fits its table again", "looking", looking, "times", trouble.Count, "lasted", time.Since(trouble.Since).Round(time.Second))
	}
}

// probeAfter is how long a trouble with names stays known without a sign-in that would show whether it is over.
const probeAfter = 5 * time.Second

// Troubles returns what the first finder cannot answer now, none if it answers all. Sessions are looked for in every request;
// names are not, so that a trouble with them is looked into again here.
func (t *Twice) Troubles(ctx context.Context) []Trouble {
	t.mu.Lock()
	people, troubled := t.trouble["people"]
	t.mu.Unlock()
	if troubled && time.Since(people.last) >= probeAfter {
		_, _ = t.ByName(ctx, "") // nobody has this name: what counts is whether it can be asked
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Trouble
	for _, looking := range []string{"people", "sessions", "tokens", "roles"} {
		if trouble, ok := t.trouble[looking]; ok {
			all = append(all, trouble)
		}
	}
	return all
}
