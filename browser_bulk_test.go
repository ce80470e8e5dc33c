package main

import (
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_ManyRows ticks rows and works on them, and edits a cell in its place, also when somebody else was faster.
func TestBrowser_ManyRows(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	run := func(sql string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(want, sql string) {
		t.Helper()
		var got string
		if err := db.Pool.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s gives %q, %v, want %q", sql, got, err, want)
		}
	}
	run(`INSERT INTO users (username, email) SELECT 'staff' || i, 'staff' || i || '@mail.example' FROM generate_series(1, 60) i`)
	b.signIn("admin", "admin123")
	const tick = "#list tbody tr:nth-child(2) .check input"

	b.visit("/users?q=staff")
	b.wait(`document.querySelector("#bulk").hidden`)
	b.click(tick)
	b.wait(`document.querySelector(".bulk-count").textContent === "1 ticked"`)
	b.accessible()
	b.click("[data-tick-page]")
	b.wait(`document.querySelector(".bulk-count").textContent === "50 ticked"`)
	b.follow("#bulk button[formaction$='/bulk/update']")
	b.accessible()
	b.fill("last_name", "Staff")
	b.wait(`document.querySelector("[name=_set][value=last_name]").checked`)
	b.follow("button[data-save]")
	holds("50", `SELECT count(*)::text FROM users WHERE last_name = 'Staff'`)

	b.visit("/users?q=staff")
	b.click(tick)
	b.click("#bulk [name=all]")
	b.follow("#bulk button[formaction$='/bulk/delete']")
	run(`INSERT INTO users (username, email) VALUES ('stafflate', 'stafflate@mail.example')`)
	if b.leave("button[data-save]") != 409 || !strings.Contains(b.text("h1"), "61 users") {
		t.Errorf("another set: %s", b.text("main"))
	}
	b.keys("#_reason", "the project ended")
	b.follow("button[data-save]")
	holds("0", `SELECT count(*)::text FROM users WHERE username LIKE 'staff%'`)
	holds("61", `SELECT count(*)::text FROM audit_log WHERE action = 'delete' AND additional_data ->> 'reason' = 'the project ended'`)

	run(`INSERT INTO users (username, email, first_name) VALUES ('zoe', 'zoe@mail.example', 'Zoe')`)
	b.visit("/users?q=zoe")
	b.click(".in-place-switch")
	b.accessible()
	at := `[...document.querySelectorAll("#list thead th")].findIndex(h => h.dataset.field === "first_name")`
	edit := `document.querySelector("#list tbody tr").cells[` + at + `].click() || true`
	evaluate[bool](b, edit)
	b.wait(`!!document.querySelector(".editing [name=first_name]")`)
	b.accessible()
	b.keys(".editing [name=first_name]", "Zoë")
	b.click(".editing .btn-primary")
	b.wait(`!document.querySelector(".editing") && document.querySelector("#list tbody tr").innerText.includes("Zoë")`)
	holds("Zoë", `SELECT first_name FROM users WHERE username = 'zoe'`)

	b.wait(`!!document.querySelector(".in-place tbody [tabindex]")`) // the list that was asked for anew can be edited too
	evaluate[bool](b, edit)
	b.wait(`!!document.querySelector(".editing [name=first_name]")`)
	run(`UPDATE users SET first_name = 'Theirs' WHERE username = 'zoe'`)
	b.keys(".editing [name=first_name]", "Mine")
	b.click(".editing .btn-primary")
	b.wait(`document.querySelector(".editing .error")?.innerText.includes("Theirs")`)
	b.click(".editing .btn-primary")
	b.wait(`!document.querySelector(".editing") && document.querySelector("#list tbody tr").innerText.includes("Mine")`)
	holds("Mine", `SELECT first_name FROM users WHERE username = 'zoe'`)
}
