package crud_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"unified/crud"
	"unified/internal/testdb"
)

// hall, stand and loan belong to a library: a loan is of a stand in its hall, and has a due day unless it is for good.
type hall struct {
	ID   int64
	Name string `gorm:"size:20;not null"`
}

type stand struct {
	ID     int64
	Name   string `gorm:"size:20;not null"`
	HallID int64
	Hall   hall
}

type loan struct {
	ID      int64
	Kind    string `gorm:"size:10;not null;default:'week'" crud:"choices:week,good"`
	Due     *time.Time
	HallID  *int64
	Hall    *hall
	StandID *int64
	Stand   *stand
	Note    *string `gorm:"size:20"`
}

func (hall) TableName() string  { return "halls" }
func (stand) TableName() string { return "stands" }
func (loan) TableName() string  { return "loans" }

const halls = `
CREATE TABLE halls (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE stands (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL, hall_id bigint NOT NULL REFERENCES halls);
CREATE TABLE loans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind varchar(10) NOT NULL DEFAULT 'week', due timestamptz,
	hall_id bigint REFERENCES halls, stand_id bigint REFERENCES stands, note varchar(20));
INSERT INTO halls (name) VALUES ('East'), ('West');
INSERT INTO stands (name, hall_id) VALUES ('E1', 1), ('W1', 2), ('W2', 2);`

func newLoans(t *testing.T) (*testdb.DB, crud.Resource) {
	t.Helper()
	db := testdb.Empty(t)
	if _, err := db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+db.Schema+`";`+halls); err != nil {
		t.Fatal(err)
	}
	reg := crud.Open(db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[hall]{})
	crud.Register(reg, crud.Options[stand]{})
	crud.Register(reg, crud.Options[loan]{
		Fields: map[string]crud.Field[loan]{
			"Due":   {ShowIf: "Kind=week", Help: "When it comes back."},
			"Stand": {Within: "HallID=Hall"},
			"Note": {Check: func(l *loan) string {
				if l.Note != nil && *l.Note == "lost" {
					return "What is lost is not lent."
				}
				return ""
			}},
		},
		Groups: []crud.FieldGroup{{Title: "Where", Fields: []string{"Hall", "Stand"}}},
	})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	loans, _ := reg.Table("loans")
	return db, loans
}

func TestForm_FieldsDependOnOthers(t *testing.T) {
	_, loans := newLoans(t)
	form, err := loans.Form(t.Context(), "", nil)
	in := inputs(t, form, err)
	if got := in["due"]; got.ShowIf == nil || got.ShowIf.Name != "kind" || got.Help != "When it comes back." {
		t.Errorf("due: %+v", got)
	}
	if got := in["stand_id"]; got.Within != "hall_id" || len(got.Choices) != 0 {
		t.Errorf("a stand is offered before a hall is chosen: %+v", got)
	}
	if len(form.Groups) != 2 || form.Groups[1].Title != "Where" || len(form.Groups[1].Fields) != 2 {
		t.Errorf("groups: %+v", form.Groups)
	}
	form, err = loans.Form(t.Context(), "", url.Values{"hall_id": {"2"}})
	if got := inputs(t, form, err)["stand_id"]; len(got.Choices) != 2 {
		t.Errorf("the stands of a hall: %+v", got.Choices)
	}
	for parent, want := range map[string]int{"1": 1, "2": 2, "": 0, "x": 0, "9": 0} {
		if choices, err := loans.Choices(t.Context(), "stand_id", "", parent); err != nil || len(choices.Items) != want {
			t.Errorf("within %q: got %+v, %v", parent, choices, err)
		}
	}
	if choices, err := loans.Choices(t.Context(), "stand_id", "W2", "2"); err != nil || len(choices.Items) != 1 {
		t.Errorf("a search within a hall: got %+v, %v", choices, err)
	}
}

func TestSubmit_FieldsDependOnOthers(t *testing.T) {
	db, loans := newLoans(t)
	stored := func(key string) (text string) {
		if err := db.Pool.QueryRow(t.Context(), `SELECT concat_ws('|', kind, due AT TIME ZONE 'UTC', hall_id, stand_id) FROM loans WHERE id = $1`, key).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	typed := url.Values{"due": {"2026-05-31 10:00"}, "kind": {"good"}, "hall_id": {"2"}, "stand_id": {"2"}}
	_, err := loans.Submit(t.Context(), "", typed)
	if kind, fields := kindOf(t, err); kind != crud.KindInvalid || fields["due"] != "This is there only where “Kind” is week." {
		t.Errorf("what is not there is dropped without a word: %v %q", kind, fields)
	}
	typed.Set("due", "")
	saved, err := loans.Submit(t.Context(), "", typed)
	if err != nil {
		t.Fatal(err)
	}
	if got := stored(saved.Key); got != "good|2|2" {
		t.Errorf("what is not there was taken: %s", got)
	}
	if _, err := loans.Submit(t.Context(), saved.Key, url.Values{"kind": {"week"}, "due": {"2026-05-31 10:00"}, crud.ZoneParam: {"Europe/Berlin"}}); err != nil {
		t.Fatal(err)
	}
	if got := stored(saved.Key); got != "week|2026-05-31 08:00:00|2|2" {
		t.Errorf("what is there was not taken: %s", got)
	}
	form, err := loans.Form(t.Context(), saved.Key, nil)
	due := inputs(t, form, err)["due"]
	if _, err := loans.Submit(t.Context(), saved.Key, url.Values{"kind": {"good"}, "due": {due.Text}, crud.ZoneParam: {due.Zone}, crud.BaseParam: {form.Base}}); err != nil {
		t.Errorf("what is as it was shown is no more there: %v", err)
	}
	if _, err := loans.Submit(t.Context(), saved.Key, url.Values{"kind": {"week"}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		form      url.Values
		at, wants string
	}{
		"a choice outside":         {url.Values{"stand_id": {"1"}}, "stand_id", "does not belong"},
		"the parent moves away":    {url.Values{"hall_id": {"1"}}, "stand_id", "does not belong"},
		"the parent is taken away": {url.Values{"hall_id": {""}}, "stand_id", "Choose “Hall” first."},
		"a check of one's own":     {url.Values{"note": {"lost"}}, "note", "What is lost is not lent."},
		"a time that is skipped":   {url.Values{"due": {"2026-03-29 02:30"}, crud.ZoneParam: {"Europe/Berlin"}}, "due", "skip this time"},
		"a zone that is none":      {url.Values{"due": {"2026-03-29 02:30"}, crud.ZoneParam: {"Nowhere"}}, "", "no time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loans.Submit(t.Context(), saved.Key, c.form)
			if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.Contains(fields[c.at], c.wants) {
				t.Errorf("got %v %q", kind, fields)
			}
		})
	}
	if _, err := loans.Submit(t.Context(), saved.Key, url.Values{"hall_id": {"1"}, "stand_id": {"1"}}); err != nil {
		t.Errorf("both move together: %v", err)
	}
}

func TestOptions_FieldsThatDependOnNothing(t *testing.T) {
	reg := crud.Open(testdb.Offline(t), crud.Config{})
	crud.Register(reg, crud.Options[loan]{
		Fields: map[string]crud.Field[loan]{"Colour": {}, "Due": {ShowIf: "Kid=week"}, "Note": {Within: "HallID=Hall", Widget: "txt"}, "Stand": {Within: "Floor=Hall"}},
		Groups: []crud.FieldGroup{{Title: "Where", Fields: []string{"Nowhere"}}},
	})
	err := reg.Check()
	for _, want := range []string{`unknown field "Colour"`, `"Kid=week"`, `unknown widget "txt"`, "the field is no relation", `unknown field "Floor"`, `unknown field "Nowhere"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %s: %v", want, err)
		}
	}
}

// FuzzSubmit shows that no form is a bug, whatever it holds: each is stored, or refused in sentences.
func FuzzSubmit(f *testing.F) {
	w := newWorld(f, crud.Options[article]{})
	articles := w.table(f, "articles")
	saved, err := articles.Submit(f.Context(), "", form("title", "One", "slug", "one", "author_id", "1"))
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{
		"title=a&slug=b&author_id=1", "title=%00&title=%ff&_null=title", "due=infinity&price=NaN&rank=1e9", "due=0044-03-15+12:00+BC&_zone=Europe/Berlin",
		"price=1e999&rank=9223372036854775808&author_id=-1", "data=%5B%5B%5B&tags=%7B%22a%22&data=1e999999", "tags=%5B%22%22%5D&data=%22%5Cud800%22",
		"pinned=true&pinned=false&public=maybe&status=", "title=%F0%9F%98%80%E2%80%AE%CC%81&body=%27%3B--", "_zone=Local&due=2026-03-29T02:30", "=&&&=;a=b",
		"data=1e2000", "due=9999-12-31T23:59:59.9999999&title=" + strings.Repeat("x", 3000),
	} {
		f.Add(body, true)
		f.Add(body, false)
	}
	f.Fuzz(func(t *testing.T, body string, create bool) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		key := saved.Key
		if create {
			key = ""
		}
		if _, err := articles.Submit(t.Context(), key, values); err != nil {
			if kind, _ := kindOf(t, err); kind != crud.KindInvalid {
				t.Errorf("%q: %v", body, err)
			}
		}
		if _, err := articles.Form(t.Context(), key, values); err != nil {
			t.Errorf("%q: the form does not come back: %v", body, err)
		}
	})
}

// A program is told that what it sends is not there in such a row, and can empty it.
func TestSubmitJSON_FieldsDependOnOthers(t *testing.T) {
	db, loans := newLoans(t)
	write := func(key, body string, replace bool) (string, map[string]string) {
		t.Helper()
		row, err := loans.SubmitJSON(t.Context(), key, crud.JSONWrite{Body: []byte(body), Replace: replace})
		if err == nil {
			return row.Key, nil
		}
		_, fields := kindOf(t, err)
		return "", fields
	}
	key, wrong := write("", `{"kind": "week", "due": "2026-05-31T12:00:00Z"}`, false)
	if wrong != nil {
		t.Fatal(wrong)
	}
	due := func() (text string) {
		if err := db.Pool.QueryRow(t.Context(), "SELECT kind || coalesce(' ' || (due AT TIME ZONE 'UTC')::date, '') FROM loans WHERE id = $1::text::bigint", key).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, c := range []struct {
		body    string
		replace bool
		wrong   string
		then    string
	}{
		{`{"kind": "good"}`, false, "", "good 2026-05-31"},
		{`{"due": "2026-05-31T12:00:00Z", "note": "as it was"}`, false, "", "good 2026-05-31"},
		{`{"due": "2026-06-30T12:00:00Z"}`, false, "This is there only where “Kind” is week.", "good 2026-05-31"},
		{`{"due": "2026-06-30T12:00:00Z", "kind": "week"}`, false, "", "week 2026-06-30"},
		{`{"due": null, "kind": "good"}`, false, "", "good"},
		{`{"due": "2026-06-30T12:00:00Z", "kind": "good"}`, true, "This is there only where “Kind” is week.", "good"},
		{`{"due": "2026-07-31T12:00:00Z"}`, true, "", "week 2026-07-31"},
		{`{"kind": "good"}`, true, "", "good"},
	} {
		if _, wrong := write(key, c.body, c.replace); wrong["due"] != c.wrong || due() != c.then {
			t.Errorf("%s: %q, then %s", c.body, wrong, due())
		}
	}
	if _, wrong := write("", `{"kind": "good", "due": "2026-06-30T12:00:00Z"}`, false); wrong["due"] == "" {
		t.Errorf("a new row takes a day that it does not have: %v", wrong)
	}
}

// What is set in many rows is refused where a row does not have it, and nothing is done.
func TestBulk_FieldsDependOnOthers(t *testing.T) {
	db, loans := newLoans(t)
	var keys []string
	for _, body := range []string{`{"kind": "week", "due": "2026-05-31T12:00:00Z"}`, `{"kind": "good"}`} {
		row, err := loans.SubmitJSON(t.Context(), "", crud.JSONWrite{Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, row.Key)
	}
	for _, c := range []struct{ values, wrong, then string }{
		{`{"due": "2026-06-30T12:00:00Z"}`, "This is there only where “Kind” is week.", "week 2026-05-31, good"},
		{`{"due": "2026-06-30T12:00:00Z", "kind": "week"}`, "", "week 2026-06-30, week 2026-06-30"},
		{`{"kind": "good"}`, "", "good 2026-06-30, good 2026-06-30"},
		{`{"due": null}`, "", "good, good"},
	} {
		_, err := loans.BulkJSON(t.Context(), crud.Update, crud.Selection{Keys: keys}, []byte(c.values))
		wrong := ""
		if refused := new(crud.Refusals); errors.As(err, &refused) && len(refused.Rows) == 1 && refused.Rows[0].Key == keys[1] {
			wrong = refused.Rows[0].Fields["due"]
		} else if err != nil {
			wrong = err.Error()
		}
		if wrong != c.wrong {
			t.Errorf("%s: %v", c.values, err)
		}
		var then string
		if err := db.Pool.QueryRow(t.Context(), "SELECT string_agg(kind || coalesce(' ' || (due AT TIME ZONE 'UTC')::date, ''), ', ' ORDER BY id) FROM loans").Scan(&then); err != nil || then != c.then {
			t.Errorf("%s: then %s, %v", c.values, then, err)
		}
	}
}
