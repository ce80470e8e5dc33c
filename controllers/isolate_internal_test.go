package controllers

import (
	"testing"

	"unified/crud"
)

func TestIsolated(t *testing.T) {
	for name, want := range map[string]string{
		"Zoë 😀":                   "Zoë 😀",
		"":                        "",
		"exe\u202Egpj.":           "\u2068exe\u202Egpj.\u2069",
		"\u2069early\u202E\u2067": "\u2068early\u202E\u2069",
		"שלום":                    "\u2068שלום\u2069",
	} {
		if got := isolated(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if got := outcome("7", &crud.Saved{Label: "a\u202Eb", Changed: []string{"Name"}}); got != "Saved \u2068a\u202Eb\u2069." {
		t.Errorf("it says %q", got)
	}
}
