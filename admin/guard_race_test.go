package admin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"unified/crud"
)

// TestGuard_T30_two_at_once lets two administrators turn on each other at the same moment, on connections of their own.
func TestGuard_T30_two_at_once(t *testing.T) {
	o := newOffice(t)
	o.exec(`DELETE FROM user_roles`)
	ways := map[string]string{
		"lock": "update users %d is_locked=true", "deactivate": "update users %d is_active=false", "delete": "delete users %d",
		"demote": "delete user_roles %d", "suspend": "update user_roles %d is_active=false", "expire": "update user_roles %d expires_at=2020-01-01",
		"take the password": "delete user_passwords %d", "end the password": "update user_passwords %d expires_at=2020-01-01",
	}
	names := []string{"lock", "deactivate", "delete", "demote", "suspend", "expire", "take the password", "end the password"}
	for i, one := range names {
		for _, other := range []string{one, names[(i+3)%len(names)]} {
			t.Run(one+"_against_"+other, func(t *testing.T) {
				o.T = t
				for range 6 {
					o.duel(ways[one], ways[other])
				}
			})
		}
	}
}

// duel has two administrators do one thing each to the other at once: one of them remains, and both are told in words.
func (o *office) duel(one, other string) {
	o.Helper()
	o.exec(`DELETE FROM users WHERE id IN (501, 502)`)
	o.exec(`INSERT INTO users (id, username, email) VALUES (501, 'one', 'one@a.example'), (502, 'other', 'other@b.example')`)
	o.exec(`INSERT INTO user_roles (id, user_id, role_name, service) VALUES (501, 501, 'admin', 'web'), (502, 502, 'admin', 'global')`)
	o.exec(`INSERT INTO user_passwords (id, user_id, service, password_hash, hash_scheme) VALUES (501, 501, 'web', 'x', 'ARGON2'), (502, 502, 'web', 'x', 'ARGON2')`)
	o.ids["one"], o.ids["other"] = 501, 502
	first, second := o.as("one"), o.as("other")
	var group sync.WaitGroup
	strike := func(ctx context.Context, text string, at int) {
		err := o.write(ctx, strings.Fields(fmt.Sprintf(text, at)))
		var own *crud.Error
		if err != nil && (!errors.As(err, &own) || own.Kind == crud.KindUnavailable) {
			o.Errorf("%s: %v", text, err)
		}
	}
	group.Go(func() { strike(first, one, 502) })
	group.Go(func() { strike(second, other, 501) })
	group.Wait()
	left := o.id(`SELECT count(*) FROM users u JOIN user_passwords p ON p.user_id = u.id AND (p.expires_at IS NULL OR p.expires_at > now())
		JOIN user_roles h ON h.user_id = u.id AND h.is_active AND (h.expires_at IS NULL OR h.expires_at > now())
		WHERE u.id IN (501, 502) AND u.is_active AND NOT u.is_locked`)
	if left != 1 {
		o.Errorf("%d of two are left after %q and %q", left, one, other)
	}
}
