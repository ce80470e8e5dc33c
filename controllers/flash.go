package controllers

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/views"
)

// flashLimit is how many bytes of a sentence are carried to the next page.
const flashLimit = 400

// flash leaves a sentence for the next page. It travels in a cookie, so that it needs no session row.
func (s *Site) flash(c *gin.Context, text string) {
	if len(text) > flashLimit {
		text = strings.ToValidUTF8(text[:flashLimit], "") + "…"
	}
	s.setFlash(c, base64.RawURLEncoding.EncodeToString([]byte(text)), 60)
}

// notices returns the sentence that an earlier request left, once.
func (s *Site) notices(c *gin.Context) []views.Notice {
	cookie, err := c.Request.Cookie(s.flashName(c))
	if err != nil {
		return nil
	}
	s.setFlash(c, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(text) > flashLimit+len("…") {
		return nil
	}
	return []views.Notice{{Text: strings.ToValidUTF8(string(text), "�")}}
}

func (s *Site) setFlash(c *gin.Context, value string, age int) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure unless the panel is served in plain http
		Name: s.flashName(c), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: !s.config.Plain, SameSite: http.SameSiteLaxMode,
	})
}

// flashName differs by port and prefix: cookies do not, and two panels on one machine would read each other's.
func (s *Site) flashName(c *gin.Context) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(c.Request.Host + s.config.Prefix))
	name := fmt.Sprintf("unified-flash-%08x", sum.Sum32())
	if s.config.Plain {
		return name
	}
	return "__Host-" + name
}
