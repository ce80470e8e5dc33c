package schema

import "testing"

func TestSimplified(t *testing.T) {
	same := [][2]string{
		{"((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))", "(a = ANY (ARRAY['y'::text, 'x'::text]))"},
		{"(ttl > 0)", "ttl > 0"},
		{"now()", "CURRENT_TIMESTAMP"},
		{"lower((name)::text)", "lower(name)"},
		{"'it''s'::text", "'it''s'"},
	}
	for _, pair := range same {
		if simplified(pair[0]) != simplified(pair[1]) {
			t.Errorf("%s is %s, %s is %s", pair[0], simplified(pair[0]), pair[1], simplified(pair[1]))
		}
	}
	differ := [][2]string{
		{"a = 'x'::character varying(3)", "a = 'x'"}, {"f(a)", "f a"}, {"(a OR b) AND c", "a OR (b AND c)"}, {"'a  b'", "'a b'"},
		{"ARRAY['b', 'a']", "ARRAY['a', 'b']"}, {"clock_timestamp()", "now()"},
	}
	for _, pair := range differ {
		if simplified(pair[0]) == simplified(pair[1]) {
			t.Errorf("%s and %s are not the same", pair[0], pair[1])
		}
	}
}

func TestConstant(t *testing.T) {
	for text, want := range map[string]bool{
		"5000": true, "'a'::character varying(20)": true, "true": true, "'{}'::jsonb": true, "ARRAY['a'::text]": true, "(-1)": true,
		"now()": false, "nextval('a'::regclass)": false, "CURRENT_USER": false, "\"Schema\".f()": false, "'x'::\"My\".mood": true,
	} {
		if got := constant(text); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestTypeSeverity(t *testing.T) {
	for pair, want := range map[[2]string]Severity{
		{"character varying(100)", "text"}: Drift, {"text", "character varying(100)"}: Breaks, {"character varying(5)", "character varying(9)"}: Drift,
		{"integer", "bigint"}: Drift, {"bigint", "integer"}: Breaks, {"numeric(10,2)", "numeric(12,2)"}: Drift, {"numeric(10,2)", "numeric(12,4)"}: Drift, {"numeric(10,2)", "numeric(11,4)"}: Breaks,
		{"numeric(10,2)", "numeric"}: Drift, {"timestamp with time zone", "timestamp(3) with time zone"}: Drift,
		{"timestamp with time zone", "timestamp without time zone"}: Breaks, {"text[]", "text"}: Breaks, {"character varying(3)", "character(3)"}: Breaks,
		{"character(3)", "character(5)"}: Breaks, {"real", "double precision"}: Drift, {"character varying", "text"}: Drift,
	} {
		if got := typeSeverity(pair[0], pair[1]); got != want {
			t.Errorf("%s became %s: got %s", pair[0], pair[1], got)
		}
	}
}
