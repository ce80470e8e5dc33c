package crud_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"unified/crud"
)

// verdicts says of each verb "yes", "not known" or what the account is answered.
func verdicts(t *testing.T, table crud.Resource, key string) string {
	t.Helper()
	why, err := table.Why(t.Context(), func(ctx context.Context) context.Context { return ctx }, key)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, v := range why.Verdicts {
		answer := "yes"
		switch {
		case v.Unknown:
			answer = "not known"
		case !v.May():
			answer = fmt.Sprint(v.Refusal.Kind == crud.KindNotFound, " ", v.Words())
		}
		said = append(said, string(v.Verb)+" "+answer)
	}
	return strings.Join(said, "; ")
}

func TestWhy_in_the_trash(t *testing.T) {
	w := newMemos(t)
	table, _ := w.Table("memos")
	const gone = "true There is no such memo."
	if got, want := verdicts(t, table, "1"), "read yes; create yes; update yes; delete yes; restore "+gone+"; purge "+gone; got != want {
		t.Errorf("of a row:\n%s\n%s", got, want)
	}
	if _, err := table.Delete(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	if got, want := verdicts(t, table, "1"), "read yes; create yes; update "+gone+"; delete "+gone+"; restore yes; purge yes"; got != want {
		t.Errorf("of a row in the trash:\n%s\n%s", got, want)
	}
	w.exec(t, `INSERT INTO memos (title, slug) VALUES ('Another', 'one')`)
	if got := verdicts(t, table, "1"); !strings.Contains(got, "restore false slug: ") || !strings.Contains(got, "purge yes") {
		t.Errorf("of a row whose place is taken: %s", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.Why(ended, func(ctx context.Context) context.Context { return ctx }, ""); err != nil {
		t.Errorf("of any row the database is asked: %v", err)
	}
	if got, want := verdicts(t, table, ""), "read yes; create yes; update yes; delete yes; restore yes; purge yes"; got != want {
		t.Errorf("of any row: %s", got)
	}
}

func TestWhy_says_what_the_database_says(t *testing.T) {
	w := newWorld(t, crud.Options[article]{Actions: []crud.Action[article]{{Name: "pin", Run: func(_ context.Context, a *article) error { a.Pinned = true; return nil }}}})
	w.exec(t, `INSERT INTO articles (title, slug, author_id) VALUES ('One', 'one', 1)`)
	authors, _ := w.Table("authors")
	articles, _ := w.Table("articles")
	if got := verdicts(t, authors, "1"); !strings.Contains(got, "delete false ") || !strings.Contains(got, "update yes") {
		t.Errorf("of an author in use: %s", got)
	}
	if got := verdicts(t, authors, "2"); !strings.HasSuffix(got, "delete yes") {
		t.Errorf("of an author who is not: %s", got)
	}
	if _, err := authors.Show(t.Context(), "2"); err != nil {
		t.Errorf("what was only tried was done: %v", err)
	}
	if len(w.changes) != 0 {
		t.Errorf("what was only tried is recorded: %v", w.changes)
	}
	var refusal *crud.Error
	if _, err := authors.Why(t.Context(), func(ctx context.Context) context.Context { return ctx }, "99"); !errors.As(err, &refusal) || refusal.Kind != crud.KindNotFound {
		t.Errorf("of a row that is not there: %v", err)
	}
	tx := w.db.Gorm.Begin()
	defer tx.Rollback()
	if err := tx.Exec("SELECT FROM articles FOR UPDATE").Error; err != nil {
		t.Fatal(err)
	}
	if got := verdicts(t, articles, "1"); got != "read yes; create yes; update not known; delete not known; pin not known" {
		t.Errorf("of a row that somebody works on: %s", got)
	}
}
