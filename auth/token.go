package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

const tokenBytes = 32

// newToken returns a session token for a cookie and its SHA-256 for the database.
func newToken() (token string, hash []byte) {
	raw := make([]byte, tokenBytes)
	rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, hashToken(token)
}

// hashToken returns the SHA-256 of a token, nil for a text that cannot be one.
func hashToken(token string) []byte {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return nil
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}

// CookieName returns the name of the session cookie: "__Host-unified-" and six hex digits of port and prefix, because
// browsers share cookies between the ports of a host, and two instances would sign each other out. Over plain http
// beyond loopback browsers refuse the "__Host-" prefix: plain leaves it away.
func CookieName(port int, prefix string, plain bool) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d%s", port, prefix))
	name := "unified-" + hex.EncodeToString(sum[:3])
	if plain {
		return name
	}
	return "__Host-" + name
}
