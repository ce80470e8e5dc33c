package main

import (
	"strings"
	"testing"

	"unified/internal/testdb"
)

// TestBrowser_Import brings rows in from a file, and without scripts as a text, and sees what becomes of them before.
func TestBrowser_Import(t *testing.T) {
	t.Parallel()
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	holds := func(want, sql string) {
		t.Helper()
		var got string
		if err := db.Pool.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s gives %q, %v, want %q", sql, got, err, want)
		}
	}
	b.signIn("admin", "admin123")
	b.visit("/users")
	b.follow(`a[href="/users/import"]`)
	b.accessible()

	choose := func(content string) {
		t.Helper()
		evaluate[bool](b, `(() => {
			const chosen = new DataTransfer();
			chosen.items.add(new File([Uint8Array.from(`+content+`, letter => letter.charCodeAt(0))], "people"));
			const input = document.querySelector("#file");
			input.files = chosen.files;
			return input.dispatchEvent(new Event("change"));
		})()`)
	}
	choose(`"PK\x03\x04"`)
	b.wait(`document.querySelector("#file").validationMessage.includes("Save it as CSV")`)
	choose(`"a".repeat(5000001)`)
	b.wait(`document.querySelector("#file").validationMessage.includes("5 MB")`)
	choose(`"Username;Email;Last name\r\njose;jose@mail.example;P\xe9rez\r\nada;ada;Byron\r\n"`) // as Excel for Windows writes it
	b.wait(`document.querySelector("#rows").value.includes("Pérez")`)
	if status := b.leave(".import [data-save]"); status != 422 || !strings.Contains(b.text(".import-lines"), "Row 2") || !strings.Contains(b.text(".import-lines"), "Email") {
		t.Errorf("%d %s", status, b.text("main"))
	}
	b.accessible()
	evaluate[bool](b, `document.querySelector("#rows").value = document.querySelector("#rows").value.replace(";ada;", ";ada@mail.example;"); true`)
	b.follow(".import [data-save]")
	b.accessible()
	holds("0", `SELECT count(*)::text FROM users WHERE username IN ('jose', 'ada')`)
	b.keys("#_reason", "the new office")
	b.follow(".import [data-save]")
	if said := b.text(".notice"); !strings.Contains(said, "Imported 2 users: 2 created.") {
		t.Errorf("it says %q", said)
	}
	holds("Pérez", `SELECT last_name FROM users WHERE username = 'jose'`)
	holds("2 1", `SELECT count(*) || ' ' || count(DISTINCT additional_data ->> 'set') FROM audit_log WHERE action = 'create' AND additional_data ->> 'reason' = 'the new office'`)

	b.phone(true)
	b.scripts(false)
	b.visit("/users/import")
	b.keys("#rows", `{"username": "ada", "email": "countess@mail.example"}`)
	b.follow(".import [data-save]")
	b.scripts(true)
	b.visit("/users/import")
	b.accessible()
}
