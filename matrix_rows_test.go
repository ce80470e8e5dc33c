package main

import (
	"fmt"
	"maps"
	"strings"
)

// owner is whose a row of the matrix is.
type owner struct {
	id     int64
	domain string
}

// columns are a row as text, by column.
type columns map[string]string

// specimen makes rows of one table for whoever is to own them.
type specimen struct {
	row    func(m *matrix, o owner) columns // what a form holds and the table stores
	typed  columns                          // what only the form holds
	stored func(n int) columns              // what only the table stores
	change [2]string                        // what is typed into the form of a row that is there
	alone  [2]string                        // a column that is set in its place, and in many rows; the zero one is change
	asked  map[string]columns               // what is typed into the forms of actions that ask
	writes map[string]string                // the table that an action writes, if it is another
	owner  string                           // the column that says whose it is, if it is one of the table's own
	apart  bool                             // one's own row can lie in another mail domain, and does
	key    string                           // the expression of its key; "" for its number
}

// single is a column that can be set by itself.
func (s specimen) single() [2]string {
	if s.alone[0] != "" {
		return s.alone
	}
	return s.change
}

// specimens are all tables that the matrix walks over. A table that is missing here fails it.
func specimens() map[string]specimen {
	byUser := func(rest columns) func(*matrix, owner) columns {
		return func(_ *matrix, o owner) columns { return with(rest, columns{"user_id": fmt.Sprint(o.id)}) }
	}
	byCertificate := func(rest columns) func(*matrix, owner) columns {
		return func(m *matrix, o owner) columns {
			return with(rest, columns{"certificate_id": m.insert("certificates", o)})
		}
	}
	return map[string]specimen{
		"users": {row: func(m *matrix, o owner) columns {
			name := m.fresh("person")
			return columns{"username": name, "email": name + "@" + o.domain}
		}, change: [2]string{"first_name", "Ada"}, writes: map[string]string{"set_quota": "user_quotas"},
			asked: map[string]columns{"set_quota": {"service": "dovecot", "quota_type": "storage", "quota_value": "5", "quota_unit": "GB"}}},
		"user_passwords": {row: byUser(columns{"service": "dovecot"}), typed: columns{"password": "correct horse battery"}, owner: "user_id",
			stored: func(int) columns { return columns{"password_hash": "none", "hash_scheme": "BCRYPT"} }, change: [2]string{"password", "battery horse correct"},
			alone: [2]string{"service", "apache"}},
		"user_roles": {row: byUser(columns{"service": "dovecot", "role_name": "user"}), owner: "user_id", change: [2]string{"expires_at", "2031-02-03 04:05"}},
		"user_quotas": {row: byUser(columns{"service": "dovecot", "quota_type": "storage", "quota_value": "5", "quota_unit": "GB"}), owner: "user_id",
			change: [2]string{"quota_value", "6"}},
		"sessions": {row: byUser(nil), stored: func(n int) columns {
			return columns{"token_hash": fmt.Sprintf(`\x%08x`, n), "expires_at": "2031-02-03 04:05"}
		}},
		"api_tokens": {row: func(m *matrix, o owner) columns {
			return columns{"user_id": fmt.Sprint(o.id), "name": m.fresh("token")}
		},
			stored: func(n int) columns {
				return columns{"token_hash": fmt.Sprintf(`\x%08x`, n), "permissions": "{}", "expires_at": "2031-02-03 04:05"}
			}},
		"saved_views": {row: func(m *matrix, o owner) columns {
			return columns{"user_id": fmt.Sprint(o.id), "table_name": "users", "name": m.fresh("view")}
		}, owner: "user_id", change: [2]string{"query", "q=ada"}, alone: [2]string{"table_name", "sessions"}},
		"email_aliases": {row: func(m *matrix, o owner) columns {
			return columns{"user_id": fmt.Sprint(o.id), "alias_email": m.fresh("alias") + "@" + m.mailDomain(o), "destination_email": "a@b.example"}
		}, owner: "user_id", change: [2]string{"destination_email", "c@d.example"}},
		"mailbox_events": {row: func(_ *matrix, o owner) columns {
			return columns{"user_id": fmt.Sprint(o.id), "domain": o.domain, "event_type": "created"}
		}, apart: true},
		"certificates": {row: func(_ *matrix, o owner) columns {
			return columns{"domain": o.domain, "created_by": fmt.Sprint(o.id), "certificate_type": "manual", "certificate_path": "/tls/a", "private_key_path": "/tls/b",
				"not_before": "2026-01-01 00:00", "not_after": "2027-01-01 00:00"}
		}, owner: "created_by", change: [2]string{"issuer", "CN=Example CA"}, apart: true},
		"certificate_files": {row: byCertificate(columns{"file_type": "chain", "file_path": "/tls/c", "file_size": "1", "file_permissions": "644",
			"file_checksum": strings.Repeat("ab", 32)}), change: [2]string{"file_size", "2"}, apart: true},
		"certificate_renewals":      {row: byCertificate(columns{"scheduled_at": "2026-12-01 02:00", "renewal_method": "manual"}), change: [2]string{"triggered_by", "Ada"}, apart: true},
		"certificate_notifications": {row: byCertificate(columns{"notification_type": "error"}), apart: true},
		"service_certificates": {row: func(_ *matrix, o owner) columns {
			return columns{"domain": o.domain, "service_name": "nginx", "certificate_type": "live"}
		}, change: [2]string{"hsts_max_age", "600"}},
		"dns_zones": {row: func(_ *matrix, o owner) columns {
			return columns{"domain": o.domain, "serial_number": "1", "primary_ns": "ns.example", "admin_email": "a@b.example"}
		}, change: [2]string{"minimum_ttl", "60"}},
		"dns_records": {row: func(m *matrix, o owner) columns {
			m.insert("dns_zones", o)
			return columns{"domain": o.domain, "name": "www", "record_type": "A", "value": "192.0.2.7"}
		}, change: [2]string{"ttl", "60"}},
		"roles": {row: func(m *matrix, _ owner) columns { return columns{"name": m.fresh("role"), "rank": "0"} }, change: [2]string{"rank", "1"}},
		"permissions": {row: func(m *matrix, _ owner) columns {
			return columns{"model": m.fresh("reports"), "action": "print", "scope": "own"}
		}},
		"role_permissions": {row: func(m *matrix, o owner) columns {
			return columns{"role_id": m.insert("roles", o), "permission_id": m.insert("permissions", o)}
		}, key: "role_id || ',' || permission_id"},
		"role_fields": {row: func(m *matrix, o owner) columns {
			return columns{"role_id": m.insert("roles", o), "model": "users", "field": "email", "access": "hidden"}
		}, change: [2]string{"access", "read-only"}},
		"audit_log": {row: byUser(columns{"action": "look", "success": "true"})},
	}
}

func with(all ...columns) columns {
	out := columns{}
	for _, some := range all {
		maps.Copy(out, some)
	}
	return out
}

// fresh returns a name that no other row has.
func (m *matrix) fresh(name string) string {
	m.made++
	return fmt.Sprintf("%s%d", name, m.made)
}

// mailDomain is that of a person's own address.
func (m *matrix) mailDomain(o owner) (domain string) {
	m.t.Helper()
	if err := m.db.Pool.QueryRow(m.t.Context(), "SELECT domain FROM users WHERE id = $1", o.id).Scan(&domain); err != nil {
		m.t.Fatal(err)
	}
	return domain
}

// insert adds a row to a table as the database's owner and returns its key. A person's own row is the person.
func (m *matrix) insert(table string, o owner) string {
	m.t.Helper()
	if table == "users" {
		return fmt.Sprint(o.id)
	}
	s := m.specimens[table]
	row := s.row(m, o)
	if s.stored != nil {
		m.made++
		row = with(row, s.stored(m.made))
	}
	names := strings.Join(sorted(row), ", ")
	key := s.key
	if key == "" {
		key = "id::text"
	}
	var made string
	err := m.db.Pool.QueryRow(m.t.Context(), fmt.Sprintf("INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM jsonb_populate_record(NULL::%[1]s, $1) RETURNING %[3]s", table, names, key), row).Scan(&made)
	if err != nil {
		m.t.Fatalf("a row of %s: %v", table, err)
	}
	return made
}

// cast is an account and those whose rows it meets: itself, a colleague of its mail domain, a stranger of another.
type cast struct {
	role   string
	token  string // of its session; "" for a visitor
	owners map[string]owner
}

// The kinds of rows, as seen from an account.
const (
	own     = "own"
	domain  = "domain"
	foreign = "foreign"
)

var ownerships = []string{own, domain, foreign}

const (
	noRole  = "no role"
	visits  = "visitor"
	newCast = `
WITH account AS (INSERT INTO users (username, email) VALUES ('account' || $1::text, 'account@home' || $1 || '.example') RETURNING id),
colleague AS (INSERT INTO users (username, email) VALUES ('colleague' || $1, 'colleague@home' || $1 || '.example') RETURNING id),
stranger AS (INSERT INTO users (username, email) VALUES ('stranger' || $1, 'stranger@away' || $1 || '.example') RETURNING id),
session AS (INSERT INTO sessions (user_id, token_hash, expires_at) SELECT id, $2, now() + interval '1 day' FROM account),
role AS (INSERT INTO user_roles (user_id, role_name, service) SELECT id, $3::text, 'web' FROM account WHERE $3 <> 'no role')
SELECT account.id, colleague.id, stranger.id FROM account, colleague, stranger`
)

// cast makes an account with a role and a session, and its neighbours.
func (m *matrix) cast(role string) cast {
	m.t.Helper()
	m.made++
	token, hash := m.token()
	held := role
	if role == visits {
		held, token = noRole, ""
	}
	var account, colleague, stranger int64
	err := m.db.Pool.QueryRow(m.t.Context(), newCast, fmt.Sprint(m.made), hash, held).Scan(&account, &colleague, &stranger)
	if err != nil {
		m.t.Fatalf("an account with the role %s: %v", role, err)
	}
	at := func(place string) string { return fmt.Sprintf("%s%d.example", place, m.made) }
	return cast{role, token, map[string]owner{own: {account, at("own")}, domain: {colleague, at("home")}, foreign: {stranger, at("away")}}}
}
