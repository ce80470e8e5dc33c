package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
	"unified/internal/testdb"
)

type orderLine struct {
	ID    int64
	Words []string `gorm:"serializer:json;type:text"`
	Unit  string   `gorm:"column:unit.price"`
	Marks []string `gorm:"type:text[]"`
	Seen  []string `gorm:"type:text[];->"`
}

type orderDetail struct{ ID int64 }

func (orderDetail) TableName() string { return "Order Details" }

// What no page could show is said at the start, with what to do.
func TestCheck_says_what_cannot_be_shown(t *testing.T) {
	t.Parallel()
	reg := crud.Open(testdb.Offline(t), crud.Config{})
	crud.Register(reg, crud.Options[orderLine]{})
	crud.Register(reg, crud.Options[orderDetail]{})
	err := reg.Check()
	if err == nil {
		t.Fatal("nothing is said")
	}
	if strings.Contains(err.Error(), "Seen") {
		t.Errorf("what is only read is refused: %v", err)
	}
	for _, says := range []string{"orderLine.Words: its values are written by a serializer", "orderLine.Marks: GORM writes a list of this type as several values", `the name of the column "unit.price" holds a dot`, `the table name "Order Details" cannot stand in addresses`} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not said:\n%v", says, err)
		}
	}
}
