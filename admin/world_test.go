package admin_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"unified/admin"
	"unified/auth"
	"unified/crud"
	"unified/internal/testdb"
)

// marks are the texts of the seeded rows: each stands in one column of one row, so that an answer which holds it tells
// where it comes from.
var marks = regexp.MustCompile(`zq\d+z`)

// stage is the real panel over a database that is filled anew for each round.
type stage struct {
	*testing.T
	db     *testdb.DB
	reg    *crud.Registry
	store  *auth.Store
	tables map[string]*crud.Table
}

func newStage(t *testing.T) *stage {
	t.Helper()
	db := testdb.New(t)
	app := db.App()
	reg := crud.Open(app.Gorm, crud.Config{Policy: admin.Policy{}, Record: admin.Record})
	admin.Register(reg)
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, db: db, reg: reg, store: auth.NewStore(app.Pool, auth.SQL(app.Pool), auth.StoreOptions{}), tables: map[string]*crud.Table{}}
	for _, table := range reg.Tables() {
		s.tables[table.Table().Name] = table.Table()
	}
	return s
}

func (s *stage) table(name string) crud.Resource {
	table, _ := s.reg.Table(name)
	return table
}

// load reads every row as its owner does.
func (s *stage) load() world {
	s.Helper()
	w := world{}
	for name := range s.tables {
		rows, _ := s.db.Pool.Query(s.Context(), "SELECT * FROM "+name+" ORDER BY 1, 2", pgx.QueryExecModeSimpleProtocol) // its error comes from CollectRows too
		loaded, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
			read := row{}
			for i, f := range r.FieldDescriptions() {
				if raw := r.RawValues()[i]; raw != nil {
					text := string(raw)
					read[f.Name] = &text
				} else {
					read[f.Name] = nil
				}
			}
			return read, nil
		})
		if err != nil {
			s.Fatal(err)
		}
		w[name] = loaded
	}
	return w
}

// seeder fills the tables at random.
type seeder struct {
	*rand.Rand
	batch  pgx.Batch
	marked int
	focus  []string // tables that the permissions are mostly about
	tables map[string]*crud.Table
}

var domains = []string{"a.example", "b.example", "c.example"}

const people, actor = 7, 1 // how many there are, beside the administrator; and who asks

func (g *seeder) mark() string { g.marked++; return fmt.Sprintf("zq%dz", g.marked) }

func (g *seeder) one(of ...any) any { return of[g.IntN(len(of))] }

func (g *seeder) domain() string { return domains[g.IntN(len(domains))] }

func (g *seeder) chance(percent int) bool { return g.IntN(100) < percent }

// add inserts a row; its columns and values come in pairs.
func (g *seeder) add(table string, pairs ...any) {
	var names, places []string
	var values []any
	for i := 0; i < len(pairs); i += 2 {
		names, values = append(names, pairs[i].(string)), append(values, pairs[i+1])
		places = append(places, fmt.Sprintf("$%d", len(values)))
	}
	g.batch.Queue("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+") ON CONFLICT DO NOTHING", values...)
}

// fill empties the database and fills it from the seed.
func (s *stage) fill(seed uint64) *seeder {
	s.Helper()
	g := &seeder{Rand: rand.New(rand.NewPCG(seed, 0)), tables: s.tables}
	names := slices.Sorted(maps.Keys(s.tables))
	for _, i := range g.Perm(len(names))[:3] {
		g.focus = append(g.focus, names[i])
	}
	for _, table := range []string{"audit_log", "mailbox_events", "certificate_notifications", "certificates", "service_certificates", "dns_zones", "user_roles", "users", "roles", "permissions"} {
		g.batch.Queue("DELETE FROM " + table)
	}
	for _, table := range names {
		if table != "role_permissions" {
			g.batch.Queue("ALTER TABLE " + table + " ALTER COLUMN id RESTART WITH 1000")
		}
	}
	g.people()
	g.mail()
	g.certificates()
	g.rights()
	if err := s.db.Pool.SendBatch(s.Context(), &g.batch).Close(); err != nil {
		s.Fatalf("seed %d: %v", seed, err)
	}
	return g
}

const token = "a token of the session that this test asks with"

func tokenHash() []byte { sum := sha256.Sum256([]byte(token[:32])); return sum[:] }

func (g *seeder) people() {
	for id := 1; id <= people; id++ {
		g.add("users", "id", id, "username", g.mark(), "email", g.mark()+"@"+g.one(g.domain(), strings.ToUpper(g.domain())).(string),
			"first_name", g.one(g.mark(), nil), "last_name", g.mark(), "home_directory", "/"+g.mark())
		g.add("user_quotas", "user_id", id, "service", g.one("dovecot", "samba"), "quota_type", g.one("storage", "files"), "quota_value", g.IntN(100))
		g.add("sessions", "user_id", id, "token_hash", []byte(g.mark()), "expires_at", "2100-01-01", "user_agent", g.mark())
		g.add("api_tokens", "user_id", id, "name", g.mark(), "token_hash", []byte(g.mark()), "permissions", "{"+g.mark()+"}", "expires_at", "2100-01-01")
		g.add("audit_log", "user_id", g.one(id, nil), "action", g.mark(), "resource", g.mark(), "success", true)
		if g.chance(60) {
			g.add("user_passwords", "user_id", id, "service", g.one("dovecot", "web"), "password_hash", g.mark(), "hash_scheme", "ARGON2")
		}
	}
	g.add("users", "id", people+1, "username", g.mark(), "email", g.mark()+"@"+g.domain()) // the administrator who remains
	g.add("user_passwords", "user_id", people+1, "service", "web", "password_hash", "x", "hash_scheme", "ARGON2")
	g.add("sessions", "user_id", actor, "token_hash", tokenHash(), "expires_at", "2100-01-01")
}

func (g *seeder) person() int { return 1 + g.IntN(people) }

func (g *seeder) mail() {
	for range 6 {
		g.add("email_aliases", "user_id", g.person(), "alias_email", g.mark()+"@"+g.domain(), "destination_email", g.mark()+"@away.example")
		g.add("mailbox_events", "event_type", "updated", "user_id", g.one(g.person(), nil), "username", g.mark(),
			"email", g.mark()+"@x.example", "domain", g.one(g.domain(), nil), "processed", g.chance(50), "error_message", g.mark())
	}
}

func (g *seeder) certificates() {
	types := []string{"self-signed", "letsencrypt", "manual", "ca-signed"}
	for id := 1; id <= 6; id++ {
		g.add("certificates", "id", id, "domain", domains[id%3], "certificate_type", types[id/2], "issuer", g.mark(), "not_before", "2020-01-01", "not_after", "2100-01-01",
			"certificate_path", "/"+g.mark(), "private_key_path", "/"+g.mark(), "created_by", g.one(g.person(), g.person(), nil))
	}
	for range 6 {
		g.add("certificate_files", "certificate_id", 1+g.IntN(6), "file_type", g.one("chain", "csr", "certificate"), "file_path", "/"+g.mark(),
			"file_size", g.IntN(1000), "file_checksum", strings.Repeat("0", 64), "file_permissions", "600")
		g.add("certificate_renewals", "certificate_id", 1+g.IntN(6), "scheduled_at", "2030-01-01", "renewal_method", "manual", "triggered_by", g.mark())
		g.add("certificate_notifications", "certificate_id", g.one(1+g.IntN(6), nil), "notification_type", "error", "message", g.mark(),
			"error_message", g.mark(), "processed_at", g.one("2026-01-01", nil))
		g.add("service_certificates", "service_name", g.one("apache", "nginx", "api"), "domain", g.domain(), "certificate_type", "live", "ssl_ciphers", g.mark())
	}
	for i, domain := range append(slices.Clone(domains), "sub.a.example") {
		g.add("dns_zones", "id", 1+i, "domain", domain, "serial_number", 1, "primary_ns", g.mark()+".example", "admin_email", g.mark()+"@x.example")
		for range 2 {
			g.add("dns_records", "domain", domain, "name", g.mark(), "record_type", "TXT", "value", g.mark())
		}
	}
}

const randomRoles = 5

// rights makes roles of random permissions and rules, and gives the actor some of them, not all in force.
func (g *seeder) rights() {
	g.add("roles", "id", 100, "name", "admin", "is_builtin", true)
	g.add("permissions", "id", 100, "model", "*", "action", "*", "scope", "all")
	g.add("role_permissions", "role_id", 100, "permission_id", 100)
	g.add("user_roles", "user_id", people+1, "role_name", "admin", "service", "web")
	for id := 1; id <= randomRoles; id++ {
		name := g.mark()
		g.add("roles", "id", id, "name", name, "description", g.mark(), "rank", g.IntN(9))
		for range 2 + g.IntN(7) {
			g.permit(id)
		}
		for range g.IntN(4) {
			g.keep(id)
		}
		service, ends := g.one("web", "web", "global", "dovecot"), g.one(nil, nil, nil, "2020-01-01", "2100-01-01")
		if id <= 3 {
			g.add("user_roles", "user_id", actor, "role_name", name, "service", service, "is_active", g.chance(85), "expires_at", ends)
		}
		for range 2 {
			g.add("user_roles", "user_id", g.person(), "role_name", name, "service", "web", "granted_by", g.one(g.person(), nil))
			g.add("saved_views", "user_id", g.person(), "table_name", g.one("users", "dns_zones"), "name", g.mark(), "query", "q="+g.mark(), "role_name", g.one(name, nil))
		}
	}
}

// keep gives a role a field rule about the tables of the round, or about what rows are named by.
func (g *seeder) keep(role int) {
	table := g.focus[g.IntN(len(g.focus))]
	fields := g.tables[table].Fields
	field := fields[g.IntN(len(fields))].Name
	if g.chance(40) {
		names := [][2]string{{"users", "username"}, {"roles", "name"}, {"certificates", "domain"}, {"dns_zones", "domain"}, {"email_aliases", "alias_email"},
			{"dns_records", "name"}, {"mailbox_events", "username"}, {"certificate_files", "file_path"}, {"audit_log", "action"}}
		name := names[g.IntN(len(names))]
		table, field = name[0], name[1]
	}
	g.add("role_fields", "role_id", role, "model", table, "field", field, "access", g.one("hidden", "hidden", "read-only"))
}

// permit gives a role a permission, most often one about the tables of the round.
func (g *seeder) permit(role int) {
	all := slices.Sorted(maps.Keys(g.tables))
	table := g.focus[g.IntN(len(g.focus))]
	switch {
	case g.chance(15):
		table = all[g.IntN(len(all))]
	case g.chance(15):
		table = g.one("users", "roles", "certificates").(string) // that others refer to
	}
	model, actions := table, []any{"read", "read", "read", "update", "create", "delete", "*"}
	for _, action := range g.tables[table].Actions {
		actions = append(actions, action.Name, action.Name)
	}
	if g.chance(12) {
		model = "*"
	}
	action, scope := g.one(actions...), g.one("own", "own", "group", "group", "group", "all", "*")
	g.add("permissions", "model", model, "action", action, "scope", scope)
	g.batch.Queue(`INSERT INTO role_permissions (role_id, permission_id) SELECT $1, id FROM permissions WHERE model = $2 AND action = $3 AND scope = $4
		ON CONFLICT DO NOTHING`, role, model, action, scope)
}

// account asks the real store who the session's person is, as each request does; ok is false once it opens nothing.
func (s *stage) account() (ctx context.Context, ok bool) {
	s.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.AddCookie(&http.Cookie{Name: s.store.Name(), Value: base64.RawURLEncoding.EncodeToString([]byte(token[:32]))})
	account, ok, err := s.store.Account(r)
	if err != nil || (ok && account.ID != actor) {
		s.Fatalf("the account is %v, %v", account.ID, err)
	}
	return auth.With(s.Context(), account), ok
}
