package controllers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const requestKey = "request"

// RequestID returns the request's id, 16 hexadecimal digits: it is on error pages, in the log and in X-Request-Id.
func RequestID(c *gin.Context) string { return c.GetString(requestKey) }

// identify gives the request an id. One that the client sends is ignored: it would end up in our log.
func (s *Site) identify(c *gin.Context) {
	var id [8]byte
	rand.Read(id[:])
	text := hex.EncodeToString(id[:])
	c.Set(requestKey, text)
	c.Header("X-Request-Id", text)
}

// log writes one line a request, without its query, which may hold what somebody searched for.
func (s *Site) log(c *gin.Context) {
	start := time.Now()
	c.Next()
	level := slog.LevelInfo
	if path := strings.TrimPrefix(c.FullPath(), s.config.Prefix); path == "/healthz" || path == "/readyz" || path == "/static/:file" {
		level = slog.LevelDebug
	}
	s.config.Log.LogAttrs(c.Request.Context(), level, "request",
		slog.String("id", RequestID(c)), slog.String("method", c.Request.Method), slog.String("path", c.Request.URL.Path),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", time.Since(start)),
		slog.String("from", c.ClientIP()))
}

// recover turns a panic into the page of a bug. The stack goes to the log alone.
func (s *Site) recover(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(cause)
		}
		c.Abort()
		s.fail(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
	}()
	c.Next()
}

// method refuses what no page answers, whoever asks.
func (s *Site) method(c *gin.Context) error {
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return nil
	}
	return &Failure{Status: http.StatusMethodNotAllowed, Message: "Nothing here answers this method."}
}

// connectionKey holds the context that ends with the client's connection and has no time limit.
const connectionKey = "connection"

// bodyKey holds what a request sends, without a limit.
const bodyKey = "body"

// Larger lets a request send up to so many bytes, whatever others may.
func (s *Site) Larger(c *gin.Context, bytes int64) {
	if body, ok := c.MustGet(bodyKey).(io.ReadCloser); ok {
		c.Request.Body = http.MaxBytesReader(c.Writer, body, bytes)
	}
}

// limit bounds what a request may send and how long it may take.
func (s *Site) limit(c *gin.Context) {
	c.Set(connectionKey, c.Request.Context())
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.config.Timeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Set(bodyKey, c.Request.Body)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, s.config.BodyLimit)
	c.Next()
}
