package admin_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gorm.io/gorm"
	"unified/admin"

	"unified/auth"
	"unified/crud"
)

// office is the real panel with people in it: name, mail domain, and the roles they hold.
type office struct {
	*stage
	ids   map[string]int64
	finds auth.Finder
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{stage: newStage(t), ids: map[string]int64{}}
	o.finds = auth.SQL(o.db.Pool)
	if _, err := admin.Fill(t.Context(), o.db.Gorm, admin.FillOptions{Tables: o.reg.Tables(), AdminPassword: "a long enough password"}); err != nil {
		t.Fatal(err)
	}
	o.ids["admin"] = o.id(`SELECT id FROM users WHERE username = 'admin'`)
	return o
}

func (o *office) id(sql string, args ...any) (id int64) {
	o.Helper()
	if err := o.db.Pool.QueryRow(o.Context(), sql, args...).Scan(&id); err != nil {
		o.Fatalf("%s: %v", sql, err)
	}
	return id
}

func (o *office) exec(sql string, args ...any) {
	o.Helper()
	if _, err := o.db.Pool.Exec(o.Context(), sql, args...); err != nil {
		o.Fatalf("%s: %v", sql, err)
	}
}

// role adds a role: "name permission permission -model.field=access".
func (o *office) role(text string) {
	o.Helper()
	parts := strings.Fields(text)
	id := o.id(`INSERT INTO roles (name) VALUES ($1) RETURNING id`, parts[0])
	for _, part := range parts[1:] {
		if rule, ok := strings.CutPrefix(part, "-"); ok {
			field, access, _ := strings.Cut(rule, "=")
			model, field, _ := strings.Cut(field, ".")
			o.exec(`INSERT INTO role_fields (role_id, model, field, access) VALUES ($1, $2, $3, $4)`, id, model, field, access)
			continue
		}
		p := strings.Split(part, ":")
		o.exec(`INSERT INTO permissions (model, action, scope) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, p[0], p[1], p[2])
		o.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT $1, id FROM permissions WHERE model = $2 AND action = $3 AND scope = $4`, id, p[0], p[1], p[2])
	}
}

// person adds somebody who can sign in and holds roles.
func (o *office) person(address string, roles ...string) {
	o.Helper()
	name, _, _ := strings.Cut(address, "@")
	o.ids[name] = o.id(`INSERT INTO users (username, email) VALUES ($1, $2) RETURNING id`, name, address)
	o.exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES ($1, 'web', 'x', 'ARGON2')`, o.ids[name])
	for _, role := range roles {
		o.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1, $2, 'web')`, o.ids[name], role)
	}
}

// as is the context of a request by somebody.
func (o *office) as(name string) context.Context {
	o.Helper()
	roles, err := o.finds.Roles(o.Context(), o.ids[name])
	if err != nil {
		o.Fatal(err)
	}
	rights, err := auth.ReadRights(roles)
	if err != nil {
		o.Fatal(err)
	}
	var domain string
	if err := o.db.Pool.QueryRow(o.Context(), `SELECT domain FROM users WHERE id = $1`, o.ids[name]).Scan(&domain); err != nil {
		o.Fatal(err)
	}
	return auth.With(o.Context(), auth.Account{ID: o.ids[name], Name: name, Domain: domain, Rights: rights})
}

var at = regexp.MustCompile(`@\w+`)

// does tries a write and undoes it: "verb table key column=value …". @name is a person's number, and {…} what is selected.
// It returns the column that a refusal names, "?" for the whole row, "" if it was allowed.
func (o *office) does(who, text string) string {
	o.Helper()
	text = at.ReplaceAllStringFunc(text, func(name string) string {
		if id := o.ids[name[1:]]; id != 0 {
			return fmt.Sprint(id)
		}
		return name // an address
	})
	for before, rest, ok := strings.Cut(text, "{"); ok; before, rest, ok = strings.Cut(text, "{") {
		sql, after, _ := strings.Cut(rest, "}")
		text = fmt.Sprint(before, o.id("SELECT "+sql), after)
	}
	words := strings.Fields(text)
	err := o.reg.Together(o.as(who), func(ctx context.Context, _ *gorm.DB) error {
		if err := o.write(ctx, words); err != nil {
			return err
		}
		return errUndo
	})
	var own *crud.Error
	switch {
	case errors.Is(err, errUndo):
		return ""
	case !errors.As(err, &own):
		o.Fatalf("%s: %v", text, err)
	case len(own.Fields) != 1 || own.Kind == crud.KindUnavailable:
		o.Errorf("%s: %v", text, err)
	}
	for field := range own.Fields {
		return cmp.Or(field, "?")
	}
	return "?"
}

var errUndo = errors.New("undone")

func (o *office) write(ctx context.Context, words []string) error {
	table, form := o.table(words[1]), url.Values{}
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		form.Set(name, value)
	}
	var err error
	switch words[0] {
	case "create":
		_, err = table.Submit(ctx, "", form)
	case "update":
		_, err = table.Submit(ctx, words[2], form)
	case "delete":
		_, err = table.Delete(ctx, words[2])
	default:
		_, err = table.Act(ctx, words[2], words[0], nil)
	}
	return err
}

// deed is a write by somebody and the column at which it is refused: "?" for the whole row, "" for none.
type deed struct{ who, does, refused string }

func (o *office) judge(t *testing.T, deeds map[string]deed) {
	t.Helper()
	for name, d := range deeds {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			o.T = t
			if got := o.does(d.who, d.does); got != d.refused {
				t.Errorf("%s: %s is refused at %q, want %q", d.who, d.does, got, d.refused)
			}
		})
	}
}
