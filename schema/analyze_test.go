package schema

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"unified/database"
	"unified/internal/testdb"
)

func analyzed(t *testing.T, files fs.FS) *Catalog {
	t.Helper()
	db := testdb.Empty(t)
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	before := count(t, db)
	found, err := Analyze(t.Context(), owner, files, Options{Schema: "public"})
	if err != nil {
		t.Fatal(err)
	}
	if after := count(t, db); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
	return found
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// flawed are files of three kinds in which each thing that is looked for is wrong once.
func flawed() fstest.MapFS {
	return fstest.MapFS{
		"0_begin.sql": file("BEGIN;\nSET search_path TO public;\n\\connect shop\nCOMMIT;\n"),
		"2_authors.sql": file(`-- +goose Up
CREATE TABLE public.authors (id bigint PRIMARY KEY, name text NOT NULL, born timestamp);
CREATE INDEX authors_name ON public.authors (name);
CREATE INDEX CONCURRENTLY authors_name_again ON authors (name);
CREATE INDEX authors_name_born ON authors (name, born DESC);
-- +goose StatementBegin
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
	-- NEW.nothing is not meant
	NEW.updated_at := now(); NEW."Name" := OLD.name; RETURN NEW;
END $body$;
-- +goose StatementEnd
CREATE TRIGGER authors_touch BEFORE UPDATE ON authors FOR EACH ROW EXECUTE FUNCTION touch();

-- +goose Down
DROP TABLE authors;
`),
		"10_books.sql": file(`CREATE TABLE books (
	author_id bigint NOT NULL REFERENCES public.authors,
	title text DEFAULT E'it\'s; --' || 'a "b" $$;',
	/* one /* two; */ three; */ best boolean
);
CREATE TABLE broken (
	id bigint PRIMARY KEY,
	other_id bigit
);
INSERT INTO books (author_id) VALUES (1);
COPY books (title) FROM stdin;
One; two
\.
CREATE FUNCTION twice(n int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN n > 0 THEN 2 * n END; END;
CREATE VIEW names AS SELECT name FROM authors;
COMMENT ON VIEW names IS 'Who wrote.';
VACUUM;
`),
		"readme.txt": file("nothing"),
	}
}

func TestAnalyze(t *testing.T) {
	found := analyzed(t, flawed())
	var got []string
	for _, p := range found.Problems() {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", p.Kind, p.Where+p.Table, p.Text, p.Fix))
	}
	want := []string{
		"refused|0_begin.sql:3|What only psql understands was passed over: `\\connect shop`|",
		"refused|10_books.sql:8|type \"bigit\" does not exist: `CREATE TABLE broken (`|",
		"refused|10_books.sql:10|insert or update on table \"books\" violates foreign key constraint \"books_author_id_fkey\": `INSERT INTO books (author_id) VALUES (1);`|",
		"refused|10_books.sql:11|What only psql understands was passed over: `COPY books (title) FROM stdin;`|",
		"refused|10_books.sql:17|VACUUM cannot run inside a transaction block: `VACUUM;`|",
		"duplicate index|authors|authors_name has what authors_name_again has: both are on name.|DROP INDEX CONCURRENTLY public.authors_name;",
		"index within another|authors|authors_name_again is on name, with which authors_name_born begins.|DROP INDEX CONCURRENTLY public.authors_name_again;",
		"time without zone|authors|born is a time without a zone: which moment it is depends on who reads it.|",
		"trigger|authors|The trigger authors_touch calls touch, which names updated_at, Name: authors has no such column, so each of its statements fails.|",
		"no key|books|The table has no primary key: no row of it can be named.|",
		"foreign key without index|books|No index begins with author_id of the foreign key books_author_id_fkey: whoever deletes what it refers to has all of books read.|CREATE INDEX CONCURRENTLY idx_books_author_id ON public.books (author_id);",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it finds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	page := found.Analysis("shop")
	for _, part := range []string{
		"# shop\n\nRead from the catalog: 2 tables with 6 columns and 4 indexes, 1 views, 2 functions.\n",
		"| 10_books.sql:8 | refused | ", "| `books.author_id` | `authors.id` | each row of books has one of authors, which has any number |",
		"## authors\n", "| `born` | timestamp without time zone | yes |  |  |", "## names\n\nWho wrote.\n", "| `twice(n integer)` |",
		"| `authors_name_born` | `(name, born DESC)` |  |",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %q:\n%s", part, page)
		}
	}
	if strings.Contains(page, "scratch_") || strings.Contains(page, "public.") {
		t.Errorf("names of schemas stand in\n%s", page)
	}
}

func TestAnalyze_up_files(t *testing.T) {
	found := analyzed(t, fstest.MapFS{
		"1_a.up.sql": file("CREATE TABLE a (id int PRIMARY KEY)"), "1_a.down.sql": file("DROP TABLE a"), "seed.sql": file("DROP TABLE a"),
	})
	if names := found.Tables(); !slices.Equal(names, []string{"a"}) || len(found.Problems()) > 0 {
		t.Errorf("%v, %v", names, found.Problems())
	}
	if _, err := migrationFiles(fstest.MapFS{"a.txt": file("")}); err == nil {
		t.Error("a folder without SQL is taken")
	}
}

// TestDiagram reads the drawing as a browser would, and looks for each table and relation.
func TestDiagram(t *testing.T) {
	found := analyzed(t, fstest.MapFS{"1.sql": file(`CREATE TABLE "a<b" (id int PRIMARY KEY, up_id int REFERENCES "a<b");
		CREATE TABLE c (id int PRIMARY KEY REFERENCES "a<b", note text); CREATE TABLE alone (id int)`)})
	d := found.Diagram()
	if words := d.Text(); words != "3 tables. a<b.up_id refers to a<b: each row of a<b has one or none of a<b, which has any number. "+
		"c.id refers to a<b: each row of c has one of a<b, which has one at most." {
		t.Errorf("in words it is %s", words)
	}
	drawn := xml.NewDecoder(strings.NewReader(d.SVG(true)))
	shapes := map[string]int{}
	for {
		token, err := drawn.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok {
			shapes[element.Name.Local]++
		}
	}
	if shapes["rect"] != 3 || shapes["title"] != 1 || shapes["desc"] != 1 || shapes["circle"] != 3 || shapes["style"] != 1 {
		t.Errorf("it draws %v", shapes)
	}
	if strings.Contains(d.SVG(false), "<style>") {
		t.Error("within a page it brings a style")
	}
}
