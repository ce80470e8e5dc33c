package migrations2_test

import (
	"strings"
	"testing"
	"time"

	"unified/internal/testdb"
)

// rows that the cases below start from, each with number 101
const (
	alice       = `INSERT INTO users (id, username, email) VALUES (101, 'alice', 'alice@example.org')`
	certificate = `INSERT INTO certificates (id, domain, certificate_type, not_before, not_after, certificate_path, private_key_path)
		VALUES (101, 'example.org', 'manual', now(), now() + interval '1 year', '/c', '/k')`
	zone = `INSERT INTO dns_zones (id, domain, serial_number, primary_ns, admin_email)
		VALUES (101, 'example.org', 1, 'ns1.example.org', 'dns@example.org')`
	record  = `INSERT INTO dns_records (domain, name, record_type, value) VALUES ('example.org', `
	service = `INSERT INTO service_certificates (id, service_name, domain, certificate_type) VALUES (101, 'nginx', 'example.org', 'live')`
)

var fiveKilobytes = strings.Repeat("0123456789", 512)

func TestFlaws_mended(t *testing.T) {
	db := testdb.New(t)
	srv := func(port string) string {
		return `INSERT INTO dns_records (domain, name, record_type, value, priority, weight, port)
			VALUES ('example.org', '_sip._tcp', 'SRV', 'sip.example.org', 10, 5, ` + port + `)`
	}
	cases := map[string][]string{
		"a_user_with_events_can_be_deleted": {alice,
			`INSERT INTO mailbox_events (event_type, user_id) VALUES ('created', 101)`, `DELETE FROM users`},
		"a_deleted_event_keeps_the_name_without_a_user": {
			`INSERT INTO mailbox_events (event_type, username, email, domain) VALUES ('deleted', 'alice', 'alice@example.org', 'example.org')`},
		"a_certificate_with_notifications_can_be_deleted": {certificate,
			`INSERT INTO certificate_notifications (certificate_id, notification_type) VALUES (101, 'created')`, `DELETE FROM certificates`},
		"a_deleted_notification_needs_no_certificate": {
			`INSERT INTO certificate_notifications (notification_type, notification_data) VALUES ('deleted', '{"domain":"example.org"}')`},
		"a_password_can_be_updated": {alice,
			`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (101, 'web', 'x', 'ARGON2')`,
			`UPDATE user_passwords SET password_hash = 'y'`},
		"a_service_certificate_can_be_updated": {service, `UPDATE service_certificates SET ssl_enabled = true`},
		"a_role_can_be_held_for_web":           {alice, `INSERT INTO user_roles (user_id, role_name, service) VALUES (101, 'admin', 'web')`},
		"a_role_of_our_own_can_be_held": {alice, `INSERT INTO roles (name) VALUES ('auditor')`,
			`INSERT INTO user_roles (user_id, role_name, service) VALUES (101, 'auditor', 'web')`, `UPDATE roles SET name = 'reviewer' WHERE name = 'auditor'`},
		"a_5_kB_TXT_value_is_stored":          {zone, record + `'@', 'TXT', '` + fiveKilobytes + `')`},
		"a_5_kB_NS_value_is_stored":           {zone, record + `'@', 'NS', '` + fiveKilobytes + `')`},
		"a_5_kB_mailbox_error_is_stored":      {`INSERT INTO mailbox_events (event_type, error_message) VALUES ('created', '` + fiveKilobytes + `')`},
		"a_5_kB_notification_error_is_stored": {`INSERT INTO certificate_notifications (notification_type, error_message) VALUES ('error', '` + fiveKilobytes + `')`},
		"a_5_kB_health_error_is_stored":       {service, `UPDATE service_certificates SET health_error = '` + fiveKilobytes + `'`},
		"two_SRV_records_may_differ_in_port":  {zone, srv("5060"), srv("5061")},
		"two_A_records_may_share_a_name":      {zone, record + `'www', 'A', '192.0.2.1')`, record + `'www', 'A', '192.0.2.2')`},
		"a_renamed_zone_takes_its_records":    {zone, record + `'www', 'A', '192.0.2.1')`, `UPDATE dns_zones SET domain = 'example.net'`},
		"a_deleted_zone_takes_its_records":    {zone, record + `'www', 'A', '192.0.2.1')`, `DELETE FROM dns_zones`},
		"history_counts_past_2147483647":      {`INSERT INTO audit_log (id, action, success, resource_id) VALUES (3000000000, 'create', true, 3000000000)`},
		"a_quota_of_zero_has_no_ratio":        {alice, `INSERT INTO user_quotas (user_id, service, quota_type, quota_value) VALUES (101, 'dovecot', 'storage', 0)`},
		"a_domain_may_hold_a_percent_sign":    {`INSERT INTO users (username, email) VALUES ('odd', 'a@100%_sure.example')`},
		"a_user_is_in_the_lower_case_of_the_domain": {`INSERT INTO users (username, email) VALUES ('bob', 'bob@Example.ORG')`,
			`DO $$ BEGIN ASSERT (SELECT domain = 'example.org' FROM users); END $$`},
	}
	for name, statements := range cases {
		t.Run(name, func(t *testing.T) { run(t, begin(t, db.Pool), statements...) })
	}
}

func TestFlaws_refused(t *testing.T) {
	db := testdb.New(t)
	srv := `INSERT INTO dns_records (domain, name, record_type, value, priority, weight, port) VALUES ('example.org', 'a', 'SRV', 'b', 1, 1, 1)`
	cases := map[string]struct {
		given      []string
		statement  string
		constraint string
	}{
		"a_username_differing_by_case": {[]string{alice}, `INSERT INTO users (username, email) VALUES ('Alice', 'a@example.org')`, "uq_users_lower_username"},
		"an_email_differing_by_case":   {[]string{alice}, `INSERT INTO users (username, email) VALUES ('a', 'Alice@example.org')`, "uq_users_lower_email"},
		"an_email_without_at":          {nil, `INSERT INTO users (username, email) VALUES ('a', 'noatsign')`, "ck_users_email_format"},
		"a_password_in_plain_text": {[]string{alice},
			`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES (101, 'api', 'x', 'PLAIN')`, "user_passwords_hash_scheme_valid"},
		"a_zone_in_upper_case": {nil,
			`INSERT INTO dns_zones (domain, serial_number, primary_ns, admin_email) VALUES ('Example.com', 1, 'ns', 'a@b.c')`, "ck_dns_zones_domain_lower"},
		"a_record_without_a_zone":    {nil, record + `'www', 'A', '192.0.2.1')`, "fk_dns_records_domain"},
		"the_same_record_twice":      {[]string{zone, record + `'www', 'A', '192.0.2.1')`}, record + `'WWW', 'A', '192.0.2.1')`, "uq_dns_records_rdata"},
		"the_same_SRV_record_twice":  {[]string{zone, srv}, srv, "uq_dns_records_rdata"},
		"a_CNAME_beside_an_A":        {[]string{zone, record + `'www', 'A', '192.0.2.1')`}, record + `'WWW', 'CNAME', 'a')`, "ck_dns_records_cname_alone"},
		"an_A_beside_a_CNAME":        {[]string{zone, record + `'www', 'CNAME', 'a')`}, record + `'www', 'A', '192.0.2.1')`, "ck_dns_records_cname_alone"},
		"a_second_CNAME":             {[]string{zone, record + `'www', 'CNAME', 'a')`}, record + `'Www', 'CNAME', 'b')`, "uq_dns_records_cname"},
		"a_role_that_does_not_exist": {[]string{alice}, `INSERT INTO user_roles (user_id, role_name, service) VALUES (101, 'king', 'web')`, "fk_user_roles_role_name"},
		"a_role_deleted_while_held":  {[]string{alice, `INSERT INTO user_roles (user_id, role_name, service) VALUES (101, 'user', 'web')`}, `DELETE FROM roles WHERE name = 'user'`, "fk_user_roles_role_name"},
		"a_second_primary_alias": {[]string{alice, `INSERT INTO email_aliases (user_id, alias_email, destination_email, is_primary) VALUES (101, 'a@b.c', 'd@e.f', true)`},
			`INSERT INTO email_aliases (user_id, alias_email, destination_email, is_primary) VALUES (101, 'b@b.c', 'd@e.f', true)`, "idx_email_aliases_user_primary"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := begin(t, db.Pool)
			run(t, tx, c.given...)
			refused(t, tx, c.constraint, c.statement)
		})
	}
}

func TestFlaws_CNAME_race(t *testing.T) {
	db := testdb.New(t)
	run(t, db.Pool, zone)
	first := begin(t, db.Pool)
	run(t, first, record+`'www', 'A', '192.0.2.1')`)

	second := make(chan error, 1)
	go func() {
		_, err := db.Pool.Exec(t.Context(), record+`'www', 'CNAME', 'elsewhere.example.org')`)
		second <- err
	}()
	waiting(t, db)
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	violates(t, <-second, "ck_dns_records_cname_alone")
}

// waiting returns once a statement in the database waits for a lock.
func waiting(t *testing.T, db *testdb.DB) {
	t.Helper()
	const blocked = `SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	for deadline := time.Now().Add(20 * time.Second); column(t, db.Pool, blocked)[0] == "0"; {
		if time.Now().After(deadline) {
			t.Fatal("the second connection never waited")
		}
	}
}

func TestTriggers(t *testing.T) {
	db := testdb.New(t)
	cases := map[string]struct{ insert, table, column string }{
		"updated_at_follows_a_change":                        {alice, "users", "updated_at"},
		"last_updated_is_updated_at_of_service_certificates": {service, "service_certificates", "last_updated"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			tx := begin(t, db.Pool)
			run(t, tx, c.insert, `UPDATE `+c.table+` SET `+c.column+` = '2000-01-01'`)
			if got := column(t, tx, `SELECT (`+c.column+` = CURRENT_TIMESTAMP)::text FROM `+c.table); got[0] != "true" {
				t.Errorf("%s.%s is not the present moment", c.table, c.column)
			}
		})
	}
	t.Run("every_mutable_table_has_one", func(t *testing.T) {
		without := column(t, db.Pool, `SELECT table_name FROM information_schema.columns
			WHERE table_schema = 'unified' AND column_name IN ('updated_at', 'last_updated') EXCEPT
			SELECT event_object_table FROM information_schema.triggers WHERE trigger_name = 'trigger_' || event_object_table || '_updated_at'`)
		if len(without) > 0 {
			t.Errorf("without a trigger: %v", without)
		}
	})
}
