package crud_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"unified/crud"
	"unified/internal/testdb"
)

// A company: what hangs on it in every way that the database knows, and in one that only the model knows.
type company struct {
	ID   int64
	Name string `gorm:"size:50;not null"`
}

func (company) TableName() string { return "companies" }
func (c company) String() string  { return c.Name }

type branch struct {
	ID        int64
	Name      string `gorm:"size:50;not null"`
	CompanyID int64
	Company   company
	AboveID   *int64
	Above     *branch
}

func (branch) TableName() string { return "branches" }

type desk struct {
	ID       int64
	BranchID int64
	Branch   branch
	Spare    *int64 // of a company, by SET NULL
}

func (desk) TableName() string { return "desks" }

type invoice struct {
	ID        int64
	CompanyID int64
	Company   company
}

func (invoice) TableName() string { return "invoices" }

type visit struct {
	ID        int64
	CompanyID int64
	Company   company
}

func (visit) TableName() string { return "visits" }

const firm = `
CREATE TABLE companies (id bigint PRIMARY KEY, name varchar(50) NOT NULL);
CREATE TABLE branches (id bigint PRIMARY KEY, name varchar(50) NOT NULL,
	company_id bigint NOT NULL REFERENCES companies ON DELETE CASCADE,
	above_id bigint REFERENCES branches ON DELETE CASCADE);
CREATE TABLE desks (id bigint PRIMARY KEY, branch_id bigint NOT NULL REFERENCES branches ON DELETE CASCADE,
	spare bigint REFERENCES companies ON DELETE SET NULL);
CREATE TABLE invoices (id bigint PRIMARY KEY, company_id bigint NOT NULL REFERENCES companies);
CREATE TABLE visits (id bigint PRIMARY KEY, company_id bigint NOT NULL);
CREATE TABLE notes (id bigint PRIMARY KEY, company_id bigint REFERENCES companies ON DELETE CASCADE);
INSERT INTO companies VALUES (1, 'Acme'), (2, 'Empty'), (3, 'Big  Corp'), (4, 'Billed'), (5, 'Ring'), (6, 'Alone');
INSERT INTO branches VALUES (1, 'Main', 1, NULL), (2, 'Side', 1, 1), (3, 'Far', 2, 2);
INSERT INTO desks VALUES (1, 1, NULL), (2, 2, NULL), (3, 3, NULL), (4, 3, 1);
INSERT INTO branches SELECT i, 'B', 3, NULL FROM generate_series(100, 200) i;
INSERT INTO desks VALUES (5, 100, 1);
INSERT INTO invoices VALUES (1, 4);
INSERT INTO visits VALUES (1, 1), (2, 1);
INSERT INTO branches VALUES (301, 'Loop', 5, NULL), (302, 'Loop', 5, 301);
UPDATE branches SET above_id = 302 WHERE id = 301;`

// scopes is a policy that opens the given scope of each table for reading, and everything where none is given.
type scopes map[string]crud.Scope

func (s scopes) Scope(_ context.Context, table string, _ crud.Verb) (crud.Scope, error) {
	if scope, ok := s[table]; ok {
		return scope, nil
	}
	return crud.Scope{All: true}, nil
}

func (scopes) Fields(context.Context, string, crud.Verb) crud.Mask { return nil }

func newFirm(t *testing.T, policy scopes) (*crud.Registry, *testdb.DB) {
	t.Helper()
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";`+firm); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{Policy: policy})
	crud.Register(reg, crud.Options[company]{})
	crud.Register(reg, crud.Options[branch]{Own: "CompanyID"})
	crud.Register(reg, crud.Options[desk]{Own: "Branch.CompanyID"})
	crud.Register(reg, crud.Options[invoice]{})
	crud.Register(reg, crud.Options[visit]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	if err := reg.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return reg, db
}

// lines writes the uses of an impact as short texts: "level rule count table field".
func lines(impact *crud.Impact) []string {
	var out []string
	for _, use := range impact.Uses {
		text := fmt.Sprint(use.Level, " ", use.Rule, " ")
		if use.Table == nil {
			text += "others"
		} else {
			text += strings.TrimSpace(fmt.Sprint(use.Rows.Rows, " ", use.Table.Name, " ", use.Field))
		}
		if use.Table != nil && use.Others {
			text += " and others"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func TestImpact(t *testing.T) {
	reg, _ := newFirm(t, nil)
	companies, _ := reg.Table("companies")
	cases := []struct {
		name, key string
		want      []string
		bars      bool
		typed     string
	}{
		{"nothing refers to it", "6", nil, false, ""},
		{"what goes, level by level", "1", []string{
			"1 dangling 2 visits Company", "1 emptied 1 desks Spare", "1 goes 2 branches Company", "2 goes 1 branches Above", "2 goes 2 desks Branch",
			"3 goes 2 desks Branch",
		}, false, ""},
		{"much has to be typed", "3", []string{"1 goes 101 branches Company", "2 goes 1 desks Branch"}, false, "Big Corp"},
		{"what forbids it", "4", []string{"1 forbids 1 invoices Company"}, true, ""},
		{"rows that refer to each other in a ring end", "5", []string{"1 goes 2 branches Company"}, false, ""},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			impact, err := companies.Impact(t.Context(), crud.Delete, test.key)
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(impact); !slices.Equal(got, test.want) || impact.Bars != test.bars || impact.Typed != test.typed {
				t.Errorf("got %q, bars %v, typed %q", got, impact.Bars, impact.Typed)
			}
		})
	}
}

func TestImpact_T36_tells_no_more_than_that_there_are_others(t *testing.T) {
	own := crud.Scope{Own: int64(2)}
	reg, _ := newFirm(t, scopes{"invoices": {}, "branches": own, "desks": own})
	companies, _ := reg.Table("companies")
	for key, want := range map[string][]string{
		"4": {"1 forbids others"},
		"1": {"1 dangling 2 visits Company", "1 emptied others", "1 goes others", "2 goes 1 branches Above", "3 goes 2 desks Branch"},
	} {
		impact, err := companies.Impact(t.Context(), crud.Delete, key)
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(impact); !slices.Equal(got, want) {
			t.Errorf("company %s: got %q, want %q", key, got, want)
		}
	}
}

func TestImpact_T36_a_row_that_may_not_be_read_is_not_there(t *testing.T) {
	reg, _ := newFirm(t, scopes{"branches": {Own: int64(2)}})
	branches, _ := reg.Table("branches")
	if _, err := branches.Impact(t.Context(), crud.Delete, "3"); err != nil {
		t.Errorf("one's own: %v", err)
	}
	_, err := branches.Impact(t.Context(), crud.Delete, "1")
	if kind, _ := kindOf(t, err); kind != crud.KindNotFound {
		t.Errorf("a foreign one: %v", err)
	}
}

func TestImpact_a_later_foreign_key_is_learnt(t *testing.T) {
	reg, db := newFirm(t, nil)
	companies, _ := reg.Table("companies")
	if _, err := db.Pool.Exec(t.Context(), `CREATE TABLE later (company_id bigint REFERENCES companies); INSERT INTO later VALUES (6)`); err != nil {
		t.Fatal(err)
	}
	if err := reg.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	impact, err := companies.Impact(t.Context(), crud.Delete, "6")
	if err != nil || !impact.Bars || impact.Uses[0].Table != nil {
		t.Errorf("%v, %+v", err, impact)
	}
}

func TestImpact_the_mark_differs_with_what_is_seen(t *testing.T) {
	reg, db := newFirm(t, nil)
	companies, _ := reg.Table("companies")
	mark := func() string {
		impact, err := companies.Impact(t.Context(), crud.Delete, "1")
		if err != nil {
			t.Fatal(err)
		}
		return impact.Mark
	}
	before := mark()
	if mark() != before {
		t.Error("the same gives another mark")
	}
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO branches VALUES (400, 'New', 1, NULL)`); err != nil {
		t.Fatal(err)
	}
	if mark() == before {
		t.Error("a new branch gives the same mark")
	}
}
