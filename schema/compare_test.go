package schema

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"unified/database"
	"unified/internal/document"
	"unified/internal/testdb"
	"unified/migrations2"
)

// TestCompare_documented compares with the tables as they were documented before they were repaired. What comes of it is
// written down, and was read line by line: each line is a true difference. Left out are comments, of which there are none, and
// tables that came later.
func TestCompare_documented(t *testing.T) {
	db := testdb.Empty(t)
	statements, err := os.ReadFile("testdata/documented.sql")
	if err != nil {
		t.Fatal(err)
	}
	run(t, db, "CREATE SCHEMA unified; SET search_path TO unified; "+string(statements)+"; RESET search_path")
	c := comparerOf(t, db, nil)
	c.Models, c.Migrations = nil, firstFiles(t)
	report := compared(t, c)
	var page strings.Builder
	for _, f := range report.Findings {
		if f.Kind == "table.missing" || f.Severity == Cosmetic {
			continue
		}
		fmt.Fprintf(&page, "%s %s %s.%s %s: %s | %s\n", f.Severity, f.Kind, f.Table, f.Object, f.Attribute, shortened(f.Expected), shortened(f.Found))
	}
	document.File(t, "testdata/documented.txt", page.String())
}

// firstFiles are the migrations that repair the documented schema, to which later ones only add.
func firstFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(migrations2.FS, "0[0-3]*.sql")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range names {
		content, err := fs.ReadFile(migrations2.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	return files
}

func run(t *testing.T, db *testdb.DB, statements string) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

func TestCompare_a_schema_of_any_name(t *testing.T) {
	db := testdb.Empty(t)
	db.Schema = `Second "Schema"`
	if _, err := database.Migrate(t.Context(), db.Target(), migrations2.FS); err != nil {
		t.Fatal(err)
	}
	c := comparerOf(t, db, nil)
	if report := compared(t, c); len(report.Findings) > 0 || report.Tables < 19 {
		t.Errorf("%d tables differ in %s", report.Tables, saidOf(report.Findings))
	}
	run(t, db, `ALTER TABLE "Second ""Schema""".dns_zones DROP COLUMN primary_ns`)
	if found := compared(t, c).Findings; !anyOf(found, wanted{Kind: "column.missing", Object: "primary_ns"}.is) {
		t.Errorf("got %s", saidOf(found))
	}
}

// TestCompare_leaves_nothing also proves that no stronger lock than ACCESS SHARE is asked for: another session holds ROW
// EXCLUSIVE, which everything above SHARE UPDATE EXCLUSIVE waits for, and SHARE UPDATE EXCLUSIVE on all tables.
func TestCompare_leaves_nothing(t *testing.T) {
	db := testdb.New(t)
	run(t, db, "ALTER TABLE unified.users RENAME COLUMN first_name TO given; ALTER TABLE unified.dns_records DROP CONSTRAINT dns_records_ttl_positive")
	before := count(t, db)
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), `DO $$ DECLARE t text; BEGIN FOR t IN SELECT oid::regclass::text FROM pg_class
		WHERE relnamespace = 'unified'::regnamespace AND relkind = 'r' LOOP EXECUTE 'LOCK TABLE '||t||' IN EXCLUSIVE MODE'; END LOOP; END $$`)
	if err != nil {
		t.Fatal(err)
	}
	if report := compared(t, comparerOf(t, db, nil)); len(report.Findings) != 2 || len(report.Skipped) > 0 {
		t.Errorf("got %v and %s", report.Skipped, saidOf(report.Findings))
	}
	if after := count(t, db); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
}

// count is what there is in the catalog.
func count(t *testing.T, db *testdb.DB) string {
	t.Helper()
	var counts string
	err := db.Pool.QueryRow(t.Context(), `SELECT concat_ws(' ', (SELECT count(*) FROM pg_namespace), (SELECT count(*) FROM pg_class),
		(SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_constraint))`).Scan(&counts)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestCompare_a_locked_table(t *testing.T) {
	db := testdb.New(t)
	run(t, db, "DROP INDEX unified.idx_users_domain; ALTER TABLE unified.email_aliases DROP COLUMN is_catch_all CASCADE")
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "LOCK TABLE unified.email_aliases IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	c := comparerOf(t, db, nil)
	c.LockWait = 200 * time.Millisecond
	report := compared(t, c)
	if names := fmt.Sprint(report.Skipped); !strings.Contains(names, "email_aliases") {
		t.Errorf("not compared: %s", names)
	}
	if !anyOf(report.Findings, wanted{Kind: "index.missing", Object: "idx_users_domain"}.is) {
		t.Errorf("the other tables are not compared: %s", saidOf(report.Findings))
	}
	if slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Table == "email_aliases" }) {
		t.Errorf("a table that cannot be read is judged: %s", saidOf(report.Findings))
	}
}

// TestCompare_a_weak_role sees what GORM's Migrator can tell, and says what it cannot.
func TestCompare_a_weak_role(t *testing.T) {
	db := testdb.New(t)
	owner, err := database.OpenOwner(database.Target{OwnerURL: db.AppURL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	c := New(owner, options(db))
	report := compared(t, c)
	if len(report.Findings) > 0 || len(report.Invisible) == 0 {
		t.Errorf("a fresh database: %v, %s", report.Invisible, saidOf(report.Findings))
	}
	run(t, db, `ALTER TABLE unified.users ALTER COLUMN last_name TYPE varchar(50); ALTER TABLE unified.users DROP COLUMN last_failed_login_at;
		ALTER TABLE unified.users ALTER COLUMN mailbox_format DROP DEFAULT; ALTER TABLE unified.users DROP CONSTRAINT users_username_key;
		DROP VIEW unified.audit_summary; ALTER TABLE unified.user_quotas DROP CONSTRAINT fk_user_quotas_user_id;
		ALTER TABLE unified.user_quotas ADD CONSTRAINT fk_user_quotas_user_id FOREIGN KEY (user_id) REFERENCES unified.users (id)`)
	seen := []wanted{
		{Kind: "column.type", Object: "last_name", Expected: ptr("character varying(100)")}, {Kind: "column.missing", Object: "last_failed_login_at"},
		{Kind: "column.default", Object: "mailbox_format"}, {Kind: "index.missing", Object: "users_username_key"},
		{Kind: "foreign_key.changed", Object: "fk_user_quotas_user_id", Attribute: "on_delete"},
	}
	found := compared(t, c).Findings
	missed, wrong := mutation{Expect: seen}.judge(found)
	if len(missed)+len(wrong) > 0 {
		t.Errorf("missed %s, wrong %s", inWords(missed), saidOf(wrong))
	}
}

// TestCompare_foreign_models compares models that are in two schemas, quoted, and tied in a circle.
func TestCompare_foreign_models(t *testing.T) {
	db := testdb.Empty(t)
	run(t, db, `CREATE SCHEMA shop; CREATE SCHEMA "Old Shop";
		CREATE TABLE shop.authors (id bigserial PRIMARY KEY, name varchar(50) NOT NULL, best_id bigint);
		CREATE TABLE shop.books (author_id bigint NOT NULL, number bigint NOT NULL, title text COLLATE "C", price numeric(10,2) DEFAULT 1.5,
			PRIMARY KEY (author_id, number), CONSTRAINT fk_books_author FOREIGN KEY (author_id) REFERENCES shop.authors (id) ON DELETE CASCADE);
		ALTER TABLE shop.authors ADD CONSTRAINT fk_best FOREIGN KEY (best_id, id) REFERENCES shop.books (number, author_id) NOT VALID;
		CREATE INDEX idx_books_title ON shop.books (lower(title) DESC) WHERE price > 0;
		CREATE TABLE "Old Shop"."Stock Items" (id bigserial PRIMARY KEY, code text, CONSTRAINT uq_code UNIQUE (code))`)
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	report := compared(t, New(owner, Options{Schema: "shop", Models: []any{&author{}, &book{}, &stockItem{}}}))
	missed, wrong := mutation{Expect: []wanted{
		{Kind: "column.collation", Object: "title", Expected: ptr("default")}, {Kind: "foreign_key.extra", Object: "fk_best"},
	}}.judge(report.Findings)
	if len(missed)+len(wrong) > 0 {
		t.Errorf("missed %s, wrong %s", inWords(missed), saidOf(wrong))
	}
}

type author struct {
	ID     int64  `gorm:"primaryKey"`
	Name   string `gorm:"size:50;not null"`
	BestID *int64
	Books  []book `gorm:"foreignKey:AuthorID;constraint:fk_books_author,OnDelete:CASCADE"`
}

func (author) TableName() string { return "shop.authors" }

type book struct {
	AuthorID int64   `gorm:"primaryKey;autoIncrement:false"`
	Number   int64   `gorm:"primaryKey;autoIncrement:false"`
	Title    string  `gorm:"type:text;index:idx_books_title,expression:lower(title) DESC,where:price > 0"`
	Price    float64 `gorm:"type:numeric(10,2);default:1.50"`
}

func (book) TableName() string { return "books" }

type stockItem struct {
	ID   int64  `gorm:"primaryKey"`
	Code string `gorm:"type:text;uniqueIndex:uq_code"`
}

func (stockItem) TableName() string { return `Old Shop.Stock Items` }
