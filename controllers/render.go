package controllers

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
	"unified/views"
)

// view is what a handler wants drawn.
type view struct {
	name  string // the page, such as "home"
	title string // for the window: "Edit alice · Users"
	plain bool   // without navigation: for people who are not signed in
	page  any    // the page's own struct
	rows  *views.Rows

	refresh int // seconds after which it is read again without a script; 0: never
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render draws a page into a buffer and sends it when it is whole, so that a failing template never ends in half a page.
func (s *Site) render(c *gin.Context, status int, v view) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	frame, err := s.frame(c, v)
	if err != nil {
		return err
	}
	if err := s.views.Page(v.rows.Into(buffer), v.name, frame); err != nil {
		return fmt.Errorf("draw %s: %w", v.name, err)
	}
	send(c, status, buffer)
	return nil
}

// send answers with a page whose length is told, so that it goes out in one piece.
func send(c *gin.Context, status int, page *bytes.Buffer) {
	c.Header("Content-Length", strconv.Itoa(page.Len()))
	c.Data(status, "text/html; charset=utf-8", page.Bytes())
}

// byScript tells whether htmx asks, for the part of a page that it replaces.
func byScript(c *gin.Context) bool { return c.GetHeader("HX-Request") == "true" }

// fragment draws one part of a page, for htmx. Its view needs no title.
func (s *Site) fragment(c *gin.Context, status int, block string, v view) error {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if err := s.views.Fragment(v.rows.Into(buffer), v.name, block, v.page); err != nil {
		return fmt.Errorf("draw %s of %s: %w", block, v.name, err)
	}
	send(c, status, buffer)
	return nil
}

func (s *Site) frame(c *gin.Context, v view) (frame *views.Frame, err error) {
	ctx := c.Request.Context()
	frame = &views.Frame{
		Title: v.title, Brand: s.config.Brand, Stage: s.config.Stage,
		Account: s.config.Gate.Name(ctx), Notices: s.notices(c), Page: v.page, Refresh: v.refresh,
	}
	frame.Plain = v.plain || frame.Account == "" && len(s.config.Gate.Inside) > 0
	account, _ := auth.From(ctx)
	frame.Theme = account.Settings.Theme
	if !frame.Plain {
		if frame.Menu, err = s.menu(c, v.name); err != nil {
			return nil, err
		}
		foot := views.Foot{
			Stage: frame.Stage, Account: frame.Account, Version: s.config.Version,
			Profile: s.config.Gate.Profile, AtProfile: c.FullPath() == s.Path(profilePath),
		}
		if frame.Foot, err = s.views.Same(v.name, "foot", foot); err != nil {
			return nil, err
		}
		frame.Warning = s.config.Debug.warning(s, c)
		if s.config.Gate.Alarms != nil {
			frame.Alarms = s.config.Gate.Alarms(ctx)
		}
	}
	return frame, nil
}

// menu draws the navigation, which looks the same to all who may read the same tables. The pages about the program stand behind them.
func (s *Site) menu(c *gin.Context, page string) (template.HTML, error) {
	ctx, current, program := c.Request.Context(), s.currentTable(c), s.program(c)
	home := c.FullPath() == s.Path("/")
	open := make([]byte, len(s.config.Tables))
	for i, resource := range s.config.Tables {
		open[i] = '-'
		if resource.Can(ctx, crud.Read) {
			open[i] = '+'
		}
	}
	key := append(strconv.AppendBool(slices.Clip(open), home), current...)
	for _, area := range program {
		for _, item := range area.Items {
			key = strconv.AppendBool(append(append(key, ' '), item.Path...), item.Current)
		}
	}
	return s.views.Kept(page, "entries", string(key), func() any {
		return views.Menu{Brand: s.config.Brand, Home: home, Areas: append(s.areas(open, current), program...)}
	})
}

// areas is the navigation: the tables that are marked as open, by area, in menu order.
func (s *Site) areas(open []byte, current string) []views.Area {
	var areas []views.Area
	place := map[string]int{}
	for i, resource := range s.config.Tables {
		if open[i] != '+' {
			continue
		}
		table := resource.Table()
		at, known := place[table.Area]
		if !known {
			at = len(areas)
			place[table.Area] = at
			areas = append(areas, views.Area{Title: table.Area})
		}
		areas[at].Items = append(areas[at].Items, views.Item{
			Label: table.Plural, Path: s.Path("/" + table.Name), Icon: s.icon(table), Current: table.Name == current,
		})
	}
	return areas
}

func (s *Site) icon(table *crud.Table) string {
	if icon := s.config.Icons[table.Name]; icon != "" {
		return icon
	}
	if icon := s.config.Icons[table.Area]; icon != "" {
		return icon
	}
	return "table"
}

// currentTable returns the table whose page is asked for, or "".
func (s *Site) currentTable(c *gin.Context) string {
	path := strings.TrimPrefix(c.FullPath(), s.Path("/"))
	name, _, _ := strings.Cut(path, "/")
	if _, ok := s.tables[name]; !ok {
		return ""
	}
	return name
}
