package auth

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Request is what the audit log remembers of the HTTP request behind an action. Every text fits its column of
// audit_log; an empty one is stored as NULL. The zero Request is an action without a request, as from a command.
type Request struct {
	ID        string // as it is written to the log and shown on error pages
	SessionID string // sessions.id in decimal, never the token; empty for a visitor
	Address   string // an IP address, or empty
	Agent     string
	Method    string
	Path      string // without the query
	Start     time.Time
}

// NewRequest describes r, which came from address and began now. What cannot be stored is cut or left empty.
func NewRequest(r *http.Request, id, address string) Request {
	methods := []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}
	request := Request{
		ID:    clean(id, 100),
		Agent: clean(r.UserAgent(), 1000),
		Path:  clean(r.URL.Path, 1000),
		Start: time.Now(),
	}
	if ip, err := netip.ParseAddr(address); err == nil {
		request.Address = ip.Unmap().WithZone("").String()
	}
	if slices.Contains(methods, r.Method) {
		request.Method = r.Method
	}
	return request
}

// Milliseconds returns how long the request has been running; false without a request.
func (r Request) Milliseconds() (elapsed int64, ok bool) {
	return max(0, time.Since(r.Start).Milliseconds()), !r.Start.IsZero()
}

// Network returns what counts as one sender: an IPv4 address, or the 64 leading bits of an IPv6 address, within which
// anybody has as many as they like. It is empty where Address is.
func (r Request) Network() string {
	ip, err := netip.ParseAddr(r.Address)
	if err != nil || ip.Is4() {
		return r.Address
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

type requestKey struct{}

// WithRequest returns a context that carries request.
func WithRequest(ctx context.Context, request Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// RequestFrom returns the request that ctx carries, or the zero Request.
func RequestFrom(ctx context.Context) Request {
	request, _ := ctx.Value(requestKey{}).(Request)
	return request
}

// clean makes text storable, and one line wherever it is read later: valid UTF-8 without control characters, at most
// limit characters.
func clean(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit])
}
