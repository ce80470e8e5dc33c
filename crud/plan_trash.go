package crud

import (
	"reflect"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// deleted is GORM's mark of a row that is deleted and still there.
var deleted = reflect.TypeFor[gorm.DeletedAt]()

// trashField is the column in which GORM keeps when a row was deleted. It is no field of the table: what is deleted is in
// the trash, and nowhere else.
func trashField[P any](f *schema.Field) *field[P] {
	return &field[P]{
		FieldDoc: FieldDoc{Name: f.DBName, Label: "Deleted", Kind: KindTime, ReadOnly: true},
		goName:   f.Name,
		nullable: true,
		sortable: true,
		direct:   true,
		codec:    codec{parseDeleted, formatTime, rawTime, jsonDeleted},
		at:       located[P](f),
	}
}

func parseDeleted(text string, into reflect.Value) error {
	var when time.Time
	if err := parseTime(text, reflect.ValueOf(&when).Elem()); err != nil {
		return err
	}
	into.Set(reflect.ValueOf(gorm.DeletedAt{Time: when, Valid: true}))
	return nil
}

func jsonDeleted(to []byte, v reflect.Value) []byte {
	return append(append(append(to, '"'), formatTime(v)...), `Z"`...)
}
