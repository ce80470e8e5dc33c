package controllers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
)

// bearer returns what a request says behind "Authorization: Bearer"; "" where it says that twice. given is false for a request
// without it, which is a person's.
func bearer(r *http.Request) (text string, given bool) {
	values := r.Header.Values("Authorization")
	for _, value := range values {
		scheme, rest, _ := strings.Cut(value, " ")
		if strings.EqualFold(scheme, "Bearer") {
			text, given = strings.TrimSpace(rest), true
		}
	}
	if len(values) > 1 {
		text = ""
	}
	return text, given
}

// recogniseProgram puts the account in whose name a program asks into the request's context. Its token counts alone: a cookie
// that came with it is not looked at by anything.
func (d Door) recogniseProgram(c *gin.Context, text string) error {
	c.Request.Header.Del("Cookie")
	ctx := auth.WithRequest(c.Request.Context(), auth.NewRequest(c.Request, RequestID(c), c.ClientIP()))
	c.Request = c.Request.WithContext(ctx)
	account, err := d.Gate.Program(ctx, text)
	var throttled auth.Throttled
	switch {
	case errors.Is(err, auth.ErrDenied):
		c.Header("WWW-Authenticate", `Bearer realm="panel", error="invalid_token"`)
		return &Failure{Status: http.StatusUnauthorized, Message: "This token opens nothing: it is unknown, expired or revoked, or its account is closed."}
	case errors.As(err, &throttled):
		return &Failure{Status: http.StatusTooManyRequests, Retry: throttled.Retry, Message: "Too many tokens from your address opened nothing. Wait before the next one."}
	case err != nil:
		return outage(err)
	}
	c.Request = c.Request.WithContext(auth.With(ctx, account))
	return nil
}

// personal refuses programs.
func personal(c *gin.Context) error {
	if account, _ := auth.From(c.Request.Context()); account.Program != "" {
		return &Failure{Status: http.StatusForbidden, Message: "This page is for people: no API token opens it."}
	}
	return nil
}
