package controllers

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
)

// contentPolicy lets a page use what this server sends and nothing else. Data URLs are for the icons that the style
// sheet draws.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// secure sets the headers that every answer carries, errors and files included.
func secure(c *gin.Context) error {
	maps.Copy(c.Writer.Header(), safe)
	return nil
}

// safe are those headers. Their values are shared by all answers: what sets one of them puts another value in its place.
var safe = http.Header{
	"Content-Security-Policy":      {contentPolicy},
	"X-Frame-Options":              {"DENY"},
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"same-origin"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
}

// knownHost refuses a request for a host that is not ours: it may come through a name that somebody else chose.
func knownHost(hosts []string) Handler {
	return func(c *gin.Context) error {
		if len(hosts) == 0 && (sameHost("localhost", c.Request.Host) || isAddress(c.Request.Host)) {
			return nil
		}
		if slices.ContainsFunc(hosts, func(known string) bool { return sameHost(known, c.Request.Host) }) {
			return nil
		}
		return &Failure{Status: http.StatusMisdirectedRequest, Message: "This server does not answer under this name."}
	}
}

// isAddress reports whether host is an IP address, with or without a port: nobody can point one of those elsewhere.
func isAddress(host string) bool {
	if _, err := netip.ParseAddrPort(host); err == nil {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// sameHost reports whether host, as a request names it, is the one that known allows: on any port if known has none.
func sameHost(known, host string) bool {
	if _, _, err := net.SplitHostPort(known); err == nil {
		return strings.EqualFold(known, host)
	}
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = name
	}
	return strings.EqualFold(strings.Trim(known, "[]"), strings.Trim(host, "[]"))
}

// sameOrigin refuses an unsafe request that another site made the browser send. A browser always says where such a
// request comes from: one that brings our cookie, named here, and does not say so is refused too.
func sameOrigin(cookie string) Handler {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) error {
		const sentence = "This request was sent by another site and was not carried out."
		r := c.Request
		if err := protection.Check(r); err != nil {
			return &crud.Error{Kind: crud.KindForbidden, Fields: map[string]string{"": sentence}, Err: err}
		}
		if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method) {
			return nil
		}
		_, err := r.Cookie(cookie)
		_, program := bearer(r) // its cookie says nothing
		if err == nil && !program && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
			return &crud.Error{Kind: crud.KindForbidden, Fields: map[string]string{"": sentence}}
		}
		c.Set(ownKey, true)
		return nil
	}
}

// localPath returns raw if it is an address of this panel and nothing else, without doubt for any browser; else the
// home page. A browser that follows it stays on this host and under prefix.
func localPath(prefix, raw string) string {
	home := prefix + "/"
	odd := func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }
	if len(raw) > 2000 || strings.ContainsFunc(raw, odd) || !strings.HasPrefix(raw, home) || strings.HasPrefix(raw, "//") {
		return home
	}
	address, err := url.Parse(raw)
	if err != nil || address.Scheme != "" || address.Host != "" || address.User != nil {
		return home
	}
	segments := strings.Split(address.Path, "/")
	if slices.Contains(segments, "..") || slices.Contains(segments, ".") || strings.ContainsFunc(address.Path, odd) {
		return home
	}
	if slices.Contains([]string{"/login", "/logout", "/register"}, strings.TrimPrefix(address.Path, prefix)) {
		return home
	}
	return raw
}
