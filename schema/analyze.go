package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Analyze runs a folder's migrations in a scratch schema, in a transaction that is rolled back, and reads what comes of them. Files are
// those of goose, *.up.sql, or plain *.sql, by their numbers and then by name. Names with options.Schema before them are taken for
// those of the scratch schema. A statement that PostgreSQL refuses is told and passed over.
func Analyze(ctx context.Context, db *sql.DB, files fs.FS, options Options) (*Catalog, error) {
	names, err := migrationFiles(files)
	if err != nil {
		return nil, err
	}
	c := New(db, options)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close() }()
	s, err := c.scratch(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer s.end()
	out := &Catalog{}
	if err := s.exec(ctx, "SET LOCAL search_path TO "+s.names[s.schema]+s.path); err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if err := out.apply(ctx, s, name, string(content)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := s.exec(ctx, "SET LOCAL search_path TO pg_catalog"); err != nil {
		return nil, err
	}
	read := &reader{db: s.tx, schema: s.schema, schemas: map[string]string{s.names[s.schema]: s.schema}, quoted: s.quoted}
	return out, out.read(ctx, read)
}

// migrationFiles are the files of a folder that bring a schema up, in order.
func migrationFiles(files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the files: %w", err)
	}
	ups := slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, ".up.sql") })
	names = slices.DeleteFunc(names, func(name string) bool {
		return strings.HasSuffix(name, ".down.sql") || ups && !strings.HasSuffix(name, ".up.sql")
	})
	if len(names) == 0 {
		return nil, errors.New("there is no SQL file in the folder")
	}
	slices.SortStableFunc(names, func(a, b string) int {
		if x, y := version(a), version(b); x != y {
			return int(min(max(x-y, -1), 1))
		}
		return strings.Compare(a, b)
	})
	return names, nil
}

var (
	upLine   = regexp.MustCompile(`(?m)^--\s*\+goose\s+Up\s*$`)
	downLine = regexp.MustCompile(`(?m)^--\s*\+goose\s+Down\s*$`)
	// bounds begin and end transactions, and set what names without a schema mean: all is one transaction, within one schema.
	bounds = regexp.MustCompile(`(?is)^(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE\s+TRANSACTION)\b|^SET\s+((LOCAL|SESSION)\s+)?search_path\b|set_config\s*\(\s*'search_path'`)
)

// apply runs what a file brings up, statement by statement.
func (c *Catalog) apply(ctx context.Context, s *scratch, file, text string) error {
	line := 1
	if at := upLine.FindStringIndex(text); at != nil {
		line += strings.Count(text[:at[1]], "\n")
		text = text[at[1]:]
		if end := downLine.FindStringIndex(text); end != nil {
			text = text[:end[0]]
		}
	}
	for _, one := range split(text, line) {
		if bounds.MatchString(one.text) {
			continue
		}
		if one.client {
			c.refuse(file, one.line, "What only psql understands was passed over", lineOf(one.text))
			continue
		}
		sql := concurrently.ReplaceAllString(unqualified(s.schema, one.text), "$1")
		if err := s.exec(ctx, "SAVEPOINT one"); err != nil {
			return err
		}
		err := s.exec(ctx, sql)
		var refusal *pgconn.PgError
		switch {
		case err == nil:
			err = s.exec(ctx, "RELEASE one")
		case errors.As(err, &refusal):
			at := min(max(int(refusal.Position)-1, 0), len(sql))
			c.refuse(file, one.line+strings.Count(sql[:at], "\n"), refusal.Message, lineOf(one.text))
			err = s.exec(ctx, "ROLLBACK TO one")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) refuse(file string, line int, why, what string) {
	if len(what) > longest {
		what = strings.ToValidUTF8(what[:longest], "") + "…"
	}
	c.refused = append(c.refused, Problem{Kind: "refused", Text: fmt.Sprintf("%s: %s", why, ticked(what)), Where: fmt.Sprintf("%s:%d", path.Base(file), line)})
}

// Analysis is the catalog as a page of Markdown, with what is wrong at its beginning.
func (c *Catalog) Analysis(title string) string {
	var page strings.Builder
	fmt.Fprintf(&page, "# %s\n\n%s: %s.\n", title, "Read from the catalog", c.counts())
	page.WriteString("\n## What is wrong\n")
	problems := c.Problems()
	if len(problems) == 0 {
		page.WriteString("\nNothing was found.\n")
	}
	var lines [][]string
	for _, p := range problems {
		where := p.Where
		if where == "" {
			where = p.Table
		}
		fix := ""
		if p.Fix != "" {
			fix = ticked(unqualified(c.state.schema, p.Fix))
		}
		lines = append(lines, []string{where, p.Kind, p.Text, fix})
	}
	section(&page, "where | what | in words | what mends it", lines)
	var relations [][]string
	for _, r := range c.Diagram().Relations {
		relations = append(relations, []string{ticked(r.From + "." + strings.Join(r.Columns, ", ")), ticked(r.To + "." + strings.Join(r.Targets, ", ")), r.Words()})
	}
	if len(relations) > 0 {
		page.WriteString("\n## Relations\n")
	}
	section(&page, "from | to | in words", relations)
	return page.String() + c.Markdown(nil)
}

func (c *Catalog) counts() string {
	columns, indexes := 0, 0
	for _, t := range c.state.tables {
		columns, indexes = columns+len(t.columns), indexes+len(t.indexes)
	}
	return fmt.Sprintf("%d tables with %d columns and %d indexes, %d views, %d functions", len(c.state.tables), columns, indexes, len(c.views), len(c.state.functions))
}
