package schema

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"text/template"

	"gorm.io/gorm/schema"
)

// InspectOptions say what is written.
type InspectOptions struct {
	Schema   string                 // whose tables are read
	Program  string                 // a word: what the panel is called
	Reserved func(name string) bool // names of tables that the panel cannot serve; nil for none
}

// Inspection is a program over a database that was there before it: models, registrations, and what serves them.
type Inspection struct {
	Files         map[string][]byte // Go files of one package main, by name
	Tables, Views int               // that are served
	Notes         []string          // what the models cannot say
}

// Inspect reads a schema and writes a program over it. Nothing is changed, and nothing is read but the catalog.
func Inspect(ctx context.Context, db *sql.DB, options InspectOptions) (*Inspection, error) {
	w := &inspector{options: options, types: map[string]bool{}}
	var views []*table
	err := New(db, Options{Schema: options.Schema}).look(ctx, func(read *reader) (err error) {
		if w.found, err = read.read(ctx); err != nil {
			return err
		}
		if views, err = read.readViewColumns(ctx, w.found); err != nil {
			return err
		}
		w.partitions, err = ids(ctx, read.db, "SELECT oid::bigint FROM pg_class WHERE relispartition")
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, key := range sorted(w.found.tables) {
		w.table(w.found.tables[key])
	}
	for _, view := range views {
		w.view(view)
	}
	if len(w.models) == 0 {
		return nil, fmt.Errorf("there is no table in the schema %s that could be served", options.Schema)
	}
	return w.write()
}

// inspector collects the models.
type inspector struct {
	options    InspectOptions
	found      *state
	partitions []uint32
	types      map[string]bool // names that are taken
	models     []*goModel
	ignored    []string // tables that no model is compared with
	notes      []string
}

// goModel is a struct, and how it is registered.
type goModel struct {
	table    *table
	Name     string // the struct's
	Table    string
	Named    bool // GORM would guess another name of the table
	ReadOnly bool
	View     bool
	Comment  string
	Fields   []*goField
	Label    []string // Go names of the fields that name a row
	Links    []string // tables that join
}

// Options are those of the registration that are not zero.
func (m *goModel) Options() string {
	var list []string
	if len(m.Label) > 0 {
		list = append(list, fmt.Sprintf("Label: %#v", m.Label))
	}
	if len(m.Links) > 0 {
		links := make([]string, len(m.Links))
		for i, table := range m.Links {
			links[i] = fmt.Sprintf("{Table: %q}", table)
		}
		list = append(list, "Links: []crud.Link{"+strings.Join(links, ", ")+"}")
	}
	if m.ReadOnly {
		list = append(list, "Verbs: []crud.Verb{crud.Read}")
	}
	return strings.Join(list, ", ")
}

func (w *inspector) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// table makes a model of a table, if one can be made.
func (w *inspector) table(t *table) {
	switch {
	case slices.Contains(w.partitions, t.OID):
		w.ignored = append(w.ignored, t.Name)
		return
	case w.options.Reserved != nil && w.options.Reserved(t.Name):
		w.ignored = append(w.ignored, t.Name)
		w.note("%s: the panel has a page of this name, or no address can hold it. The table is left out.", t.Name)
		return
	case len(t.columns) == 0 || strings.ContainsAny(t.Name, `."`):
		w.ignored = append(w.ignored, t.Name)
		w.note("%s: there is nothing to show, or its name holds a dot or a quote. The table is left out.", t.Name)
		return
	}
	m := w.model(t)
	if !slices.ContainsFunc(t.indexes, func(i *index) bool { return i.Declared == "p" }) {
		w.ignored = append(w.ignored, t.Name)
		w.readOnly(m)
		w.note("%s: it has no primary key. It is read only, and is not compared.", t.Name)
		return
	}
	m.keyed(w)
	w.declare(m)
}

// model begins a model with a field for each column.
func (w *inspector) model(t *table) *goModel {
	m := &goModel{table: t, Name: unused(w.types, goName(inflected(t.Name))), Table: t.Name, Comment: text(t.Comment)}
	m.Named = naming.TableName(m.Name) != t.Name
	taken := map[string]bool{"TableName": true, "String": true}
	for _, c := range t.columns {
		m.Fields = append(m.Fields, w.field(t, c, unused(taken, goName(c.Name))))
	}
	m.Label = m.names()
	w.models = append(w.models, m)
	return m
}

// readOnly has the rows of what has no key listed. A number that is named id is taken for one: then they have pages of their own too.
func (w *inspector) readOnly(m *goModel) {
	m.ReadOnly = true
	for _, f := range m.Fields {
		number := strings.HasPrefix(f.Type, "int") || strings.HasPrefix(f.Type, "*int")
		if number && strings.EqualFold(f.column.Name, "id") {
			f.Type = strings.TrimPrefix(f.Type, "*")
			f.gorm = append(f.gorm, "primaryKey", "autoIncrement:false")
			return
		}
	}
}

// view makes a read-only model of a view.
func (w *inspector) view(t *table) {
	if len(t.columns) == 0 || w.options.Reserved != nil && w.options.Reserved(t.Name) || strings.ContainsAny(t.Name, `."`) {
		w.note("%s: this view cannot be shown. It is left out.", t.Name)
		return
	}
	m := w.model(t)
	m.View = true
	w.readOnly(m)
}

// names are the fields that name a row better than the first short text does.
func (m *goModel) names() []string {
	byColumn := map[string]*goField{}
	for _, f := range m.Fields {
		if strings.TrimPrefix(f.Type, "*") == "string" {
			byColumn[strings.ToLower(strings.ReplaceAll(f.column.Name, "_", ""))] = f
		}
	}
	own := strings.ToLower(strings.ReplaceAll(inflected(m.Table), "_", ""))
	for _, names := range [][]string{{"firstname", "lastname"}, {"name"}, {"title"}, {own}, {"fullname"}, {"username"}, {"label"}, {"email"}} {
		var found []string
		for _, name := range names {
			if f := byColumn[name]; f != nil {
				f.short()
				found = append(found, f.Name)
			}
		}
		if len(found) == len(names) {
			return found
		}
	}
	return nil
}

//go:embed inspect.tmpl
var programText string

// write writes the files.
func (w *inspector) write() (*Inspection, error) {
	for _, m := range w.models {
		w.relate(m)
	}
	w.join()
	out := &Inspection{Files: map[string][]byte{}, Notes: w.notes}
	pages, err := template.New("").Parse(programText)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	data := map[string]any{"Program": w.options.Program, "Schema": w.options.Schema, "Models": w.models, "Ignored": w.ignored}
	names := map[string]any{"main.go": data, "register.go": data}
	for _, m := range w.models {
		kind := "_model.go"
		if out.Tables++; m.View {
			kind = "_view.go"
			out.Tables--
			out.Views++
		}
		names[fileName(m.Table)+kind] = m
		for _, f := range m.Fields {
			if base := strings.TrimPrefix(f.Type, "*"); base == "list" || base == "text" {
				names["types.go"] = data
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		page := name
		if _, ok := names[name].(*goModel); ok {
			page = "model.go"
		}
		var plain bytes.Buffer
		if err := pages.ExecuteTemplate(&plain, page, names[name]); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		if out.Files[name], err = format.Source(plain.Bytes()); err != nil {
			return nil, fmt.Errorf("write %s: %w\n%s", name, err, plain.String())
		}
	}
	return out, nil
}

var naming = schema.NamingStrategy{IdentifierMaxLength: 63}
