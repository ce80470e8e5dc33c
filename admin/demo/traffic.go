package demo

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// addressOf returns where a person works: one of the addresses reserved for documentation, always the same.
func addressOf(p *person) any { return address(p.row) }

func address(n int) netip.Addr {
	if n%4 == 3 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 6: byte(n >> 16), 7: byte(n >> 8), 8: byte(n), 15: byte(n%250 + 1)})
	}
	host := byte(n*37%250 + 1)
	return netip.AddrFrom4([][4]byte{{192, 0, 2, host}, {198, 51, 100, host}, {203, 0, 113, host}}[n%3])
}

// agentOf returns the browser that a person uses.
func agentOf(p *person) string {
	agents := []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
	}
	return agents[p.row%len(agents)]
}

// routine invents what happens all day: mail programs, web pages, files, programs and sign-ins.
func (h *history) routine(at time.Time) entry {
	p := h.callers[h.skewed(len(h.callers))]
	if p.created.After(at) {
		p = h.people[0]
	}
	switch dice := h.IntN(100); {
	case dice < 38:
		return h.mail(p)
	case dice < 60:
		return h.page(p)
	case dice < 74:
		return h.file(p)
	case dice < 87:
		return h.call(p)
	case dice < 89:
		return entry{user: h.userID(p), service: "samba", action: "connect", resource: "home", address: addressOf(p),
			duration: h.between(3, 40)}
	case dice < 94:
		return h.attack()
	}
	return h.panel(p)
}

func (h *history) mail(p *person) entry {
	e := entry{user: h.userID(p), service: "dovecot", action: "login",
		resource: pick(h.dice, []string{"imap", "imap", "imap", "pop3", "submission"}), address: addressOf(p),
		duration: h.between(2, 60), data: map[string]string{"tls": "TLSv1.3", "user": p.email}}
	if h.chance(4) {
		e.failure, e.duration = "password mismatch", h.between(1500, 2600)
	}
	return e
}

// attack is somebody unknown who guesses, from one of a few addresses.
func (h *history) attack() entry {
	name := pick(h.dice, []string{"admin", "root", "test", "info", "postmaster", "mail", "backup", "office"})
	return entry{service: pick(h.dice, []string{"dovecot", "dovecot", "apache", "webdav"}), action: "login",
		address: address(9000 + 3*h.skewed(40)), failure: "unknown user", duration: h.between(1500, 3000),
		data: map[string]string{"user": name}}
}

// request is an HTTP request with an answer.
func (h *history) request(p *person, e entry) entry {
	e.user, e.address, e.agent, e.duration = h.userID(p), addressOf(p), agentOf(p), h.between(2, 180)
	if h.chance(2) {
		e.duration = h.between(900, 7000)
	}
	switch {
	case h.IntN(250) == 0:
		e.status, e.failure = 502, "upstream closed the connection"
	case h.chance(2):
		e.status, e.failure = 404, "not found"
	case h.chance(1):
		e.status, e.failure = 403, "not allowed"
	}
	return e
}

func (h *history) page(p *person) entry {
	path := pick(h.dice, []string{"/", "/", "/index.html", "/contact", "/products", "/shop/cart", "/blog/spring", "/feed.xml",
		"/search"})
	method, status := "GET", pick(h.dice, []int{200, 200, 200, 304, 301})
	if path == "/shop/cart" && h.chance(50) {
		method, status = "POST", 303
	}
	return h.request(p, entry{service: "apache", action: "request", resource: p.domain, method: method, path: path, status: status})
}

// act is a kind of request to files or programs.
type act struct {
	action, method string
	status         int
}

func (h *history) file(p *person) entry {
	act := pick(h.dice, []act{{"read", "GET", 200}, {"read", "GET", 200}, {"list", "OPTIONS", 200}, {"upload", "PUT", 201},
		{"upload", "PUT", 204}, {"delete", "DELETE", 204}})
	path := fmt.Sprintf("/dav/%s/%s-%d.%s", p.username, pick(h.dice, []string{"report", "invoice", "photo", "plan", "notes"}),
		h.between(1, 400), pick(h.dice, []string{"pdf", "odt", "jpg", "txt", "xlsx"}))
	return h.request(p, entry{service: "webdav", action: act.action, resource: "files", method: act.method, path: path,
		status: act.status})
}

func (h *history) call(p *person) entry {
	act := pick(h.dice, []act{{"read", "GET", 200}, {"read", "GET", 200}, {"read", "GET", 200}, {"read", "HEAD", 200},
		{"create", "POST", 201}, {"update", "PATCH", 200}})
	resource := pick(h.dice, []string{"backups", "tickets", "invoices", "usage", "deployments"})
	path := "/v1/" + resource
	if act.method == "PATCH" || h.chance(40) && act.method != "POST" {
		path += "/" + strings.ToLower(h.code(10))
	}
	e := h.request(p, entry{service: "api", action: act.action, resource: resource, method: act.method, path: path,
		status: act.status})
	if h.chance(2) {
		e.status, e.failure = 429, "too many requests"
	}
	return e
}

// panel is somebody of the staff or of a customer's administrators signing in or out, or looking where they may not.
func (h *history) panel(p *person) entry {
	if !p.isStaff && !p.isFirst {
		p = h.staff(h.dice)
	}
	actor := map[string]string{"actor": p.username, "request": h.code(16)}
	e := entry{user: h.userID(p), service: "web", action: "sign_in", address: addressOf(p), agent: agentOf(p), method: "POST",
		path: "/login", status: 303, data: actor, duration: h.between(40, 160)}
	switch dice := h.IntN(100); {
	case dice < 30:
		e.action, e.path, e.duration = "sign_out", "/logout", h.between(2, 20)
	case dice < 42:
		e.status, e.failure = 422, "wrong password"
	case dice < 50:
		table := pick(h.dice, []string{"roles", "permissions", "user_passwords", "audit_log", "certificates"})
		e.action, e.resource, e.method, e.path = "read", table, "GET", "/"+table
		e.status, e.failure, e.duration = 403, "not allowed", h.between(1, 9)
	}
	return e
}
