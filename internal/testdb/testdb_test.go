package testdb_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"unified/internal/testdb"
)

var notes = fstest.MapFS{"001_create_notes_table.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL);
-- +goose Down
DROP TABLE notes;
`)}}

func TestMigrated(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprintf("database_%d_starts_without_rows_of_others", i), func(t *testing.T) {
			t.Parallel()
			db := testdb.Migrated(t, notes)
			var rows int
			if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM notes").Scan(&rows); err != nil || rows != 0 {
				t.Fatalf("%d rows, error %v; want none", rows, err)
			}
			if err := db.App().Gorm.Exec("INSERT INTO notes VALUES (1, 'x')").Error; err != nil {
				t.Fatalf("the serving role cannot write: %v", err)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	var there bool
	db := testdb.Empty(t)
	err := db.Pool.QueryRow(t.Context(), "SELECT to_regnamespace($1) IS NOT NULL", db.Schema).Scan(&there)
	if err != nil || there {
		t.Fatalf("schema there: %v, error %v; want an empty database", there, err)
	}
}

func TestTx(t *testing.T) {
	t.Parallel()
	for i := range 2 {
		t.Run(fmt.Sprintf("transaction_%d_sees_nothing_of_others", i), func(t *testing.T) {
			t.Parallel()
			tx := testdb.Tx(t)
			if err := tx.Exec("CREATE TABLE scratch ()").Error; err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	var users int
	if err := testdb.New(t).Gorm.Raw("SELECT count(*) FROM users").Scan(&users).Error; err != nil || users != 0 {
		t.Fatalf("%d users, error %v; want none", users, err)
	}
}
