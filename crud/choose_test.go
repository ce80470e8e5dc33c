package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
	"unified/internal/testdb"
)

// pew is chosen for a admission.
type pew struct {
	ID         int64
	Name       string  `gorm:"size:20;not null" crud:"name"`
	Block      *string `gorm:"size:20"`
	Row        string  `gorm:"size:20;not null"`
	Gate       string  `gorm:"size:20;not null"`
	Price      int32
	Admissions []admission
}

type admission struct {
	ID    int64
	PewID *int64
	Pew   *pew
}

func (pew) TableName() string       { return "pews" }
func (admission) TableName() string { return "admissions" }

// notes are the second lines of what a admission's picker offers, in the order of keys.
func notes(t *testing.T, options crud.Options[pew]) string {
	t.Helper()
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";
		CREATE TABLE pews (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL, block varchar(20), row varchar(20) NOT NULL,
			gate varchar(20) NOT NULL, price integer NOT NULL DEFAULT 0);
		CREATE TABLE admissions (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pew_id bigint REFERENCES pews);
		INSERT INTO pews (name, block, row, gate, price) VALUES ('A1', 'North', '1', 'Gate  7', 10), ('A1', NULL, 'North', 'North', 20), ('A2', '', '', '', 0)`); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{})
	options.Sort = "ID"
	crud.Register(reg, options)
	crud.Register(reg, crud.Options[admission]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	admissions, _ := reg.Table("admissions")
	choices, err := admissions.Choices(t.Context(), "pew_id", "")
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(choices.Items))
	for i, item := range choices.Items {
		lines[i] = item.Note
	}
	return strings.Join(lines, "|")
}

func TestChoices_Note(t *testing.T) {
	for name, c := range map[string]struct {
		options crud.Options[pew]
		want    string
	}{
		"the first texts that say more": {crud.Options[pew]{}, "North · Gate 7|North|"},
		"those of the list":             {crud.Options[pew]{List: []string{"Name", "Gate", "Price"}}, "Gate 7|North|"},
		"what Options say":              {crud.Options[pew]{Note: []string{"Price", "Row"}}, "10 · 1|20 · North|0"},
		"none":                          {crud.Options[pew]{Note: []string{}}, "||"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := notes(t, c.options); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNew_NoteOfARelation(t *testing.T) {
	_, err := crud.New(testdb.Empty(t).Gorm, crud.Options[admission]{Note: []string{"Pew", "Nope"}})
	for _, want := range []string{`Options.Note: "Pew" is a relation`, `Options.Note: unknown field "Nope"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}
