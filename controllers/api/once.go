package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/controllers"
	"unified/crud"
)

// keyLimit is how long an Idempotency-Key may be.
const keyLimit = 200

// reply is what a write is answered with, as it is kept for who sends the same again.
type reply struct {
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	Tag      string          `json:"tag,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

// carryOut does work that writes: once for an Idempotency-Key, for nothing with dry_run=true, and for a reason if one is given.
func (t table) carryOut(c *gin.Context, body []byte, work func(context.Context) (reply, error)) error {
	ctx, dry, err := readWrite(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var out reply
	switch {
	case dry:
		err = t.resource.Rehearse(ctx, func(ctx context.Context) (err error) { out, err = work(ctx); return err })
		if out.Location = ""; out.Status == http.StatusCreated {
			out.Status = http.StatusOK
		}
	case key != "" && t.Once != nil:
		out, err = t.once(ctx, key, digest(c, body), work)
	default:
		out, err = work(ctx)
	}
	if err != nil {
		return err
	}
	return out.send(c)
}

// once does work unless the account sent the same under this key already, on whichever instance.
func (t table) once(ctx context.Context, key, request string, work func(context.Context) (reply, error)) (out reply, err error) {
	text, err := t.Once(ctx, "api "+key, request, func(ctx context.Context) (string, error) {
		done, err := work(ctx)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(done)
		return string(text), err
	})
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return out, fmt.Errorf("read the answer that was kept: %w", err)
	}
	return out, nil
}

// send answers, without the row for who wants no more than is needed.
func (r reply) send(c *gin.Context) error {
	if r.Location != "" && r.Status == http.StatusCreated {
		c.Header("Location", r.Location)
	}
	if r.Tag != "" {
		c.Header("ETag", etag(r.Tag))
	}
	if r.Body != nil && minimal(c.Request.Header.Values("Prefer")) {
		c.Header("Preference-Applied", "return=minimal")
		r.Body = nil
	}
	if r.Body == nil {
		if r.Status == http.StatusOK {
			r.Status = http.StatusNoContent
		}
		c.Status(r.Status)
		return nil
	}
	return answer(c, r.Status, r.Body)
}

// minimal reports whether headers Prefer ask for return=minimal.
func minimal(headers []string) bool {
	for item := range strings.FieldsFuncSeq(strings.ToLower(strings.Join(headers, ",")), func(r rune) bool { return r == ',' || r == ';' }) {
		if strings.ReplaceAll(strings.ReplaceAll(item, " ", ""), `"`, "") == "return=minimal" {
			return true
		}
	}
	return false
}

// readWrite reads the parameters of a write: whether it is done for nothing, and its reason, which the context carries.
func readWrite(c *gin.Context) (ctx context.Context, dry bool, err error) {
	ctx = c.Request.Context()
	values, err := controllers.ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return ctx, false, err
	}
	given := values.Has("dry_run")
	text, err := take(values, "dry_run")
	if err != nil {
		return ctx, false, err
	}
	if given && text != "true" && text != "false" {
		return ctx, false, controllers.BadAddress("%q has to be true or false.", "dry_run")
	}
	reason, err := take(values, "reason")
	if err != nil {
		return ctx, false, err
	}
	if ctx, err = crud.Because(ctx, reason); err != nil {
		return ctx, false, controllers.BadAddress("%s", err)
	}
	return ctx, text == "true", nothingElse(values)
}

// idempotencyKey reads the header of that name; "" for none.
func idempotencyKey(c *gin.Context) (string, error) {
	given := c.Request.Header.Values("Idempotency-Key")
	if len(given) == 0 {
		return "", nil
	}
	strange := func(r rune) bool { return r < ' ' || r > '~' }
	if len(given) > 1 || given[0] == "" || len(given[0]) > keyLimit || strings.ContainsFunc(given[0], strange) {
		return "", controllers.BadAddress("An Idempotency-Key is 1 to %d letters of ASCII, and comes once.", keyLimit)
	}
	return given[0], nil
}

// digest tells requests apart that come with the same key.
func digest(c *gin.Context, body []byte) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", c.Request.Method, c.Request.URL.RequestURI())
	for _, name := range []string{"Content-Type", "If-Match", "If-None-Match"} {
		fmt.Fprintf(sum, "%s\n", strings.Join(c.Request.Header.Values(name), ","))
	}
	sum.Write(body)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}
