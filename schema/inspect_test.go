package schema

import (
	"strings"
	"testing"

	"unified/database"
	"unified/internal/testdb"
)

// written inspects a schema that statements made.
func written(t *testing.T, statements string) (*Inspection, error) {
	t.Helper()
	db := testdb.Empty(t)
	run(t, db, "CREATE SCHEMA shop; SET search_path TO shop; "+statements+"; RESET search_path")
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	return Inspect(t.Context(), owner, InspectOptions{Schema: "shop", Program: "shop", Reserved: func(name string) bool { return name == "login" }})
}

// TestInspect_says_what_models_cannot holds each thing that GORM has no tag for against what is told of it.
func TestInspect_says_what_models_cannot(t *testing.T) {
	cases := map[string]struct{ made, says string }{
		"no_key":          {"CREATE TABLE a (x int, y json)", "a: it has no primary key. It is read only, and is not compared."},
		"no_columns":      {"CREATE TABLE a ()", "a: there is nothing to show"},
		"a_page":          {"CREATE TABLE login (id int PRIMARY KEY)", "login: the panel has a page of this name, or no address can hold it."},
		"a_view":          {"CREATE VIEW login AS SELECT 1 AS a", "login: this view cannot be shown."},
		"a_dot":           {`CREATE TABLE "a.b" (id int PRIMARY KEY)`, "a.b: there is nothing to show, or its name holds a dot"},
		"odd_column":      {`CREATE TABLE a (id int PRIMARY KEY, "two words" text)`, `a: the name of the column "two words" holds a dot, a comma, a space or a quote.`},
		"key_name":        {"CREATE TABLE a (id int CONSTRAINT k PRIMARY KEY)", "GORM cannot name a primary key, and this one is named k."},
		"key_order":       {"CREATE TABLE a (x int, y int, PRIMARY KEY (y, x))", "GORM makes a key in the order of the columns, not (y, x)."},
		"partitions":      {"CREATE TABLE a (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE a1 PARTITION OF a DEFAULT", "a: it is a partitioned table, which no model says."},
		"unlogged":        {"CREATE UNLOGGED TABLE a (id int PRIMARY KEY)", "a: it is unlogged, which no model says."},
		"row_security":    {"CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ENABLE ROW LEVEL SECURITY", "a: row security is enabled, which no model says."},
		"exclusion":       {"CREATE TABLE a (id int PRIMARY KEY, r int4range, CONSTRAINT e EXCLUDE USING gist (r WITH &&))", "a: e cannot be declared: using gist (r)"},
		"deferred_unique": {"CREATE TABLE a (id int PRIMARY KEY, x int, CONSTRAINT u UNIQUE (x) DEFERRABLE)", "a: u cannot be declared: (x)"},
		"semicolon":       {"CREATE TABLE a (id int PRIMARY KEY, x text); CREATE INDEX i ON a (x) WHERE x <> ';'", "a: i cannot be declared:"},
		"not_validated":   {"CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ADD CONSTRAINT c CHECK (id > 0) NOT VALID", "a: the check c cannot be declared:"},
		"check_name":      {`CREATE TABLE a (id int PRIMARY KEY, CONSTRAINT "a rule" CHECK (id > 0))`, "a: the check a rule cannot be declared:"},
		"checks":          {"CREATE TABLE a (id int PRIMARY KEY CONSTRAINT c CHECK (id > 0) CONSTRAINT d CHECK (id < 9))", "a: the check d cannot be declared:"},
		"match_full":      {"CREATE TABLE a (id int PRIMARY KEY, b int CONSTRAINT f REFERENCES a MATCH FULL)", "a: the foreign key f cannot be declared:"},
		"two_keys":        {"CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE a (id int PRIMARY KEY, b int CONSTRAINT f REFERENCES b CONSTRAINT g REFERENCES a)", "a: the foreign key g cannot be declared:"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, err := written(t, "CREATE TABLE good (id int PRIMARY KEY); "+c.made)
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Notes) != 1 || !strings.Contains(found.Notes[0], c.says) {
				t.Errorf("it says %q, want %q", found.Notes, c.says)
			}
		})
	}
}

// TestInspect_names has names that are no names in Go, or are taken.
func TestInspect_names(t *testing.T) {
	found, err := written(t, `CREATE TABLE "1 – odd ;""name" (id int PRIMARY KEY);
		CREATE TABLE "main" ("id" int PRIMARY KEY, "String" text, "TableName" text, "table name" text, "a;b" text, "c`+"`"+`d" text, "Id" int);
		CREATE TABLE boxes (id int PRIMARY KEY, box_id int REFERENCES boxes, box int REFERENCES boxes);
		CREATE TABLE box (id int PRIMARY KEY);
		CREATE TABLE load_test (id int PRIMARY KEY)`)
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"main_model.go":      {"ID ", "String2", "TableName2", "TableName3", `column:a\\;b`, `"gorm:\"column:c` + "`" + `d`, `ID2 `},
		"boxes_model.go":     {"type Box2 struct", "Box ", "BoxBox2", "*Box2", "constraint:boxes_box_id_fkey,OnDelete:NO ACTION"},
		"box_model.go":       {"type Box struct", `return "box"`},
		"load_test_model.go": {"type LoadTest struct"},
	} {
		for _, part := range parts {
			if !strings.Contains(string(found.Files[name]), part) {
				t.Errorf("%s has no %q:\n%s", name, part, found.Files[name])
			}
		}
	}
	if len(found.Notes) != 2 || found.Tables != 4 || found.Files["types.go"] != nil {
		t.Errorf("%d tables; it says %q", found.Tables, found.Notes)
	}
}

func TestInspect_nothing(t *testing.T) {
	if _, err := written(t, "CREATE TYPE mood AS ENUM ('good')"); err == nil || !strings.Contains(err.Error(), "no table in the schema shop") {
		t.Errorf("an empty schema: %v", err)
	}
}
