package admin_test

import (
	"fmt"
	"testing"

	"unified/admin"
	"unified/crud"
	"unified/internal/testdb"
)

// TestShapes counts in memory, writes down what adds up, keeps what could not be written, and has a limit.
func TestShapes(t *testing.T) {
	db := testdb.New(t)
	s, other := admin.NewShapes(), admin.NewShapes()
	s.Asked("users", []crud.Shape{{Column: "email", Operator: "contains"}, {Column: "email", Operator: "sort"}})
	s.Asked("users", []crud.Shape{{Column: "email", Operator: "contains"}})
	other.Asked("users", []crud.Shape{{Column: "email", Operator: "contains"}})
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (n int) {
		t.Helper()
		if err := db.Pool.QueryRow(t.Context(), "SELECT count(*) FROM query_shapes").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := rows(); n > 0 {
		t.Errorf("%d rows are written before it is asked for", n)
	}
	exec("ALTER TABLE query_shapes RENAME TO gone")
	if err := s.Flush(t.Context(), db.Pool); err == nil {
		t.Error("a table that is away is no error")
	}
	exec("ALTER TABLE gone RENAME TO query_shapes; INSERT INTO query_shapes VALUES ('users', 'id', 'is', 1, '2000-01-01'), ('users', 'email', 'sort', 1, '2000-01-01')")
	if err := other.Flush(t.Context(), db.Pool); err != nil {
		t.Fatal(err)
	}
	uses, err := s.Read(t.Context(), db.Pool)
	if err != nil || fmt.Sprint(uses) != "[{users email contains 3} {users email sort 1}]" { // the old one went with what the other wrote
		t.Errorf("it reads %v, %v", uses, err)
	}
	for n := range 3000 {
		s.Asked("users", []crud.Shape{{Column: fmt.Sprint("c", n), Operator: "is"}})
	}
	if err := s.Flush(t.Context(), db.Pool); err != nil {
		t.Fatal(err)
	}
	if n := rows(); n != 2002 {
		t.Errorf("%d are kept", n)
	}
}
