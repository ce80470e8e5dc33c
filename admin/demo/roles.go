package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"unified/auth"
)

// ownRole is a role of the company itself and what it may do in the panel.
type ownRole struct {
	name, description string
	rank              int
	permissions       []string
	hidden            []string // columns that it does not see, as model.field
}

func ownRoles() []ownRole {
	return []ownRole{
		{"support", "Answers customers: looks up accounts and mends their aliases.", 70,
			[]string{"users:read:all", "user_quotas:read:all", "user_quotas:update:all", "email_aliases:*:all"},
			[]string{"users.system_uid", "users.system_gid", "users.home_directory"}},
		{"hostmaster", "Looks after zones and certificates.", 75,
			[]string{"dns_zones:*:all", "dns_records:*:all", "certificates:read:all", "certificate_renewals:read:all"}, nil},
	}
}

// addRoles inserts the company's roles with their permissions and field rules. A role of the same name that is there stays as it is.
func (c *company) addRoles(ctx context.Context, tx pgx.Tx) error {
	for _, role := range ownRoles() {
		var id int64
		err := tx.QueryRow(ctx, `INSERT INTO roles (name, rank, description, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name) DO NOTHING RETURNING id`,
			role.name, role.rank, role.description, c.Now).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("add the role %s: %w", role.name, err)
		}
		for _, text := range role.permissions {
			if err := c.permit(ctx, tx, id, text); err != nil {
				return fmt.Errorf("permit %s %s: %w", role.name, text, err)
			}
		}
		for _, hidden := range role.hidden {
			model, field, _ := strings.Cut(hidden, ".")
			_, err := tx.Exec(ctx, `INSERT INTO role_fields (role_id, model, field, access, created_at, updated_at)
				VALUES ($1, $2, $3, 'hidden', $4, $4)`, id, model, field, c.Now)
			if err != nil {
				return fmt.Errorf("hide %s from %s: %w", hidden, role.name, err)
			}
		}
	}
	return nil
}

func (c *company) permit(ctx context.Context, tx pgx.Tx, role int64, text string) error {
	p, err := auth.ParsePermission(text)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO permissions (model, action, scope, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (model, action, scope) DO NOTHING`, p.Model, p.Action, p.Scope, c.Now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO role_permissions (role_id, permission_id, created_at)
		SELECT $1, id, $5 FROM permissions WHERE model = $2 AND action = $3 AND scope = $4`,
		role, p.Model, p.Action, p.Scope, c.Now)
	return err
}

// grant is a role in a service that a share of people hold.
type grant struct {
	role, service string
	percent       int
}

// grantsOf returns what roles a person comes into question for.
func grantsOf(p *person) []grant {
	switch {
	case p.row == 0:
		return []grant{{"admin", "global", 100}}
	case p.isStaff:
		return []grant{
			{"user", "global", 100}, {"support", "web", 55}, {"hostmaster", "web", 40}, {"moderator", "apache", 40},
			{"admin", "dovecot", 20}, {"admin", "api", 25},
		}
	case p.isFirst:
		return []grant{{"customer", "global", 100}, {"domain_admin", "web", 90}, {"user", "api", 30}, {"user", "webdav", 60}}
	}
	return []grant{
		{"customer", "global", 70}, {"user", "dovecot", 55}, {"user", "webdav", 20}, {"moderator", "apache", 6},
		{"readonly", "api", 8}, {"user", "samba", 4}, {"readonly", "apache", 5}, {"no_email", "dovecot", 4},
		{"readonly", "web", 3},
	}
}

func (c *company) makeRoles() *sheet {
	d := diceOf("roles")
	roles := newSheet("user_roles", "user_id", "role_name", "service", "granted_at", "granted_by", "expires_at", "is_active",
		"updated_at")
	for _, p := range c.people {
		for _, g := range grantsOf(p) {
			if !d.chance(g.percent) {
				continue
			}
			granted := d.during(p.created, c.Now)
			var by, expires any
			if p.row > 0 {
				by = c.userID(c.staff(d))
			}
			active := true
			if g.percent < 100 {
				active = d.chance(94)
				switch {
				case d.chance(6): // over
					expires = d.during(granted.Add(time.Minute), c.Now)
				case d.chance(10):
					expires = d.during(c.Now.Add(day), c.Now.Add(300*day))
				}
			}
			roles.add(c.userID(p), g.role, g.service, granted, by, expires, active, d.during(granted, c.Now))
		}
	}
	return roles
}
