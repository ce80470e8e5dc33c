package controllers

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// formParam carries what a form is known by: a random name, and the mark of the account that it was drawn for.
const formParam = "_form"

// done is what came of something that was carried out: a sentence, and the address that shows it.
type done struct {
	Said, To string
	Key      string `json:",omitempty"` // of the record that a form wrote
}

// formName gives a form that is drawn for the account in ctx a name.
func (s *Site) formName(ctx context.Context) (string, error) {
	id := rand.Text()
	mark, err := s.mark(ctx, "form "+id+" "+asker(ctx))
	return id + "." + mark, err
}

// ours tells whether a form was drawn for the account in ctx.
func (s *Site) ours(ctx context.Context, name string) (bool, error) {
	id, signature, _ := strings.Cut(name, ".")
	mark, err := s.mark(ctx, "form "+id+" "+asker(ctx))
	return hmac.Equal([]byte(mark), []byte(signature)), err
}

// once carries a form out by way of work, once however often it is sent: who sends it again gets the same answer. What differs
// in anything is another form. One without a name is carried out each time, and one that was drawn for another account never.
func (s *Site) once(c *gin.Context, input url.Values, work func(context.Context) (done, error)) (done, error) {
	ctx, name := c.Request.Context(), input.Get(formParam)
	input.Del(formParam)
	if name == "" {
		return work(ctx)
	}
	ours, err := s.ours(ctx, name)
	if err != nil {
		return done{}, err
	}
	if !ours {
		return done{}, &Failure{Status: http.StatusConflict, Message: "This form was opened under another account. Open it again."}
	}
	sum := sha256.Sum256([]byte(c.Request.URL.RequestURI() + "\n" + input.Encode()))
	id, _, _ := strings.Cut(name, ".")
	return s.answered(ctx, id+"."+base64.RawURLEncoding.EncodeToString(sum[:]), work)
}

// answered runs work and keeps what came of it under a key, or returns what was kept.
func (s *Site) answered(ctx context.Context, key string, work func(context.Context) (done, error)) (done, error) {
	var out done
	text, err := s.config.Decisions.Once(ctx, key, "", func(ctx context.Context) (string, error) {
		out, err := work(ctx)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(out)
		return string(text), err
	})
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return out, fmt.Errorf("read the answer of %s: %w", key, err)
	}
	return out, nil
}

// lead leads on from a form that was carried out.
func (s *Site) lead(c *gin.Context, out done) error {
	if out.Said != "" {
		s.flash(c, out.Said)
	}
	c.Redirect(http.StatusSeeOther, out.To)
	return nil
}
