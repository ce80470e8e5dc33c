package auth

import (
	"context"
	"fmt"
)

// Standing is what somebody may do who does not ask: their account as the panel would know it if they came now.
type Standing struct {
	Account
	Closed string // why the account opens nothing, such as "account locked"; "" if it does
	Kept   string // why nobody can sign in with it though it is open, such as "password expired"; "" if somebody can
}

// Standing returns the standing of the person with this e-mail address, found as a sign-in finds them. Nobody is [ErrNone].
func (g *Gate) Standing(ctx context.Context, email string) (Standing, error) {
	person, err := g.finder.ByName(ctx, email)
	if err != nil {
		return Standing{}, fmt.Errorf("find whose standing is asked for: %w", err)
	}
	roles, err := g.finder.Roles(ctx, person.ID)
	if err != nil {
		return Standing{}, fmt.Errorf("find the roles of user %d: %w", person.ID, err)
	}
	account, err := g.store.account(person, roles)
	standing := Standing{Account: account, Closed: closed(person)}
	if standing.Closed == "" {
		standing.Kept = refusal(person, true)
	}
	return standing, err
}
