package auth

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Newcomer is who wants an account: what they typed is right by itself, and of the password there is the hash alone.
type Newcomer struct {
	Name                string
	Email               string // in lower case
	FirstName, LastName string // "" for none
	Hash, Scheme        string // for service web
}

// Domain returns the mail domain of the address.
func (n Newcomer) Domain() string { return n.Email[strings.LastIndexByte(n.Email, '@')+1:] }

// Refusal is why nobody was registered: sentences by field of the form, "" for all of it. They hold nothing that was
// typed.
type Refusal map[string]string

// Error returns the sentences by field.
func (r Refusal) Error() string {
	lines := make([]string, 0, len(r))
	for _, field := range slices.Sorted(maps.Keys(r)) {
		lines = append(lines, strings.TrimPrefix(field+": "+r[field], ": "))
	}
	return strings.Join(lines, " ")
}

// What is said of a name and of an address that cannot be had. Of the address no more is said, whatever the cause, so
// that nobody learns whose are here; who cannot have a name has to know it to choose another one.
const (
	NameTaken    = "Somebody has this name already: choose another one."
	AddressTaken = "Nobody can register with this address. Use another one, sign in if you have an account, or ask whoever runs this panel for one."
)

// The form of a name is narrower than what the panel itself takes: no two may look alike, and each is a folder.
var (
	nameForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$`)
	addressForm = regexp.MustCompile(`^[a-z0-9.!#$%&'*+=?^_{|}~-]+@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Limits of what else a newcomer types, in characters.
const (
	addressMax   = 254
	givenNameMax = 100
)

// read takes a newcomer and the password from a form. Nothing but its five fields is taken, each at most once; what is
// wrong is a Refusal.
func read(form url.Values) (n Newcomer, password string, err error) {
	known := []string{"username", "email", "first_name", "last_name", "password"}
	for field, values := range form {
		if len(values) != 1 || !slices.Contains(known, field) {
			return Newcomer{}, "", Refusal{"": "The form was sent with something that does not belong to it."}
		}
	}
	n = Newcomer{
		Name: strings.TrimSpace(form.Get("username")), Email: strings.ToLower(strings.TrimSpace(form.Get("email"))),
		FirstName: strings.TrimSpace(form.Get("first_name")), LastName: strings.TrimSpace(form.Get("last_name")),
	}
	password = form.Get("password")
	if refusal := n.refusal(password); len(refusal) > 0 {
		return Newcomer{}, "", refusal
	}
	return n, password, nil
}

func (n Newcomer) refusal(password string) Refusal {
	refusal := Refusal{}
	if n.Name == "" {
		refusal["username"] = "Choose a name."
	} else if !nameForm.MatchString(n.Name) {
		refusal["username"] = "A name has 2 to 64 letters from a to z, digits, dots, hyphens and underscores, and begins with a letter or a digit."
	}
	if n.Email == "" {
		refusal["email"] = "Type your e-mail address."
	} else if len(n.Email) > addressMax || !addressForm.MatchString(n.Email) {
		refusal["email"] = "This is not an e-mail address, such as name@example.org."
	}
	for field, name := range map[string]string{"first_name": n.FirstName, "last_name": n.LastName} {
		if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
			refusal[field] = "This holds characters that are not text."
		} else if utf8.RuneCountInString(name) > givenNameMax {
			refusal[field] = fmt.Sprintf("At most %d characters.", givenNameMax)
		}
	}
	if password == "" {
		refusal["password"] = "Choose a password."
	} else if err := check(password); err != nil {
		refusal["password"] = err.Error()
	}
	return refusal
}
