package crud_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"unified/crud"
	"unified/internal/testdb"
)

// ticket has tags that say little: what its columns hold is known to the database alone.
type ticket struct {
	ID      int64
	Code    string
	Holder  *string
	Class   string
	Zone    *int64
	Fare    *string `gorm:"type:numeric"`
	Opens   *string `gorm:"column:opens_on"`
	Note    *string
	Scanned bool
}

func (ticket) TableName() string { return "tickets" }

const fares = `
CREATE TYPE class AS ENUM ('first', 'second');
CREATE TABLE tickets (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	code varchar(6) NOT NULL CHECK (code ~ '^[A-Z]+$'), holder text NOT NULL, class class NOT NULL DEFAULT 'second',
	zone smallint CONSTRAINT tickets_zone CHECK (zone BETWEEN 1 AND 9), fare numeric(6,2),
	opens_on text CONSTRAINT tickets_opens CHECK (opens_on IS NULL OR opens_on IN ('monday', 'sunday')),
	note text DEFAULT 'none', scanned boolean NOT NULL DEFAULT true,
	CONSTRAINT tickets_zone_fare CHECK (zone IS NULL OR fare IS NOT NULL));
COMMENT ON CONSTRAINT tickets_zone_fare ON tickets IS 'A ticket for a zone has a fare.';
CREATE UNIQUE INDEX uq_tickets_code ON tickets (lower(code), coalesce(zone, -1)) WHERE scanned;`

func newTickets(t *testing.T, policy crud.Policy) (*testdb.DB, crud.Resource) {
	t.Helper()
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";`+fares); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{Policy: policy})
	crud.Register(reg, crud.Options[ticket]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	if err := reg.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	tickets, _ := reg.Table("tickets")
	return db, tickets
}

// inputs returns the controls of a form by name.
func inputs(t *testing.T, form *crud.Form, err error) map[string]crud.Input {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]crud.Input{}
	for _, group := range form.Groups {
		for _, in := range group.Fields {
			all[in.Name] = in
		}
	}
	return all
}

func TestDescribe_FormsKnowTheDatabase(t *testing.T) {
	_, tickets := newTickets(t, nil)
	form, err := tickets.Form(t.Context(), "", nil)
	in := inputs(t, form, err)
	if got := in["code"]; got.MaxLength != 6 || got.Hint != "This must match the pattern “^[A-Z]+$”." {
		t.Errorf("code: %+v", got)
	}
	if got := in["holder"]; !got.Required || got.Null {
		t.Errorf("holder: %+v", got)
	}
	if got := in["class"]; got.Widget != "radio" || got.Text != "second" || len(got.Choices) != 2 {
		t.Errorf("class: %+v", got)
	}
	if got := in["zone"]; got.Min != "1" || got.Max != "9" || got.Hint != "From 1 to 9." {
		t.Errorf("zone: %+v", got)
	}
	if got := in["opens_on"]; got.Widget != "radio" || len(got.Choices) != 2 {
		t.Errorf("opens_on: %+v", got)
	}
	if got := in["scanned"]; got.Text != "true" {
		t.Errorf("scanned: %+v", got)
	}
}

func TestSubmit_WhatTheDatabaseKnows(t *testing.T) {
	_, tickets := newTickets(t, nil)
	base := url.Values{"code": {"ABC"}, "holder": {"Ada"}, "zone": {"1"}, "fare": {"2.50"}}
	saved, err := tickets.Submit(t.Context(), "", base)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ field, text, at, says string }{
		{"code", "abc", "code", "must match the pattern"},
		{"code", "ABCDEFG", "code", "7 characters long; at most 6 fit"},
		{"holder", "", "holder", "must not be empty"},
		{"class", "third", "class", "Choose one of first, second."},
		{"zone", "10", "zone", "The most allowed is 9."},
		{"zone", "40000", "zone", "Enter a number from -32768 to 32767."},
		{"fare", "10000", "fare", "At most 4 digits fit before the point."},
		{"fare", "1.005", "fare", "At most 2 digits fit behind the point."},
		{"fare", "", "fare", "A ticket for a zone has a fare."},
		{"opens_on", "friday", "opens_on", "Choose one of monday, sunday."},
	}
	for _, c := range cases {
		t.Run(c.field+" "+c.text, func(t *testing.T) {
			_, err := tickets.Submit(t.Context(), saved.Key, url.Values{c.field: {c.text}})
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields[c.at], c.says) || len(fields) != 1 {
				t.Errorf("got %v %q", kind, fields)
			}
		})
	}
	t.Run("all mistakes are said at once", func(t *testing.T) {
		_, err := tickets.Submit(t.Context(), "", url.Values{"code": {"abc"}, "zone": {"0"}, "fare": {""}, "class": {"third"}})
		_, fields := kindOf(t, err)
		for _, name := range []string{"code", "holder", "zone", "fare", "class"} {
			if fields[name] == "" {
				t.Errorf("nothing is said of %s: %q", name, fields)
			}
		}
	})
	t.Run("a digit behind the point that is nought is none", func(t *testing.T) {
		if _, err := tickets.Submit(t.Context(), saved.Key, url.Values{"fare": {"3.100"}}); err != nil {
			t.Error(err)
		}
	})
}

// fields hides or shows columns.
type fields struct{ mask crud.Mask }

func (f fields) Scope(_ context.Context, _ string, _ crud.Verb) (crud.Scope, error) {
	return crud.Scope{All: true}, nil
}
func (f fields) Fields(context.Context, string, crud.Verb) crud.Mask { return f.mask }

func TestSubmit_TakenNamesTheRow(t *testing.T) {
	mask := crud.Mask{}
	_, tickets := newTickets(t, fields{mask})
	first, err := tickets.Submit(t.Context(), "", url.Values{"code": {"ABC"}, "holder": {"Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	other := url.Values{"code": {"ABC"}, "holder": {"Grace"}}
	taken := func() *crud.Error {
		_, err := tickets.Submit(t.Context(), "", other)
		if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields["code"], "already taken") {
			t.Fatalf("got %v %q", kind, fields)
		}
		var own *crud.Error
		errors.As(err, &own)
		return own
	}
	if got := taken().Rows["code"]; got.Key != first.Key || got.Table != "tickets" {
		t.Errorf("got %+v, want the row %s", got, first.Key)
	}
	mask["zone"] = crud.Hidden
	if got := taken().Rows; len(got) > 0 {
		t.Errorf("a row is named by what is hidden: %+v", got)
	}
	delete(mask, "zone")
	other.Set("scanned", "false") // the rule is about scanned tickets alone
	if _, err := tickets.Submit(t.Context(), "", other); err != nil {
		t.Error(err)
	}
}

// route and trip are a table, and one whose rows name a row of it by a text.
type route struct {
	Code string `gorm:"primaryKey"`
}

func (route) TableName() string { return "routes" }

type trip struct {
	ID        int64
	RouteCode string
	Route     route `gorm:"foreignKey:RouteCode;references:Code"`
}

func (trip) TableName() string { return "trips" }

// A row is chosen: how its key is written is nothing to know.
func TestDescribe_no_hint_where_a_row_is_chosen(t *testing.T) {
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`"; CREATE TABLE routes (code text PRIMARY KEY CHECK (code ~ '^[A-Z]+$'));
		CREATE TABLE trips (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, route_code text NOT NULL REFERENCES routes CHECK (route_code ~ '^[A-Z]+$'))`); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[route]{})
	crud.Register(reg, crud.Options[trip]{})
	if err := errors.Join(reg.Check(), reg.Describe(t.Context())); err != nil {
		t.Fatal(err)
	}
	for table, column := range map[string]string{"routes": "code", "trips": "route_code"} {
		resource, _ := reg.Table(table)
		form, err := resource.Form(t.Context(), "", nil)
		if got := inputs(t, form, err)[column]; (got.Hint == "") != (table == "trips") || (got.Widget == "relation") != (table == "trips") {
			t.Errorf("%s: %+v", column, got)
		}
	}
}
