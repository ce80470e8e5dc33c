package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestProfile_Password changes one's own password.
func TestProfile_Password(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	ada, other := h.enter("ada", hadPassword), h.enter("ada", hadPassword)
	h.exec(`INSERT INTO api_tokens (user_id, name, token_hash, permissions, expires_at) VALUES ($1::text::bigint, 'Backup', 'x', '{users:read:own}', now() + interval '1 day')`, h.ids["ada"])
	const to = "/profile/password"
	for name, test := range map[string]struct{ now, next, sentence string }{
		"nothing":   {"", "", "Type the password that you have now."},
		"wrong":     {"wrong password", newPassword, "This is not your current password."},
		"too short": {hadPassword, "short", "The password is too short"},
		"known":     {hadPassword, "passwordpassword", "one of the first that anybody would try"},
		"the same":  {hadPassword, hadPassword, "This is the password that you have already."},
		"no text":   {hadPassword, "a\x00bcdefghijklmn", "characters that are not text"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ada.fills("/profile", to, "current", test.now, "password", test.next)
			got.says(t, 422, test.sentence)
			if strings.Contains(got.body, newPassword) || strings.Contains(got.body, hadPassword) {
				t.Error("a password comes back")
			}
		})
	}
	h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'sign_in' AND NOT success AND error_message = 'wrong password'`)
	if !ada.in() || !other.in() {
		t.Fatal("a failure ended a session")
	}

	action, form := ada.get("/profile").form(t, `form[action="`+to+`"]`)
	form.Set("current", hadPassword)
	form.Set("password", newPassword)
	ada.send(http.MethodPost, action, form).says(t, 200, "Your password is changed. 1 other session ended. 1 API token revoked.")
	if !ada.in() || other.in() { // T06
		t.Error("this session has to stay, and the other one to end")
	}
	ada.send(http.MethodPost, action, form).says(t, 200, "Your password is changed. 1 other session ended. 1 API token revoked.") // T97
	h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'change_password' AND success AND user_id = $1::text::bigint`, h.ids["ada"])
	h.enter("ada", newPassword)
	if got := visitor(t, h.url).send(http.MethodPost, "/login", url.Values{"name": {"ada"}, "password": {hadPassword}}); got.status != 422 {
		t.Errorf("the old password still opens: %d", got.status)
	}
	for _, password := range []string{hadPassword, newPassword, url.QueryEscape(newPassword)} { // T74
		h.holds("0", `SELECT (SELECT count(*) FROM audit_log a WHERE a::text LIKE '%' || $1 || '%') + (SELECT count(*) FROM answers a WHERE a::text LIKE '%' || $1 || '%')`, password)
	}

	t.Run("T67_no_table_is_a_way_around", func(t *testing.T) {
		carla := h.enter("carla", hadPassword)
		id := h.text(`SELECT id::text FROM user_passwords WHERE user_id = $1::text::bigint`, h.ids["carla"])
		carla.send(http.MethodPost, "/user_passwords/"+id, url.Values{"password": {newPassword}}).says(t, 422, "Change your own password for the panel on your profile")
		h.enter("carla", hadPassword)
	})
	t.Run("T06_a_reset_by_others_ends_all", func(t *testing.T) {
		carla, root := h.enter("carla", hadPassword), h.enter("root", hadPassword)
		id := h.text(`SELECT id::text FROM user_passwords WHERE user_id = $1::text::bigint`, h.ids["carla"])
		if got := root.send(http.MethodPost, "/user_passwords/"+id, url.Values{"password": {newPassword}}); got.status != 200 {
			t.Fatalf("%d\n%s", got.status, sentences(got.body))
		}
		if carla.in() || !root.in() {
			t.Error("the sessions of who got a new password have to end")
		}
	})
	t.Run("T61_wrong_passwords_are_throttled", func(t *testing.T) {
		dora := h.enter("dora", hadPassword)
		var got answer
		for range 7 {
			if got = dora.fills("/profile", to, "current", "wrong password", "password", newPassword); got.status == 429 {
				break
			}
		}
		got.says(t, 429, "Too many attempts failed.")
		if got.header.Get("Retry-After") == "" || !dora.in() {
			t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
		}
	})
}

// TestProfile_Sessions ends sessions of one's own.
func TestProfile_Sessions(t *testing.T) {
	t.Parallel()
	h := newHousehold(t)
	ada, other, carla := h.enter("ada", hadPassword), h.enter("ada", hadPassword), h.enter("carla", hadPassword)
	sessions := func(name string) string {
		return h.text(`SELECT count(*)::text FROM sessions WHERE user_id = $1::text::bigint`, h.ids[name])
	}
	t.Run("T26_those_of_others_are_not_there", func(t *testing.T) {
		for _, key := range []string{h.text(`SELECT id::text FROM sessions WHERE user_id = $1::text::bigint`, h.ids["carla"]), "999999", "x", "9223372036854775808", "-1"} {
			if got := ada.send(http.MethodPost, "/profile/sessions/"+key+"/end", url.Values{}); got.status != 404 {
				t.Errorf("%s: %d", key, got.status)
			}
		}
	})
	t.Run("one", func(t *testing.T) {
		second := h.text(`SELECT max(id)::text FROM sessions WHERE user_id = $1::text::bigint`, h.ids["ada"])
		ada.fills("/profile", "/profile/sessions/"+second+"/end").says(t, 200, "The session has ended.")
		if !ada.in() || other.in() {
			t.Error("another one ended")
		}
		h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'end_session' AND additional_data ->> 'session' = $1`, second)
	})
	t.Run("everywhere_else", func(t *testing.T) {
		other = h.enter("ada", hadPassword)
		h.enter("ada", hadPassword)
		ada.fills("/profile", "/profile/sessions").says(t, 200, "You are signed out everywhere else: 2 other sessions ended.")
		if !ada.in() || other.in() || !carla.in() || sessions("ada") != "1" {
			t.Error("other sessions ended than one's own elsewhere")
		}
		h.holds("1", `SELECT count(*) FROM audit_log WHERE action = 'end_sessions' AND additional_data ->> 'sessions' = '2'`)
		ada.fills("/profile", "/profile/sessions").says(t, 200, "You were signed in nowhere else.")
	})
	t.Run("everywhere", func(t *testing.T) {
		h.enter("ada", hadPassword)
		got := ada.fills("/profile", "/profile/sessions", "this", "1")
		got.says(t, 200, "Sign in")
		if ada.in() || sessions("ada") != "0" || !carla.in() {
			t.Errorf("%s sessions are left", sessions("ada"))
		}
	})
	t.Run("this_one", func(t *testing.T) {
		id := h.text(`SELECT id::text FROM sessions WHERE user_id = $1::text::bigint`, h.ids["carla"])
		carla.fills("/profile", "/profile/sessions/"+id+"/end").says(t, 200, "Sign in")
		if carla.in() {
			t.Error("it is still open")
		}
	})
}
