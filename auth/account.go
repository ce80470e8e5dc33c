// Package auth knows who is asking and what they may do: it signs people in and out, keeps their sessions in the
// database, checks and makes password hashes, and carries the account of a request in its context.
//
// What it needs to know of people it asks of a [Finder]; everything after the row is found is one pipeline, the
// [Gate]. It knows HTTP cookies but no pages.
package auth

import "context"

// Account is the person who makes a request. The zero Account is nobody and may do nothing.
type Account struct {
	ID     int64
	Name   string // the user name
	Email  string
	Domain string // of the address: the group whose rows scope group opens
	Rights Rights // of the roles for service web or global that are active and not expired

	// What the panel keeps for the person, as the finder read it beside the session, to spare another question; nil where it did not.
	Kept []byte

	Settings Settings // zero where a program asks

	Program string       // what asks in the person's name, such as "API token 7"; "": the person
	Limits  []Permission // what a program is limited to; of no meaning for a person
}

// Limited returns what of the person's rights the account may use: all of them, or for a program what lies within its limits.
func (a Account) Limited(rights Rights) Rights {
	if a.Program == "" {
		return rights
	}
	return rights.Within(a.Limits)
}

type accountKey struct{}

// With returns a context that carries account.
func With(ctx context.Context, account Account) context.Context {
	return context.WithValue(ctx, accountKey{}, account)
}

// From returns the account that ctx carries; ok is false if nobody is signed in.
func From(ctx context.Context) (account Account, ok bool) {
	account, ok = ctx.Value(accountKey{}).(Account)
	return account, ok
}
