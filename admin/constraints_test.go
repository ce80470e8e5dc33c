package admin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"unified/crud"
)

// entry is what a person types into a table's form, twice: the second row differs from the first in all that is unique.
// {TABLE} is the key of that table's first row. It stands in an order in which each finds the rows that it refers to.
type entry struct {
	table         string
	first, second map[string]string
}

var entries = []entry{
	{"users", map[string]string{"username": "zoe", "email": "zoe@mail.example"}, map[string]string{"username": "yan", "email": "yan@mail.example"}},
	{"user_passwords", map[string]string{"user_id": "{users}", "service": "dovecot", "password": "correct horse battery"}, map[string]string{"service": "apache"}},
	{"roles", map[string]string{"name": "auditor", "rank": "0"}, map[string]string{"name": "printer"}},
	{"user_roles", map[string]string{"user_id": "{users}", "role_name": "auditor", "service": "dovecot"}, map[string]string{"service": "apache"}},
	{"user_quotas", map[string]string{"user_id": "{users}", "service": "dovecot", "quota_type": "storage"}, map[string]string{"service": "apache"}},
	{"email_aliases", map[string]string{"user_id": "{users}", "alias_email": "info@mail.example", "destination_email": "zoe@mail.example", "is_primary": "true"},
		map[string]string{"alias_email": "post@mail.example", "is_primary": "false"}},
	{"certificates", map[string]string{"domain": "mail.example", "certificate_type": "manual", "not_before": "2026-01-01 00:00", "not_after": "2027-01-01 00:00",
		"certificate_path": "/tls/a", "private_key_path": "/tls/b"}, map[string]string{"domain": "web.example"}},
	{"certificate_files", map[string]string{"certificate_id": "{certificates}", "file_type": "chain", "file_path": "/tls/c", "file_size": "1", "file_permissions": "644",
		"file_checksum": strings.Repeat("ab", 32)}, map[string]string{"file_type": "csr"}},
	{"certificate_renewals", map[string]string{"certificate_id": "{certificates}", "scheduled_at": "2026-12-01 02:00", "renewal_method": "manual",
		"old_not_after": "2026-01-01 00:00", "new_not_after": "2027-01-01 00:00"}, nil},
	{"service_certificates", map[string]string{"domain": "mail.example", "service_name": "nginx", "certificate_type": "live"}, map[string]string{"domain": "web.example"}},
	{"dns_zones", map[string]string{"domain": "mail.example", "serial_number": "1", "primary_ns": "ns.example", "admin_email": "a@b.example"}, map[string]string{"domain": "web.example"}},
	{"dns_records", map[string]string{"domain": "mail.example", "name": "www", "record_type": "SRV", "value": "192.0.2.7", "priority": "0",
		"weight": "0", "port": "443"}, map[string]string{"name": "ftp"}},
	{"permissions", map[string]string{"model": "reports", "action": "print", "scope": "own"}, map[string]string{"model": "bills"}},
	{"role_permissions", map[string]string{"role_id": "{roles}", "permission_id": "{permissions}"}, map[string]string{"permission_id": "1"}},
	{"saved_views", map[string]string{"user_id": "{users}", "table_name": "users", "name": "Mine", "is_default": "true"},
		map[string]string{"name": "Other", "is_default": "false"}},
	{"role_fields", map[string]string{"role_id": "{roles}", "model": "users", "field": "email", "access": "hidden"}, map[string]string{"field": "domain"}},
}

// alone are rules that no value alone breaks: what else the row must hold.
var alone = map[string]map[string]string{
	"uq_users_lower_username":    {"username": "ZOE"},
	"uq_users_lower_email":       {"email": "ZOE@mail.example"},
	"uq_dns_records_cname":       {"name": "alias", "record_type": "CNAME", "value": "other.example.", "priority": "", "weight": "", "port": ""},
	"dns_records_mx_priority":    {"record_type": "MX", "priority": ""},
	"ck_dns_records_cname_alone": {"name": "alias", "record_type": "TXT", "value": "text", "priority": "", "weight": "", "port": ""},
}

// unprovoked are rules that no form can break, and why.
var unprovoked = map[string]string{}

// desk is the office with a first row in every table that has a form.
type desk struct {
	*office
	ctx  context.Context
	keys map[string]string // of each table's first row
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{office: newOffice(t), keys: map[string]string{}}
	if err := d.reg.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.ctx = d.as("admin")
	for _, e := range entries {
		saved, err := d.table(e.table).Submit(d.ctx, "", d.typed(e.first))
		if err != nil {
			t.Fatalf("%s: %v", e.table, err)
		}
		d.keys[e.table] = saved.Key
	}
	alias := map[string]string{"domain": "mail.example", "name": "alias", "record_type": "CNAME", "value": "www.mail.example."}
	if _, err := d.table("dns_records").Submit(d.ctx, "", d.typed(alias)); err != nil {
		t.Fatal(err)
	}
	return d
}

// typed is a form that holds these values.
func (d *desk) typed(all ...map[string]string) url.Values {
	form := url.Values{}
	for _, values := range all {
		for name, text := range values {
			if table, ok := strings.CutPrefix(strings.TrimSuffix(text, "}"), "{"); ok {
				text = d.keys[table]
			}
			form.Set(name, text)
			if text == "" {
				form.Add(crud.NullParam, name)
			}
		}
	}
	return form
}

// try submits a form and undoes it.
func (d *desk) try(table, key string, form url.Values) error {
	d.Helper()
	err := d.reg.Together(d.ctx, func(ctx context.Context, _ *gorm.DB) error {
		if _, err := d.table(table).Submit(ctx, key, form); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// editable are the controls of a table's form for new rows, by name; nil if there is no such form.
func (d *desk) editable(table string) map[string]crud.Input {
	if resource := d.table(table); resource == nil || !slices.Contains(resource.Table().Verbs, crud.Create) {
		return nil
	}
	form, err := d.table(table).Form(d.ctx, "", nil)
	if err != nil {
		d.Fatal(err)
	}
	all := map[string]crud.Input{}
	for _, group := range form.Groups {
		for _, in := range group.Fields {
			all[in.Name] = in
		}
	}
	return all
}

// plain is a sentence for people; technical is what a database would say.
var (
	plain     = regexp.MustCompile(`^[A-Z][^\n]{8,}\.$`)
	technical = regexp.MustCompile(`(?i)SQLSTATE|violates|constraint|relation "|pq:|ERROR|breaks the rule|%!`)
)

// refused checks that a form came back with a sentence beside one of the columns, and returns its error.
func (d *desk) refused(t *testing.T, err error, columns []string) *crud.Error {
	t.Helper()
	var own *crud.Error
	if !errors.As(err, &own) || own.Kind != crud.KindInvalid {
		t.Fatalf("got %v, want a sentence beside one of %q", err, columns)
	}
	found := ""
	for name, text := range own.Fields {
		if slices.Contains(columns, name) {
			found = text
		}
		if !plain.MatchString(text) || technical.MatchString(text) {
			t.Errorf("%s: %q is no sentence for people", name, text)
		}
	}
	if found == "" {
		t.Errorf("got %q, want a sentence beside one of %q", own.Fields, columns)
	}
	return own
}

// law is a rule of the database.
type law struct {
	Table, Name, Kind, Expression, Onto, Deletes string
	Columns                                      []string
}

const laws = `
SELECT c.relname AS "table", k.conname AS name, k.contype::text AS kind, coalesce(pg_get_expr(k.conbin, k.conrelid), '') AS expression,
	coalesce(f.relname, '') AS onto, k.confdeltype::text AS deletes,
	ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND (a.attnum = ANY (k.conkey)
		OR k.contype = 'x' AND pg_get_constraintdef(k.oid) ~ ('\m' || a.attname || '\M'))) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE c.relnamespace = 'unified'::regnamespace AND k.contype IN ('c', 'f', 'x')
UNION ALL
SELECT c.relname, i.relname, 'u', '', '', '',
	ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND pg_get_indexdef(i.oid) ~ ('[( ]' || a.attname || '\M'))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = 'unified'::regnamespace AND x.indisunique
UNION ALL
SELECT c.relname, c.relname || '.' || a.attname, CASE WHEN a.attnotnull AND n THEN 'n' ELSE 'l' END, coalesce((a.atttypmod - 4)::text, ''), '', '', ARRAY[a.attname::text]
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped CROSS JOIN (VALUES (true), (false)) AS parts(n)
WHERE c.relnamespace = 'unified'::regnamespace AND c.relkind = 'r' AND (n AND a.attnotnull OR NOT n AND a.atttypid = 'varchar'::regtype AND a.atttypmod > 0)
ORDER BY 1, 2, 3`

// TestForms_EveryRuleIsASentence makes every rule of every registered table fail through the table's form. A new table needs a
// line in entries; a rule that is not broken by then fails the test.
func TestForms_EveryRuleIsASentence(t *testing.T) {
	d := newDesk(t)
	var all []law
	rows, err := d.db.Pool.Query(t.Context(), laws)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var l law
		if err := rows.Scan(&l.Table, &l.Name, &l.Kind, &l.Expression, &l.Onto, &l.Deletes, &l.Columns); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	tested, known := map[string]int{}, map[string]bool{}
	for _, l := range all {
		known[l.Name] = true
		inputs := d.editable(l.Table)
		entered := slices.ContainsFunc(l.Columns, func(name string) bool { _, ok := inputs[name]; return ok })
		if inputs == nil || !entered || unprovoked[l.Name] != "" { // the table has no form for new rows, or the form has no such column
			continue
		}
		tested[l.Kind]++
		t.Run(l.Kind+" "+l.Name, func(t *testing.T) { d.provoke(t, l, inputs) })
	}
	for _, kind := range []string{"c", "f", "x", "u", "n", "l"} {
		if tested[kind] == 0 {
			t.Errorf("no rule of the kind %s was tested", kind)
		}
	}
	for name := range unprovoked {
		if !known[name] {
			t.Errorf("%s is no rule", name)
		}
	}
}

func (d *desk) provoke(t *testing.T, l law, inputs map[string]crud.Input) {
	at := slices.IndexFunc(entries, func(e entry) bool { return e.table == l.Table })
	if at < 0 {
		t.Fatalf("%s has no line in entries", l.Table)
	}
	first, second := entries[at].first, maps.Clone(entries[at].first)
	maps.Copy(second, entries[at].second)
	try := func(values map[string]string) error { return d.try(l.Table, "", d.typed(second, values)) }
	column := l.Columns[0]
	switch {
	case alone[l.Name] != nil && l.Kind == "c":
		_ = d.refused(t, try(alone[l.Name]), l.Columns)
	case alone[l.Name] != nil || l.Kind == "u":
		values := alone[l.Name]
		if values == nil {
			values = map[string]string{}
			for _, name := range l.Columns {
				if text, ok := first[name]; ok {
					values[name] = text
				}
			}
		}
		own := d.refused(t, try(values), l.Columns)
		var pg *pgconn.PgError
		if !errors.As(own, &pg) || pg.ConstraintName != l.Name {
			t.Errorf("the database did not speak of %s: %v", l.Name, own.Err)
		}
		if l.Kind == "u" && len(own.Rows) != 1 {
			t.Errorf("no row is named that is in the way: %v", own.Fields)
		}
	case l.Kind == "f":
		_ = d.refused(t, try(map[string]string{column: "999999999"}), l.Columns)
		if l.Deletes == "a" || l.Deletes == "r" {
			_, err := d.table(l.Onto).Delete(d.ctx, d.keys[l.Onto])
			var own *crud.Error
			if !errors.As(err, &own) || own.Kind != crud.KindConflict || !strings.Contains(own.Fields[""], d.table(l.Table).Table().Singular) {
				t.Errorf("a row in use: got %v", err)
			}
		}
	case l.Kind == "l":
		var size int
		if _, err := fmt.Sscan(l.Expression, &size); err != nil {
			t.Fatal(err)
		}
		_ = d.refused(t, try(map[string]string{column: strings.Repeat("a", size+1)}), l.Columns)
	case l.Kind == "n":
		in := inputs[column]
		err := try(map[string]string{column: ""})
		if err == nil && (in.Required || in.Kind != crud.KindText && in.Kind != crud.KindLongText) {
			t.Error("it was taken empty")
		} else if err != nil {
			_ = d.refused(t, err, l.Columns)
		}
	default:
		values := d.breaks(l, inputs, first)
		if values == nil {
			t.Fatalf("nothing breaks %s: CHECK %s", l.Name, l.Expression)
		}
		_ = d.refused(t, d.try(l.Table, "", d.typed(second, values)), l.Columns)
	}
}

// breaks looks for one value that breaks a check in a row that is otherwise the first; nil if it finds none.
func (d *desk) breaks(l law, inputs map[string]crud.Input, first map[string]string) map[string]string {
	for _, column := range l.Columns {
		in, ok := inputs[column]
		if !ok {
			continue
		}
		bag := []string{"", "-1", "0", "nonsense", "A..", "UPPER.Example", "/", "a:b", "0001-01-01 00:00", "999999", " "}
		for _, choice := range in.Choices {
			bag = append(bag, choice.Value)
		}
		for _, name := range l.Columns {
			bag = append(bag, first[name])
		}
		for _, text := range bag {
			if d.judged(l, column, text) {
				return map[string]string{column: text}
			}
		}
	}
	return nil
}

// judged reports whether the database finds the check broken in the first row with another value in one column.
func (d *desk) judged(l law, column, text string) (broken bool) {
	var parts []string
	for _, name := range l.Columns {
		if name == column {
			name = fmt.Sprintf("(SELECT nullif($1::text, '')::%s) AS %s", d.typeOf(l.Table, column), column)
		}
		parts = append(parts, name)
	}
	key := d.keys[l.Table]
	sql := fmt.Sprintf("SELECT coalesce(NOT (%s), false) FROM (SELECT %s FROM %s WHERE id = $2) AS %s", l.Expression, strings.Join(parts, ", "), l.Table, l.Table)
	err := d.db.Pool.QueryRow(d.Context(), sql, text, key).Scan(&broken)
	return err == nil && broken
}

func (d *desk) typeOf(table, column string) (name string) {
	d.Helper()
	const sql = `SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`
	if err := d.db.Pool.QueryRow(d.Context(), sql, "unified."+table, column).Scan(&name); err != nil {
		d.Fatal(err)
	}
	return name
}
