package demo

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// target is a value that was changed now and then: what it is now, and what it was in between.
type target struct {
	sheet   *sheet
	row     int
	column  string
	value   string
	other   string
	created time.Time
	secret  bool
}

// changes is additional_data of a write.
type changes struct {
	Key     string         `json:"key"`
	Actor   string         `json:"actor"`
	Request string         `json:"request"`
	Set     string         `json:"set"`
	Changes map[string]any `json:"changes"`
}

// planWrites makes about every sixteenth row of the history a write, and those at which accounts came or went.
func (h *history) planWrites() {
	for _, p := range h.people {
		h.place(p.created, func() entry { return h.whole("create", h.userID(p), p, h.userCells(p)) })
	}
	for i := range h.gone {
		gone := &h.gone[i]
		cells := map[string]any{"id": gone.id, "username": gone.username, "email": gone.email, "first_name": gone.first,
			"last_name": gone.last, "home_directory": gone.folder, "created_at": gone.created}
		h.place(gone.left, func() entry { return h.whole("delete", gone.id, &gone.person, cells) })
	}
	targets := h.targets()
	chosen := map[int]int{} // place to target
	for place := range h.moments {
		if _, taken := h.writes[place]; taken || h.IntN(16) > 0 {
			continue
		}
		if i := h.skewed(len(targets)); targets[i].created.Before(h.moments[place]) {
			chosen[place] = i
		}
	}
	// From the latest backwards, so that the last write left the value that is there.
	for place := len(h.moments) - 1; place >= 0; place-- {
		i, is := chosen[place]
		if !is {
			continue
		}
		t := &targets[i]
		h.writes[place] = h.update(t)
		t.value, t.other = t.other, t.value
		if updated := t.sheet.cell(t.row, t.sheet.updated()); updated != nil {
			if before, _ := (*updated).(time.Time); before.Before(h.moments[place]) {
				*updated = h.moments[place]
			}
		}
	}
}

// updated returns the name of the column that says when a row was changed.
func (s *sheet) updated() string {
	if s.table == "service_certificates" {
		return "last_updated"
	}
	return "updated_at"
}

// place puts a write at its own moment, if that lies within the history.
func (h *history) place(at time.Time, write func() entry) {
	i, _ := slices.BinarySearchFunc(h.moments, at, time.Time.Compare)
	if _, taken := h.writes[i]; taken || i == 0 || i >= len(h.moments) {
		return
	}
	h.moments[i] = at
	h.writes[i] = write()
}

// targets returns the values that writes are about, in no order.
func (h *history) targets() []target {
	var all []target
	add := func(table, column string, created string, other func(value any) (string, bool)) {
		s := h.sheets[table]
		for row := range s.rows {
			value := *s.cell(row, column)
			former, can := other(value)
			if can {
				made, _ := (*s.cell(row, created)).(time.Time)
				all = append(all, target{s, row, column, *text(value), former, made, column == "password_hash"})
			}
		}
	}
	toggled := func(value any) (string, bool) {
		on, _ := value.(bool)
		return strconv.FormatBool(!on), true
	}
	add("users", "is_locked", "created_at", toggled)
	add("users", "email_verified", "created_at", toggled)
	add("user_passwords", "password_hash", "created_at", func(any) (string, bool) { return "", true })
	add("user_roles", "is_active", "granted_at", toggled)
	add("user_quotas", "quota_value", "created_at", func(value any) (string, bool) {
		size, limited := value.(int64)
		return strconv.FormatInt(size/2, 10), limited
	})
	add("email_aliases", "is_active", "created_at", toggled)
	add("certificates", "auto_renew", "created_at", toggled)
	add("service_certificates", "hsts_enabled", "created_at", toggled)
	add("dns_records", "ttl", "created_at", func(value any) (string, bool) {
		return map[bool]string{true: "300", false: "3600"}[value == 3600], true
	})
	h.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (h *history) update(t *target) entry {
	changed := any([2]string{t.other, t.value})
	if t.secret {
		changed = map[string]bool{"secret": true}
	}
	return h.write("update", t.sheet.table, t.sheet.id(t.row), map[string]any{t.column: changed})
}

// userCells returns the row of a person.
func (h *history) userCells(p *person) map[string]any {
	users, cells := h.sheets["users"], map[string]any{}
	for i, column := range users.columns {
		cells[column] = users.rows[p.row][i]
	}
	return cells
}

// whole is the write by which an account came or went.
func (h *history) whole(action string, id int64, p *person, cells map[string]any) entry {
	cells["domain"] = p.domain
	changed := map[string]any{}
	for column, value := range cells {
		switch {
		case column == "email_verification_token" || column == "password_reset_token":
			changed[column] = map[string]bool{"secret": true}
		case action == "create":
			changed[column] = [2]*string{nil, text(value)}
		default:
			changed[column] = [2]*string{text(value), nil}
		}
	}
	return h.write(action, "users", id, changed)
}

// write is a write to one row by somebody of the staff.
func (h *history) write(action, table string, id int64, changed map[string]any) entry {
	who, key := h.staff(h.dice), strconv.FormatInt(id, 10)
	path := map[string]string{"create": "/" + table, "update": "/" + table + "/" + key,
		"delete": "/" + table + "/" + key + "/delete"}[action]
	return entry{user: h.userID(who), service: "web", action: action, resource: table, resourceID: id,
		address: addressOf(who), agent: agentOf(who), method: "POST", path: path, status: 303,
		data: changes{key, who.username, h.code(16), h.code(26), changed}, duration: h.between(8, 120)}
}

// text returns a value as PostgreSQL writes it, nil for NULL.
func text(value any) *string {
	var written string
	switch value := value.(type) {
	case nil:
		return nil
	case time.Time:
		written = value.UTC().Format("2006-01-02 15:04:05.999999-07")
	default:
		written = fmt.Sprint(value)
	}
	return &written
}
