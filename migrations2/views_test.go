package migrations2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"unified/internal/testdb"
)

// person is alice with a password for both services.
var person = []string{alice,
	`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (101, 'apache', '$2y$', 'BCRYPT'), (101, 'dovecot', '$2y$', 'BCRYPT')`,
}

// holds gives alice a role; more is its is_active and expires_at.
func holds(role, service, more string) string {
	return fmt.Sprintf(`INSERT INTO user_roles (user_id, role_name, service, is_active, expires_at) VALUES (101, '%s', '%s', %s)`, role, service, more)
}

const (
	now   = "true, NULL"
	later = "true, CURRENT_TIMESTAMP + interval '1 hour'"
	ended = "true, CURRENT_TIMESTAMP - interval '1 hour'"
	off   = "false, NULL"
)

func TestViews_access(t *testing.T) {
	db := testdb.New(t)
	set := func(assignments string) []string { return []string{"UPDATE users SET " + assignments} }
	passwords := func(assignments string) []string { return []string{"UPDATE user_passwords SET " + assignments} }
	cases := map[string]struct {
		given []string
		web   string // the role that Apache sees, "" for none
		mail  bool   // Dovecot opens the mailbox
		box   bool   // Dovecot delivers to the mailbox
	}{
		"without_a_role_the_password_alone_opens":  {nil, "customer", true, true},
		"a_locked_user_opens_nothing":              {set("is_locked = true"), "", false, false},
		"an_inactive_user_opens_nothing":           {set("is_active = false"), "", false, false},
		"an_expired_password_opens_nothing":        {passwords("expires_at = CURRENT_TIMESTAMP"), "", false, true},
		"a_password_that_expires_later_opens":      {passwords("expires_at = CURRENT_TIMESTAMP + interval '1 second'"), "customer", true, true},
		"without_a_password_nothing_opens":         {[]string{"DELETE FROM user_passwords"}, "", false, true},
		"a_role_for_apache_says_nothing_of_mail":   {[]string{holds("user", "apache", ended)}, "", true, true},
		"a_global_role_counts_for_both":            {[]string{holds("moderator", "global", later)}, "moderator", true, true},
		"an_expired_role_opens_nothing":            {[]string{holds("admin", "global", ended)}, "", false, false},
		"a_suspended_role_opens_nothing":           {[]string{holds("admin", "global", off)}, "", false, false},
		"an_expired_role_beside_a_good_one":        {[]string{holds("admin", "global", ended), holds("readonly", "global", now)}, "readonly", true, true},
		"roles_of_other_services_are_no_roles":     {[]string{holds("admin", "web", ended), holds("admin", "samba", now)}, "customer", true, true},
		"the_highest_role_in_one_row":              {[]string{holds("user", "apache", now), holds("admin", "global", now), holds("customer", "apache", now)}, "admin", true, true},
		"a_changed_rank_changes_the_highest":       {[]string{holds("user", "apache", now), holds("admin", "apache", now), `UPDATE roles SET rank = 200 WHERE name = 'user'`}, "user", true, true},
		"no_email_closes_mail_whatever_else":       {[]string{holds("no_email", "dovecot", now), holds("admin", "global", now)}, "admin", false, false},
		"a_global_no_email_closes_mail":            {[]string{holds("no_email", "global", now), holds("user", "dovecot", now)}, "customer", false, false},
		"an_expired_no_email_closes_nothing_else":  {[]string{holds("no_email", "dovecot", ended), holds("user", "global", now)}, "user", true, true},
		"a_suspended_no_email_closes_nothing_else": {[]string{holds("no_email", "global", off), holds("user", "global", now)}, "user", true, true},
		"a_role_unknown_to_apache_is_customer":     {[]string{`INSERT INTO roles (name, rank) VALUES ('auditor', 90)`, holds("auditor", "apache", now)}, "customer", true, true},
		"an_unknown_role_hides_no_known_one":       {[]string{`INSERT INTO roles (name, rank) VALUES ('auditor', 90)`, holds("auditor", "apache", now), holds("user", "apache", now)}, "user", true, true},
		"an_unknown_role_that_ended_opens_nothing": {[]string{`INSERT INTO roles (name) VALUES ('auditor')`, holds("auditor", "global", ended)}, "", false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := begin(t, db.Pool)
			run(t, tx, slices.Concat(person, c.given)...)
			if got := strings.Join(column(t, tx, "SELECT role::text FROM apache_auth"), ","); got != c.web {
				t.Errorf("apache_auth has %q, want %q", got, c.web)
			}
			if got := len(column(t, tx, "SELECT username::text FROM dovecot_auth")); got != count(c.mail) {
				t.Errorf("dovecot_auth has %d rows", got)
			}
			if got := len(column(t, tx, "SELECT username::text FROM dovecot_users")); got != count(c.box) {
				t.Errorf("dovecot_users has %d rows", got)
			}
		})
	}
}

func count(one bool) int {
	if one {
		return 1
	}
	return 0
}

func TestViews_values(t *testing.T) {
	db := testdb.New(t)
	quota := func(value, unit string) string {
		return fmt.Sprintf(`INSERT INTO user_quotas (user_id, service, quota_type, quota_value, quota_unit) VALUES (101, 'dovecot', 'storage', %s, %s)`, value, unit)
	}
	alias := `INSERT INTO email_aliases (user_id, alias_email, destination_email) VALUES (101, 'Sales@Example.org', 'Alice@example.org')`
	expiring := func(in string) string {
		return certificate + `; UPDATE certificates SET not_before = now() - interval '1 year', not_after = CURRENT_TIMESTAMP + interval '` + in + `'`
	}
	renewal := func(success, completed string) string {
		return fmt.Sprintf(`INSERT INTO certificate_renewals (certificate_id, scheduled_at, renewal_method, success, completed_at) VALUES (101, now(), 'manual', %s, %s)`, success, completed)
	}
	const size = "SELECT quota_bytes::text FROM dovecot_users"
	const expiry = "SELECT expiry_status FROM certificate_status"
	const failures = "SELECT recent_failed_renewals::text FROM certificate_status"
	cases := map[string]struct {
		given []string
		query string
		want  string
	}{
		"quota/none_is_1_GiB":         {nil, size, "1073741824"},
		"quota/bytes":                 {[]string{quota("5", "'bytes'")}, size, "5"},
		"quota/without_unit_is_bytes": {[]string{quota("5", "NULL")}, size, "5"},
		"quota/KB":                    {[]string{quota("5", "'KB'")}, size, "5120"},
		"quota/MB":                    {[]string{quota("5", "'MB'")}, size, "5242880"},
		"quota/GB":                    {[]string{quota("5", "'GB'")}, size, "5368709120"},
		"quota/TB":                    {[]string{quota("5", "'TB'")}, size, "5497558138880"},
		"quota/never_overflows":       {[]string{quota("9223372036854775807", "'TB'")}, size, "9223372036854775807"},
		"quota/unlimited_is_NULL":     {[]string{quota("NULL", "'GB'")}, size, "NULL"},
		"quota/a_count_is_no_size":    {[]string{quota("5", "'count'")}, size, "1073741824"},

		"scheme/BCRYPT_is_BLF-CRYPT": {nil, "SELECT scheme::text FROM dovecot_auth", "BLF-CRYPT"},
		"scheme/ARGON2_is_ARGON2ID":  {[]string{"UPDATE user_passwords SET hash_scheme = 'ARGON2'"}, "SELECT scheme::text FROM dovecot_auth", "ARGON2ID"},
		"scheme/SSHA_stays":          {[]string{"UPDATE user_passwords SET hash_scheme = 'SSHA'"}, "SELECT scheme::text FROM dovecot_auth", "SSHA"},

		"home/as_set":  {[]string{"UPDATE users SET home_directory = '/srv/alice'"}, "SELECT home::text FROM dovecot_users", "/srv/alice"},
		"home/default": {nil, "SELECT home::text FROM dovecot_users", "/var/mail/example.org/alice"},

		"email_is_matched_in_lower_case": {[]string{"UPDATE users SET email = 'Alice@Example.org'"}, `SELECT "user" || ' ' || domain FROM dovecot_auth WHERE "user" = 'alice@example.org'`, "alice@example.org example.org"},
		"the_mailbox_too":                {[]string{"UPDATE users SET email = 'Alice@Example.org'"}, `SELECT "user" FROM dovecot_users`, "alice@example.org"},
		"and_for_apache":                 {[]string{"UPDATE users SET email = 'Alice@Example.org'"}, `SELECT email FROM apache_auth`, "alice@example.org"},

		"alias/served_in_lower_case":        {[]string{alias}, "SELECT alias_email || ' ' || destination_email FROM mail_aliases", "sales@example.org Alice@example.org"},
		"alias/switched_off_is_not_served":  {[]string{alias, "UPDATE email_aliases SET is_active = false"}, "SELECT alias_email FROM mail_aliases", ""},
		"alias/of_a_locked_user_is_not":     {[]string{alias, "UPDATE users SET is_locked = true"}, "SELECT alias_email FROM mail_aliases", ""},
		"alias/of_an_inactive_user_is_not":  {[]string{alias, "UPDATE users SET is_active = false"}, "SELECT alias_email FROM mail_aliases", ""},
		"alias/of_a_no_email_user_is_not":   {[]string{alias, holds("no_email", "global", now)}, "SELECT alias_email FROM mail_aliases", ""},
		"certificate/expired":               {[]string{expiring("0")}, expiry, "expired"},
		"certificate/critical":              {[]string{expiring("6 days")}, expiry, "critical"},
		"certificate/seven_days_is_warning": {[]string{expiring("7 days")}, expiry, "warning"},
		"certificate/30_days_is_valid":      {[]string{expiring("30 days")}, expiry, "valid"},
		"certificate/failed_renewals_of_30_days": {[]string{certificate, renewal("false", "now() - interval '29 days'"),
			renewal("false", "now() - interval '31 days'"), renewal("true", "now()"), renewal("NULL", "NULL")}, failures, "1"},
		"certificate/file_status": {[]string{certificate, `INSERT INTO certificate_files (certificate_id, file_type, file_path, file_size, file_checksum, file_permissions)
			VALUES (101, 'csr', '/c', 1, repeat('a', 64), '600')`}, "SELECT domain || ' ' || file_type || ' ' || time_since_verification FROM certificate_file_status", "example.org csr 00:00:00"},
		"audit/hours_of_the_last_day": {[]string{`INSERT INTO audit_log (action, success, user_id, ip_address) VALUES ('login', true, 101, '192.0.2.1'), ('login', true, 101, '192.0.2.2')`,
			`INSERT INTO audit_log (action, success, created_at) VALUES ('login', true, now() - interval '25 hours')`},
			"SELECT event_count || ' ' || unique_users || ' ' || unique_ips FROM audit_summary", "2 1 2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := begin(t, db.Pool)
			run(t, tx, slices.Concat(person, c.given)...)
			if got := strings.Join(column(t, tx, c.query), ","); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestViews_columns(t *testing.T) {
	db := testdb.New(t)
	for view, want := range map[string]string{
		"apache_auth":             "username, password, role, is_active, email_verified, email",
		"dovecot_auth":            "username, domain, user, password, scheme, is_active",
		"dovecot_users":           "username, domain, user, home, uid, gid, mailbox_format, quota_bytes",
		"certificate_status":      "id, domain, certificate_type, subject_alt_names, issuer, not_before, not_after, is_active, auto_renew, last_renewal_success, renewal_error_message, time_until_expiry, expiry_status, certificate_path, private_key_path, fullchain_path, recent_failed_renewals",
		"certificate_file_status": "domain, certificate_type, file_type, file_path, file_size, file_checksum, file_permissions, last_verified, verification_status, time_since_verification",
		"mail_aliases":            "alias_email, destination_email, username, domain, is_primary, is_catch_all, created_at",
		"audit_summary":           "event_hour, service, action, success, event_count, unique_users, unique_ips",
	} {
		t.Run(view, func(t *testing.T) {
			got := column(t, db.Pool, `SELECT column_name::text FROM information_schema.columns
				WHERE table_schema = 'unified' AND table_name = $1 ORDER BY ordinal_position`, view)
			if strings.Join(got, ", ") != want {
				t.Errorf("got %v", got)
			}
		})
	}
}
