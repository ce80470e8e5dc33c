package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"unified/admin"
	"unified/auth"
	"unified/database"
	"unified/internal/testdb"
)

// porch is a house in which people may register, through a second instance of the program too.
type porch struct {
	*house
	enroll auth.Enroll
	again  *porch
}

type porchBuilder func(t *testing.T, domains ...string) *porch

// bothPorches is bothWays for who registers.
func bothPorches(t *testing.T, test func(*testing.T, porchBuilder)) {
	for name, find := range map[string]func(*database.DB) auth.Finder{
		"sql": func(db *database.DB) auth.Finder { return auth.SQL(db.Pool) }, "orm": func(db *database.DB) auth.Finder { return ormFinder(t, db) },
	} {
		t.Run(name, func(t *testing.T) {
			test(t, func(t *testing.T, domains ...string) *porch { t.Helper(); return buildPorch(t, find, domains) })
		})
	}
}

func buildPorch(t *testing.T, find func(*database.DB) auth.Finder, domains []string) *porch {
	t.Helper()
	db := testdb.New(t)
	instance := func() *porch {
		app := db.App()
		finder := find(app)
		store := auth.NewStore(app.Pool, finder, auth.StoreOptions{})
		return &porch{house: &house{t, db.Pool, app.Pool, finder, store, auth.NewGate(app.Pool, finder, store)}, enroll: admin.Enroll(app.Gorm, domains)}
	}
	p := instance()
	p.again = instance()
	return p
}

// filledIn is a form that is right, with these fields changed.
func filledIn(name string, changes ...string) url.Values {
	form := url.Values{"username": {name}, "email": {name + "@" + strings.ToLower(name) + ".example"}, "password": {good}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

// register sends a form from an address and keeps the cookie.
func (p *porch) register(b *browser, from string, form url.Values) error {
	r := b.request()
	request := auth.NewRequest(r, "request-1", from)
	w := httptest.NewRecorder()
	defer b.keep(w)
	return p.gate.Register(w, r.WithContext(auth.WithRequest(r.Context(), request)), form, p.enroll)
}

// from registers from an address in a browser that is used no more.
func (p *porch) from(address string, form url.Values) error {
	return p.register(p.browser(), address, form)
}

func (p *porch) refused(address string, form url.Values) auth.Refusal {
	p.t.Helper()
	var refusal auth.Refusal
	if err := p.from(address, form); !errors.As(err, &refusal) {
		p.t.Fatalf("error = %v", err)
	}
	return refusal
}

func TestGate_Register(t *testing.T) { bothPorches(t, registers) }

func registers(t *testing.T, newPorch porchBuilder) {
	p := newPorch(t)
	b, _ := p.signedIn("before")
	old := *b
	form := filledIn("Dora.D-1", "username", " Dora.D-1 ", "email", " DORA@Mail.Example ", "first_name", "Döra", "last_name", "  ")
	if err := p.register(b, "192.0.2.7", form); err != nil {
		t.Fatal(err)
	}
	t.Run("signs_in_and_T04_ends_the_session_that_was_sent", func(t *testing.T) {
		if b.account() != "Dora.D-1" || old.account() != "" {
			t.Errorf("account %q, before it %q", b.account(), old.account())
		}
	})
	t.Run("T69_gives_the_lowest_role_and_no_mailbox", func(t *testing.T) {
		got := p.text(`SELECT string_agg(concat_ws(' ', role_name, service, is_active, expires_at), ', ' ORDER BY service) FROM user_roles
			WHERE user_id = (SELECT max(id) FROM users)`)
		if got != "no_email dovecot t, user web t" {
			t.Errorf("roles = %s", got)
		}
		p.exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) SELECT max(id), 'dovecot', 'x', 'BCRYPT' FROM users`)
		if n := p.number(`SELECT (SELECT count(*) FROM dovecot_users WHERE domain = 'mail.example') + (SELECT count(*) FROM dovecot_auth)`); n != 0 {
			t.Error("mail to the domain would end here")
		}
	})
	t.Run("T69_leaves_the_address_unproven_and_all_else_to_the_database", func(t *testing.T) {
		got := p.text(`SELECT concat_ws(' ', username, email, domain, first_name, last_name IS NULL, home_directory, is_active, is_locked,
			email_verified, system_uid, hash_scheme) FROM users u JOIN user_passwords p ON p.user_id = u.id AND service = 'web' ORDER BY u.id DESC LIMIT 1`)
		if got != "Dora.D-1 dora@mail.example mail.example Döra t /var/mail/mail.example/Dora.D-1 t f f 5000 ARGON2" {
			t.Errorf("user = %s", got)
		}
	})
	t.Run("writes_the_event_that_the_panel_writes", func(t *testing.T) {
		got := p.text(`SELECT string_agg(concat_ws(' ', event_type, username, home_directory, processed), ', ') FROM mailbox_events`)
		if got != "created Dora.D-1 /var/mail/mail.example/Dora.D-1 f" {
			t.Errorf("events = %s", got)
		}
	})
	t.Run("is_one_row_of_the_log_beside_that_of_signing_in", func(t *testing.T) {
		got := p.text(`SELECT string_agg(concat_ws(' ', action, resource, user_id = resource_id, success, host(ip_address), additional_data ->> 'actor',
			additional_data #>> '{changes,email,1}'), ', ' ORDER BY id) FROM audit_log WHERE user_id = (SELECT max(id) FROM users)`)
		if got != "register users t t 192.0.2.7 Dora.D-1 dora@mail.example, sign_in t 192.0.2.7 Dora.D-1" {
			t.Errorf("log = %s", got)
		}
	})
	t.Run("the_password_signs_in", func(t *testing.T) {
		if err := p.browser().signIn("dora@mail.example", good); err != nil {
			t.Error(err)
		}
	})
	t.Run("T99_what_cannot_be_recorded_is_not_done", func(t *testing.T) {
		p.exec(`ALTER TABLE audit_log ADD CONSTRAINT closed CHECK (action <> 'register') NOT VALID`)
		defer p.exec(`ALTER TABLE audit_log DROP CONSTRAINT closed`)
		if err := p.from("192.0.2.8", filledIn("erik")); err == nil || errors.As(err, new(auth.Refusal)) {
			t.Errorf("error = %v", err)
		}
		if n := p.number(`SELECT count(*) FROM users WHERE username = 'erik'`); n != 0 {
			t.Error("there is an account")
		}
	})
	t.Run("an_outage_is_unavailable_and_no_refusal", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err := p.gate.Register(nil, p.browser().request().WithContext(ctx), filledIn("erik"), p.enroll)
		if !errors.Is(err, auth.ErrUnavailable) || errors.As(err, new(auth.Refusal)) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestGate_Register_refuses(t *testing.T) { bothPorches(t, registerRefuses) }

func registerRefuses(t *testing.T, newPorch porchBuilder) {
	p := newPorch(t)
	for name, test := range map[string]struct {
		change []string
		field  string
	}{
		"T29_a_role":                        {[]string{"role", "admin"}, ""},
		"T29_the_flag_of_a_proven_address":  {[]string{"email_verified", "true"}, ""},
		"T29_a_number":                      {[]string{"id", "1"}, ""},
		"T29_a_column_of_another_table":     {[]string{"role_name", "admin"}, ""},
		"T29_a_folder":                      {[]string{"home_directory", "/var/mail/x/alice"}, ""},
		"no_name":                           {[]string{"username", " "}, "username"},
		"a_name_of_one_letter":              {[]string{"username", "a"}, "username"},
		"a_name_of_65_letters":              {[]string{"username", strings.Repeat("a", 65)}, "username"},
		"a_name_that_is_two_dots":           {[]string{"username", ".."}, "username"},
		"T48_a_name_that_leaves_its_folder": {[]string{"username", "a/../b"}, "username"},
		"T58_a_name_of_look-alikes":         {[]string{"username", "аlice"}, "username"},
		"T58_a_name_with_an_invisible_part": {[]string{"username", "al\u200bice"}, "username"},
		"a_name_like_an_address":            {[]string{"username", "alice@example.org"}, "username"},
		"T49_NUL_in_the_name":               {[]string{"username", "ali\x00ce"}, "username"},
		"no_address":                        {[]string{"email", ""}, "email"},
		"an_address_without_a_domain":       {[]string{"email", "fred@"}, "email"},
		"an_address_without_a_dot":          {[]string{"email", "fred@localhost"}, "email"},
		"two_addresses":                     {[]string{"email", "fred@a.example,fred@b.example"}, "email"},
		"T22_a_line_break_in_the_address":   {[]string{"email", "fred@a.example\r\nBcc: x"}, "email"},
		"T48_an_address_with_a_slash":       {[]string{"email", "fred@../a.example"}, "email"},
		"T58_a_domain_of_look-alikes":       {[]string{"email", "fred@exаmple.org"}, "email"},
		"an_address_of_255_letters":         {[]string{"email", strings.Repeat("a", 245) + "@a.example"}, "email"},
		"a_first_name_of_101_letters":       {[]string{"first_name", strings.Repeat("é", 101)}, "first_name"},
		"T49_a_last_name_that_is_not_text":  {[]string{"last_name", "\xff"}, "last_name"},
		"a_last_name_of_two_lines":          {[]string{"last_name", "a\nb"}, "last_name"},
		"no_password":                       {[]string{"password", ""}, "password"},
		"T66_a_short_password":              {[]string{"password", "violet trac"}, "password"},
		"T66_a_well_known_password":         {[]string{"password", "Password1234"}, "password"},
		"T64_a_password_of_129_characters":  {[]string{"password", strings.Repeat("ab", 64) + "c"}, "password"},
	} {
		t.Run(name, func(t *testing.T) {
			p.exec(`DELETE FROM audit_log`)
			refusal := p.refused("192.0.2.7", filledIn("fred", test.change...))
			if len(refusal) != 1 || refusal[test.field] == "" {
				t.Errorf("refused for %v", refusal)
			}
			row := p.text(`SELECT concat_ws(' ', action, success, user_id, error_message) FROM audit_log`)
			if row != "register f "+refusal.Error() {
				t.Errorf("audit row = %q", row)
			}
			if p.number(`SELECT count(*) FROM users`) != 0 {
				t.Error("there is an account")
			}
		})
	}
	t.Run("all_that_is_wrong_is_told_at_once", func(t *testing.T) {
		if refusal := p.refused("192.0.2.9", url.Values{}); len(refusal) != 3 {
			t.Errorf("refused for %v", refusal)
		}
	})
	t.Run("T55_a_doubled_field", func(t *testing.T) {
		form := filledIn("fred")
		form.Add("password", good)
		if refusal := p.refused("192.0.2.9", form); refusal[""] == "" {
			t.Errorf("refused for %v", refusal)
		}
	})
	t.Run("what_was_typed_is_not_recorded", func(t *testing.T) {
		if refusal := p.refused("192.0.2.9", filledIn("fred", "username", "my secret password", "password", "short")); len(refusal) != 2 {
			t.Errorf("refused for %v", refusal)
		}
		if p.number(`SELECT count(*) FROM audit_log WHERE audit_log::text ~ 'my secret|short$'`) != 0 {
			t.Error("it is")
		}
	})
}

func TestGate_Register_taken(t *testing.T) { bothPorches(t, registerTaken) }

func registerTaken(t *testing.T, newPorch porchBuilder) {
	p := newPorch(t, "open.example")
	id := p.person("Alice")
	p.exec(`INSERT INTO email_aliases (user_id, alias_email, destination_email) VALUES ($1, 'info@alias.example', 'x@y.example'),
		($1, 'Info@Open.Example', 'x@y.example')`, id)
	p.exec(`INSERT INTO dns_zones (domain, serial_number, primary_ns, admin_email) VALUES ('zone.example', 1, 'ns.zone.example', 'a@zone.example')`)
	attempt := 0
	from := func() string { attempt++; return fmt.Sprintf("198.51.100.%d", attempt) }
	name := auth.Refusal{"username": auth.NameTaken}
	address := auth.Refusal{"email": auth.AddressTaken}
	for what, test := range map[string]struct {
		form url.Values
		want auth.Refusal
	}{
		"a_name_in_another_case":                            {filledIn("aLICE"), name},
		"T60_of_an_address_nothing_is_told_beside_a_name":   {filledIn("Alice", "email", "alice@example.org"), name},
		"T60_an_address_that_somebody_has":                  {filledIn("george", "email", "alice@example.org"), address},
		"T60_one_that_nobody_has_is_answered_like_it":       {filledIn("george", "email", "nobody@example.org"), address},
		"T69_a_mail_domain_of_others_in_another_case":       {filledIn("george", "email", "x@EXAMPLE.Org"), address},
		"T69_a_domain_of_aliases":                           {filledIn("george", "email", "x@alias.example"), address},
		"T69_a_domain_with_a_zone":                          {filledIn("george", "email", "postmaster@zone.example"), address},
		"T69_a_domain_within_a_zone":                        {filledIn("george", "email", "x@a.b.zone.example"), address},
		"T69_an_alias_under_an_open_domain":                 {filledIn("george", "email", "info@open.example"), address},
		"T69_the_name_that_the_first_administrator_gets":    {filledIn("Admin"), name},
		"T69_the_address_that_the_first_administrator_gets": {filledIn("george", "email", "demo@example.org"), address},
	} {
		t.Run(what, func(t *testing.T) {
			if got := p.refused(from(), test.form); !maps.Equal(got, test.want) {
				t.Errorf("refused for %v", got)
			}
		})
	}
	t.Run("under_an_open_domain_all_may_who_are_new", func(t *testing.T) {
		for _, who := range []string{"hugo", "ines"} {
			if err := p.from(from(), filledIn(who, "email", who+"@open.example")); err != nil {
				t.Error(err)
			}
		}
		if got := p.refused(from(), filledIn("jack", "email", "HUGO@open.example")); !maps.Equal(got, address) {
			t.Errorf("refused for %v", got)
		}
	})
	t.Run("a_domain_beside_a_zone_is_another", func(t *testing.T) {
		if err := p.from(from(), filledIn("kate", "email", "kate@myzone.example")); err != nil {
			t.Error(err)
		}
	})
}

func TestGate_Register_concurrently(t *testing.T) { bothPorches(t, registerConcurrently) }

func registerConcurrently(t *testing.T, newPorch porchBuilder) {
	p := newPorch(t, "open.example")
	together := func(forms []url.Values) (made int) {
		var all sync.WaitGroup
		var lock sync.Mutex
		for i, form := range forms {
			at := []*porch{p, p.again}[i%2]
			all.Go(func() {
				if at.from("192.0.2.7", form) == nil {
					lock.Lock()
					made++
					lock.Unlock()
				}
			})
		}
		all.Wait()
		return made
	}
	t.Run("one_name_is_one_account", func(t *testing.T) {
		forms := []url.Values{filledIn("lena", "email", "a@open.example"), filledIn("LENA", "email", "b@open.example")}
		if made := together(forms); made != 1 || p.number(`SELECT count(*) FROM users`) != 1 {
			t.Errorf("%d were told that they have it", made)
		}
	})
	t.Run("one_address_is_one_account", func(t *testing.T) {
		forms := []url.Values{filledIn("mona", "email", "m@m.example"), filledIn("nora", "email", "M@m.example")}
		if made := together(forms); made != 1 || p.number(`SELECT count(*) FROM users`) != 2 {
			t.Errorf("%d were told that they have it", made)
		}
	})
	t.Run("T69_the_limit_holds_over_two_instances", func(t *testing.T) {
		p.exec(`DELETE FROM audit_log`)
		var forms []url.Values
		for i := range auth.AccountsPerNetwork + 4 {
			forms = append(forms, filledIn(fmt.Sprintf("many%d", i)))
		}
		if made := together(forms); made != auth.AccountsPerNetwork {
			t.Errorf("%d accounts", made)
		}
	})
}

func TestGate_Register_limits(t *testing.T) { bothPorches(t, registerLimits) }

func registerLimits(t *testing.T, newPorch porchBuilder) {
	p := newPorch(t)
	seed := func(n int, address, reason, age string) {
		p.exec(`INSERT INTO audit_log (action, success, error_message, ip_address, created_at)
			SELECT 'register', $3 = '', nullif($3, ''), nullif($2, '')::inet, now() - $4::interval FROM generate_series(1, $1)`, n, address, reason, age)
	}
	for name, test := range map[string]struct {
		before  func()
		from    string
		minutes float64 // until another may; 0: now
	}{
		"T69_accounts_of_one_address":         {func() { seed(auth.AccountsPerNetwork, "192.0.2.7", "", "20 min") }, "192.0.2.7", 40},
		"T62_of_one_address_written_as_IPv6":  {func() { seed(auth.AccountsPerNetwork, "192.0.2.7", "", "20 min") }, "::ffff:192.0.2.7", 40},
		"another_address_has_its_own":         {func() { seed(auth.AccountsPerNetwork, "192.0.2.7", "", "20 min") }, "192.0.2.8", 0},
		"one_less_than_the_limit":             {func() { seed(auth.AccountsPerNetwork-1, "192.0.2.7", "", "20 min") }, "192.0.2.7", 0},
		"T62_one_IPv6_network_is_one":         {func() { seed(auth.AccountsPerNetwork, "2001:db8::1", "", "10 min") }, "2001:db8::ffff:0:0:2", 50},
		"another_IPv6_network_is_another":     {func() { seed(auth.AccountsPerNetwork, "2001:db8::1", "", "10 min") }, "2001:db8:0:1::1", 0},
		"without_an_address":                  {func() { seed(auth.AccountsPerNetwork, "", "", "10 min") }, "", 50},
		"an_hour_later_it_starts_anew":        {func() { seed(auth.AccountsPerNetwork, "192.0.2.7", "", "61 min") }, "192.0.2.7", 0},
		"T60_refused_attempts_of_one_address": {func() { seed(auth.AttemptsPerNetwork, "192.0.2.7", auth.NameTaken, "30 min") }, "192.0.2.7", 30},
		"who_was_kept_out_is_not_counted":     {func() { seed(3*auth.AttemptsPerNetwork, "192.0.2.7", "too many registrations", "1 min") }, "192.0.2.7", 0},
		"refused_attempts_of_others":          {func() { seed(auth.AccountsEverywhere, "192.0.2.8", auth.NameTaken, "1 min") }, "192.0.2.7", 0},
		"T69_accounts_of_all_together": {func() {
			for i := range auth.AccountsEverywhere {
				seed(1, fmt.Sprintf("198.51.100.%d", i), "", "15 min")
			}
		}, "192.0.2.7", 45},
		"the_longest_wait_counts": {func() {
			seed(auth.AttemptsPerNetwork, "192.0.2.7", auth.NameTaken, "50 min")
			seed(auth.AccountsPerNetwork, "192.0.2.7", "", "5 min")
		}, "192.0.2.7", 55},
	} {
		t.Run(name, func(t *testing.T) {
			p.exec(`DELETE FROM audit_log`)
			p.exec(`DELETE FROM users`)
			test.before()
			err := p.again.from(test.from, filledIn("olga"))
			var throttled auth.Throttled
			if test.minutes == 0 && err == nil {
				return
			}
			if !errors.As(err, &throttled) || throttled.Retry.Minutes() > test.minutes || throttled.Retry.Minutes() < test.minutes-1 {
				t.Errorf("error = %v, want %v minutes", err, test.minutes)
			}
			if p.number(`SELECT count(*) FROM users`) != 0 {
				t.Error("there is an account")
			}
		})
	}
	t.Run("every_refusal_counts_until_the_limit_and_a_flood_does_not_fill_the_log", func(t *testing.T) {
		p.exec(`DELETE FROM audit_log`)
		for i := range 2 * auth.AttemptsPerNetwork {
			err := p.from(fmt.Sprintf("2001:db8::%d", i), url.Values{})
			if got := errors.As(err, new(auth.Throttled)); got != (i >= auth.AttemptsPerNetwork) {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		if n := p.number(`SELECT count(*) FROM audit_log`); n != auth.AttemptsPerNetwork {
			t.Errorf("%d rows in the log", n)
		}
		p.exec(`UPDATE audit_log SET created_at = created_at - interval '2 min'`)
		for range 3 {
			if err := p.from("2001:db8::1", url.Values{}); !errors.As(err, new(auth.Throttled)) {
				t.Fatal(err)
			}
		}
		if n := p.number(`SELECT count(*) FROM audit_log WHERE error_message = 'too many registrations'`); n != 1 {
			t.Errorf("%d rows of a minute's flood", n)
		}
	})
}
