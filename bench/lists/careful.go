package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// The careful floors keep what the panel keeps, by hand for this one table and column: somebody asks, the row is locked, and the log has
// an entry of the same transaction. A form shows the person's quotas too, holds what was there when it was asked for, which is compared,
// and has a key, by which it counts once.

const (
	whoAsks  = `SELECT s.id, u.id, u.username FROM sessions s JOIN users u ON u.id = s.user_id ORDER BY s.id DESC LIMIT 1`
	quotasOf = `SELECT service, quota_type, quota_value, quota_unit FROM user_quotas WHERE user_id = $1 ORDER BY id LIMIT 50`
	logged   = `INSERT INTO audit_log (user_id, session_id, service, action, resource, resource_id, additional_data, success)
		VALUES ($1, $2, 'web', 'update', 'users', $3, $4, true)`
	once = `INSERT INTO answers (account, key, request, answer) VALUES ($1, $2, '', 'saved')`
)

// actor is who asks.
type actor struct {
	session, id int64
	name        string
}

func (a *actor) read(row pgx.Row) error { return row.Scan(&a.session, &a.id, &a.name) }

// carefulChange changes a name as a program does, in seven statements and three ways there and back.
func (f floor) carefulChange(w http.ResponseWriter, r *http.Request) {
	last, err := lastName(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var p person
	err = f.change(r.Context(), r.PathValue("id"), last, url.Values{}, &p)
	answerJSON(w, p, err)
}

// carefulForm is a form, by three statements in one way.
func (f floor) carefulForm(w http.ResponseWriter, r *http.Request) {
	var asks actor
	values := make([]*string, len(people))
	var quotas [][4]*string
	var batch pgx.Batch
	batch.Queue(whoAsks).QueryRow(asks.read)
	batch.Queue(asTexts, r.PathValue("id")).QueryRow(func(row pgx.Row) error { return row.Scan(pointers(values)...) })
	batch.Queue(quotasOf, r.PathValue("id")).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var quota [4]*string
			if err := rows.Scan(pointers(quota[:])...); err != nil {
				return err
			}
			quotas = append(quotas, quota)
		}
		return rows.Err()
	})
	if err := f.pool.SendBatch(r.Context(), &batch).Close(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sendForm(w, func(b *bytes.Buffer) {
		input(b, "key", rand.Text())
		for i, name := range people {
			input(b, "was."+name, text(values[i]))
			input(b, name, text(values[i]))
		}
		for i, quota := range quotas {
			for j, value := range quota {
				input(b, "quota."+strconv.Itoa(i)+"."+strconv.Itoa(j), text(value))
			}
		}
	})
}

// carefulSave writes the name that a form holds, in eight statements and three ways.
func (f floor) carefulSave(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var p person
	if err := f.change(r.Context(), r.PathValue("id"), r.PostForm.Get("last_name"), r.PostForm, &p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/users", http.StatusSeeOther)
}

// change writes a name, and keeps the key of the form that it comes from, if there is one, with it.
func (f floor) change(ctx context.Context, id, last string, form url.Values, into *person) error { //nolint:revive // each is a thing of its own
	conn, err := f.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var asks actor
	if err := asks.read(conn.QueryRow(ctx, whoAsks)); err != nil {
		return err
	}
	before := make([]*string, len(people))
	var locked pgx.Batch
	locked.Queue("BEGIN")
	locked.Queue(asTexts+" FOR NO KEY UPDATE", id).QueryRow(func(row pgx.Row) error { return row.Scan(pointers(before)...) })
	if err := conn.SendBatch(ctx, &locked).Close(); err != nil {
		return err
	}
	others := map[string]string{} // what others changed meanwhile; they are left alone
	for i, name := range people {
		if was := form["was."+name]; was != nil && was[0] != text(before[i]) {
			others[name] = was[0]
		}
	}
	changes := map[string]any{"last_name": []*string{before[lastAt], &last}}
	entry, err := json.Marshal(map[string]any{"actor": asks.name, "key": id, "changes": changes, "others": others})
	if err != nil {
		return err
	}
	var written pgx.Batch
	written.Queue("UPDATE users SET last_name = $2 WHERE id = $1 RETURNING "+personColumns, id, last).
		QueryRow(func(row pgx.Row) error { return row.Scan(into.places()...) })
	written.Queue(logged, asks.id, strconv.FormatInt(asks.session, 10), id, string(entry))
	if key := form.Get("key"); key != "" {
		written.Queue(once, asks.id, key)
	}
	written.Queue("COMMIT")
	return conn.SendBatch(ctx, &written).Close()
}
