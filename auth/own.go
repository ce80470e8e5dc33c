package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"golang.org/x/crypto/argon2"
)

// Confirm makes sure that who is signed in as account knows the password, as before what a found open session must not be enough
// for. It fails with [ErrDenied] or [Throttled] as [Gate.SignIn] does, and counts and records failures with those of signing in.
func (g *Gate) Confirm(ctx context.Context, account Account, password string) error {
	person, err := g.known(ctx, account.Email, password)
	if err == nil && person.ID != account.ID { // somebody else has the address by now
		return ErrDenied
	}
	return err
}

// NewHash returns the hash of a new password for the account, in [SchemeArgon2]. It fails as [Gate.Confirm] does where current is
// not the account's password, and with a [PasswordError] for a new one that is refused.
func (g *Gate) NewHash(ctx context.Context, account Account, current, next string) (hash string, err error) {
	if err := check(next); err != nil {
		return "", err
	}
	if err := g.Confirm(ctx, account, current); err != nil {
		return "", err
	}
	if current == next {
		return "", PasswordError("This is the password that you have already.")
	}
	done, err := g.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return Argon2id(next), nil
}

// Disguise returns a text that stands for a secret where two have to be compared that may be kept: it takes as long to try a
// password on as on its hash.
func (g *Gate) Disguise(ctx context.Context, secret, salt string) (string, error) {
	done, err := g.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	sum := sha256.Sum256([]byte(salt))
	return base64.RawURLEncoding.EncodeToString(argon2.IDKey([]byte(secret), sum[:], argonPasses, argonMemory, argonLanes, argonKeySize)), nil
}
