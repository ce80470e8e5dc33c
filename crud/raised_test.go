package crud_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
)

// What a function of the database refuses in its own words is said, beside the field that it names.
func TestSubmit_what_a_trigger_raises(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	for name, c := range map[string]struct{ raise, field, want string }{
		"of the whole record": {`'nobody writes on Sundays.'`, "", "Nobody writes on Sundays."},
		"of a field":          {`'too loud.' USING COLUMN = 'title'`, "title", "Too loud."},
		"with another code":   {`'not “%”.', NEW.title USING ERRCODE = 'check_violation', COLUMN = 'title'`, "title", "Not “one”."},
		"with one of its own": {`'too late.' USING ERRCODE = 'UX001', COLUMN = 'title'`, "title", "Too late."},
		"as a permission":     {`'not yours.' USING ERRCODE = 'insufficient_privilege'`, "", "Not yours."},
	} {
		w.exec(t, `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION `+c.raise+`; END$f$;
			CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION refuse()`)
		_, err := articles.Submit(t.Context(), "", form("title", "one", "slug", "one", "author_id", "1"))
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields[c.field] != c.want {
			t.Errorf("%s: %d %q", name, kind, fields)
		}
	}
}

// So is what it refuses as late as at the commit, also of a transaction that is about more than the row.
func TestSubmit_what_is_refused_at_the_commit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	articles := w.table(t, "articles")
	w.exec(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION 'nobody shouts.'; END$f$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON articles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.title = 'LOUD') EXECUTE FUNCTION refuse();
		ALTER TABLE articles DROP CONSTRAINT uq_articles_slug, ADD CONSTRAINT uq_articles_slug UNIQUE (slug) DEFERRABLE INITIALLY DEFERRED;
		INSERT INTO articles (title, slug, author_id) VALUES ('One', 'one', 1)`)
	alone := func(input url.Values) error {
		_, err := articles.Submit(t.Context(), "", input)
		return err
	}
	for way, submit := range map[string]func(url.Values) error{"alone": alone, "together": func(input url.Values) error {
		return w.Together(t.Context(), func(ctx context.Context, _ *gorm.DB) error {
			_, err := articles.Submit(ctx, "", input)
			return err
		})
	}} {
		for field, c := range map[string]struct{ title, slug, want string }{
			"":     {"LOUD", "two", "Nobody shouts."},
			"slug": {"Two", "one", "already"},
		} {
			err := submit(form("title", c.title, "slug", c.slug, "author_id", "1"))
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields[field], c.want) {
				t.Errorf("%s, %q: %v %q", way, field, kind, fields)
			}
		}
	}
	if got := w.value(t, "SELECT count(*) FROM articles"); got != "1" {
		t.Errorf("%s rows", got)
	}
}
