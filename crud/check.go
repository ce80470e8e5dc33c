package crud

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// check validates fields of a row before it is written: what the database would refuse with less to say.
func (c *Store[P]) check(row P, fields []*field[P]) error {
	wrong := map[string]string{}
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
			return "This must not be empty."
		}
		return ""
	}
	if f.Required && f.textual && strings.TrimSpace(text) == "" {
		return "This must not be empty."
	}
	// An untouched empty text is judged by its own rules, so that a default may still fill it.
	if len(f.choices) > 0 && text != "" && !slices.ContainsFunc(f.choices, func(c Choice) bool { return c.Value == text }) {
		return oneOf(f.choices)
	}
	if f.size > 0 && utf8.RuneCountInString(text) > f.size {
		return fmt.Sprintf("This is %d characters long; at most %d fit.", utf8.RuneCountInString(text), f.size)
	}
	if f.validate == "" {
		return ""
	}
	var failures validator.ValidationErrors
	if errors.As(validate.StructPartial(row, f.path), &failures) {
		return explain(failures[0])
	}
	return ""
}

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
		return "This must not be empty."
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
