package models_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"unified/internal/testdb"
	"unified/models"
)

// fresh returns a database as the panel uses it: GORM fills in no defaults, every write says its columns.
func fresh(t *testing.T) *testdb.DB {
	t.Helper()
	db := testdb.New(t)
	for _, model := range models.All() {
		statement := &gorm.Statement{DB: db.Gorm}
		if err := statement.Parse(model); err != nil {
			t.Fatal(err)
		}
		statement.Schema.FieldsWithDefaultDBValue = slices.DeleteFunc(statement.Schema.FieldsWithDefaultDBValue, written)
		for _, field := range statement.Schema.FieldsByDBName {
			if written(field) {
				field.HasDefaultValue, field.DefaultValueInterface = false, nil
			}
		}
	}
	return db
}

// written reports whether a Create may say the field's value.
func written(field *schema.Field) bool { return field.Creatable && !field.AutoIncrement }

// scratch returns a transaction that is rolled back after the test.
func scratch(t *testing.T, db *gorm.DB) *gorm.DB {
	t.Helper()
	tx := db.Begin()
	must(t, tx)
	t.Cleanup(func() { tx.Rollback() })
	return tx
}

// numbered puts the number of a row in place of the # in a text.
func numbered(text string, id int64) string {
	return strings.ReplaceAll(text, "#", strconv.FormatInt(id, 10))
}

// all returns every row of a table in the order of the keys.
func all[T any](t *testing.T, db *gorm.DB) []T {
	t.Helper()
	var rows []T
	if err := db.Order("id").Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// must fails the test on the error of a GORM call.
func must(t *testing.T, result *gorm.DB) {
	t.Helper()
	if result.Error != nil {
		t.Fatal(result.Error)
	}
}

var errUndo = errors.New("undo")

// undone runs write in a transaction that is rolled back.
func undone(t *testing.T, db *gorm.DB, write func(tx *gorm.DB)) {
	t.Helper()
	err := db.Transaction(func(tx *gorm.DB) error {
		write(tx)
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}

// listener returns a function that waits for the next notification on channel.
func listener(t *testing.T, db *testdb.DB, channel string) func() string {
	t.Helper()
	conn, err := db.Pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	if _, err := conn.Exec(t.Context(), "LISTEN "+channel); err != nil {
		t.Fatal(err)
	}
	return func() string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		notification, err := conn.Conn().WaitForNotification(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return notification.Payload
	}
}

// text returns what a nullable text says, "NULL" for nil.
func text(value *string) string {
	if value == nil {
		return "NULL"
	}
	return *value
}
