package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Limits of a password.
const (
	PasswordMin       = 12  // characters
	PasswordMax       = 128 // characters
	PasswordMaxBcrypt = 72  // bytes, where bcrypt is used: it reads no further
)

// The hash schemes that this package makes and checks, as user_passwords.hash_scheme names them.
const (
	SchemeArgon2 = "ARGON2"
	SchemeBcrypt = "BCRYPT"
)

// What one hash costs: 19 MiB, two passes and one lane of argon2id, or 2^12 rounds of bcrypt.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKeySize = 32
	bcryptCost   = 12
)

// PasswordError is why a password is refused: a sentence for the person who typed it.
type PasswordError string

// Error returns the sentence.
func (w PasswordError) Error() string { return string(w) }

// FieldErrors returns the sentence under "password".
func (w PasswordError) FieldErrors() map[string]string {
	return map[string]string{"password": string(w)}
}

// HashFor makes the hash of a new password for a service, and names its scheme: argon2id for "web", bcrypt for all
// others, because other programs read those. A password that is too short, too long, well known or not text is
// refused with a [PasswordError] in the error's chain.
func HashFor(service, password string) (hash, scheme string, err error) {
	if err := check(password); err != nil {
		return "", "", err
	}
	if service == "web" {
		return Argon2id(password), SchemeArgon2, nil
	}
	if len(password) > PasswordMaxBcrypt {
		return "", "", PasswordError(fmt.Sprintf("The password is too long for this service: at most %d bytes.", PasswordMaxBcrypt))
	}
	raw, err := bcrypt.GenerateFromPassword([]byte(password), bcryptCost)
	if err != nil {
		return "", "", fmt.Errorf("hash the password: %w", err)
	}
	// The two mean the same; Apache knows its own way with the second only.
	return strings.Replace(string(raw), "$2a$", "$2y$", 1), SchemeBcrypt, nil
}

func check(password string) error {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return PasswordError("The password holds characters that are not text.")
	case length < PasswordMin:
		return PasswordError(fmt.Sprintf("The password is too short: at least %d characters.", PasswordMin))
	case length > PasswordMax:
		return PasswordError(fmt.Sprintf("The password is too long: at most %d characters.", PasswordMax))
	case wellKnown(password):
		return PasswordError("This password is one of the first that anybody would try.")
	}
	return nil
}

// wellKnown reports whether lists of leaked passwords of this length begin with password.
func wellKnown(password string) bool {
	password = strings.ToLower(password)
	if strings.Count(password, password[:1]) == len(password) {
		return true
	}
	return slices.Contains([]string{
		"0123456789ab", "012345678901", "1234567890-=", "12345678910a", "123456789012", "1234567890123", "123456789123",
		"1q2w3e4r5t6y", "1qaz2wsx3edc", "123123123123", "987654321098", "abc123abc123", "abcd12345678", "abcdefghijkl",
		"abcdefghijklm", "admin1234567", "adminadmin12", "adminadminadmin", "administrator", "administrator1",
		"changeme1234", "changemechangeme", "correcthorsebatterystaple", "football1234", "iloveyou1234", "iloveyou12345",
		"letmein12345", "letmeinletmein", "p@ssw0rd1234", "pa$$word1234", "password!123", "password1234",
		"password12345", "password123456", "passwordpassword", "q1w2e3r4t5y6", "qazwsxedcrfv", "qwerty123456",
		"qwerty1234567", "qwertyqwerty", "qwertyuiop12", "qwertyuiop123", "qwertyuiopas", "qwertyuiopasdfgh", "unified12345",
		"welcome12345", "welcome123456", "zaq12wsxcde3", "zxcvbnm12345", "zxcvbnmasdfghjkl",
	}, password)
}

// Argon2id returns the PHC string of password, with a salt of its own. It refuses nothing.
func Argon2id(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonLanes, argonKeySize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// Verify reports whether hash, of this scheme, belongs to password. It fails for a scheme that it does not know, and
// for a hash that is malformed or would cost more than signing in may cost.
func Verify(scheme, hash, password string) (bool, error) {
	switch scheme {
	case SchemeArgon2:
		return verifyArgon2(hash, password)
	case SchemeBcrypt:
		return verifyBcrypt(hash, password)
	}
	return false, fmt.Errorf("check a password: hashes of scheme %q are not known", scheme)
}

// Outdated reports whether [HashFor] makes a hash for service web in another way than this one was made.
func Outdated(scheme, hash string) bool {
	today := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemory, argonPasses, argonLanes)
	return scheme != SchemeArgon2 || !strings.HasPrefix(hash, today)
}

func verifyArgon2(hash, password string) (bool, error) {
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errors.New("check a password: the hash is no PHC string of argon2id")
	}
	b64 := base64.RawStdEncoding.Strict()
	_, versionErr := fmt.Sscanf(parts[2], "v=%d", &version)
	_, costErr := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes)
	salt, saltErr := b64.DecodeString(parts[4])
	key, keyErr := b64.DecodeString(parts[5])
	if err := errors.Join(versionErr, costErr, saltErr, keyErr); err != nil {
		return false, fmt.Errorf("check a password: read the argon2id hash: %w", err)
	}
	if version != argon2.Version || len(salt) < 8 || len(key) < 16 || len(key) > 64 ||
		memory > 256*1024 || passes < 1 || passes > 10 || lanes < 1 || lanes > 8 {
		return false, errors.New("check a password: the argon2id hash has parameters out of bounds")
	}
	made := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(made, key) == 1, nil
}

func verifyBcrypt(hash, password string) (bool, error) {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return false, fmt.Errorf("check a password: read the bcrypt hash: %w", err)
	}
	if cost > 15 {
		return false, errors.New("check a password: the bcrypt hash has a cost out of bounds")
	}
	if len(password) > PasswordMaxBcrypt {
		return false, nil
	}
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}
