package testdb

import (
	"testing"

	"gorm.io/gorm"

	"unified/database"
)

// Offline is database.Offline, which does not fail.
func Offline(t testing.TB) *gorm.DB {
	t.Helper()
	db, err := database.Offline()
	if err != nil {
		t.Fatal(err)
	}
	return db
}
