package crud

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"gorm.io/gorm"
)

// Registry holds the registered tables in the order of the menu. It is filled and checked at start and only read
// afterwards.
type Registry struct {
	*catalog
	area string
}

// catalog is what a registry and its areas share.
type catalog struct {
	db       *gorm.DB
	config   Config
	tables   []table
	byName   map[string]table
	mistakes []error

	references references
	shape      string // of the tables as they were described
}

// table is a registered resource with what the registry asks of it.
type table interface {
	Resource
	target
	relate(targets map[string]table)
	resolveChildren(targets map[string]table) []error
	resolveLinks(targets map[string]table) []error
	describeAgain()
	learn(known *facts)
	lacking() bool
	translate(ctx context.Context, err error) error
	// regains, affected and record are for what becomes of its rows when others are deleted.
	regains(rule Rule) bool
	affected(ctx context.Context, tx *gorm.DB, f found, most int) ([]Change, error)
	record(ctx context.Context, tx *gorm.DB, change Change) error
	indexed(known map[string]map[string]bool)
	// ties are what its model declares, in both directions; under and narrowedTo list the rows that hold values in columns.
	ties() []tie
	under(ctx context.Context, q Query, held map[string]string) (*List, error)
	narrowedTo(columns, values []string) string
	// lines and takeLine draw and write rows that are edited in the form of the row that they refer to.
	lines(ctx context.Context, of child, held map[string]string, sent []sentLine) (*Lines, error)
	takeLine(ctx context.Context, held map[string]string, line sentLine) (bool, error)
	idle(ctx context.Context, line sentLine) bool
	// positioned has the rows that a tie puts below another one stand in the order of a column's numbers, and inOrder is the sort for that.
	// Behind exchanging they are given other numbers one by one: unique rules look at them when look is called, and refuse them then.
	positioned(t tie, column string) error
	inOrder(ctx context.Context, position string) string
	exchanging(ctx context.Context, position string) (look func() error, err error)
	// heldBy and pair link rows of two other tables by rows of this one.
	heldBy(ctx context.Context, key string, columns []string) ([]string, error)
	pair(ctx context.Context, verb Verb, p pairing) (bool, error)
	// tryLock finds out whether rows can be locked.
	tryLock(ctx context.Context) error
	// relations are the model's relations to registered tables.
	relations() []reference
	// plansteps fills the steps of the table's rows; see Reversal.
	plansteps(ctx context.Context, steps []*step) error
	// appendValue writes a recorded value of a column as JSON.
	appendValue(to []byte, column string, text *string) []byte
	// refers, readable and narrowing are what a question about the rows that refer to others asks; see Impact.
	refers(ctx context.Context, columns []string) bool
	readable(ctx context.Context, db *gorm.DB) (*gorm.DB, error)
	narrowing(columns []string, value string) (label, filtered string)
}

// Open returns an empty registry. db must not be used for AutoMigrate: its parsed schemas are changed; see New.
func Open(db *gorm.DB, config Config) *Registry {
	return &Registry{catalog: &catalog{db: db, config: config.withDefaults(), byName: map[string]table{}}}
}

// Area returns the same registry under a title of the navigation: what is registered through it stands there.
func (r *Registry) Area(title string) *Registry {
	return &Registry{catalog: r.catalog, area: title}
}

// reserved are the panel's own first path segments.
var reserved = map[string]bool{"login": true, "logout": true, "register": true, "static": true, "healthz": true, "readyz": true, "api": true, "debug": true, "profile": true, "openapi.json": true}

// Reserved reports whether a table of this name could not be served, as one of the panel's own pages has it, or no address can hold it as
// it is.
func Reserved(name string) bool { return reserved[name] || !addressable(name) }

// addressable reports whether a table's name is a part of an address, as it is.
func addressable(name string) bool {
	return url.PathEscape(name) == name && !strings.ContainsAny(name, ":*") && name != "." && name != ".."
}

// Register adds the table of T. Its mistakes are kept for Check.
func Register[T any](reg *Registry, options Options[T]) { register(reg, options, newRow[T]) }

func register[P any](reg *Registry, options OptionsOf[P], empty func() P) {
	c, err := build(reg.db, reg.config, options, reg.area, empty)
	reg.mistakes = append(reg.mistakes, err)
	if c == nil {
		return
	}
	c.catalog = reg.catalog
	name := c.plan.table
	if !addressable(name) {
		reg.mistakes = append(reg.mistakes, fmt.Errorf("crud: %s: the table name %q cannot stand in addresses: it takes Latin letters, digits, \"_\", \"-\" and \".\"", c.plan.model, name))
		return
	}
	if reserved[name] || reg.byName[name] != nil {
		reg.mistakes = append(reg.mistakes, fmt.Errorf("crud: %s: the table name %q is taken by a page or an earlier registration", c.plan.model, name))
		return
	}
	reg.byName[name] = resource[P]{c}
	reg.tables = append(reg.tables, reg.byName[name])
}

// Check connects relations between the registered tables and returns all mistakes of all registrations, joined. It is
// called once, before the first request.
func (r *Registry) Check() error {
	for _, t := range r.tables {
		t.relate(r.byName)
	}
	for _, t := range r.tables {
		r.mistakes = append(r.mistakes, t.resolveChildren(r.byName)...)
		r.mistakes = append(r.mistakes, t.resolveLinks(r.byName)...)
	}
	for _, t := range r.tables {
		t.describeAgain()
	}
	return errors.Join(r.mistakes...)
}

// Tables returns the registered tables in their order.
func (r *Registry) Tables() []Resource {
	out := make([]Resource, len(r.tables))
	for i, t := range r.tables {
		out[i] = t
	}
	return out
}

// Table returns the table of that name.
func (r *Registry) Table(name string) (Resource, bool) {
	t, ok := r.byName[name]
	return t, ok
}

// commentsQuery reads the comments of tables (name ""), columns and constraints (name "constraint:…").
const commentsQuery = `
SELECT c.relname AS "table", coalesce(a.attname, '') AS object, d.description AS text
FROM pg_description d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT c.relname, 'constraint:' || k.conname, d.description
FROM pg_description d
JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()`

// Describe takes what the database says of its tables: comments as help and as sentences, and types, defaults and rules as
// limits, choices and hints of forms. It is called once, after the database is migrated and before the first request; without
// it screens work, with less to say.
func (r *Registry) Describe(ctx context.Context) error {
	digest, err := readShape(ctx, r.db)
	if err != nil {
		return err
	}
	r.shape = digest
	indexes, err := readIndexes(ctx, r.db)
	if err != nil {
		return err
	}
	known, err := readFacts(ctx, r.db)
	if err != nil {
		return err
	}
	for _, t := range r.tables {
		t.indexed(indexes)
		t.learn(known)
		if err := t.tryLock(ctx); err != nil {
			return err
		}
	}
	r.references.forget()
	_, err = r.references.of(ctx, r.db)
	return err
}

// relate turns foreign keys whose target is registered into relations.
func (c *Store[P]) relate(targets map[string]table) {
	for _, asked := range c.asked {
		asked.relate(targets)
	}
	for _, f := range c.plan.fields {
		if f.relation == nil {
			continue
		}
		if t, ok := targets[f.relation.table]; ok && !t.Table().Keyless {
			f.relation.target, f.Kind, f.Refers = t, KindRelation, f.relation.table
		}
	}
	c.tables = targets
	c.doc = c.describe()
}
