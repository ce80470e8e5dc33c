package demo

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/crypto/bcrypt"

	"unified/auth"
	"unified/internal/testdb"
)

func TestFill_rows(t *testing.T) {
	t.Parallel()
	options := small()
	db, _ := filled(t, options)
	none := func(sql string) func(*testing.T) {
		return func(t *testing.T) {
			for _, row := range ask[string](t, db.Pool, sql) {
				t.Error(row)
			}
		}
	}
	t.Run("every_name_is_reserved_for_documentation", none(`
		SELECT name FROM (SELECT domain FROM users UNION SELECT domain FROM dns_zones UNION SELECT domain FROM certificates
			UNION SELECT split_part(destination_email, '@', 2) FROM email_aliases
			UNION SELECT split_part(alias_email, '@', 2) FROM email_aliases) n (name)
		WHERE name !~ '(\.example|(\.|^)example\.(com|net|org))$' AND name <> '2.0.192.in-addr.arpa'`))
	t.Run("every_address_is_reserved_for_documentation", none(`
		SELECT DISTINCT address::text FROM (SELECT ip_address FROM audit_log UNION SELECT ip_address FROM sessions
			UNION SELECT value::inet FROM dns_records WHERE record_type IN ('A', 'AAAA')) a (address)
		WHERE NOT address <<= ANY ('{192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32}'::inet[])`))
	t.Run("everybody_has_one_preferred_sender", none(`SELECT username FROM users u
		WHERE 1 <> (SELECT count(*) FROM email_aliases a WHERE a.user_id = u.id AND a.is_primary)`))
	t.Run("nothing_happened_before_the_account_or_after_the_end", none(`
		SELECT u.username || ' ' || l.created_at FROM audit_log l JOIN users u ON u.id = l.user_id
		WHERE l.created_at < u.created_at UNION ALL
		SELECT 'late ' || created_at FROM audit_log WHERE created_at > now()`))
	t.Run("the_history_spans_90_days", none(`SELECT min(created_at)::text FROM audit_log
		HAVING max(created_at) - min(created_at) NOT BETWEEN interval '88 days' AND interval '91 days'`))
	t.Run("the_last_write_left_what_is_there", none(`
		SELECT DISTINCT ON (resource, resource_id) format('%s %s %s', resource, resource_id, additional_data) FROM audit_log l
		JOIN users u ON u.id = l.resource_id
		WHERE resource = 'users' AND action = 'update' AND additional_data -> 'changes' ? 'is_locked'
			AND additional_data -> 'changes' -> 'is_locked' ->> 1 <> u.is_locked::text
			AND NOT EXISTS (SELECT FROM audit_log later WHERE later.resource = 'users' AND later.resource_id = l.resource_id
				AND later.id > l.id AND later.additional_data -> 'changes' ? 'is_locked')`))
	t.Run("a_write_finds_what_the_one_before_left", none(`
		SELECT format('%s %s %s', resource, resource_id, name) FROM (
			SELECT resource, resource_id, name, value, lag(value) OVER (PARTITION BY resource, resource_id, name ORDER BY id) AS before
			FROM audit_log, jsonb_each(additional_data -> 'changes') AS changed (name, value)
			WHERE action = 'update' AND service = 'web' AND jsonb_typeof(value) = 'array') w
		WHERE before ->> 1 <> value ->> 0`))
	t.Run("every_service_view_answers", func(t *testing.T) {
		for _, view := range []string{"apache_auth", "dovecot_auth", "dovecot_users", "mail_aliases", "certificate_status",
			"certificate_file_status", "audit_summary"} {
			if !ask[bool](t, db.Pool, `SELECT EXISTS (SELECT FROM `+view+`)`)[0] {
				t.Errorf("%s is empty", view)
			}
		}
	})
	t.Run("certificates_are_in_every_state", func(t *testing.T) {
		got := ask[string](t, db.Pool, `SELECT DISTINCT expiry_status FROM certificate_status ORDER BY 1`)
		if !slices.Equal(got, []string{"critical", "expired", "valid", "warning"}) {
			t.Error(got)
		}
	})
	t.Run("dns_records_can_be_parsed", func(t *testing.T) {
		kinds := map[string]bool{}
		for _, line := range ask[string](t, db.Pool, `SELECT record_type || ' ' || concat_ws(' ', priority, weight, port,
			CASE WHEN record_type = 'TXT' THEN '"' || regexp_replace(value, '(.{250})', '\1" "', 'g') || '"' ELSE value END)
			FROM dns_records`) {
			kind, _, _ := strings.Cut(line, " ")
			kinds[kind] = true
			if _, err := dns.NewRR("name.example. 3600 IN " + line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		if len(kinds) != 10 {
			t.Errorf("kinds %v", kinds)
		}
	})
	t.Run("dkim_keys_are_keys", func(t *testing.T) {
		for _, value := range dkimKeys() {
			if _, err := dkimKey(value); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("checksums_and_sizes_are_those_of_the_files", func(t *testing.T) {
		checksums(t, options, ask[string](t, db.Pool, `SELECT concat_ws(' ', f.file_path, f.file_type, f.file_size, f.file_checksum)
			FROM certificate_files f`))
	})
}

// checksums makes the files again and compares them with the recorded lines.
func checksums(t *testing.T, options Options, recorded []string) {
	t.Helper()
	options, err := options.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	c := &company{Options: options, domains: domainNames(domainsOf(options.Users))}
	if err := c.issueServers(diceOf("certificates")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.trust(max(4, options.Users*3/4)); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, x := range c.issued {
		files, err := x.files()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			sum := sha256.Sum256(f.content)
			want = append(want, fmt.Sprintf("%s %s %d %s", f.path, f.kind, len(f.content), hex.EncodeToString(sum[:])))
		}
	}
	slices.Sort(want)
	slices.Sort(recorded)
	if !slices.Equal(want, recorded) {
		t.Errorf("recorded %d files, made %d; the first of each: %q, %q", len(recorded), len(want), recorded[0], want[0])
	}
}

func TestFill_certificates(t *testing.T) {
	t.Parallel()
	root, err := newAuthority("Some Public Root", time.Now().Add(-day).Truncate(time.Second), time.Now().Add(day).Truncate(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	real := pemOf("CERTIFICATE", root.cert.Raw)
	for name, c := range map[string]struct {
		content, source string
		subject         string
	}{
		"a_bundle_gives_its_certificates":         {string(real) + "garbage\n" + string(real), "are those of", root.cert.Subject.String()},
		"an_empty_bundle_is_made_up_for":          {"no certificates", "were made", "CN=Demo Root CA 1,O=Northlight Hosting (demo)"},
		"a_bundle_that_is_missing_is_made_up_for": {"", "were made", "CN=Demo Root CA 1,O=Northlight Hosting (demo)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir() + "/bundle.pem"
			if c.content != "" {
				if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			db, summary := filled(t, Options{Users: 1, Bundle: path})
			if !regexp.MustCompile(`^\d+ certificates of authorities ` + c.source).MatchString(summary.Certificates) {
				t.Error(summary.Certificates)
			}
			got := ask[string](t, db.Pool, `SELECT subject FROM certificates WHERE certificate_type = 'ca-signed' ORDER BY id LIMIT 1`)
			if got[0] != c.subject {
				t.Errorf("subject %q", got[0])
			}
		})
	}
}

func TestFill_realBundle(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	db, _ := filled(t, Options{Users: 8})
	certs := map[string]*x509.Certificate{}
	for _, cert := range parseBundle(text, 1000) {
		sum := sha256.Sum256(pemOf("CERTIFICATE", cert.Raw))
		certs[hex.EncodeToString(sum[:])] = cert
	}
	rows, err := db.Pool.Query(context.Background(), `SELECT f.file_checksum, c.subject, c.issuer, c.not_before, c.not_after
		FROM certificates c JOIN certificate_files f ON f.certificate_id = c.id WHERE c.certificate_type = 'ca-signed'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		var sum, subject, issuer string
		var from, until time.Time
		if err := rows.Scan(&sum, &subject, &issuer, &from, &until); err != nil {
			t.Fatal(err)
		}
		cert := certs[sum]
		if cert == nil || short(cert.Subject) != subject || short(cert.Issuer) != issuer || !cert.NotBefore.Equal(from) ||
			!cert.NotAfter.Equal(until) {
			t.Errorf("%s is not that of the bundle", subject)
		}
		found++
	}
	t.Run("subjects_issuers_and_dates_are_those_of_the_bundle", func(t *testing.T) {
		if rows.Err() != nil || found != 6 {
			t.Errorf("%d certificates, error %v", found, rows.Err())
		}
	})
}

func dkimKey(value string) (any, error) {
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(raw)
}

func TestFill_password(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	summary, err := Fill(t.Context(), db.App().Pool, Options{Users: 1})
	if err != nil {
		t.Fatal(err)
	}
	stored := func(scheme string) string {
		found := ask[string](t, db.Pool, `SELECT DISTINCT password_hash FROM user_passwords WHERE hash_scheme = $1`, scheme)
		if len(found) != 1 {
			t.Fatalf("%d hashes of %s", len(found), scheme)
		}
		return found[0]
	}
	t.Run("opens_the_panel", func(t *testing.T) {
		if opens, err := auth.Verify(auth.SchemeArgon2, stored(auth.SchemeArgon2), summary.Password); err != nil || !opens {
			t.Errorf("%v, %v", opens, err)
		}
	})
	t.Run("is_hashed_for_other_services", func(t *testing.T) {
		if cost, err := bcrypt.Cost([]byte(stored(auth.SchemeBcrypt))); err != nil || cost < 12 {
			t.Errorf("cost %d, %v", cost, err)
		}
	})
	t.Run("is_told_once", func(t *testing.T) {
		again, err := Fill(t.Context(), db.App().Pool, Options{Users: 1})
		if err != nil || again.Password != "" || !strings.Contains(summary.String(), summary.Password) {
			t.Errorf("%v, %v", again, err)
		}
	})
}
