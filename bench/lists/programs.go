package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// listed are the columns of a person that a program lists, by which the floor lists too.
const listed = "id,username,email,domain,first_name,last_name,is_active,is_locked,last_login_at"

// programs are what programs do, by name: with a path, or with the row below it that has the n-th key.
var programs = map[string]func(s *server, path string) visit{
	"list": func(s *server, path string) visit {
		return func(ctx context.Context, _ int) error {
			body, err := s.exchange(ctx, http.MethodGet, path, "")
			if rows := bytes.Count(body, []byte(`"username":`)); err == nil && rows < 100 {
				return fmt.Errorf("%s has %d rows", path, rows)
			}
			return err
		}
	},
	"read": func(s *server, path string) visit {
		return func(ctx context.Context, n int) error {
			_, err := s.exchange(ctx, http.MethodGet, path+strconv.Itoa(1000+n), "")
			return err
		}
	},
	"patch": func(s *server, path string) visit {
		return func(ctx context.Context, n int) error {
			name := strconv.FormatInt(time.Now().UnixNano(), 36)
			body, err := s.exchange(ctx, http.MethodPatch, path+strconv.Itoa(1000+n), `{"last_name": "Name `+name+`"}`)
			if err == nil && !bytes.Contains(body, []byte(name)) {
				return fmt.Errorf("%s was not changed", path)
			}
			return err
		}
	},
}

// exchange sends JSON and returns what is answered.
func (s *server) exchange(ctx context.Context, method, path, sent string) ([]byte, error) {
	return s.request(ctx, method, path, message{"application/json", sent}, http.StatusOK)
}

// mountJSON mounts what a program needs at least: one statement, and JSON by the standard library.
func (f floor) mountJSON() {
	http.HandleFunc("GET /json/users", func(w http.ResponseWriter, r *http.Request) {
		rows, err := f.pool.Query(r.Context(), floorUsers)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		var out []listedPerson
		for rows.Next() {
			var p listedPerson
			if err := rows.Scan(&p.ID, &p.Username, &p.Email, &p.Domain, &p.First, &p.Last, &p.Active, &p.Locked, &p.Login); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			out = append(out, p)
		}
		answerJSON(w, out, rows.Err())
	})
	http.HandleFunc("GET /json/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.person(w, r, `SELECT `+personColumns+` FROM users WHERE id = $1`, r.PathValue("id"))
	})
	http.HandleFunc("PATCH /json/careful/{id}", f.carefulChange)
	http.HandleFunc("PATCH /json/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		last, err := lastName(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f.person(w, r, `UPDATE users SET last_name = $2 WHERE id = $1 RETURNING `+personColumns, r.PathValue("id"), last)
	})
}

// lastName is the name that a program sends.
func lastName(r *http.Request) (string, error) {
	var change struct {
		Last string `json:"last_name"`
	}
	err := json.NewDecoder(r.Body).Decode(&change)
	return change.Last, err
}

// listedPerson is a row of the floor's list.
type listedPerson struct {
	ID       int64      `json:"id"`
	Username string     `json:"username"`
	Email    string     `json:"email"`
	Domain   string     `json:"domain"`
	First    *string    `json:"first_name"`
	Last     *string    `json:"last_name"`
	Active   bool       `json:"is_active"`
	Locked   bool       `json:"is_locked"`
	Login    *time.Time `json:"last_login_at"`
}

// person is a row of users, as the panel's form has it.
type person struct {
	Username  string     `json:"username"`
	Email     string     `json:"email"`
	First     *string    `json:"first_name"`
	Last      *string    `json:"last_name"`
	UID       *int64     `json:"system_uid"`
	GID       *int64     `json:"system_gid"`
	Home      *string    `json:"home_directory"`
	Mailbox   *string    `json:"mailbox_format"`
	Active    bool       `json:"is_active"`
	Locked    bool       `json:"is_locked"`
	Verified  bool       `json:"email_verified"`
	Verifying *time.Time `json:"email_verification_expires_at"`
	Resetting *time.Time `json:"password_reset_expires_at"`
}

// personColumns are its columns.
var personColumns = strings.Join(people, ", ")

// places are where they go.
func (p *person) places() []any {
	return []any{
		&p.Username, &p.Email, &p.First, &p.Last, &p.UID, &p.GID, &p.Home, &p.Mailbox, &p.Active, &p.Locked, &p.Verified, &p.Verifying, &p.Resetting,
	}
}

// person answers with the columns of one person.
func (f floor) person(w http.ResponseWriter, r *http.Request, statement string, args ...any) {
	var p person
	err := f.pool.QueryRow(r.Context(), statement, args...).Scan(p.places()...)
	answerJSON(w, p, err)
}

func answerJSON(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // a client that left
}
