package crud

import (
	"fmt"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	row := map[string]datum{
		"port": {text: "70000", kind: KindInteger}, "ttl": {text: "0", kind: KindInteger}, "name": {text: "A/b", kind: KindText},
		"starts": {text: "2026-05-02T00:00:00", kind: KindTime}, "ends": {text: "2026-05-01T23:59:59.5", kind: KindTime},
		"type": {text: "MX", kind: KindText}, "priority": {null: true, kind: KindInteger}, "price": {text: "1e2", kind: KindNumber},
		"umlaut": {text: "ä", kind: KindText}, "done": {text: "false", kind: KindBool}, "day": {text: "2026-05-02", kind: KindDate},
	}
	of := func(column string) datum {
		if d, ok := row[column]; ok {
			return d
		}
		return datum{unclear: true}
	}
	label := func(column string) string { return strings.ToUpper(column) }
	cases := []struct{ definition, want string }{
		{"CHECK (((port IS NULL) OR ((port > 0) AND (port <= 65535))))", "port: The most allowed is 65535."},
		{"CHECK ((ttl > 0)) NOT VALID", "ttl: Enter more than 0."},
		{"CHECK ((price < (100)::numeric))", "price: Enter less than 100."},
		{"CHECK ((price <= '-1.5'::numeric))", "price: The most allowed is -1.5."},
		{"CHECK ((price > (- (1)::numeric)))", "holds"},
		{"CHECK ((priority >= 0))", "holds"}, // NULL passes
		{"CHECK ((((type)::text <> 'MX'::text) OR (priority IS NOT NULL)))", "priority: This must not be empty where “TYPE” is “MX”."},
		{"CHECK ((((type)::text <> 'MX'::text) OR ((priority IS NOT NULL) AND (port IS NOT NULL) AND (weight IS NOT NULL))))",
			"priority: This must not be empty where “TYPE” is “MX”."},
		{"CHECK (((type)::text = ANY ((ARRAY['A'::character varying, 'it''s'::character varying])::text[])))", "type: Choose one of A, it's."},
		{"CHECK (((name)::text <> ALL ((ARRAY['.'::character varying, 'A/b'::character varying])::text[])))", "name: This may not be “.” and “A/b”."},
		{"CHECK (((name)::text !~ '/'::text))", "name: This may not contain “/”."},
		{"CHECK (((name)::text ~ '^[a-z]{3}$'::text))", "name: This must match the pattern “^[a-z]{3}$”."},
		{"CHECK (((name)::text = lower((name)::text)))", "name: Only small letters are allowed here."},
		{"CHECK (((umlaut)::text = upper((umlaut)::text)))", "unclear"}, // a matter of the locale
		{`CHECK (((name)::text ~ '^\w+$'::text))`, "unclear"},           // the dialects differ
		{"CHECK ((length((name)::text) <= 2))", "name: At most 2 characters fit."},
		{"CHECK ((length((name)::text) >= 4))", "name: At least 4 characters are needed."},
		{"CHECK ((length(TRIM(BOTH FROM name)) > 0))", "holds"},
		{"CHECK ((ends > starts))", "ends: This must be later than “STARTS”."},
		{"CHECK ((day = '2026-05-03'::date))", "day: This must be “2026-05-03”."},
		{"CHECK (((name)::text <> (name)::text))", "name: This must differ from “NAME”."},
		{"CHECK (done)", "done: "},
		{"CHECK ((NOT done))", "holds"},
		{"CHECK (((ttl > 0) AND (port > 0)))", "ttl: Enter more than 0."},
		{"CHECK (((secret > 0) OR (ttl > 0)))", "unclear"},
		{"CHECK (((secret > 0) AND (ttl > 0)))", "ttl: Enter more than 0."},
		{"CHECK ((name > 'b'::text))", "unclear"}, // a matter of the collation
		{`CHECK (("Odd name" IS NOT NULL))`, "unclear"},
		{"CHECK ((split_part((name)::text, '/'::text, '-1'::integer) !~ 'b'::text))", "unclear"},
		{"CHECK ((data ? 'key'::text))", "not understood"},
		{"CHECK ((ttl >", "not understood"},
		{"CHECK ((ARRAY[ttl", "not understood"},
		{"", "not understood"},
	}
	for _, c := range cases {
		t.Run(c.definition, func(t *testing.T) {
			got := "not understood"
			if rule := parseRule(c.definition); rule != nil {
				switch rule.judge(of) {
				case fails:
					got = ""
					for i, fault := range rule.faults(of, label) {
						got += strings.Repeat("; ", min(i, 1)) + fault.column + ": " + fault.text
					}
				case unclear:
					got = "unclear"
				default:
					got = "holds"
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRules_Bounds(t *testing.T) {
	for definition, want := range map[string]string{
		"CHECK ((a > 0))": "1 <nil>", "CHECK ((a >= 0))": "0 <nil>", "CHECK ((a < 10))": "<nil> 9",
		"CHECK (((a IS NULL) OR ((a > 0) AND (a <= 65535))))": "1 65535", "CHECK ((a <> 3))": "<nil> <nil>", "CHECK ((a > b))": "<nil> <nil>",
	} {
		least, most := parseRule(definition).present().bounds()
		if got := fmt.Sprint(least, " ", most); got != want {
			t.Errorf("%s: got %s, want %s", definition, got, want)
		}
	}
}

// FuzzParseRule shows that no text of a rule stops the program, whatever it is.
func FuzzParseRule(f *testing.F) {
	f.Add("CHECK (((a IS NULL) OR ((a)::text = ANY ((ARRAY['x'::character varying])::text[]))))")
	f.Add("NOT NOT -(a")
	f.Add("length() > trim(both from)")
	f.Fuzz(func(t *testing.T, definition string) {
		rule := parseRule(definition)
		if rule == nil {
			return
		}
		of := func(string) datum { return datum{text: "1"} }
		rule.present().bounds()
		if rule.judge(of) == fails {
			rule.faults(of, strings.ToUpper)
		}
	})
}
