package crud

import (
	"reflect"
	"strings"
	"testing"

	"unified/internal/testdb"
)

func TestNew_ReportsAllMistakesAtOnce(t *testing.T) {
	type Post struct {
		ID    int64
		Title string `gorm:"size:20" crud:"lable:Heading"`
		Body  string `crud:"widget:textt"`
	}
	_, err := New(testdb.Offline(t), Options[Post]{List: []string{"Titel"}, Search: []string{"Bodi"}, Sort: "-Idd", Verbs: []Verb{"write"}, Actions: []Action[Post]{{Name: "read"}},
		Columns: []Column[Post]{{Label: "By", Relation: "Title"}, {Label: "For", Relation: "Reader"}}})
	if err == nil {
		t.Fatal("no mistake was reported")
	}
	for _, want := range []string{`"lable"; did you mean "label"?`, `widget "textt"; did you mean "text"?`, `List: unknown field "Titel"; did you mean "Title"?`, `"Bodi"; did you mean "Body"?`, `"Idd"; did you mean "ID"?`, `verb "write"`, `"read" needs a name`, `"Title" is no relation`, `"Reader" is no relation`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
}

type login struct{ ID int64 }

func (login) TableName() string { return "login" }

func TestCheck_RefusesReservedAndDoubledNames(t *testing.T) {
	reg := Open(testdb.Offline(t), Config{})
	Register(reg, Options[login]{})
	Register(reg, Options[place]{})
	Register(reg, Options[place]{})
	err := reg.Check()
	if err == nil || !strings.Contains(err.Error(), `"places" is taken`) || !strings.Contains(err.Error(), `"login" is taken`) {
		t.Errorf("got %v", err)
	}
}

func TestChoicesOf(t *testing.T) {
	for check, want := range map[string][]string{
		"status IN ('a','b')":                         {"a", "b"},
		"(service IS NULL) OR (service IN ('a'))":     {"a"},
		"service IS NULL OR service in ('it''s','b')": {"it's", "b"},
		"a IS NULL OR b IN ('x')":                     nil,
		"length(status) > 0":                          nil,
		"port IN (1,2)":                               nil,
	} {
		if _, got := choicesOf(check); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", check, got, want)
		}
	}
}

func TestConditionOf(t *testing.T) {
	for where, want := range map[string][2]string{
		"pinned = true":           {"pinned", "yes"},
		"(open = FALSE)":          {"open", "no"},
		"kind = 'it''s'":          {"kind", "it's"},
		`("kind" = 'CNAME')`:      {"kind", "CNAME"},
		"deleted_at IS NULL":      {},
		"rank > 3":                {},
		"a = true AND b = true":   {},
		"a = 'x' OR a = 'y'":      {},
		"":                        {},
		"lower(kind) = 'x'":       {},
		"kind = 'x'::varchar(20)": {},
	} {
		if column, value := conditionOf(where); column != want[0] || value != want[1] {
			t.Errorf("%s: got %s is %q, want %q", where, column, value, want)
		}
	}
}

func TestConstant(t *testing.T) {
	for expression, want := range map[string]string{
		"'maildir'": "maildir", "true": "true", "FALSE": "false", "5000": "5000", "-1.5": "-1.5", "'it''s'": "it's",
		"'x'::character varying": "x", "now()": "", "CURRENT_TIMESTAMP": "", "(-)": "", "": "", "gen_random_uuid()": "",
	} {
		if got, _ := constant(expression); got != want {
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
}

func TestSpaced(t *testing.T) {
	for name, want := range map[string]string{
		"ID": "ID", "UserID": "user ID", "DNSRecord": "DNS record", "FirstName": "first name", "TTL": "TTL", "SSLProtocols": "SSL protocols", "A": "a",
	} {
		if got := spaced(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for text, valid := range map[string]bool{
		`{"a":[1,2,{"b":null}]}`: true, `1e400`: true, `{}`: true, ``: false, `{"a":1}x`: false, `{"a":"\u0000"}`: false, `{"\u0000":1}`: false,
		`"\ud83d"`: false, `"\ud83d\ude00"`: true, `"\uFFFD"`: true, "\"\uFFFD\"": true,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): false, strings.Repeat("[", 32) + strings.Repeat("]", 32): true,
	} {
		if err := checkJSON(text); (err == nil) != valid {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// distant has a field that may have no place.
type distant struct {
	Row string `gorm:"primaryKey"`
	*Far
}

// Far is embedded.
type Far struct{ Size int32 }

func TestNewPlan_embedded_by_a_pointer(t *testing.T) {
	if _, err := newPlan(testdb.Offline(t), newRow[distant]); err == nil || !strings.Contains(err.Error(), "distant.Size: it is embedded by a pointer") {
		t.Errorf("error = %v", err)
	}
}

type place struct {
	Row    string `gorm:"primaryKey"`
	Number int32  `gorm:"primaryKey"`
}

// FuzzKey shows that every key is found again, and that nothing sent as a key does more than not exist.
func FuzzKey(f *testing.F) {
	p, err := newPlan(testdb.Offline(f), newRow[place])
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "a", "new", "a,b", "~", "~,", "/", "..", "%2F", "ü\x00\xff", "a~"} {
		f.Add(seed, int32(7))
	}
	f.Fuzz(func(t *testing.T, row string, number int32) {
		p.parseKey(row)
		if storable(row) != nil || strings.Contains(row, "\r\n") {
			return
		}
		want := place{row, number}
		key := p.keyOf(&want)
		if strings.Contains(key, "/") {
			t.Fatalf("%q has a slash", key)
		}
		if got, ok := p.parseKey(key); !ok || *got != want {
			t.Fatalf("%q became %q and then %+v", row, key, got)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		if _, err := newPlan(testdb.Offline(b), newRow[place]); err != nil {
			b.Fatal(err)
		}
	}
}
