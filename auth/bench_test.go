package auth_test

import (
	"fmt"
	"testing"

	"unified/auth"
)

// sizes are how many roles somebody holds, and how many permissions each gives.
var sizes = [][2]int{{1, 5}, {1, 50}, {1, 300}, {3, 5}, {3, 50}, {3, 300}, {20, 5}, {20, 50}, {20, 300}}

func sized(roles, permissions int) []auth.Role {
	out := make([]auth.Role, roles)
	for i := range out {
		out[i].Name = fmt.Sprint("role ", i)
		for j := range permissions {
			out[i].Permissions = append(out[i].Permissions, auth.Permission{
				Model: fmt.Sprint("table_", j/15), Action: fmt.Sprint("action_", j/3%5), Scope: []string{"own", "group", "all"}[j%3],
			})
		}
	}
	return out
}

// BenchmarkAccount finds out who makes a request and what they may do, as every request does.
func BenchmarkAccount(b *testing.B) {
	b.Run("sql", func(b *testing.B) { accounts(b, newHouse) })
	b.Run("orm", func(b *testing.B) { accounts(b, ormHouse) })
}

func accounts(b *testing.B, newHouse builder) {
	h := newHouse(b, auth.StoreOptions{})
	visitor, _ := h.signedIn("alice")
	h.exec(`INSERT INTO permissions (model, action, scope) SELECT DISTINCT 'table_' || j / 15, 'action_' || j / 3 % 5, (ARRAY['own', 'group', 'all'])[1 + j % 3]
		FROM generate_series(0, 299) j`)
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%d_roles_of_%d_permissions", size[0], size[1]), func(b *testing.B) {
			h.exec(`DELETE FROM user_roles`)
			h.exec(`DELETE FROM roles WHERE NOT is_builtin`)
			h.exec(`INSERT INTO roles (name) SELECT 'role ' || i FROM generate_series(1, $1::int) i`, size[0])
			h.exec(`INSERT INTO user_roles (user_id, role_name, service) SELECT u.id, r.name, 'web' FROM users u, roles r WHERE NOT r.is_builtin`)
			h.exec(`INSERT INTO role_permissions (role_id, permission_id) SELECT r.id, p.id FROM roles r,
				(SELECT id FROM permissions ORDER BY id LIMIT $1) p WHERE NOT r.is_builtin`, size[1])
			h.exec(`ANALYZE`)
			b.ReportAllocs()
			for b.Loop() {
				account, ok, err := h.store.Account(visitor.request())
				if err != nil || !ok || len(account.Rights.Roles()) != size[0] {
					b.Fatal(account, ok, err)
				}
			}
		})
	}
}

// BenchmarkUnion adds roles up, without the database.
func BenchmarkUnion(b *testing.B) {
	for _, size := range sizes {
		roles := sized(size[0], size[1])
		b.Run(fmt.Sprintf("%d_roles_of_%d_permissions", size[0], size[1]), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				auth.Union(roles...)
			}
		})
	}
}

// BenchmarkRights asks what the union of 20 roles of 300 permissions opens, and what rules leave of a table's fields.
func BenchmarkRights(b *testing.B) {
	roles := sized(20, 300)
	open := auth.Union(roles...)
	for i := range roles {
		roles[i].Fields = []auth.FieldRule{{Model: "table_1", Field: "a", Access: auth.FieldHidden}, {Model: "table_2", Field: "b", Access: auth.FieldReadOnly}}
	}
	ruled := auth.Union(roles...)
	b.Run("Scopes", func(b *testing.B) {
		for b.Loop() {
			open.Scopes("table_1", "action_1")
		}
	})
	b.Run("Kept_without_rules", func(b *testing.B) {
		for b.Loop() {
			open.Kept("table_1", "action_1")
		}
	})
	b.Run("Kept_of_20_rules", func(b *testing.B) {
		for b.Loop() {
			ruled.Kept("table_1", "action_1")
		}
	})
}
