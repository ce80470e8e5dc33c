package demo

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

// authority signs certificates that nobody trusts: its key follows from its name.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

// keyOf returns the key of a name, always the same one.
func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("demo key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// newAuthority returns an authority that signed itself.
func newAuthority(name string, from, until time.Time) (authority, error) {
	draft := draftOf(name, from, until)
	draft.IsCA, draft.BasicConstraintsValid, draft.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	a := authority{draft, keyOf(name)}
	var err error
	a.cert, err = a.sign(draft, a.key)
	return a, err
}

// issue signs a server certificate for names, the first of which is its subject, and returns it with its key.
func (a authority) issue(names []string, from, until time.Time) (*x509.Certificate, ed25519.PrivateKey, error) {
	draft, key := draftOf(names[0], from, until), keyOf(names[0])
	draft.DNSNames = names
	draft.KeyUsage, draft.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	cert, err := a.sign(draft, key)
	return cert, key, err
}

func draftOf(name string, from, until time.Time) *x509.Certificate {
	serial := sha256.Sum256(fmt.Appendf(nil, "demo serial of %s %d", name, from.Unix()))
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:15]),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Northlight Hosting (demo)"}},
		NotBefore:    from, NotAfter: until,
	}
}

// sign is repeatable: Ed25519 needs no randomness.
func (a authority) sign(template *x509.Certificate, key ed25519.PrivateKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", template.Subject.CommonName, err)
	}
	return x509.ParseCertificate(raw)
}

// anchors returns up to limit certificates of authorities: those of the bundle, which are real, or self-made ones where
// there is no such file. from says which.
func (c *company) anchors(limit int) (found []*x509.Certificate, from string, err error) {
	text, err := os.ReadFile(c.Bundle)
	if err == nil {
		found = parseBundle(text, limit)
	}
	if len(found) > 0 {
		return found, fmt.Sprintf("%d certificates of authorities are those of %s", len(found), c.Bundle), nil
	}
	for n := range min(limit, 24) {
		a, err := newAuthority(fmt.Sprintf("Demo Root CA %d", n+1), c.Now.Add(-time.Duration(n+1)*300*day),
			c.Now.Add(time.Duration(10+n*200)*day))
		if err != nil {
			return nil, "", err
		}
		found = append(found, a.cert)
	}
	return found, fmt.Sprintf("%d certificates of authorities were made, since %s holds none", len(found), c.Bundle), nil
}

// parseBundle returns the certificates of a PEM file, each once, less those that cannot be parsed and those without
// country and organization: no public authority lacks both, and what this machine trusts of its own is nobody's business.
func parseBundle(text []byte, limit int) []*x509.Certificate {
	var found []*x509.Certificate
	known := map[string]bool{}
	for len(found) < limit {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil || known[string(cert.Raw)] || !cert.NotAfter.After(cert.NotBefore) ||
			len(cert.Subject.Country)+len(cert.Subject.Organization) == 0 {
			continue
		}
		known[string(cert.Raw)] = true
		found = append(found, cert)
	}
	return found
}

// pemOf returns the PEM of blocks of one kind, as a file holds them.
func pemOf(kind string, blocks ...[]byte) []byte {
	var text bytes.Buffer
	for _, block := range blocks {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: block}))
	}
	return text.Bytes()
}
