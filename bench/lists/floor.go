package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// floorCommand makes this program the floor.
const floorCommand = "floor"

const (
	floorUsers = `SELECT id, username, email, domain, first_name, last_name, is_active, is_locked, last_login_at FROM users
		ORDER BY id DESC LIMIT 100`
	floorAudit = `SELECT a.id, a.action, a.resource, a.service, a.error_message, u.username, a.success, NOT a.success, a.created_at
		FROM audit_log a LEFT JOIN users u ON u.id = a.user_id `
	newest = `ORDER BY a.id DESC LIMIT 100`
)

// serveFloor answers two lists and a form with what they need at least: one statement, its rows read by pgx, tags written by hand, and
// nobody asked who they are.
func serveFloor(address string) error {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return err
	}
	config.MaxConns = 10
	config.ConnConfig.RuntimeParams["search_path"] = "unified, public"
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return err
	}
	f := floor{pool}
	http.HandleFunc("/users", func(w http.ResponseWriter, r *http.Request) { f.page(w, r, floorUsers) })
	http.HandleFunc("/audit", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.FormValue("after"))
		switch {
		case r.FormValue("last") != "":
			f.page(w, r, `SELECT * FROM (`+floorAudit+`ORDER BY a.id LIMIT 100) AS last ORDER BY id DESC`)
		case after > 0:
			f.page(w, r, floorAudit+`WHERE a.id < $1 `+newest, after)
		default:
			f.page(w, r, floorAudit+newest)
		}
	})
	f.mountJSON()
	http.HandleFunc("GET /person/{id}/edit", f.form)
	http.HandleFunc("POST /person/{id}", f.save)
	http.HandleFunc("GET /careful/{id}/edit", f.carefulForm)
	http.HandleFunc("POST /careful/{id}", f.carefulSave)
	listener, err := net.Listen("tcp", "localhost:0") //nolint:noctx // until the program ends
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, nil) //nolint:gosec // answers its own program alone, which keeps no time limits
}

type floor struct{ pool *pgxpool.Pool }

var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (f floor) page(w http.ResponseWriter, r *http.Request, statement string, args ...any) {
	b := pages.Get().(*bytes.Buffer)
	defer pages.Put(b)
	b.Reset()
	b.WriteString("<!doctype html><html><head><title>list</title></head><body><table>")
	if err := f.rows(r.Context(), b, statement, args...); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	b.WriteString("</table></body></html>")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes())
}

func (f floor) rows(ctx context.Context, b *bytes.Buffer, statement string, args ...any) error {
	rows, err := f.pool.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id int64
	var texts [5]*string
	var flags [2]bool
	var at *time.Time
	into := []any{&id, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4], &flags[0], &flags[1], &at}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		b.WriteString("<tr><td>")
		b.Write(strconv.AppendInt(b.AvailableBuffer(), id, 10))
		for _, text := range texts {
			b.WriteString("</td><td>")
			if text != nil {
				b.WriteString(html.EscapeString(*text))
			}
		}
		for _, flag := range flags {
			b.WriteString("</td><td>")
			b.Write(strconv.AppendBool(b.AvailableBuffer(), flag))
		}
		b.WriteString("</td><td>")
		if at != nil {
			b.Write(at.UTC().AppendFormat(b.AvailableBuffer(), time.DateTime))
		}
		b.WriteString("</td></tr>\n")
	}
	return rows.Err()
}

// people are the columns that the panel's form of a person holds.
var people = []string{"username", "email", "first_name", "last_name", "system_uid", "system_gid", "home_directory", "mailbox_format", "is_active",
	"is_locked", "email_verified", "email_verification_expires_at", "password_reset_expires_at"}

// lastAt is where the name is that is changed.
var lastAt = slices.Index(people, "last_name")

// asTexts reads them as a form shows them.
var asTexts = `SELECT ` + strings.Join(people, "::text, ") + `::text FROM users WHERE id = $1`

// form answers with a person's columns, each in an input.
func (f floor) form(w http.ResponseWriter, r *http.Request) {
	values := make([]*string, len(people))
	if err := f.pool.QueryRow(r.Context(), asTexts, r.PathValue("id")).Scan(pointers(values)...); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sendForm(w, func(b *bytes.Buffer) {
		for i, name := range people {
			input(b, name, text(values[i]))
		}
	})
}

// sendForm answers with a form of inputs.
func sendForm(w http.ResponseWriter, inputs func(*bytes.Buffer)) {
	b := pages.Get().(*bytes.Buffer)
	defer pages.Put(b)
	b.Reset()
	b.WriteString("<!doctype html><html><head><title>form</title></head><body><main><form method=post>")
	inputs(b)
	b.WriteString("</form></main></body></html>")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes())
}

func input(b *bytes.Buffer, name, value string) {
	fmt.Fprintf(b, "<label for=%s>%s</label><input id=%s name=%s value=\"%s\">\n", name, name, name, name, html.EscapeString(value))
}

// text is a value as an input has it: nothing for NULL.
func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

// pointers are the places of values, for pgx to read into.
func pointers[T any](values []T) []any {
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	return into
}

// save writes the one column that was changed.
func (f floor) save(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, err := f.pool.Exec(r.Context(), `UPDATE users SET last_name = $2 WHERE id = $1`, r.PathValue("id"), r.PostForm.Get("last_name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/users", http.StatusSeeOther)
}
