package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"unified/auth"
	"unified/internal/testdb"
)

// household is a panel with people who can sign in: ada holds no role, carla the role user, dora domain_admin, root all.
type household struct {
	t   *testing.T
	db  *testdb.DB
	url string
	ids map[string]string
}

const (
	hadPassword = "violet tractor 81"
	newPassword = "amber ladder 27 moon"
)

func newHousehold(t *testing.T) *household {
	t.Helper()
	db := testdb.New(t)
	h := &household{t: t, db: db, url: start(t, onDatabase(db)).url, ids: map[string]string{}}
	hash := auth.Argon2id(hadPassword)
	for name, role := range map[string]string{"ada": "", "carla": "user", "dora": "domain_admin", "root": "admin"} {
		h.ids[name] = h.text(`INSERT INTO users (username, email, first_name) VALUES ($1::text, $1 || '@north.example', 'First') RETURNING id::text`, name)
		h.exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES ($1::text::bigint, 'web', $2, 'ARGON2')`, h.ids[name], hash)
		if role != "" {
			h.exec(`INSERT INTO user_roles (user_id, role_name, service) VALUES ($1::text::bigint, $2, 'web')`, h.ids[name], role)
		}
	}
	return h
}

func (h *household) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Pool.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

func (h *household) text(sql string, args ...any) (text string) {
	h.t.Helper()
	if err := h.db.Pool.QueryRow(h.t.Context(), sql, args...).Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// holds compares one value of the database, as text.
func (h *household) holds(want, sql string, args ...any) {
	h.t.Helper()
	if got := h.text(`SELECT (`+sql+`)::text`, args...); got != want {
		h.t.Errorf("%s gives %q, want %q", sql, got, want)
	}
}

// enter signs somebody in, in a browser of their own.
func (h *household) enter(name, password string) *person {
	h.t.Helper()
	p := visitor(h.t, h.url)
	if got := p.send(http.MethodPost, "/login", url.Values{"name": {name}, "password": {password}}); got.status != http.StatusOK || strings.Contains(got.body, "not right") {
		h.t.Fatalf("%s is not let in: %d\n%s", name, got.status, sentences(got.body))
	}
	return p
}

// fills sends a form of a page as it stands, with these values instead; the form is the one that is sent there.
func (p *person) fills(page, to string, changed ...string) answer {
	p.t.Helper()
	shown := p.get(page)
	action, form := shown.form(p.t, fmt.Sprintf("form[action=%q]", to))
	for i := 0; i+1 < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	return p.send(http.MethodPost, action, form)
}

// in tells whether the person is signed in still.
func (p *person) in() bool {
	p.t.Helper()
	return p.get("/profile").link(p.t, "a.account") == "/profile"
}

// says fails the test unless an answer has a status and a sentence.
func (a answer) says(t *testing.T, status int, sentence string) {
	t.Helper()
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(strings.Fields(page.Text()), " "); a.status != status || !strings.Contains(text, sentence) {
		t.Errorf("%d, want %d and %q:\n%s", a.status, status, sentence, sentences(a.body))
	}
}

// TestProfile_Data changes one's own data with and without roles.
func TestProfile_Data(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	ada, carla, root := h.enter("ada", hadPassword), h.enter("carla", hadPassword), h.enter("root", hadPassword)
	for name, p := range map[string]*person{"ada": ada, "carla": carla, "root": root} {
		if got := p.get("/profile"); got.status != 200 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, %q", name, got.status, got.header.Get("Cache-Control"))
		}
		p.fills("/profile", "/profile", "first_name", "New of "+name).says(t, 200, "Your data is saved.")
		h.holds("New of "+name, `SELECT first_name FROM users WHERE username = $1`, name)
		h.holds("true", `SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1::text::bigint AND action = 'update' AND resource = 'users' AND resource_id = user_id)`, h.ids[name])
	}
	if got := ada.get("/users"); got.status != http.StatusForbidden {
		t.Errorf("the list of users is %d for who has no role", got.status)
	}
	t.Run("T29_what_is_not_on_the_form_is_refused", func(t *testing.T) {
		for _, form := range []url.Values{{"is_active": {"false"}}, {"email": {"ada@south.example"}, "confirm": {hadPassword}}, {"username": {"adam"}}, {"id": {"1"}}} {
			ada.send(http.MethodPost, "/profile", form).says(t, 422, "does not belong to it")
		}
		carla.send(http.MethodPost, "/profile", url.Values{"email": {"carla@south.example"}, "confirm": {hadPassword}}).says(t, 422, "does not belong to it")
		h.holds("carla@north.example", `SELECT email FROM users WHERE username = 'carla'`)
	})
	t.Run("a_field_rule_counts_here_too", func(t *testing.T) {
		h.exec(`INSERT INTO role_fields (role_id, model, field, access) SELECT id, 'users', 'last_name', 'read-only' FROM roles WHERE name = 'user'`)
		carla.send(http.MethodPost, "/profile", url.Values{"last_name": {"Else"}}).says(t, 422, "does not belong to it")
	})
	t.Run("wrong_values_get_a_sentence", func(t *testing.T) {
		for _, name := range []string{strings.Repeat("x", 101), "a\x00b", "\xff"} {
			if got := ada.send(http.MethodPost, "/profile", url.Values{"first_name": {name}}); got.status != 422 {
				t.Errorf("%q: %d", name, got.status)
			}
		}
		root.fills("/profile", "/profile", "email", "carla@north.example", "confirm", hadPassword).says(t, 422, "")
		root.fills("/profile", "/profile", "email", "no address", "confirm", hadPassword).says(t, 422, "")
	})
	t.Run("T67_the_address_takes_the_password", func(t *testing.T) {
		other := h.enter("root", hadPassword)
		root.fills("/profile", "/profile", "email", "boss@north.example").says(t, 422, "Type your current password to change the address.")
		root.fills("/profile", "/profile", "email", "boss@north.example", "confirm", "wrong password").says(t, 422, "This is not your current password.")
		h.holds("root@north.example", `SELECT email FROM users WHERE username = 'root'`)
		got := root.send(http.MethodPost, "/users/"+h.ids["root"], url.Values{"email": {"boss@north.example"}})
		got.says(t, 422, "Change your own address on your profile")
		root.fills("/profile", "/profile", "email", "boss@north.example", "confirm", hadPassword).says(t, 200, "Your data is saved. 1 other session ended.")
		h.holds("boss@north.example", `SELECT email FROM users WHERE username = 'root'`)
		if !root.in() || other.in() {
			t.Error("this session has to stay, and the other one to end")
		}
	})
	t.Run("T10_another_site_changes_nothing", func(t *testing.T) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/profile", strings.NewReader("first_name=Mallory"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := ada.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("without a word of its origin: %s", response.Status)
		}
	})
}

// TestProfile_Settings keeps a time zone and colours with the person, whatever browser they use.
func TestProfile_Settings(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	root := h.enter("root", hadPassword)
	for zone, theme := range map[string]string{"Nowhere/Town": "dark", "Europe/Berlin": "pink", "../etc/passwd": "", strings.Repeat("x", 200): ""} {
		if got := root.fills("/profile", "/profile/settings", "time_zone", zone, "theme", theme); got.status != 422 {
			t.Errorf("%q, %q: %d", zone, theme, got.status)
		}
	}
	root.fills("/profile", "/profile/settings", "time_zone", "Asia/Kathmandu", "theme", "dark").says(t, 200, "Your settings are saved.")
	elsewhere := h.enter("root", hadPassword)
	page := elsewhere.get("/users/" + h.ids["root"])
	if !strings.Contains(page.body, `data-kept="dark" data-bs-theme="dark"`) || !strings.Contains(page.body, "Asia/Kathmandu") {
		t.Errorf("another browser does not know them:\n%s", page.body[:600])
	}
	elsewhere.get("/profile").says(t, 200, "in the time zone Asia/Kathmandu")
	if got := elsewhere.get("/users/" + h.ids["root"] + "/edit"); !strings.Contains(got.body, `name="_zone" value="Asia/Kathmandu"`) {
		t.Error("a form is in another zone")
	}
	if got := root.send(http.MethodPost, "/profile/settings", url.Values{"theme": {"system"}}); got.status != 200 {
		t.Errorf("the colours alone: %d", got.status)
	}
	h.holds("Asia/Kathmandu system", `SELECT time_zone || ' ' || theme FROM user_settings`)
	h.holds("2", `SELECT count(*) FROM audit_log WHERE action = 'change_settings' AND user_id = $1::text::bigint`, h.ids["root"])
	t.Run("signing_in_outlives_the_loss_of_their_table", func(t *testing.T) {
		h.exec(`ALTER TABLE user_settings RENAME TO user_settings_lost`)
		if got := root.get("/users"); got.status != 200 {
			t.Errorf("%d", got.status)
		}
	})
}
