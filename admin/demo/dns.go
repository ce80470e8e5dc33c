package demo

import (
	"fmt"
	"time"
)

const reverseZone = "2.0.192.in-addr.arpa"

// zone collects the records of one zone.
type zone struct {
	*sheet
	dice
	domain string
	made   time.Time
	now    time.Time
	tuned  bool // unusual lifetimes here and there
}

// record is a DNS record in the making; nil numbers are none.
type record struct {
	name, kind, value      string
	priority, weight, port any
	system                 bool
}

func (z zone) add(records ...record) {
	for _, r := range records {
		ttl := 3600
		if z.tuned && z.chance(20) {
			ttl = pick(z.dice, []int{300, 600, 7200, 86400})
		}
		made := z.during(z.made, z.now)
		if r.system {
			made = z.made
		}
		active := r.system || z.chance(97)
		z.sheet.add(z.domain, r.name, r.kind, r.value, ttl, r.priority, r.weight, r.port, active, r.system, made,
			z.during(made, z.now))
	}
}

// makeZones makes a zone for each domain and one for the addresses of the company's hosts.
func (c *company) makeZones() ([]*sheet, error) {
	d := diceOf("zones")
	zones := newSheet("dns_zones", "domain", "serial_number", "refresh_interval", "retry_interval", "expire_interval",
		"minimum_ttl", "primary_ns", "admin_email", "is_active", "zone_type", "created_at", "updated_at")
	records := newSheet("dns_records", "domain", "name", "record_type", "value", "ttl", "priority", "weight", "port",
		"is_active", "is_system_record", "created_at", "updated_at")
	for i, domain := range append([]string{reverseZone}, c.domains...) {
		made := c.Now.Add(-time.Duration(d.between(100, 1200)) * day)
		changed := d.during(c.Now.Add(-90*day), c.Now)
		serial := serialOf(changed, d.between(1, 9))
		kind := "master"
		if i > 3 && d.chance(5) {
			kind = "slave"
		}
		zones.add(domain, serial, 3600, 1800, 604800, 3600, "ns1."+home, "hostmaster@"+home, i < 3 || d.chance(96), kind,
			made, changed)
		z := zone{records, d, domain, made, changed, i > 1}
		z.add(record{name: "@", kind: "SOA", system: true,
			value: fmt.Sprintf("ns1.%s hostmaster.%s %d 3600 1800 604800 3600", home, home, serial)},
			record{name: "@", kind: "NS", value: "ns1." + home, system: true},
			record{name: "@", kind: "NS", value: "ns2." + home, system: true})
		switch domain {
		case reverseZone:
			for n, host := range hosts() {
				z.add(record{name: fmt.Sprint(n + 2), kind: "PTR", value: host + "." + home})
			}
			continue
		case home:
			z.addHosts()
		}
		z.addMail(i)
		z.addWeb(i)
	}
	return []*sheet{zones, records}, nil
}

// serialOf returns the nth serial number of a day.
func serialOf(t time.Time, nth int) int64 {
	return int64(t.Year())*1000000 + int64(t.Month())*10000 + int64(t.Day())*100 + int64(nth)
}

// hosts are the company's machines; their addresses end with 2 and up.
func hosts() []string {
	return []string{"ns1", "ns2", "mx1", "mx2", "imap", "smtp", "web1", "web2", "panel", "api"}
}

func (z zone) addHosts() {
	for n, host := range hosts() {
		z.add(record{name: host, kind: "A", value: fmt.Sprintf("192.0.2.%d", n+2)},
			record{name: host, kind: "AAAA", value: fmt.Sprintf("2001:db8:53::%x", n+2)})
	}
}

// addMail adds what mail needs: servers, SPF, DKIM, DMARC and the records by which programs find their settings.
func (z zone) addMail(nth int) {
	z.add(
		record{name: "@", kind: "MX", value: "mx1." + home, priority: 10},
		record{name: "@", kind: "MX", value: "mx2." + home, priority: 20},
		record{name: "@", kind: "TXT", value: "v=spf1 mx include:_spf." + home + " -all"},
		record{name: "s2025._domainkey", kind: "TXT", value: "v=DKIM1; k=rsa; p=" + dkimKeys()[nth%len(dkimKeys())]},
		record{name: "_dmarc", kind: "TXT", value: "v=DMARC1; p=" + pick(z.dice, []string{"none", "quarantine", "reject"}) +
			"; rua=mailto:dmarc@" + home + "; adkim=s; aspf=s"},
		record{name: "_imaps._tcp", kind: "SRV", value: "imap." + home, priority: 0, weight: 1, port: 993},
		record{name: "_submission._tcp", kind: "SRV", value: "smtp." + home, priority: 0, weight: 1, port: 587},
	)
	if z.domain == home {
		z.add(record{name: "_spf", kind: "TXT", value: "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:53::/48 -all"})
	}
	if z.chance(60) {
		z.add(record{name: "_submissions._tcp", kind: "SRV", value: "smtp." + home, priority: 0, weight: 1, port: 465},
			record{name: "autoconfig", kind: "CNAME", value: "panel." + home},
			record{name: "autodiscover", kind: "CNAME", value: "panel." + home})
	}
}

// addWeb adds the web server and what points at it.
func (z zone) addWeb(nth int) {
	host := nth*7%250 + 2
	z.add(
		record{name: "@", kind: "A", value: fmt.Sprintf("%s.%d", pick(z.dice, []string{"198.51.100", "203.0.113"}), host)},
		record{name: "@", kind: "AAAA", value: fmt.Sprintf("2001:db8:80:%x::%x", nth&0xffff, host)},
		record{name: "@", kind: "CAA", value: `0 issue "` + home + `"`},
		record{name: "@", kind: "CAA", value: `0 iodef "mailto:hostmaster@` + home + `"`},
	)
	if z.chance(65) {
		z.add(record{name: "www", kind: "CNAME", value: z.domain})
	} else {
		z.add(record{name: "www", kind: "A", value: fmt.Sprintf("198.51.100.%d", host)},
			record{name: "www", kind: "A", value: fmt.Sprintf("203.0.113.%d", host)})
	}
	for _, name := range []string{"shop", "blog", "files", "status", "dev", "calendar", "wiki", "intranet"} {
		if z.chance(25) {
			z.add(record{name: name, kind: "A", value: fmt.Sprintf("198.51.100.%d", z.between(2, 250))})
		}
	}
	if z.chance(40) {
		z.add(record{name: "@", kind: "TXT", value: "site-verification=" + z.code(43)})
	}
}
