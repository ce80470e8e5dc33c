package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"

	"unified/crud"
)

// texts are what a person may type anywhere.
var texts = []string{
	"", " ", "a", " spaced ", "O'Brien \"quoted\" `tick`; --", "<b>&amp;</b>", "Zoë", "e\u0301", "\u202eright to left", "日本語", "😀👩‍👩‍👧", "a\u200bb",
	"a\x00b", "a\xffb", "\ufffd", "two\r\nlines", "\ttab", `back\slash`, "%s %_", "null", "NaN", strings.Repeat("long ", 3000),
}

// extremes are what else is typed into a control, by the kind of its field.
var extremes = map[crud.Kind][]string{
	crud.KindInteger: {"0", "-0", "+7", "1", "-1", "32767", "32768", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809", "1.5", "1e3", "0x10", "٣", "1_000", " 5 "},
	crud.KindNumber: {"0", "-0.0", "1e-5", "1e400", "NaN", "Infinity", "12345678901234567890.123456789"},
	crud.KindTime: {"2026-05-31 14:30", "2026-05-31T14:30:00.123456Z", "2026-05-31 14:30:00.1234567", "2026-05-31T14:30+14:00", "0001-01-01 00:00", "9999-12-31 23:59:59.999999",
		"10000-01-01", "0000-01-01", "0044-03-15 BC", "infinity", "-infinity", "2026-02-30", "2024-02-29", "2026-06-30T23:59:60Z", "now", "1e9"},
	crud.KindDate:     {"2026-05-31", "0001-01-01", "9999-12-31", "10000-01-01", "infinity", "2026-02-30"},
	crud.KindBool:     {"true", "false", "yes", "2"},
	crud.KindRelation: {"0", "-1", "999999999", "9223372036854775808", "nobody"},
	crud.KindJSON:     {"{}", "[]", "null", `"text"`, "1e400", "1e999999", `{"a":{"b":[1,2,{"c":null}]}}`, `{"a":"\u0000"}`, `"\ud800"`, `{"a":1,}`, strings.Repeat("[", 33) + strings.Repeat("]", 33)},
	crud.KindList:     {"a\nb", "a\r\n\r\nb", `["a\nb",""]`, "[]", "[", `{"a"}`, "a,b"},
	crud.KindText:     {"192.0.2.7", "192.0.2.7/24", "2001:db8::7", "::ffff:192.0.2.7", "fe80::1%eth0", "a@b.example", "https://example.org/"},
}

// TestForms_BoundaryValues types every boundary value into every control of every table's form of a row: it is read back the
// same through form, show page and database, or refused by a sentence beside that control.
func TestForms_BoundaryValues(t *testing.T) {
	d := newDesk(t)
	tried := 0
	for _, e := range entries {
		table := d.table(e.table)
		if !slices.Contains(table.Table().Verbs, crud.Update) {
			continue
		}
		form, err := table.Form(d.ctx, d.keys[e.table], nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range form.Groups {
			for _, in := range group.Fields {
				if in.Unseen {
					continue
				}
				t.Run(e.table+" "+in.Name, func(t *testing.T) {
					for _, text := range d.boundaries(in) {
						tried++
						d.roundTrip(t, e.table, in, text)
					}
				})
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d values were tried", tried)
	}
}

func (d *desk) boundaries(in crud.Input) []string {
	all := append(slices.Clone(texts), extremes[in.Kind]...)
	if in.MaxLength > 0 {
		all = append(all, strings.Repeat("ä", in.MaxLength), strings.Repeat("😀", in.MaxLength), strings.Repeat("a", in.MaxLength+1))
	}
	for _, bound := range []string{in.Min, in.Max} {
		if n, ok := new(big.Int).SetString(bound, 10); ok {
			all = append(all, bound, new(big.Int).Add(n, big.NewInt(1)).String(), new(big.Int).Sub(n, big.NewInt(1)).String())
		}
	}
	for _, choice := range in.Choices {
		all = append(all, choice.Value)
	}
	return all
}

// composed are the columns in which texts that look alike are stored alike.
var composed = map[string]bool{"users.username": true, "users.email": true}

// roundTrip types one value and compares what is read back.
func (d *desk) roundTrip(t *testing.T, table string, in crud.Input, text string) {
	t.Helper()
	var form, shown, stored string
	err := d.reg.Together(d.ctx, func(ctx context.Context, tx *gorm.DB) error {
		typed := url.Values{in.Name: {text}}
		if in.Null {
			typed.Set(crud.NullParam, in.Name)
		}
		saved, err := d.table(table).Submit(ctx, d.keys[table], typed)
		if err != nil {
			return err
		}
		if form, shown, err = d.read(ctx, table, saved.Key, in.Name); err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		var value *string
		column := in.Name + "::text"
		if in.Kind == crud.KindList {
			column = "to_json(" + in.Name + ")::text"
		}
		row := tx.Raw(fmt.Sprintf(`SELECT %s FROM %s WHERE id = ?`, column, table), saved.Key).Row()
		if err := row.Scan(&value); err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		if value != nil {
			stored = *value
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		var own *crud.Error
		if !errors.As(err, &own) || own.Kind != crud.KindInvalid && own.Kind != crud.KindForbidden {
			t.Errorf("%.60q: %v", text, err)
			return
		}
		for name, sentence := range own.Fields {
			if !plain.MatchString(sentence) || technical.MatchString(sentence) {
				t.Errorf("%.60q: %s: %q is no sentence for people", text, name, sentence)
			}
		}
		if own.Kind == crud.KindInvalid && own.Fields[in.Name] == "" && len(own.Fields) > 0 && own.Fields[""] == "" && !d.together(table, in.Name, own) {
			t.Errorf("%.60q: nothing is said beside it: %q", text, own.Fields)
		}
		return
	}
	if composed[table+"."+in.Name] {
		text = strings.TrimSpace(norm.NFC.String(text))
	}
	if !alike(in.Kind, text, form) || !alike(in.Kind, text, shown) && in.Kind != crud.KindRelation || !alike(in.Kind, text, stored) {
		t.Errorf("%.60q came back as %.60q in the form, %.60q on the page and %.60q in the database", text, form, shown, stored)
	}
}

// together reports whether what is said stands beside fields that a rule of the table joins with this one.
func (d *desk) together(table, name string, own *crud.Error) bool {
	for other := range own.Fields {
		var joined bool
		const sql = `SELECT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = $1::regclass AND k.contype = 'c'
			AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attname IN ($2, $3)) = 2)`
		if err := d.db.Pool.QueryRow(d.Context(), sql, "unified."+table, name, other).Scan(&joined); err != nil || !joined {
			return false
		}
	}
	return true
}

// read returns a field as the form and the show page have it.
func (d *desk) read(ctx context.Context, table, key, name string) (form, shown string, err error) {
	page, err := d.table(table).Form(ctx, key, nil)
	if err != nil {
		return "", "", err
	}
	for _, group := range page.Groups {
		for _, in := range group.Fields {
			if in.Name == name {
				form = in.Text
			}
		}
	}
	record, err := d.table(table).Show(ctx, key)
	if err != nil {
		return "", "", err
	}
	for _, group := range record.Groups {
		for _, value := range group.Fields {
			if value.Name == name {
				shown = value.Text
			}
		}
	}
	return form, shown, nil
}

// alike reports whether two texts mean the same to a field of the kind.
func alike(kind crud.Kind, a, b string) bool {
	a, b = strings.ReplaceAll(a, "\r\n", "\n"), strings.ReplaceAll(b, "\r\n", "\n")
	switch kind {
	case crud.KindInteger, crud.KindNumber:
		x, okX := new(big.Rat).SetString(strings.TrimSpace(a))
		y, okY := new(big.Rat).SetString(strings.TrimSpace(b))
		return okX == okY && (!okX || x.Cmp(y) == 0)
	case crud.KindTime, crud.KindDate:
		x, y := moment(a), moment(b)
		return x.Equal(y)
	case crud.KindJSON:
		var x, y any
		return (json.Unmarshal([]byte(a), &x) == nil) == (json.Unmarshal([]byte(b), &y) == nil) && reflect.DeepEqual(x, y)
	case crud.KindList:
		return reflect.DeepEqual(items(a), items(b))
	}
	return a == b
}

func moment(text string) time.Time {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-07", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// items reads a list as a form writes it, or as JSON.
func items(text string) []string {
	var all []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &all) == nil {
		return slices.DeleteFunc(all, func(item string) bool { return item == "" })
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			all = append(all, line)
		}
	}
	return all
}
