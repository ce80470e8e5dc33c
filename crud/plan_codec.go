package crud

import (
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm/schema"
)

// codec turns one kind's values into text and back. Values are those of the field itself, never pointers to it.
type codec struct {
	parse  func(text string, into reflect.Value) error // the error is a sentence for people
	format func(value reflect.Value) string            // for forms; parse reads it back exactly
	raw    func(value reflect.Value) string            // as PostgreSQL writes it
	json   func(to []byte, value reflect.Value) []byte // appends it as JSON
}

// Layouts of times in forms and cells, with as many fractional digits as there are.
const (
	timeLayout = "2006-01-02T15:04:05.999999"
	cellLayout = "2006-01-02 15:04:05"
	dateLayout = "2006-01-02"
)

// codecOf chooses the codec by the field's type and, where that leaves a choice, by its database type.
func codecOf(f *schema.Field) (codec, Kind, bool) {
	t, data := f.IndirectFieldType, strings.ToLower(string(f.DataType))
	switch {
	case t == reflect.TypeFor[time.Time]() && data == "date":
		return codec{parseDate, formatDate, formatDate, jsonDate}, KindDate, true
	case t == reflect.TypeFor[time.Time]():
		return codec{parseTime, formatTime, rawTime, jsonTime}, KindTime, true
	case data == "json" || data == "jsonb":
		return codec{parseJSON, formatJSON, formatText, jsonRaw}, KindJSON, t.Kind() == reflect.Slice || t.Kind() == reflect.String
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return codec{parseList, formatList, formatList, jsonList}, KindList, true
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return codec{parseMarshaler, formatMarshaler, formatMarshaler, jsonMarshaler}, KindText, true
	}
	return basicCodec(t, data)
}

// basicCodec chooses by the Go type alone.
func basicCodec(t reflect.Type, data string) (codec, Kind, bool) {
	switch t.Kind() {
	case reflect.Bool:
		return codec{parseBool, formatBool, formatBool, jsonBool}, KindBool, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return codec{parseInt, formatInt, formatInt, jsonInt}, KindInteger, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return codec{parseUint, formatUint, formatUint, jsonUint}, KindInteger, true
	case reflect.Float32, reflect.Float64:
		return codec{parseFloat, formatFloat, formatFloat, jsonFloat}, KindNumber, true
	case reflect.String:
		switch {
		case strings.HasPrefix(data, "numeric") || strings.HasPrefix(data, "decimal"):
			return codec{parseDecimal, formatText, formatText, jsonText}, KindNumber, true
		case data == "text":
			return codec{parseText, formatText, formatText, jsonText}, KindLongText, true
		}
		return codec{parseText, formatText, formatText, jsonText}, KindText, true
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return codec{parseBytes, formatBytes, formatBytes, jsonBytes}, KindBytes, true
		}
	}
	return codec{}, "", false
}

func parseBool(text string, into reflect.Value) error {
	switch text {
	case "true", "on", "1":
		into.SetBool(true)
	case "false", "off", "0":
		into.SetBool(false)
	default:
		return errors.New("Choose yes or no.")
	}
	return nil
}

func formatBool(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }

func parseInt(text string, into reflect.Value) error {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, into.Type().Bits())
	if err != nil {
		return wholeNumber(err, into.Type())
	}
	into.SetInt(n)
	return nil
}

func formatInt(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }

func parseUint(text string, into reflect.Value) error {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, into.Type().Bits())
	if err != nil {
		return wholeNumber(err, into.Type())
	}
	into.SetUint(n)
	return nil
}

func formatUint(v reflect.Value) string { return strconv.FormatUint(v.Uint(), 10) }

func wholeNumber(err error, t reflect.Type) error {
	if errors.Is(err, strconv.ErrRange) {
		least, greatest := integerBounds(t)
		return fmt.Errorf("Enter a number from %s to %s.", least, greatest)
	}
	return errors.New("Enter a whole number.")
}

var decimal = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

func parseFloat(text string, into reflect.Value) error {
	text = strings.TrimSpace(text)
	if !decimal.MatchString(text) {
		return errors.New("Enter a number.")
	}
	n, err := strconv.ParseFloat(text, into.Type().Bits())
	if err != nil {
		return errors.New("This number is too large.")
	}
	into.SetFloat(n)
	return nil
}

// formatFloat writes numbers without end as PostgreSQL does.
func formatFloat(v reflect.Value) string {
	switch n := v.Float(); {
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits())
}

// parseDecimal keeps the digits as they are: numeric is exact.
func parseDecimal(text string, into reflect.Value) error {
	text = strings.TrimSpace(text)
	if !decimal.MatchString(text) {
		return errors.New("Enter a number.")
	}
	into.SetString(text)
	return nil
}

// parseText accepts what PostgreSQL can store: UTF-8 without NUL.
func parseText(text string, into reflect.Value) error {
	if err := storable(text); err != nil {
		return err
	}
	into.SetString(text)
	return nil
}

// composed parses a text without the spaces around it, and in the form of Unicode in which each letter is one.
func composed(parse func(string, reflect.Value) error) func(string, reflect.Value) error {
	return func(text string, into reflect.Value) error {
		return parse(strings.TrimSpace(norm.NFC.String(text)), into)
	}
}

// addressed says it of an address that cannot be read.
func addressed(parse func(string, reflect.Value) error) func(string, reflect.Value) error {
	return func(text string, into reflect.Value) error {
		if parse(text, into) != nil {
			return errors.New("Enter an IP address such as 192.0.2.7 or 2001:db8::7, or a network such as 192.0.2.0/24.")
		}
		return nil
	}
}

func storable(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("This text is not valid UTF-8.")
	}
	if strings.ContainsRune(text, 0) {
		return errors.New("This text holds a NUL character, which cannot be stored.")
	}
	return nil
}

func formatText(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		return string(v.Bytes())
	}
	return v.String()
}

var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", dateLayout,
}

// parseTime takes UTC where no zone is given. PostgreSQL keeps microseconds.
func parseTime(text string, into reflect.Value) error {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			into.Set(reflect.ValueOf(t.UTC().Truncate(time.Microsecond)))
			return nil
		}
	}
	return errors.New("Enter a date and time such as 2026-05-31 14:30.")
}

func formatTime(v reflect.Value) string { return moment(v).UTC().Format(timeLayout) }
func rawTime(v reflect.Value) string    { return moment(v).UTC().Format("2006-01-02 15:04:05.999999-07") }

func moment(v reflect.Value) time.Time {
	if mark, ok := v.Addr().Interface().(*gorm.DeletedAt); ok {
		return mark.Time
	}
	return *v.Addr().Interface().(*time.Time)
}

// stamp is a moment in cellLayout, which Format takes thrice as long for.
func stamp(at time.Time) string {
	year, month, day := at.Date()
	if year < 0 || year > 9999 {
		return at.Format(cellLayout)
	}
	hour, minute, second := at.Clock()
	b := make([]byte, 0, len(cellLayout))
	for i, n := range [...]int{year / 100, year % 100, int(month), day, hour, minute, second} {
		b = append(b, "0123456789"[n/10], "0123456789"[n%10])
		if separator := "\x00-- ::\x00"[i]; separator != 0 {
			b = append(b, separator)
		}
	}
	return string(b)
}

func parseDate(text string, into reflect.Value) error {
	t, err := time.Parse(dateLayout, strings.TrimSpace(text))
	if err != nil || t.Year() < 1 {
		return errors.New("Enter a date such as 2026-05-31.")
	}
	into.Set(reflect.ValueOf(t))
	return nil
}

func formatDate(v reflect.Value) string { return moment(v).Format(dateLayout) }

// parseJSON refuses what jsonb cannot hold or what no person means: invalid text, \u0000, more than 32 levels.
func parseJSON(text string, into reflect.Value) error {
	if err := storable(text); err != nil {
		return err
	}
	if err := checkJSON(text); err != nil {
		return err
	}
	setText(into, text)
	return nil
}

func setText(into reflect.Value, text string) {
	if into.Kind() == reflect.String {
		into.SetString(text)
		return
	}
	into.SetBytes([]byte(text))
}

func formatJSON(v reflect.Value) string { return indented(formatText(v)) }

// parseList reads one text a line, or a JSON array where a text itself holds a line break or is empty.
func parseList(text string, into reflect.Value) error {
	if err := storable(text); err != nil {
		return err
	}
	items := []string{}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &items) != nil {
		items = items[:0]
		for line := range strings.SplitSeq(text, "\n") {
			if line != "" {
				items = append(items, line)
			}
		}
	}
	into.Set(reflect.ValueOf(items).Convert(into.Type()))
	return nil
}

func formatList(v reflect.Value) string {
	items := v.Convert(reflect.TypeFor[[]string]()).Interface().([]string)
	text := strings.Join(items, "\n")
	odd := len(items) == 0 || strings.HasPrefix(text, "[") || strings.Count(text, "\n") != len(items)-1 || strings.Contains(text, "\r")
	for _, item := range items {
		odd = odd || item == ""
	}
	if odd {
		exact, _ := json.Marshal(items) // texts always marshal
		return string(exact)
	}
	return text
}

func parseMarshaler(text string, into reflect.Value) error {
	if err := storable(text); err != nil {
		return err
	}
	if err := into.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(strings.TrimSpace(text))); err != nil {
		return errors.New("This cannot be read as a value of its kind.")
	}
	return nil
}

func formatMarshaler(v reflect.Value) string {
	marshaler, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		marshaler = v.Addr().Interface().(encoding.TextMarshaler)
	}
	text, err := marshaler.MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

func parseBytes(text string, into reflect.Value) error {
	data, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
	if err != nil {
		return errors.New(`Enter hexadecimal digits such as \x00ff.`)
	}
	into.SetBytes(data)
	return nil
}

func formatBytes(v reflect.Value) string { return `\x` + hex.EncodeToString(v.Bytes()) }
