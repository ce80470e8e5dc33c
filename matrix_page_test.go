package main

import (
	"fmt"
	"slices"
	"strings"

	"unified/crud"
	"unified/internal/document"
)

// document compares the parts of docs/PERMISSIONS.md that are found out with what was found.
func (m *matrix) document(cells map[string][]string) {
	m.t.Helper()
	for name, text := range map[string]string{"whose": m.whose(), "presets": m.begins(), "fields": m.kept(), "matrix": m.chart(cells)} {
		document.Section(m.t, "docs/PERMISSIONS.md", name, text)
	}
}

// whose says for each table whose a row is.
func (m *matrix) whose() string {
	var b strings.Builder
	b.WriteString("| table | own | mail domain |\n|---|---|---|\n")
	for _, table := range m.order {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", table.Name, code(table.Paths.Own), code(table.Paths.Group))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return noRow
	}
	return "`" + text + "`"
}

// begins says for each table what the presets open.
func (m *matrix) begins() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| table | %s |\n|---%s|\n", strings.Join(m.roles(), " | "), strings.Repeat("|---", len(m.roles())))
	for _, table := range m.order {
		fmt.Fprintf(&b, "| `%s` |", table.Name)
		for _, role := range m.roles() {
			fmt.Fprintf(&b, " %s |", m.opens(role, table))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// opens says what a role opens in a table, by scope.
func (m *matrix) opens(role string, table *crud.Table) string {
	names := map[string]string{"all": "all", "group": "domain", "own": "own"}
	var parts []string
	for _, scope := range []string{"all", "group", "own"} {
		var verbs []string
		for _, g := range m.given {
			if g.role == role && (g.model == table.Name || g.model == "*") && g.scope == scope {
				verbs = append(verbs, g.action)
			}
		}
		slices.SortFunc(verbs, func(a, b string) int { return standing(a) - standing(b) })
		if len(verbs) > 0 {
			parts = append(parts, names[scope]+": "+strings.ReplaceAll(strings.Join(verbs, ", "), "*", "everything"))
		}
	}
	return or(strings.Join(parts, "<br>"), noRow)
}

// standing is where a verb stands in a line; actions stand last.
func standing(verb string) int {
	at := slices.Index([]string{"read", "create", "update", "delete"}, verb)
	if at < 0 {
		return 9
	}
	return at
}

// kept lists the field rules that the presets begin with.
func (m *matrix) kept() string {
	m.t.Helper()
	rows, err := m.db.Pool.Query(m.t.Context(), `SELECT r.name, f.model, f.access, string_agg('`+"`'||f.field||'`"+`', ', ' ORDER BY f.id)
		FROM roles r JOIN role_fields f ON f.role_id = r.id WHERE r.is_builtin GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	if err != nil {
		m.t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	b.WriteString("| role | table | fields |\n|---|---|---|\n")
	for rows.Next() {
		var role, model, access, fields string
		if err := rows.Scan(&role, &model, &access, &fields); err != nil {
			m.t.Fatal(err)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s: %s |\n", role, model, access, fields)
	}
	if rows.Err() != nil {
		m.t.Fatal(rows.Err())
	}
	return b.String()
}

// chart draws the matrix, a table of it for each table of the panel.
func (m *matrix) chart(cells map[string][]string) string {
	var b strings.Builder
	section := "no section yet"
	for _, route := range m.routes {
		ask := m.question(route)
		if at := fmt.Sprint(ask.table, ask.program); at != section {
			section = at
			heading := "Pages of no table"
			if t := m.tables[ask.table]; t != nil {
				heading = t.Plural
			}
			if ask.program {
				heading += ", for programs"
			}
			fmt.Fprintf(&b, "\n### %s\n\n| | asks for | %s |\n|---|---%s|\n", heading, strings.Join(m.accounts(), " | "), strings.Repeat("|---", len(m.accounts())))
		}
		fmt.Fprintf(&b, "| %s `%s` | %s | %s |\n", route.Method, route.Path, route.Access, strings.Join(cells[route.Method+" "+route.Path], " | "))
	}
	return b.String() + "\n"
}
