package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
)

// A trigger that returns NULL makes a statement do nothing, and say so nowhere: what was not written is not called written.
func TestWrite_what_the_database_passes_over_is_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `INSERT INTO articles (title, slug, author_id) VALUES ('One', 'one', 1); INSERT INTO seats VALUES ('A', 1, false);
		CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN RETURN NULL; END$f$;
		CREATE TRIGGER nothing BEFORE INSERT OR UPDATE OR DELETE ON articles FOR EACH ROW EXECUTE FUNCTION nothing();
		CREATE TRIGGER nothing BEFORE INSERT OR UPDATE OR DELETE ON seats FOR EACH ROW EXECUTE FUNCTION nothing()`)
	articles, seats := w.table(t, "articles"), w.table(t, "seats")
	for name, write := range map[string]func() error{
		"made": func() error {
			_, err := articles.Submit(t.Context(), "", form("title", "T", "slug", "t", "author_id", "1"))
			return err
		},
		"changed": func() error { _, err := articles.Submit(t.Context(), "1", form("title", "Two")); return err },
		"deleted": func() error { _, err := articles.Delete(t.Context(), "1"); return err },
		"made with a key": func() error {
			_, err := seats.Submit(t.Context(), "", form("row", "B", "number", "1", "taken", "false"))
			return err
		},
		"given another key":       func() error { _, err := seats.Submit(t.Context(), "A,1", form("number", "2")); return err },
		"deleted, with more keys": func() error { _, err := seats.Delete(t.Context(), "A,1"); return err },
	} {
		err := write()
		if err == nil {
			t.Errorf("%s: it is called written", name)
			continue
		}
		if kind, fields := kindOf(t, err); kind != crud.KindConflict || !strings.Contains(fields[""], "trigger") {
			t.Errorf("%s: %v %q", name, kind, fields)
		}
	}
	if len(w.changes) > 0 {
		t.Errorf("recorded: %v", w.changes)
	}
}

// Where the trigger marks the row instead, and a view leaves out what is marked, it is gone as far as anybody can see.
func TestDelete_what_is_out_of_sight_is_gone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `ALTER TABLE seats RENAME TO all_seats; CREATE VIEW seats AS SELECT * FROM all_seats WHERE NOT taken;
		INSERT INTO all_seats VALUES ('A', 1, false);
		CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN
			UPDATE all_seats SET taken = true WHERE "row" = OLD."row" AND number = OLD.number; RETURN NULL; END$f$;
		CREATE TRIGGER mark INSTEAD OF DELETE ON seats FOR EACH ROW EXECUTE FUNCTION mark()`)
	if _, err := w.table(t, "seats").Delete(t.Context(), "A,1"); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, `SELECT taken FROM all_seats`); got != "true" || len(w.changes) != 1 {
		t.Errorf("taken is %s, recorded are %v", got, w.changes)
	}
}

// A trigger may write a key otherwise than it was given.
func TestWrite_a_key_that_a_trigger_makes_another(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `CREATE FUNCTION capital() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN NEW."row" = upper(NEW."row"); RETURN NEW; END$f$;
		CREATE TRIGGER capital BEFORE INSERT OR UPDATE ON seats FOR EACH ROW EXECUTE FUNCTION capital()`)
	seats := w.table(t, "seats")
	saved, err := seats.Submit(t.Context(), "", form("row", "a", "number", "1", "taken", "false"))
	if err != nil || saved.Key != "A,1" {
		t.Fatal(saved, err)
	}
	if saved, err = seats.Submit(t.Context(), "A,1", form("row", "b")); err != nil || saved.Key != "B,1" {
		t.Fatal(saved, err)
	}
	if last := w.changes[len(w.changes)-1]; last.Key != "B,1" || len(last.Fields) != 1 || *last.Fields[0].New != "B" {
		t.Errorf("recorded: %+v", last)
	}
}
