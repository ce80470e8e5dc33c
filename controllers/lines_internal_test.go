package controllers

import (
	"testing"

	"unified/crud"
)

func TestField_OfALine(t *testing.T) {
	fields := []crud.FieldDoc{{Name: "name", Label: "Name"}, {Name: "loans.*.due", Label: "Loans *: Due", Unseen: true}}
	for name, want := range map[string]crud.FieldDoc{
		"loans.0.due":  {Name: "loans.0.due", Label: "Loans 1: Due", Unseen: true},
		"loans.12.due": {Name: "loans.12.due", Label: "Loans 13: Due", Unseen: true},
		"loans.-1.due": {Name: "loans.-1.due", Label: "loans.-1.due"},
		"loans.x.due":  {Name: "loans.x.due", Label: "loans.x.due"},
		"loans.0.note": {Name: "loans.0.note", Label: "loans.0.note"},
		"loans.due":    {Name: "loans.due", Label: "loans.due"},
		"name":         {Name: "name", Label: "Name"},
	} {
		if got := field(fields, name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}
