package crud_test

import (
	"testing"

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
	} {
		w.exec(t, `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN RAISE EXCEPTION `+c.raise+`; END$f$;
			CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION refuse()`)
		_, err := articles.Submit(t.Context(), "", form("title", "one", "slug", "one", "author_id", "1"))
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields[c.field] != c.want {
			t.Errorf("%s: %d %q", name, kind, fields)
		}
	}
}
