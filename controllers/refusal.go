package controllers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// Refusal is a request that was not carried out: denied (403), or one that would have changed something and failed.
type Refusal struct {
	Action   string // the verb that was asked for, or an action of the table; "request" where the route declares none
	Table    string // "" where the route is about none
	Key      string // of the row, as in the address; "" for none
	Status   int    // 403, 409, 422 or from 500 on
	Sentence string // what the page says, without anything that was typed
}

const (
	refusalKey = "refusal"
	// spare is how long a refusal may take to be recorded when the request has used its time up.
	spare = 500 * time.Millisecond
)

// refuse hands a refusal to the gate, once a request, whatever becomes of the page that tells it. That it cannot be
// recorded, as when the database is away, changes nothing for who is answered.
func (s *Site) refuse(c *gin.Context, status int, sentence string) {
	if s.config.Gate.Refused == nil || c.GetBool(refusalKey) || !recorded(c.Request.Method, status) {
		return
	}
	c.Set(refusalKey, true)
	access := s.access(c)
	refusal := Refusal{Action: access.action(), Key: c.Param("key"), Status: status, Sentence: sentence}
	if access.resource != nil {
		refusal.Table = access.resource.Table().Name
	}
	ctx, left := c.Request.Context(), spare
	if deadline, ok := ctx.Deadline(); ok {
		left = max(left, time.Until(deadline))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	if err := s.config.Gate.Refused(ctx, refusal); err != nil {
		s.config.Log.ErrorContext(ctx, "refusal not recorded", "id", RequestID(c), "action", refusal.Action, "table", refusal.Table,
			"status", status, "error", err)
	}
}

// recorded tells whether a request that ends with this status is a refusal to remember.
func recorded(method string, status int) bool {
	safe := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
	return status == http.StatusForbidden ||
		!safe && (status == http.StatusConflict || status == http.StatusUnprocessableEntity || status >= http.StatusInternalServerError)
}

// mendable returns the error if it is one that the person can mend, and records it: the page that asked is drawn again.
func (s *Site) mendable(c *gin.Context, err error) (*crud.Error, bool) {
	var known *crud.Error
	if !errors.As(err, &known) || (known.Kind != crud.KindInvalid && known.Kind != crud.KindConflict) {
		return nil, false
	}
	s.refuse(c, status(known.Kind), sentence(known))
	return known, true
}

// access returns what the route of a request declares, the zero Access where there is no route.
func (s *Site) access(c *gin.Context) Access {
	method := c.Request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, route := range s.routes {
		if route.Method == method && route.Path == c.FullPath() {
			return route.Access
		}
	}
	return Access{}
}

// action names what a route does, as the audit log has it.
func (a Access) action() string {
	if len(a.verbs) == 0 {
		return "request"
	}
	return string(a.verbs[0])
}

// witnessed finds out who asks for what check refuses before that is otherwise known, so that the refusal says in whose
// browser it happened.
func (d Door) witnessed(check Handler) Handler {
	return func(c *gin.Context) error {
		err := check(c)
		if err == nil {
			return nil
		}
		if lost := d.recognise(c); lost != nil {
			return errors.Join(err, lost) // the first is the answer
		}
		return err
	}
}

// note writes a refusal into the audit log. Of visitors only what was denied is written: what fails for them is in the
// log of the program, or recorded as a failure to sign in.
func (d Door) note(ctx context.Context, refusal Refusal) error {
	account, signedIn := auth.From(ctx)
	if !signedIn && refusal.Status != http.StatusForbidden {
		return nil
	}
	return d.Gate.Note(ctx, auth.Entry{
		By: account, Action: refusal.Action, Resource: refusal.Table, Key: refusal.Key, Status: refusal.Status, Failure: refusal.Sentence,
	})
}
