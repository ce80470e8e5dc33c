package demo

import (
	"crypto/rand"

	"unified/auth"
)

// hashes of one password are made once and given to everybody.
type hashes struct{ password, web, other string }

// newHashes makes up a password and hashes it for the panel and for other services.
func newHashes() (hashes, error) {
	made := hashes{password: rand.Text()}
	var err error
	if made.web, _, err = auth.HashFor("web", made.password); err != nil {
		return hashes{}, err
	}
	if made.other, _, err = auth.HashFor("dovecot", made.password); err != nil {
		return hashes{}, err
	}
	return made, nil
}

// makeAccess gives people their roles, passwords and sessions.
func (c *company) makeAccess() ([]*sheet, error) {
	return []*sheet{c.makePasswords(), c.makeRoles(), c.makeSessions(), c.makeTokens()}, nil
}

func (c *company) makePasswords() *sheet {
	d := diceOf("passwords")
	passwords := newSheet("user_passwords", "user_id", "service", "password_hash", "hash_scheme", "created_at", "updated_at",
		"expires_at", "must_change_on_next_login")
	shares := []struct { // in percent
		service               string
		staff, firsts, others int
	}{
		{"dovecot", 100, 97, 97}, {"apache", 60, 60, 60}, {"webdav", 100, 35, 35}, {"api", 100, 10, 10}, {"samba", 100, 0, 0},
		{"web", 100, 100, 4},
	}
	for _, p := range c.people {
		for _, s := range shares {
			percent := s.others
			switch {
			case p.isStaff:
				percent = s.staff
			case p.isFirst:
				percent = s.firsts
			}
			if !d.chance(percent) {
				continue
			}
			hash, scheme := c.hashes.other, auth.SchemeBcrypt
			if s.service == "web" {
				hash, scheme = c.hashes.web, auth.SchemeArgon2
			}
			var expires any
			if !p.isStaff && d.chance(12) {
				expires = d.during(c.Now.Add(-30*day), c.Now.Add(150*day))
			}
			passwords.add(c.userID(p), s.service, hash, scheme, p.created, d.during(p.created, c.Now), expires, d.chance(4))
		}
	}
	return passwords
}

// makeTokens gives the staff tokens for the programs that they run.
func (c *company) makeTokens() *sheet {
	d := diceOf("tokens")
	tokens := newSheet("api_tokens", "user_id", "name", "token_hash", "permissions", "created_at", "expires_at", "last_used_at", "last_ip_address", "revoked_at")
	for _, p := range c.people {
		if !p.isStaff {
			continue
		}
		for _, program := range [][2]string{{"Monitoring", "{certificates:read:all}"}, {"Report", "{dns_zones:read:all,users:read:all}"}} {
			made := d.during(later(p.created, c.Now.Add(-60*day)), c.Now)
			var used, from, revoked any
			if d.chance(70) {
				used, from = d.during(made, c.Now), addressOf(p)
			}
			if d.chance(15) {
				revoked = c.Now
			}
			hash := make([]byte, 32) // no token belongs to it
			rand.Read(hash)
			tokens.add(c.userID(p), program[0], hash, program[1], made, made.Add(90*day), used, from, revoked)
		}
	}
	return tokens
}

func (c *company) makeSessions() *sheet {
	d := diceOf("sessions")
	sessions := newSheet("sessions", "user_id", "token_hash", "created_at", "last_seen_at", "expires_at", "revoked_at",
		"ip_address", "user_agent", "data")
	for _, p := range c.people {
		often := p.isStaff || p.isFirst
		if !p.opens() || !often && d.chance(90) {
			continue
		}
		for range d.between(1, 2) {
			begun := d.during(later(p.created, c.Now.Add(-6*day)), c.Now)
			seen := d.during(begun, c.Now)
			var revoked any
			if d.chance(15) {
				revoked = d.during(seen, c.Now)
			}
			// The hash is drawn itself and no token belongs to it: nobody can take the session over.
			hash := make([]byte, 32)
			rand.Read(hash)
			sessions.add(c.userID(p), hash, begun, seen, begun.Add(7*day), revoked, addressOf(p), agentOf(p), "{}")
		}
	}
	return sessions
}
