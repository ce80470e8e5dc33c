package demo

import "strings"

// makeMail gives people their quotas and aliases.
func (c *company) makeMail() ([]*sheet, error) {
	return []*sheet{c.makeQuotas(), c.makeAliases()}, nil
}

// limit is a kind of quota that a share of people have.
type limit struct {
	service, kind, unit string
	percent             int
	values              []int64
}

func limits() []limit {
	return []limit{
		{"dovecot", "storage", "MB", 96, []int64{512, 1024, 2048, 2048, 5120, 10240, 25600}},
		{"dovecot", "messages", "per_day", 40, []int64{200, 500, 500, 1000, 5000}},
		{"apache", "bandwidth", "GB", 30, []int64{10, 50, 100, 250}},
		{"webdav", "storage", "GB", 25, []int64{1, 5, 10, 50}},
		{"webdav", "files", "count", 15, []int64{10000, 50000, 100000}},
		{"api", "connections", "per_hour", 10, []int64{600, 3600, 10000}},
		{"samba", "storage", "GB", 5, []int64{100, 500}},
	}
}

func (c *company) makeQuotas() *sheet {
	d := diceOf("quotas")
	quotas := newSheet("user_quotas", "user_id", "service", "quota_type", "quota_value", "quota_unit", "current_usage",
		"created_at", "updated_at")
	for _, p := range c.people {
		for _, l := range limits() {
			if !d.chance(l.percent) {
				continue
			}
			size := pick(d, l.values)
			usage := int64(float64(size) * d.Float64() * d.Float64())
			switch {
			case d.chance(4): // nearly full
				usage = size * int64(d.between(91, 99)) / 100
			case d.chance(2):
				usage = size + size/20
			}
			var value any = size
			if d.chance(3) { // unlimited
				value = nil
			}
			quotas.add(c.userID(p), l.service, l.kind, value, l.unit, usage, p.created, d.during(p.created, c.Now))
		}
	}
	return quotas
}

// aliases collects aliases at addresses that nobody else has.
type aliases struct {
	*sheet
	dice
	c     *company
	taken map[string]bool
}

// alias is an alias in the making.
type alias struct {
	address, destination       string
	primary, catchAll, offable bool
}

func (a aliases) add(p *person, new alias) {
	if a.taken[new.address] {
		return
	}
	a.taken[new.address] = true
	active := !new.offable || a.chance(92)
	made := a.during(p.created, a.c.Now)
	a.sheet.add(a.c.userID(p), new.address, new.destination, new.primary, active, new.catchAll, made, a.during(made, a.c.Now))
}

func (c *company) makeAliases() *sheet {
	a := aliases{newSheet("email_aliases", "user_id", "alias_email", "destination_email", "is_primary", "is_active",
		"is_catch_all", "created_at", "updated_at"), diceOf("aliases"), c, map[string]bool{}}
	responsible := map[string]bool{}
	for _, p := range c.people {
		a.taken[p.email] = true
	}
	for _, p := range c.people {
		name := func(local string) string { return local + "@" + p.domain }
		first, last, _ := strings.Cut(p.username, ".")
		for _, local := range []string{first[:1] + "." + last, first, first[:1] + last, last + "." + first, p.username + ".mail"} {
			if !a.taken[name(local)] {
				a.add(p, alias{address: name(local), destination: p.email, primary: true})
				break
			}
		}
		if a.chance(25) {
			a.add(p, alias{address: name(last), destination: p.email, offable: true})
		}
		if a.chance(6) {
			a.add(p, alias{address: name(first + ".away"), destination: p.username + "@mail.example.net", offable: true})
		}
		if responsible[p.domain] {
			continue
		}
		responsible[p.domain] = true
		for _, local := range []string{"postmaster", "abuse", "info"} {
			a.add(p, alias{address: name(local), destination: p.email, catchAll: local == "info" && a.chance(45)})
		}
		for _, local := range []string{"sales", "office", "jobs", "webmaster"} {
			if a.chance(35) {
				a.add(p, alias{address: name(local), destination: p.email, offable: true})
			}
		}
	}
	return a.sheet
}
