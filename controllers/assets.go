package controllers

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// encodings are the precompressed forms that the build leaves beside a file, the smallest first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// static answers GET /static/FILE. A file's name changes with what it holds, so a browser may keep it for good.
func (s *Site) static(c *gin.Context) error {
	name := c.Param("file")
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" || strings.ContainsAny(name, "/\\%") || strings.HasPrefix(name, ".") {
		return s.unknown(c)
	}
	body, encoding, err := s.asset(name, c.GetHeader("Accept-Encoding"))
	if errors.Is(err, fs.ErrNotExist) {
		return s.unknown(c)
	}
	if err != nil {
		return err
	}
	header := c.Writer.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	c.Data(http.StatusOK, kind, body)
	return nil
}

// asset reads a file in the first encoding that the client takes.
func (s *Site) asset(name, accepted string) (body []byte, encoding string, err error) {
	for _, e := range encodings {
		if !accepts(accepted, e.name) {
			continue
		}
		if body, err := fs.ReadFile(s.config.Static, name+e.suffix); err == nil {
			return body, e.name, nil
		}
	}
	body, err = fs.ReadFile(s.config.Static, name)
	return body, "", err
}

// accepts reads an Accept-Encoding header: "br;q=0" is a refusal.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}
