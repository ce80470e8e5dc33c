package keyset

import (
	"errors"
	"testing"

	"gorm.io/gorm/clause"
)

func TestCursor(t *testing.T) {
	text := "Zürich"
	made := Encode("name,-id", []*string{&text, nil})
	t.Run("comes back exactly", func(t *testing.T) {
		values, err := Decode(made, "name,-id", 2)
		if err != nil || *values[0] != text || values[1] != nil {
			t.Errorf("got %v, %v", values, err)
		}
	})
	for name, test := range map[string]struct {
		cursor, order string
		n             int
	}{
		"of another order":          {made, "-name,-id", 2},
		"of another number":         {made, "name,-id", 3},
		"cut off":                   {made[:len(made)-4], "name,-id", 2},
		"no base64":                 {"%%%", "name,-id", 2},
		"base64 of something else":  {"bnVsbA", "name,-id", 2},
		"nothing":                   {"", "name,-id", 2},
		"an object of other things": {"eyJvIjoxfQ", "name,-id", 2},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			if _, err := Decode(test.cursor, test.order, test.n); !errors.Is(err, ErrCursor) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	order := Order{{Name: "due", Desc: true, Nullable: true}, {Name: "id"}}
	t.Run("reversed twice is itself", func(t *testing.T) {
		twice := order.Reversed().Reversed()
		for i := range order {
			if twice[i] != order[i] || order.Reversed()[i].Desc == order[i].Desc {
				t.Errorf("column %d: %+v", i, twice[i])
			}
		}
	})
	t.Run("one direction without NULL is one row comparison", func(t *testing.T) {
		expression, ok := Order{{Name: "a", Desc: true}, {Name: "id", Desc: true}}.After([]any{1, 2}).(clause.Expr)
		if !ok || expression.SQL != "(?,?) < (?,?)" {
			t.Errorf("got %+v", expression)
		}
	})
	t.Run("nothing follows NULL in the last column of an ascending order", func(t *testing.T) {
		expression, ok := Order{{Name: "a", Nullable: true}}.After([]any{nil}).(clause.Expr)
		if !ok || expression.SQL != "FALSE" {
			t.Errorf("got %+v", expression)
		}
	})
}
