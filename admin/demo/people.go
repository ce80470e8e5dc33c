package demo

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// person is what other areas need to know of a row of users.
type person struct {
	row                     int // in the sheet of users
	username, first, last   string
	email, domain, folder   string
	created                 time.Time
	lastLogin               time.Time // zero: never
	active, locked, isStaff bool
	isFirst                 bool // the customer's own administrator of the domain
}

// opens reports whether services let the person in, as far as the account goes.
func (p *person) opens() bool { return p.active && !p.locked }

// staffOf returns how many of so many people work for the company.
func staffOf(users int) int { return max(1, users*6/100) }

// domainsOf returns how many domains so many people need.
func domainsOf(users int) int { return 1 + max(2, users/5) }

// makePeople invents everybody, the oldest account first; the staff came before all customers.
func (c *company) makePeople() {
	d, taken := diceOf("people"), map[string]bool{}
	ages := make([]float64, c.Users)
	for i := range ages {
		ages[i] = d.Float64() * 1100
	}
	ages[0] = 1100 // the founder
	slices.Sort(ages)
	for i := range c.Users {
		p := &person{row: i, isStaff: i < staffOf(c.Users), domain: home}
		if nth := 1 + i - staffOf(c.Users); nth > 0 {
			p.isFirst = nth < len(c.domains)
			p.domain = c.domains[1+d.skewed(len(c.domains)-1)]
			if p.isFirst {
				p.domain = c.domains[nth]
			}
		}
		p.first, p.last = pick(d, firstNames), pick(d, lastNames)
		p.username = free(taken, plain(p.first)+"."+plain(p.last))
		p.email = p.username + "@" + p.domain
		p.folder = "/var/mail/" + p.domain + "/" + p.username
		p.created = c.Now.Add(-time.Duration(ages[c.Users-1-i] * float64(day))).Add(-2 * time.Hour).Truncate(time.Microsecond)
		p.active = i == 0 || d.chance(95)
		p.locked = i > 0 && d.chance(3)
		if i == 0 || d.chance(86) {
			p.lastLogin = d.during(later(p.created, c.Now.Add(-60*day)), c.Now)
		}
		c.people = append(c.people, p)
	}
}

// free returns name, or name with the first number that makes it new.
func free(taken map[string]bool, name string) string {
	found := name
	for n := 2; taken[found]; n++ {
		found = fmt.Sprintf("%s%d", name, n)
	}
	taken[found] = true
	return found
}

// makeUsers writes the row of each person.
func (c *company) makeUsers() ([]*sheet, error) {
	c.makePeople()
	d := diceOf("users")
	users := newSheet("users", "username", "email", "first_name", "last_name", "system_uid", "system_gid", "home_directory",
		"mailbox_format", "is_active", "is_locked", "email_verified", "email_verification_token",
		"email_verification_expires_at", "password_reset_token", "password_reset_expires_at", "created_at", "updated_at",
		"last_login_at", "failed_login_attempts", "last_failed_login_at")
	for _, p := range c.people {
		uid, format, failures := 5000, "maildir", 0
		if p.isStaff {
			uid = 10000 + p.row
		}
		if d.chance(5) {
			format = "mbox"
		}
		var failed, login any
		switch {
		case p.locked:
			failures = 10
		case d.chance(12):
			failures = d.between(1, 4)
		}
		if failures > 0 {
			failed = d.during(later(p.created, c.Now.Add(-20*day)), c.Now)
		}
		if !p.lastLogin.IsZero() {
			login = p.lastLogin
		}
		var verify, verifyEnds, reset, resetEnds any
		if p.row > 0 && d.chance(9) {
			verify, verifyEnds = token(), d.during(c.Now, c.Now.Add(2*day))
		}
		if d.chance(3) { // over: no such token opens anything
			reset, resetEnds = token(), d.during(c.Now.Add(-day), c.Now)
		}
		users.add(p.username, p.email, p.first, p.last, uid, uid, p.folder, format, p.active, p.locked, verify == nil,
			verify, verifyEnds, reset, resetEnds, p.created, d.during(p.created, c.Now), login, failures, failed)
	}
	return []*sheet{users}, nil
}

// token returns a secret. Secrets are the one thing here that differs each time: nobody shall know them from reading this
// program.
func token() string { return strings.ToLower(rand.Text()) }

// later returns the later of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
