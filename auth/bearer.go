package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Limits of API tokens.
const (
	TokensPerUser   = 20  // that are in force at a time
	TokenDays       = 90  // how long one is in force, if nothing else is chosen
	TokenDaysMax    = 365 // and at most
	TokenPrefix     = "unified_"
	tokenSecretSize = 26 // letters of [rand.Text], 130 bits
)

// NewAPIToken returns the text of a token that nobody has, and its SHA-256 for the database.
func NewAPIToken() (text string, hash []byte) {
	text = TokenPrefix + rand.Text()
	return text, hashAPIToken(text)
}

// hashAPIToken returns the SHA-256 of a token, nil for a text that cannot be one.
func hashAPIToken(text string) []byte {
	secret, ours := strings.CutPrefix(text, TokenPrefix)
	if !ours || len(secret) != tokenSecretSize {
		return nil
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Bearer finds out in whose name a program asks, by the text that it sends behind "Authorization: Bearer". Each kind of such
// text is one: those of the table api_tokens, and whatever else a [Gate] is given.
type Bearer interface {
	// Account returns the account, with Program set and rights that are no more than the person's at this moment. It fails with
	// [ErrNone] for a text of another kind, or of this kind and of nobody; with an [*Ended] for one that opens nothing any more;
	// and with [ErrUnavailable] in the chain in an outage.
	Account(ctx context.Context, text string) (Account, error)
}

// Ended is why a token that is known opens nothing.
type Ended struct {
	By     Account // whose it is
	Reason string  // for the audit log
}

// Error returns the reason.
func (e *Ended) Error() string { return e.Reason }

// tokens are the API tokens of the database.
type tokens struct{ *Store }

// Account asks as [Bearer] says.
func (t tokens) Account(ctx context.Context, text string) (Account, error) {
	hash := hashAPIToken(text)
	if hash == nil {
		return Account{}, ErrNone
	}
	found, err := t.finder.ByToken(ctx, hash)
	if err != nil {
		return Account{}, err
	}
	account, err := t.account(found.Person, found.Roles)
	if err != nil {
		return Account{}, err
	}
	account.Program = fmt.Sprintf("API token %d", found.ID)
	if reason := found.ended(); reason != "" {
		return Account{}, &Ended{By: account, Reason: reason}
	}
	for _, text := range found.Permissions {
		p, err := ParsePermission(text)
		if err != nil {
			return Account{}, fmt.Errorf("read API token %d: %w", found.ID, err)
		}
		account.Limits = append(account.Limits, p)
	}
	account.Rights = account.Limited(account.Rights)
	t.touch(ctx, found)
	return account, nil
}

// ended says why a token opens nothing, "" if it does.
func (t Token) ended() string {
	switch {
	case t.Revoked:
		return "token revoked"
	case !t.Person.Now.Before(t.Ends):
		return "token expired"
	}
	return closed(t.Person)
}

// touch notes once a minute that a token is in use, and from where. That it cannot be noted is no reason to refuse a request.
func (t tokens) touch(ctx context.Context, found Token) {
	if found.Used != nil && found.Person.Now.Sub(*found.Used) < time.Minute {
		return
	}
	_, err := t.pool.Exec(ctx, `UPDATE api_tokens SET last_used_at = now(), last_ip_address = nullif($3, '')::inet
		WHERE id = $1 AND last_used_at IS NOT DISTINCT FROM $2`, found.ID, found.Used, RequestFrom(ctx).Address)
	if err != nil {
		slog.WarnContext(ctx, "the use of an API token was not noted", "token", found.ID, "error", err)
	}
}

// bearing is the action of audit_log under which each token that opened nothing stands.
const bearing = "api_token"

// Program returns in whose name a program asks that sends this text behind "Authorization: Bearer". A text that opens nothing is
// [ErrDenied], recorded with its reason; who sends too many from one network is [Throttled], which keeps out nobody whose token
// is good.
func (g *Gate) Program(ctx context.Context, text string) (Account, error) {
	ended := &Ended{Reason: "unknown token"}
	for _, bearer := range g.bearers {
		account, err := bearer.Account(ctx, text)
		if err == nil {
			return account, nil
		}
		if errors.As(err, &ended) {
			break
		}
		if !errors.Is(err, ErrNone) {
			return Account{}, fmt.Errorf("find the program: %w", err)
		}
	}
	if err := g.bears(ctx); err != nil {
		return Account{}, err
	}
	if err := g.Note(ctx, Entry{By: ended.By, Action: bearing, Failure: ended.Reason}); err != nil {
		return Account{}, err
	}
	return Account{}, ErrDenied
}

// bears returns [Throttled] if a network has sent so many tokens that opened nothing that the next has to wait.
func (g *Gate) bears(ctx context.Context) error {
	var seconds int64
	err := g.pool.QueryRow(ctx, `
		SELECT coalesce(ceil(extract(epoch FROM max(created_at) - now()) + least($4::integer, 2 ^ least(count(*) - $3::integer, 6))), 0)::bigint
		FROM audit_log WHERE action = $2 AND NOT success AND created_at > now() - interval '15 minutes'
		  AND (ip_address <<= nullif($1::text, '')::inet OR ($1::text = '' AND ip_address IS NULL))
		HAVING count(*) >= $3::integer
		UNION ALL SELECT 0 ORDER BY 1 DESC LIMIT 1`,
		RequestFrom(ctx).Network(), bearing, FailuresPerNetwork, int(DelayMost.Seconds())).Scan(&seconds)
	if err != nil {
		return failure("count the failures", err)
	}
	if seconds > 0 {
		return Throttled{time.Duration(seconds) * time.Second}
	}
	return nil
}

// sweepTokens deletes the API tokens that ended a quarter of a year ago: until then their people and staff see them.
func (s *Store) sweepTokens(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM api_tokens WHERE least(expires_at, revoked_at) <= now() - interval '90 days'`)
	return failure("sweep the API tokens", err)
}
