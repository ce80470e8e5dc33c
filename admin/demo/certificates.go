package demo

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// issued is a certificate with what other areas need to know of its row.
type issued struct {
	row          int // in the sheet of certificates
	domain, kind string
	cert         *x509.Certificate
	key          ed25519.PrivateKey // nil: only the authority has it
	chain        []*x509.Certificate
	folder       string
	recorded     time.Time
	overdue      bool // its renewals fail
}

// How long certificates got by ACME are good for, and how long before their end they are renewed.
const acmeValid, acmeEarly = 90 * day, 30 * day

// makeCertificates records the certificates of all domains, and those of the authorities whose word the company takes.
func (c *company) makeCertificates() ([]*sheet, error) {
	d := diceOf("certificates")
	if err := c.issueServers(d); err != nil {
		return nil, err
	}
	made := len(c.issued)
	from, err := c.trust(max(4, c.Users*3/4))
	if err != nil {
		return nil, err
	}
	c.summary.Certificates = fmt.Sprintf("%s; %d certificates of servers were made.", from, made)
	certificates := newSheet("certificates", "domain", "certificate_type", "subject_alt_names", "issuer", "subject",
		"not_before", "not_after", "certificate_path", "private_key_path", "chain_path", "fullchain_path", "is_active",
		"auto_renew", "renewal_attempts", "last_renewal_attempt", "last_renewal_success", "renewal_error_message",
		"acme_account_key_path", "acme_challenge_type", "created_at", "updated_at", "created_by")
	for i, x := range c.issued {
		x.row = i
		var chain, full, tried, succeeded, problem, account any
		attempts, key, challenge, acme := 0, "/dev/null", "http-01", x.kind == "letsencrypt"
		if x.key != nil {
			key = x.folder + "/privkey.pem"
		}
		if x.chain != nil {
			chain, full = x.folder+"/chain.pem", x.folder+"/fullchain.pem"
		}
		if acme {
			account, tried, succeeded = accountKey, x.cert.NotBefore, x.cert.NotBefore
			challenge = pick(d, []string{"http-01", "http-01", "dns-01", "tls-alpn-01"})
		}
		if x.overdue {
			attempts, tried, problem = 3, c.Now.Add(-9*time.Hour), renewalProblem
		}
		certificates.add(x.domain, x.kind, x.cert.DNSNames, short(x.cert.Issuer), short(x.cert.Subject), x.cert.NotBefore,
			x.cert.NotAfter, x.folder+"/cert.pem", key, chain, full, x.kind == "ca-signed" || i < 4 || d.chance(95), acme,
			attempts, tried, succeeded, problem, account, challenge, x.recorded, d.during(x.recorded, c.Now),
			c.userID(c.staff(d)))
	}
	return []*sheet{certificates}, nil
}

const (
	accountKey     = "/etc/ssl/northlight/acme/account.pem"
	renewalProblem = "urn:ietf:params:acme:error:connection: fetching the challenge timed out after 10s (likely firewall problem)"
)

// issueServers makes a certificate for each domain, and one that signed itself for a few inner sites.
func (c *company) issueServers(d dice) error {
	root, err := newAuthority("Northlight Demo Root", c.Now.Add(-2000*day).Truncate(day), c.Now.Add(5000*day).Truncate(day))
	if err != nil {
		return err
	}
	neglected := map[int]time.Duration{1: -3 * day, 2: 4 * day, 3: 17 * day} // over, about to be, soon to be
	for i, domain := range c.domains {
		left := acmeEarly + time.Duration(d.between(1, 59*24))*time.Hour
		if few, is := neglected[i]; is {
			left = few
		}
		until := c.Now.Add(left).Truncate(time.Second)
		names := []string{domain, "www." + domain, "mail." + domain}
		cert, key, err := root.issue(names, until.Add(-acmeValid), until)
		if err != nil {
			return err
		}
		c.issued = append(c.issued, &issued{
			domain: domain, kind: "letsencrypt", cert: cert, key: key, chain: []*x509.Certificate{root.cert},
			folder: "/etc/ssl/northlight/live/" + domain, recorded: c.Now.Add(-time.Duration(d.between(150, 700)) * day),
			overdue: left < acmeEarly,
		})
		if i%5 != 4 {
			continue
		}
		name, begun := "intranet."+domain, c.Now.Add(-time.Duration(d.between(10, 900))*day).Truncate(day)
		own, err := newAuthority(name, begun, begun.Add(3650*day))
		if err != nil {
			return err
		}
		c.issued = append(c.issued, &issued{domain: name, kind: "self-signed", cert: own.cert, key: own.key,
			folder: "/etc/ssl/northlight/own/" + name, recorded: begun.Add(5 * time.Minute)})
	}
	return nil
}

// trust records the certificates of authorities, each under a name of its own, and says where they come from.
func (c *company) trust(limit int) (from string, err error) {
	anchors, from, err := c.anchors(limit)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, cert := range anchors {
		name := free(taken, label(cert))
		c.issued = append(c.issued, &issued{domain: name + ".trust." + home, kind: "ca-signed", cert: cert,
			folder: "/etc/ssl/northlight/trust/" + name, recorded: c.Now.Add(-400 * day)})
	}
	return from, nil
}

// label writes the name of an authority as a DNS label.
func label(cert *x509.Certificate) string {
	name := cert.Subject.CommonName
	if name == "" {
		name = strings.Join(append(cert.Subject.OrganizationalUnit, cert.Subject.Organization...), " ")
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	text := strings.Join(words, "-")
	return strings.Trim(text[:min(len(text), 58)], "-")
}

// short returns a name as far as its column is long.
func short(name pkix.Name) string {
	text := []rune(name.String())
	return string(text[:min(len(text), 500)])
}

// request returns the signing request that led to a certificate.
func (x *issued) request() ([]byte, error) {
	template := &x509.CertificateRequest{Subject: x.cert.Subject, DNSNames: x.cert.DNSNames}
	raw, err := x509.CreateCertificateRequest(rand.Reader, template, x.key)
	if err != nil {
		return nil, fmt.Errorf("request a certificate for %s: %w", x.domain, err)
	}
	return raw, nil
}
