package auth_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"unified/auth"
)

const good = "violet tractor 81"

func TestHashFor(t *testing.T) {
	for name, test := range map[string]struct{ service, password, scheme, prefix string }{
		"web_is_argon2id": {"web", good, "ARGON2", "$argon2id$v=19$m=19456,t=2,p=1$"},
		"T64_dovecot_is_bcrypt_of_cost_12_with_72_bytes": {"dovecot", strings.Repeat("ä1", 24), "BCRYPT", "$2y$12$"},
	} {
		t.Run(name, func(t *testing.T) {
			hash, scheme, err := auth.HashFor(test.service, test.password)
			if err != nil || scheme != test.scheme || !strings.HasPrefix(hash, test.prefix) {
				t.Fatalf("HashFor = %q, %q, %v", hash, scheme, err)
			}
		})
	}
	t.Run("a_hash_opens_to_its_password_alone", func(t *testing.T) {
		hash := auth.Argon2id(good)
		for password, want := range map[string]bool{good: true, good + " ": false, "Violet tractor 81": false, "": false} {
			if ok, err := auth.Verify(auth.SchemeArgon2, hash, password); ok != want || err != nil {
				t.Errorf("Verify(%q) = %v, %v", password, ok, err)
			}
		}
	})
	t.Run("each_hash_has_its_own_salt", func(t *testing.T) {
		if first, second := auth.Argon2id(good), auth.Argon2id(good); first == second {
			t.Error("two hashes are the same")
		}
	})
}

func TestHashFor_refuses(t *testing.T) {
	for name, test := range map[string]struct{ service, password string }{
		"T66_eleven_characters":             {"web", "violet trac"},
		"T66_admin123":                      {"web", "admin123"},
		"T66_a_well_known_password":         {"web", "Password1234"},
		"T66_one_letter_again_and_again":    {"dovecot", "aaaaaaaaaaaaaa"},
		"T64_more_than_128_characters":      {"web", strings.Repeat("ab", 65)},
		"T64_more_than_72_bytes_for_bcrypt": {"dovecot", strings.Repeat("ä1", 25)},
		"T68_a_NUL":                         {"web", "violet\x00tractor 81"},
		"T68_bytes_that_are_not_text":       {"web", "violet \xff\xfe tractor"},
		"empty":                             {"web", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := auth.HashFor(test.service, test.password)
			var fields interface{ FieldErrors() map[string]string }
			if !errors.As(err, &fields) || fields.FieldErrors()["password"] == "" {
				t.Errorf("error = %v, want a sentence for the field password", err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	foreign, err := bcrypt.GenerateFromPassword([]byte(good), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a_hash_made_by_htpasswd_opens", func(t *testing.T) {
		hash := strings.Replace(string(foreign), "$2a$", "$2y$", 1)
		if ok, err := auth.Verify("BCRYPT", hash, good); !ok || err != nil {
			t.Errorf("Verify = %v, %v", ok, err)
		}
	})
	t.Run("T64_what_bcrypt_would_not_read_does_not_match", func(t *testing.T) {
		long := strings.Repeat("x", 72)
		hash, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := auth.Verify("BCRYPT", string(hash), long+"y"); ok || err != nil {
			t.Errorf("Verify = %v, %v", ok, err)
		}
	})
	argon := auth.Argon2id(good)
	for name, test := range map[string]struct{ scheme, hash string }{
		"unknown_scheme":             {"SSHA", "abc"},
		"empty_hash":                 {"ARGON2", ""},
		"a_hash_of_the_other_scheme": {"ARGON2", string(foreign)},
		"cut_hash":                   {"ARGON2", argon[:len(argon)-30]},
		"T64_too_much_memory":        {"ARGON2", strings.Replace(argon, "m=19456", "m=4194304", 1)},
		"T64_too_many_passes":        {"ARGON2", strings.Replace(argon, "t=2", "t=4000000", 1)},
		"no_passes":                  {"ARGON2", strings.Replace(argon, "t=2", "t=0", 1)},
		"T64_too_many_rounds":        {"BCRYPT", strings.Replace(string(foreign), "$04$", "$31$", 1)},
		"not_a_bcrypt_hash":          {"BCRYPT", "plain"},
	} {
		t.Run(name+"_is_an_error", func(t *testing.T) {
			if ok, err := auth.Verify(test.scheme, test.hash, good); ok || err == nil {
				t.Errorf("Verify = %v, %v", ok, err)
			}
		})
	}
}
