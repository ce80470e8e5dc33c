package testdb

import (
	"database/sql"
	"testing"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Offline returns a GORM without a database, for what needs none: parsing models.
func Offline(t testing.TB) *gorm.DB {
	t.Helper()
	pool, err := sql.Open("pgx", "") // connects when it is used, which it is not
	if err != nil {
		t.Fatal(err)
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{DisableAutomaticPing: true})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
