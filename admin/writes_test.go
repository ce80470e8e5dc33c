package admin_test

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"unified/crud"
)

// attempt is one write and what the oracle says to it.
type attempt struct {
	table, verb, key string
	values           map[string]string // what a form sends; a text that is missing is not sent
}

func (a attempt) String() string { return fmt.Sprintf("%s %s %q %v", a.verb, a.table, a.key, a.values) }

func TestRights_T26_T28_T29_T30_T32_every_write_does_what_the_oracle_allows(t *testing.T) {
	done := map[string]int{}
	everyRound(t, func(r *round) {
		for range 12 {
			a := r.attempt()
			want, after := r.verdict(a)
			for range r.IntN(12) { // most are refused: look for one that is not
				if want != "" {
					a = r.attempt()
					want, after = r.verdict(a)
				}
			}
			err := r.try(a)
			got := r.kind(err, slices.Collect(maps.Values(a.values))...)
			if got == -1 {
				done[a.verb]++
			}
			if (got == -1) != (want == "") || (want == "missing") != (got == crud.KindNotFound) {
				r.Errorf("%s: %v %v, the oracle says %q\n%s", a, got, err, want, r.oracle)
			}
			before := r.world
			r.oracle = r.judge()
			if got != -1 && !reflect.DeepEqual(r.world, before) {
				r.Errorf("%s was refused and changed something", a)
			}
			if got == -1 && want == "" {
				r.holds(a, after)
			}
			var in bool
			if r.ctx, in = r.account(); r.Failed() || !in { // T37: what was changed counts from the next request
				return
			}
			r.seen = r.places()
		}
	})
	t.Logf("writes that were allowed: %v", done)
}

// try does it as a page does, or with every other seed as the API does.
func (r *round) try(a attempt) error {
	table := r.table(a.table)
	if r.seed%2 == 0 && r.strict(a) {
		return r.tryAsProgram(a)
	}
	switch a.verb {
	case "create", "update":
		form := url.Values{}
		for name, value := range a.values {
			form.Set(name, value)
		}
		saved, err := table.Submit(r.ctx, a.key, form)
		r.told("the answer to "+a.String(), sent{saved, a.values}.answer())
		return err
	case "delete":
		saved, err := table.Delete(r.ctx, a.key)
		r.told("the answer to "+a.String(), saved)
		return err
	}
	saved, err := table.Act(r.ctx, a.key, a.verb, nil)
	r.told("the answer to "+a.String(), saved)
	return err
}

// sent is an answer to what somebody typed: their own texts are no secret to them.
type sent struct {
	*crud.Saved
	values map[string]string
}

func (s sent) answer() any {
	if s.Saved == nil {
		return nil
	}
	for _, value := range s.values {
		for _, mark := range marks.FindAllString(value, -1) {
			s.Label = strings.ReplaceAll(s.Label, mark, "")
		}
	}
	return s.Saved
}

// holds checks that an allowed write did what was sent.
func (r *round) holds(a attempt, after row) {
	r.Helper()
	if a.verb == "delete" {
		if r.stored(a.table, a.key) != nil {
			r.Errorf("%s: it is still there", a)
		}
		return
	}
	for _, x := range r.world[a.table] {
		if a.verb == "create" || keyOf(a.table, x) == a.key {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(a.values)), func(name string) bool { return x.is(name) != after.is(name) }) {
				return
			}
		}
	}
	r.Errorf("%s: no row holds it", a)
}

// attempt makes up a write of one of the round's tables.
func (r *round) attempt() attempt {
	a := attempt{table: r.focus[r.IntN(len(r.focus))], values: map[string]string{}}
	verbs := []string{"update", "update", "create", "delete"}
	for _, action := range r.stage.tables[a.table].Actions {
		if len(action.Fields) > 0 {
			continue // one that asks has rules of its own: see TestSetQuota
		}
		verbs = append(verbs, action.Name, action.Name)
	}
	a.verb = verbs[r.IntN(len(verbs))]
	if a.verb != "create" {
		a.key = "999999"
		if rows := r.world[a.table]; len(rows) > 0 && r.IntN(20) > 0 {
			a.key = keyOf(a.table, rows[r.IntN(len(rows))])
		}
	}
	samples := r.samples(a.table)
	switch a.verb {
	case "create":
		for name, value := range samples {
			if slices.Contains(r.settable(a.table, "create"), name) || r.chance(3) {
				a.values[name] = value
			}
		}
	case "update":
		names := slices.Sorted(maps.Keys(samples))
		for range 1 + r.IntN(2) {
			if len(names) > 0 {
				name := names[r.IntN(len(names))]
				a.values[name] = samples[name]
			}
		}
	}
	return a
}

func (r *round) text(of ...any) string { return fmt.Sprint(r.one(of...)) }

// samples are texts for the columns of a table that a new row needs, and for those that decide whose it is.
func (r *round) samples(name string) map[string]string {
	user, certificate, domain := fmt.Sprint(r.one(r.person(), r.person(), actor, 999)), fmt.Sprint(1+r.IntN(7)), r.domain()
	switch name {
	case "users":
		return map[string]string{"username": r.mark(), "email": r.mark() + "@" + domain, "last_name": r.mark(), "is_active": "false", "is_locked": "true", "system_uid": "5001"}
	case "user_passwords":
		return map[string]string{"user_id": user, "must_change_on_next_login": "true"}
	case "user_roles":
		return map[string]string{"user_id": user, "role_name": r.world["roles"][r.IntN(len(r.world["roles"]))].is("name"), "service": r.text("samba", "api", "webdav"), "granted_by": user}
	case "user_quotas":
		return map[string]string{"user_id": user, "service": r.text("apache", "webdav", "api"), "quota_type": r.text("messages", "connections", "bandwidth"), "quota_value": r.text(101, 102)}
	case "saved_views":
		return map[string]string{"user_id": user, "table_name": r.text("users", "certificates"), "name": r.mark(), "query": "q=" + r.mark(),
			"role_name": r.world["roles"][r.IntN(len(r.world["roles"]))].is("name")}
	case "email_aliases":
		address := r.text(r.mark()+"@"+domain, r.mark()+"@"+strings.ToUpper(domain), r.mark()+"@away.example", r.world.by("users", "id", fmt.Sprint(r.person())).is("email"))
		return map[string]string{"user_id": user, "alias_email": address, "destination_email": r.mark() + "@far.example"}
	case "certificates":
		return map[string]string{"domain": domain, "certificate_type": r.text("self-signed", "letsencrypt", "manual", "ca-signed"), "not_before": "2021-01-01 00:00", "not_after": "2101-01-01 00:00",
			"certificate_path": "/" + r.mark(), "private_key_path": "/" + r.mark(), "created_by": user, "issuer": r.mark()}
	case "certificate_files":
		return map[string]string{"certificate_id": certificate, "file_type": r.text("private_key", "fullchain", "account_key"), "file_path": "/" + r.mark(), "file_size": "7",
			"file_checksum": strings.Repeat("1", 64), "file_permissions": "640"}
	case "certificate_renewals":
		return map[string]string{"certificate_id": certificate, "scheduled_at": "2031-01-01 00:00", "renewal_method": "forced", "triggered_by": r.mark()}
	case "service_certificates":
		return map[string]string{"service_name": r.text("mail", "postfix", "dovecot"), "domain": domain, "certificate_type": "staged", "ssl_ciphers": r.mark()}
	case "dns_zones":
		return map[string]string{"domain": r.text("new.a.example", domain), "serial_number": "7", "primary_ns": r.mark() + ".example", "admin_email": r.mark() + "@x.example"}
	case "dns_records":
		return map[string]string{"domain": r.text(domain, "sub.a.example", "missing.example"), "name": r.mark(), "record_type": "TXT", "value": r.mark()}
	case "roles":
		return map[string]string{"name": r.mark(), "description": r.mark(), "rank": "77"}
	case "permissions":
		return map[string]string{"model": r.mark(), "action": "read", "scope": r.text("own", "all")}
	case "role_permissions":
		return map[string]string{"role_id": fmt.Sprint(1 + r.IntN(randomRoles+1)), "permission_id": r.world["permissions"][r.IntN(len(r.world["permissions"]))].is("id")}
	case "role_fields":
		return map[string]string{"role_id": fmt.Sprint(1 + r.IntN(randomRoles+1)), "model": r.text("users", "dns_zones"), "field": r.mark(), "access": r.text("hidden", "read-only")}
	}
	return nil
}
