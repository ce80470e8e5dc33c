package crud

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"unified/internal/document"
	"unified/internal/testdb"
)

type parcel struct {
	ID     int64
	Number string `gorm:"size:20;not null;uniqueIndex:uq_parcels_number" crud:"label:NUMBER"`
}

func TestTechSpec_lists_what_the_database_refuses(t *testing.T) {
	t.Parallel()
	c, err := New(testdb.Offline(t), Options[parcel]{Singular: "ROW", Plural: "TABLE"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("| SQLSTATE | Kind | Sentence |\n|---|---|---|\n")
	for _, refusal := range []struct {
		codes string
		pg    pgconn.PgError
	}{
		{"`23505` unique", pgconn.PgError{Code: "23505", TableName: "parcels", ConstraintName: "uq_parcels_number"}},
		{"`23502` not null", pgconn.PgError{Code: "23502", ColumnName: "number"}},
		{"`23514` check, `23P01` exclusion", pgconn.PgError{Code: "23514", TableName: "parcels", ConstraintName: "ck_parcels_number_even"}},
		{"`23503` no such row", pgconn.PgError{Code: "23503", TableName: "parcels", ConstraintName: "fk_parcels_number"}},
		{"`23503`, `23001` still used", pgconn.PgError{Code: "23503", TableName: "other_table", Detail: "still referenced"}},
		{"`22001`", pgconn.PgError{Code: "22001"}},
		{"`22003`", pgconn.PgError{Code: "22003"}},
		{"what else begins with `22`", pgconn.PgError{Code: "22P02"}},
		{"`P0001` and what else a trigger raises", pgconn.PgError{Code: "P0001", Message: "its own message"}},
		{"`42501` the role may not, `55000` the view takes none", pgconn.PgError{Code: "42501"}},
		{"`428C9` an identity or a generated column", pgconn.PgError{Code: "428C9"}},
		{"`44000` the check of a view", pgconn.PgError{Code: "44000"}},
		{"`57014` statement timeout", pgconn.PgError{Code: "57014"}},
		{"`55P03`, `40001`, `40P01` somebody else is at it", pgconn.PgError{Code: "55P03"}},
		{"`42703`, `42P01`, `42804`, `42883`, `42704` the table is not as its model says", pgconn.PgError{Code: "42703"}},
		{"`08…`, `40…`, `53…`, `57P0…`, `25P03`", pgconn.PgError{Code: "57P01"}},
	} {
		var known *Error
		if !errors.As(c.database(t.Context(), &refusal.pg, attempt[*parcel]{error: &refusal.pg}), &known) {
			t.Fatalf("%s is a bug", refusal.codes)
		}
		where := ""
		if known.Fields[""] == "" {
			where = " (beside its field)"
		}
		fmt.Fprintf(&text, "| %s | %s | %s%s |\n", refusal.codes, kindName[known.Kind], strings.TrimPrefix(known.Error(), "number: "), where)
	}
	document.Section(t, "../docs/TECH_SPEC.md", "refusals", text.String())
}

var kindName = map[ErrorKind]string{KindForbidden: "`KindForbidden`", KindInvalid: "`KindInvalid`", KindConflict: "`KindConflict`", KindUnavailable: "`KindUnavailable`", KindMisfit: "`KindMisfit`"}
