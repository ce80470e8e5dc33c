package demo

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// makeCertificateRows writes what belongs to certificates: files, renewals, services and notifications.
func (c *company) makeCertificateRows() ([]*sheet, error) {
	files, err := c.makeFiles()
	if err != nil {
		return nil, err
	}
	return []*sheet{files, c.makeRenewals(), c.makeServices(), c.makeNotifications()}, nil
}

// file is a file of a certificate.
type file struct {
	kind, path, mode string
	content          []byte
}

// files returns the files of a certificate as they would be on disk.
func (x *issued) files() ([]file, error) {
	const cert, key, request = "CERTIFICATE", "PRIVATE KEY", "CERTIFICATE REQUEST"
	all := []file{{"certificate", x.folder + "/cert.pem", "644", pemOf(cert, x.cert.Raw)}}
	if x.key == nil {
		return all, nil
	}
	raw, err := x509.MarshalPKCS8PrivateKey(x.key)
	if err != nil {
		return nil, fmt.Errorf("encode the key of %s: %w", x.domain, err)
	}
	all = append(all, file{"private_key", x.folder + "/privkey.pem", "600", pemOf(key, raw)})
	if x.chain == nil {
		return all, nil
	}
	var chain [][]byte
	for _, next := range x.chain {
		chain = append(chain, next.Raw)
	}
	asked, err := x.request()
	if err != nil {
		return nil, err
	}
	account, err := x509.MarshalPKCS8PrivateKey(keyOf("the ACME account"))
	if err != nil {
		return nil, fmt.Errorf("encode the account's key: %w", err)
	}
	return append(all,
		file{"chain", x.folder + "/chain.pem", "644", pemOf(cert, chain...)},
		file{"fullchain", x.folder + "/fullchain.pem", "644", pemOf(cert, slices.Insert(chain, 0, x.cert.Raw)...)},
		file{"csr", x.folder + "/request.pem", "644", pemOf(request, asked)},
		file{"account_key", accountKey, "600", pemOf(key, account)}), nil
}

func (c *company) makeFiles() (*sheet, error) {
	d := diceOf("files")
	files := newSheet("certificate_files", "certificate_id", "file_type", "file_path", "file_size", "file_checksum",
		"file_permissions", "last_verified", "verification_status", "verification_error", "created_at", "updated_at")
	for _, x := range c.issued {
		all, err := x.files()
		if err != nil {
			return nil, err
		}
		written := x.recorded
		if x.kind == "letsencrypt" {
			written = x.cert.NotBefore.Add(2 * time.Minute)
		}
		for _, f := range all {
			status, checked := "verified", d.during(later(written, c.Now.Add(-day)), c.Now)
			var problem any
			switch d.IntN(60) {
			case 0:
				status, problem = "failed", "checksum differs from the recorded one"
			case 1:
				status, problem = "missing", "open "+f.path+": no such file or directory"
			case 2, 3:
				status, checked = "needs_verification", later(written, c.Now.Add(-9*day))
			}
			sum := sha256.Sum256(f.content)
			files.add(c.certificateID(x), f.kind, f.path, len(f.content), hex.EncodeToString(sum[:]), f.mode, checked, status,
				problem, written, checked)
		}
	}
	return files, nil
}

func (c *company) certificateID(x *issued) int64 { return c.sheets["certificates"].id(x.row) }

// makeServices says which service presents which certificate.
func (c *company) makeServices() *sheet {
	d := diceOf("services")
	services := newSheet("service_certificates", "service_name", "domain", "certificate_type", "ssl_enabled",
		"certificate_path", "private_key_path", "chain_path", "is_active", "last_updated", "last_reload", "ssl_protocols",
		"ssl_ciphers", "hsts_enabled", "hsts_max_age", "last_health_check", "health_status", "health_error", "created_at")
	for _, x := range c.issued {
		if x.key == nil {
			continue
		}
		kind, chain := "self-signed", any(nil)
		if x.chain != nil {
			kind, chain = "live", x.folder+"/chain.pem"
		}
		names := []string{pick(d, []string{"apache", "apache", "apache", "nginx"})}
		switch {
		case x.domain == home:
			names = []string{"apache", "postfix", "dovecot", "webdav", "api", "admin", "mail"}
		case x.chain != nil && d.chance(30):
			names = append(names, "mail")
		}
		for _, name := range names {
			health, problem := healthOf(x.cert.NotAfter.Sub(c.Now))
			reload := later(x.recorded, x.cert.NotBefore).Add(5 * time.Minute)
			services.add(name, x.domain, kind, true, x.folder+"/cert.pem", x.folder+"/privkey.pem", chain, true, reload, reload,
				pick(d, [][]string{{"TLSv1.2", "TLSv1.3"}, {"TLSv1.3"}}), "ECDHE+AESGCM:ECDHE+CHACHA20", d.chance(70), 31536000,
				d.during(c.Now.Add(-time.Hour), c.Now), health, problem, x.recorded)
		}
	}
	return services
}

// healthOf judges how long a certificate is still good for.
func healthOf(left time.Duration) (status string, problem any) {
	days := int(left / day)
	switch {
	case left <= 0:
		return "critical", "the certificate has expired"
	case days < 7:
		return "critical", fmt.Sprintf("the certificate expires in %d days", days)
	case days < 30:
		return "warning", fmt.Sprintf("the certificate expires in %d days", days)
	}
	return "healthy", nil
}
