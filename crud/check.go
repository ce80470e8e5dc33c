package crud

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// empty is the sentence for a value that is missing.
const empty = "This must not be empty."

// Invisible reports whether a text holds nothing that is seen: spaces, controls, formats and fillers alone, or nothing at all.
func Invisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		const brailleBlank = '\u2800'
		return r != brailleBlank && !unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	})
}

// check validates fields of a row before it is written: what the database would refuse with less to say.
// settled tells which values are final: the database may still fill in others.
func (c *Store[P]) check(row P, fields []*field[P], settled func(*field[P]) bool) error {
	wrong := c.faults(row, fields, settled)
	for _, f := range fields {
		if f.Secret || f.ReadOnly {
			continue
		}
		if text := f.wrong(row); text != "" {
			wrong[f.Name] = text
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Fields: wrong}
}

// wrong returns the sentence for the first rule that the field breaks, or "".
func (f *field[P]) wrong(row P) string {
	text, null := f.text(row)
	if null {
		if f.Required {
			return empty
		}
		return f.checked(row)
	}
	if f.Required && f.textual && Invisible(text) {
		return empty
	}
	// An untouched empty text is judged by its own rules, so that a default may still fill it.
	if len(f.choices) > 0 && text != "" && !slices.ContainsFunc(f.choices, func(c Choice) bool { return c.Value == text }) {
		return oneOf(f.choices)
	}
	if f.size > 0 && utf8.RuneCountInString(text) > f.size {
		return fmt.Sprintf("This is %d characters long; at most %d fit.", utf8.RuneCountInString(text), f.size)
	}
	if text := f.tooLarge(text); text != "" {
		return text
	}
	var failures validator.ValidationErrors
	if f.validate != "" && errors.As(validate.StructPartial(row, f.path), &failures) {
		return explain(failures[0])
	}
	return f.checked(row)
}

// checked asks FieldOf.Check.
func (f *field[P]) checked(row P) string {
	if f.check == nil {
		return ""
	}
	return f.check(row)
}

// tooLarge says why a number does not fit its column; "" if it does.
func (f *field[P]) tooLarge(text string) string {
	number, ok := new(big.Rat).SetString(text)
	switch {
	case !ok:
		return ""
	case f.min != "":
		least, _ := new(big.Rat).SetString(f.min)
		most, _ := new(big.Rat).SetString(f.max)
		if number.Cmp(least) < 0 || number.Cmp(most) > 0 {
			return fmt.Sprintf("Enter a number from %s to %s.", f.min, f.max)
		}
	case f.Kind == KindNumber && f.precision > 0:
		if limit := power(f.precision - f.scale); number.Abs(number).Cmp(limit) >= 0 {
			return fmt.Sprintf("At most %d digits fit before the point.", max(0, f.precision-f.scale))
		}
		if !number.Mul(number, power(f.scale)).IsInt() {
			return fmt.Sprintf("At most %d digits fit behind the point.", f.scale)
		}
	}
	return ""
}

// power is ten to the n.
func power(n int) *big.Rat {
	whole := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), whole)
	}
	return new(big.Rat).SetInt(whole)
}

// faults returns the sentences for the checks of the database that the row breaks and that are about one of the fields.
func (c *Store[P]) faults(row P, fields []*field[P], settled func(*field[P]) bool) map[string]string {
	wrong := map[string]string{}
	for i := range c.plan.rules {
		r := &c.plan.rules[i]
		if r.condition == nil || !slices.ContainsFunc(fields, func(f *field[P]) bool { return slices.Contains(r.fact.Columns, f.Name) }) {
			continue
		}
		of := c.plan.reader(row, settled)
		if r.condition.judge(of) != fails {
			continue
		}
		for _, fault := range r.condition.faults(of, c.plan.labelOf) {
			if f := c.plan.column[fault.column]; f != nil && wrong[f.Name] == "" {
				wrong[f.Name] = or(r.says, fault.text)
			}
		}
	}
	maps.DeleteFunc(wrong, func(_, text string) bool { return text == "" })
	return wrong
}

// reader gives a rule the values of a row. Secrets and what is not settled are not known.
func (p *plan[P]) reader(row P, settled func(*field[P]) bool) func(column string) datum {
	return func(column string) datum {
		f := p.column[column]
		if f == nil || f.Secret || !settled(f) {
			return datum{unclear: true}
		}
		text, null := f.text(row)
		return datum{text: text, kind: f.Kind, null: null}
	}
}

// settledIn tells which values of a new row are final: those that were given or set.
func (c *Store[P]) settledIn(row P, given map[string]bool) func(*field[P]) bool {
	return func(f *field[P]) bool { return given[f.Name] || !f.unset(row) }
}

// always is for a row that is there: all its values are settled.
func always[P any](*field[P]) bool { return true }

// oneOf lists the values that are allowed.
func oneOf(choices []Choice) string {
	values := make([]string, len(choices))
	for i, choice := range choices {
		values[i] = choice.Label
	}
	return "Choose one of " + strings.Join(values, ", ") + "."
}

// validate is safe for concurrent use and caches tags.
var validate = validator.New(validator.WithRequiredStructEnabled())

// explain says in words which rule of the validator is broken.
func explain(failure validator.FieldError) string {
	_, err := strconv.Atoi(failure.Param())
	number := err == nil
	switch failure.Tag() {
	case "required":
		return empty
	case "email":
		return "Enter an e-mail address such as name@example.org."
	case "url", "http_url":
		return "Enter an address such as https://example.org/."
	case "min", "gte":
		if number {
			return "The least allowed is " + failure.Param() + "."
		}
	case "max", "lte":
		if number {
			return "The most allowed is " + failure.Param() + "."
		}
	case "lowercase":
		return "Only small letters are allowed here."
	case "uppercase":
		return "Only capital letters are allowed here."
	case "nefield":
		return "This must differ from the " + spaced(failure.Param()) + "."
	case "fqdn", "hostname", "hostname_rfc1123":
		return "Enter a host name such as mail.example.org."
	case "ip":
		return "Enter an IP address such as 192.0.2.1."
	}
	return "This value is not allowed (" + strings.ReplaceAll(failure.Tag(), "_", " ") + ")."
}
