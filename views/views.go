// Package views holds the templates and draws them: layouts around pages, one file a widget, one set of pages for
// every table. A page under pages/TABLE replaces the one under pages/table for that table, by its name alone; a file under
// partials/TABLE or fields/TABLE replaces the one of its name on all pages of that table.
package views

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-contrib/multitemplate"
)

//go:embed layouts partials fields pages
var files embed.FS

// Config is what templates need to know of the program around them.
type Config struct {
	Prefix string                   // what every path starts with: "" or "/x"
	Asset  func(name string) string // the file that holds an asset: "app.js" is "app-4f2a.js"
}

// Views draws pages. It is made once and safe for concurrent use.
type Views struct {
	pages multitemplate.Render
	kept  kept
}

// New parses every template; a mistake in one of them is its error.
func New(config Config) (*Views, error) { return parse(files, config) }

// Page draws a whole page inside its layout.
func (v *Views) Page(w io.Writer, name string, frame *Frame) error {
	opening, err := v.opening(name, frame)
	if err != nil {
		return err
	}
	end, stage := "frame-end", ""
	if frame.Plain {
		end, stage = "plain-end", frame.Stage
	}
	closing, err := v.Same(name, end, stage)
	if err != nil {
		return err
	}
	if err := opening.writeTo(w); err != nil {
		return err
	}
	if err := v.Fragment(w, name, "content", frame.Page); err != nil {
		return err
	}
	_, err = io.WriteString(w, string(closing))
	return err
}

// opening is what stands before the content of a page. But for a few texts it is the same on many.
func (v *Views) opening(name string, frame *Frame) (Part, error) {
	if frame.Plain {
		return v.Whole(name, "plain", frame)
	}
	if frame.Account == "" || frame.Warning != nil || len(frame.Notices)+len(frame.Alarms)+frame.Refresh > 0 {
		return v.Whole(name, "frame", frame)
	}
	menu, foot := Part{string(frame.Menu)}, Part{string(frame.Foot)}
	return v.Filled(name, "frame", openingKey{frame.Brand, frame.Theme}, frame,
		Plain(&frame.Title), Plain(&frame.Account), Inner(&frame.Menu, menu), Inner(&frame.Foot, foot))
}

// openingKey is what openings differ by besides texts.
type openingKey struct{ brand, theme string }

// Fragment draws one named block of a page. Data that is a Part is the block, drawn already.
func (v *Views) Fragment(w io.Writer, name, block string, data any) error {
	page, ok := v.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	if part, ok := data.(Part); ok {
		return part.writeTo(w)
	}
	if block == content {
		block = contentOf(name)
	}
	return page.ExecuteTemplate(w, block, data)
}

// content is the block that each page has.
const content = "content"

// contentOf is its name among the blocks of other pages.
func contentOf(page string) string { return content + " of " + page }

// Of returns the name of a table's page: its own if it has one, else the one for every table.
func (v *Views) Of(table, page string) string {
	if own := table + "/" + page; v.pages[own] != nil {
		return own
	}
	return everyTable + "/" + page
}

func parse(from fs.FS, config Config) (*Views, error) {
	base := template.New("").Funcs(functions(config))
	var pages []string
	own := map[string][]string{} // what replaces partials and fields, by table
	err := fs.WalkDir(from, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		if strings.HasPrefix(name, "pages/") {
			pages = append(pages, name)
			return nil
		}
		if parts := strings.Split(name, "/"); len(parts) == 3 {
			own[parts[1]] = append(own[parts[1]], name)
			return nil
		}
		return add(base, from, name, config)
	})
	if err != nil {
		return nil, err
	}
	if _, err := base.Parse(dispatch(base)); err != nil {
		return nil, err
	}
	sets := map[string]*set{"": newSet(base)} // by the table whose own files are among them, "" for those of all others
	for table, files := range own {
		replaced := template.Must(base.Clone())
		for _, file := range files {
			if err := add(replaced, from, file, config); err != nil {
				return nil, err
			}
		}
		sets[table] = newSet(replaced)
	}
	views := &Views{pages: multitemplate.New()}
	for table, set := range sets {
		for _, file := range pages {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "pages/"), ".html")
			of, page, _ := strings.Cut(name, "/")
			if table != "" && of == everyTable && !slices.Contains(pages, "pages/"+table+"/"+page+".html") {
				of, name = table, table+"/"+page
			}
			if of != table && (table != "" || sets[of] != nil) {
				continue // another set draws it
			}
			drawn, err := set.add(name, from, file, config)
			if err != nil {
				return nil, err
			}
			views.pages.Add(name, drawn)
		}
	}
	return views, nil
}

// set is pages that share their layouts, partials and fields, which take a quarter of a megabyte.
type set struct{ base, pages *template.Template }

func newSet(base *template.Template) *set { return &set{base, template.Must(base.Clone())} }

// add adds a page, and returns what it is drawn with. One that defines what is there already has that for itself.
func (s *set) add(name string, from fs.FS, file string, config Config) (*template.Template, error) {
	own := template.New("").Funcs(functions(config))
	if err := add(own, from, file, config); err != nil {
		return nil, err
	}
	to, blocks := s.pages, slices.DeleteFunc(own.Templates(), func(t *template.Template) bool { return t.Tree == nil })
	there := func(block *template.Template) bool { return block.Name() != content && to.Lookup(block.Name()) != nil }
	if slices.ContainsFunc(blocks, there) {
		to = template.Must(s.base.Clone())
	}
	for _, block := range blocks {
		as := block.Name()
		if as == content {
			as = contentOf(name)
		}
		if _, err := to.AddParseTree(as, block.Tree); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// everyTable is the folder of the pages that all tables share.
const everyTable = "table"

// assets are the addresses of files in templates. They are filled in while parsing, as a page draws dozens of icons.
var assets = regexp.MustCompile(`{{asset "([a-z.]+)"}}`)

// paths are addresses within the panel in templates that are known while parsing; they are filled in then.
var paths = regexp.MustCompile(`{{path((?: "[a-z_.]+")*)}}`)

// icons are those whose name is known while parsing. They are written out then, as calling a template costs more than the rest of
// most lines.
var icons = regexp.MustCompile(`{{template "icon" "([a-z-]+)"}}`)

// iconFile defines the template "icon".
const iconFile = "partials/icon.html"

func add(to *template.Template, from fs.FS, name string, config Config) error {
	content, err := fs.ReadFile(from, name)
	if err != nil {
		return err
	}
	if icon, err := fs.ReadFile(from, iconFile); err == nil && name != iconFile {
		_, body, _ := strings.Cut(string(icon), `{{define "icon"}}`)
		body, _, _ = strings.Cut(body, "{{end}}")
		content = icons.ReplaceAllFunc(content, func(found []byte) []byte {
			return []byte(strings.ReplaceAll(body, "{{.}}", string(icons.FindSubmatch(found)[1])))
		})
	}
	text := assets.ReplaceAllStringFunc(string(content), func(found string) string {
		file := config.Asset(assets.FindStringSubmatch(found)[1])
		return template.HTMLEscapeString(config.Prefix + "/static/" + file)
	})
	text = paths.ReplaceAllStringFunc(text, func(found string) string {
		parts := strings.Fields(strings.ReplaceAll(paths.FindStringSubmatch(found)[1], `"`, ""))
		return template.HTMLEscapeString(config.Prefix + "/" + strings.Join(parts, "/"))
	})
	if _, err := to.New(name).Parse(text); err != nil {
		return err
	}
	return nil
}

// dispatch writes the templates "form" and "show", which pick a field's template by its widget and its kind. Written
// out as branches they stay within html/template's escaping; a field that none fits is drawn as text.
func dispatch(base *template.Template) string {
	var form, show strings.Builder
	for _, t := range slices.SortedFunc(slices.Values(base.Templates()), usualFirst) {
		if name, ok := strings.CutSuffix(t.Name(), ".form"); ok {
			fmt.Fprintf(&form, `{{if eq .Widget %q}}{{template %q .}}{{else}}`, name, t.Name())
		}
		if name, ok := strings.CutSuffix(t.Name(), ".show"); ok {
			fmt.Fprintf(&show, `{{if eq .Kind %q}}{{template %q .}}{{else}}`, name, t.Name())
		}
	}
	return branches("form", form.String()) + branches("show", show.String())
}

// usualFirst puts the templates of the usual fields before others, so that few branches are tried.
func usualFirst(a, b *template.Template) int {
	usual := []string{"time", "number", "bool", "text"}
	place := func(t *template.Template) int {
		name, _, _ := strings.Cut(t.Name(), ".")
		return -slices.Index(usual, name)
	}
	return cmp.Or(place(a)-place(b), strings.Compare(a.Name(), b.Name()))
}

func branches(name, body string) string {
	ends := strings.Repeat("{{end}}", strings.Count(body, "{{else}}"))
	return fmt.Sprintf(`{{define %q}}%s{{template %q .}}%s{{end}}`, name, body, "text."+name, ends)
}

func functions(config Config) template.FuncMap {
	return template.FuncMap{
		"path":   func(parts ...string) string { return config.Prefix + "/" + strings.Join(parts, "/") },
		"lower":  lower,
		"spaced": func(moment string) string { return strings.Replace(moment, "T", " ", 1) },
		"rows":   func(text string) int { return min(max(strings.Count(text, "\n")+2, 4), 20) },
		"has":    func(text, part string) bool { return strings.Contains(text, part) },
	}
}

// lower makes a heading fit for the middle of a sentence: "Users" is "users", "DNS records" stays.
func lower(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	if second, _ := utf8.DecodeRuneInString(text[size:]); unicode.IsUpper(second) {
		return text
	}
	return string(unicode.ToLower(first)) + text[size:]
}
