package demo

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// company is all that is filled, area by area; each relies on those before it.
type company struct {
	Options
	domains []string
	people  []*person
	issued  []*issued
	sheets  map[string]*sheet // by table
	order   []*sheet          // as they can be copied
	gone    []departed
	secrets func() (hashes, error)
	hashes  hashes
	summary Summary
}

// step builds the sheets of an area.
type step struct {
	name  string
	build func() ([]*sheet, error)
}

func (c *company) steps() []step {
	return []step{
		{"people", c.makeUsers},
		{"roles and passwords", c.makeAccess},
		{"mail", c.makeMail},
		{"mailbox events", c.makeEvents},
		{"zones", c.makeZones},
		{"certificates", c.makeCertificates},
		{"certificate files and renewals", c.makeCertificateRows},
		{"views", c.makeViews},
	}
}

func (c *company) fill(ctx context.Context, tx pgx.Tx) error {
	c.domains = domainNames(domainsOf(c.Users))
	if err := c.prepare(ctx, tx); err != nil {
		return err
	}
	for _, step := range c.steps() {
		c.Progress(step.name)
		sheets, err := step.build()
		if err != nil {
			return fmt.Errorf("make %s: %w", step.name, err)
		}
		for _, s := range sheets {
			if err := s.number(ctx, tx); err != nil {
				return err
			}
			c.sheets[s.table] = s
			c.order = append(c.order, s)
		}
	}
	history := c.planHistory()
	for _, s := range c.order {
		if err := s.copy(ctx, tx); err != nil {
			return err
		}
		c.summary.Rows = append(c.summary.Rows, Count{s.table, len(s.rows)})
	}
	rows, err := history.copy(ctx, tx)
	c.summary.Rows = append(c.summary.Rows, Count{auditLog, rows})
	return err
}

// prepare does what needs the database before anything is invented.
func (c *company) prepare(ctx context.Context, tx pgx.Tx) error {
	if err := c.addRoles(ctx, tx); err != nil {
		return err
	}
	var err error
	if c.hashes, err = c.secrets(); err != nil {
		return err
	}
	c.summary.Password = c.hashes.password
	ids, err := reserve(ctx, tx, "users", departures(c.Users))
	if err != nil {
		return err
	}
	c.gone = c.makeDeparted(ids)
	return nil
}

// userID returns the key of a person.
func (c *company) userID(p *person) int64 { return c.sheets["users"].id(p.row) }

// staff returns somebody of the company.
func (c *company) staff(d dice) *person { return c.people[d.IntN(staffOf(c.Users))] }
