package crud_test

import (
	"encoding/json"
	"testing"

	"unified/crud"
)

// meter holds what Go has no type for, as texts.
type meter struct {
	ID     int64
	Bits   *string `gorm:"type:bit(8)"`
	Page   *string `gorm:"type:xml"`
	Words  *string `gorm:"type:tsvector"`
	Span   *string `gorm:"type:int4range"`
	Every  *string `gorm:"type:interval"`
	Level  *string `gorm:"type:level"`
	Serial string  `gorm:"type:uuid"`
	Double int64
	Number int64
}

func (meter) TableName() string { return "meters" }

func newMeters(t *testing.T) (*world, crud.Resource) {
	t.Helper()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `CREATE DOMAIN level AS integer CHECK (VALUE > 0);
		CREATE TABLE all_meters (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bits bit(8), page xml, words tsvector, span int4range, every interval,
			level level, serial uuid, number bigint NOT NULL DEFAULT 1, double bigint GENERATED ALWAYS AS (2 * number) STORED);
		INSERT INTO all_meters (number) VALUES (1);
		CREATE VIEW meters AS SELECT * FROM all_meters WHERE number < 100 WITH CHECK OPTION`)
	crud.Register(w.Registry, crud.Options[meter]{})
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, w.table(t, "meters")
}

// A value that its column cannot hold is no fault of the program, and is said beside its field, also where PostgreSQL does not say which it is.
func TestSubmit_says_which_value_cannot_be_read(t *testing.T) {
	t.Parallel()
	w, meters := newMeters(t)
	for field, value := range map[string]string{
		"bits": "1", "page": "<a", "words": "a:1 '", "span": "[5,1)", "every": "1000000000000 years", "level": "-1", "serial": "x",
	} {
		alone := `{"` + field + `": ` + quoted(value) + `}`
		with := `{"every": "1 day", "level": "3", "number": 7, "` + field + `": ` + quoted(value) + `}`
		if field == "every" || field == "level" {
			with = alone
		}
		for _, body := range []string{alone, with} {
			_, err := meters.SubmitJSON(t.Context(), "1", crud.JSONWrite{Body: []byte(body)})
			if err == nil {
				t.Errorf("%s is saved", body)
				continue
			}
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || body == alone && fields[field] == "" || field != "bits" && fields[field] == "" {
				t.Errorf("%s: %v %q", body, kind, fields)
			}
		}
	}
	if got := w.value(t, "SELECT number FROM all_meters"); got != "1" {
		t.Errorf("the number is %s", got)
	}
}

func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// What a view does not let through is refused by it.
func TestSubmit_what_a_view_refuses(t *testing.T) {
	t.Parallel()
	w, meters := newMeters(t)
	_, err := meters.Submit(t.Context(), "1", form("number", "200"))
	if err == nil {
		t.Fatal("a row is out of its view")
	}
	if kind, _ := kindOf(t, err); kind != crud.KindConflict {
		t.Error(err)
	}
	w.exec(t, "CREATE OR REPLACE VIEW meters AS SELECT * FROM all_meters OFFSET 0")
	if _, err = meters.Submit(t.Context(), "", form("number", "2", "double", "4")); err == nil {
		t.Fatal("a view that takes no rows took one")
	}
	if kind, _ := kindOf(t, err); kind != crud.KindForbidden {
		t.Error(err)
	}
}

// What the database always makes by itself is shown, and in no form.
func TestForm_has_no_column_that_the_database_makes(t *testing.T) {
	t.Parallel()
	w, _ := newMeters(t)
	w.exec(t, "DROP VIEW meters; ALTER TABLE all_meters RENAME TO meters")
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	meters := w.table(t, "meters")
	made, err := meters.Submit(t.Context(), "", form("number", "4"))
	if err != nil {
		t.Fatal(err)
	}
	got := w.value(t, "SELECT double FROM meters WHERE number = 4")
	whole, err := meters.Form(t.Context(), made.Key, nil)
	if err != nil || got != "8" {
		t.Fatal(got, err)
	}
	for _, group := range whole.Groups {
		for _, in := range group.Fields {
			if in.Name == "double" || in.Name == "id" {
				t.Errorf("the form has %s", in.Name)
			}
		}
	}
}

type total struct {
	ID    int64
	Name  string `gorm:"size:20;not null"`
	Count int64  `gorm:"not null;default:1"`
}

func (total) TableName() string { return "totals" }

// Rows that a view makes of several cannot be locked, and are changed through its triggers all the same.
func TestUpdate_through_a_view_that_groups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `CREATE TABLE words (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20)); INSERT INTO words (name) VALUES ('a'), ('a'), ('b');
		CREATE VIEW totals AS SELECT min(id) AS id, name, count(*) AS count FROM words GROUP BY name;
		CREATE FUNCTION renamed() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN
			IF TG_OP = 'DELETE' THEN DELETE FROM words WHERE name = OLD.name; RETURN OLD; END IF;
			UPDATE words SET name = NEW.name WHERE name = OLD.name; RETURN NEW; END$f$;
		CREATE TRIGGER renamed INSTEAD OF UPDATE OR DELETE ON totals FOR EACH ROW EXECUTE FUNCTION renamed()`)
	crud.Register(w.Registry, crud.Options[total]{})
	if err := w.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	totals := w.table(t, "totals")
	if _, err := totals.Submit(t.Context(), "1", form("name", "z")); err != nil {
		t.Fatal(err)
	}
	if _, err := totals.Delete(t.Context(), "3"); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, "SELECT string_agg(name, ',') FROM words"); got != "z,z" {
		t.Errorf("the words are %s", got)
	}
}

// A row that belongs to no partition breaks no rule that has a name.
func TestSubmit_without_a_partition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, `DROP TABLE seats; CREATE TABLE seats ("row" varchar(20), number integer, taken boolean NOT NULL, PRIMARY KEY ("row", number)) PARTITION BY LIST ("row");
		CREATE TABLE seats_a PARTITION OF seats FOR VALUES IN ('A')`)
	_, err := w.table(t, "seats").Submit(t.Context(), "", form("row", "B", "number", "1", "taken", "false"))
	if err == nil {
		t.Fatal("it is saved")
	}
	if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields[""] != "The table has no partition for a row with these values." {
		t.Errorf("%v %q", kind, fields)
	}
}
