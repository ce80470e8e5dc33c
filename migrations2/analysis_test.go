package migrations2_test

import (
	"slices"
	"testing"

	"unified/database"
	"unified/internal/document"
	"unified/internal/testdb"
	"unified/schema"
)

const introduction = `# The schema, table by table

Read from the catalog of a migrated database; the sentences are the comments that the migrations put there. To change
this page, change a migration and run ` + "`go test ./migrations2 -update`" + `.

Every time is a timestamptz, every number of a row a bigint that the database gives. A column that may be NULL says with
it "unknown", "never" or "unlimited". An index says which query it is for; the index of a key serves the lookup by it.

![Which table refers to which](../docs/images/schema.svg)
`

// read reads the catalog of a migrated database.
func read(t *testing.T) *schema.Catalog {
	t.Helper()
	db := testdb.New(t)
	owner, err := database.OpenOwner(db.Target(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	read, err := schema.ReadCatalog(t.Context(), owner, schema.Options{Schema: db.Schema, Ignore: database.Bookkeeping()})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestSchemaAnalysis(t *testing.T) {
	found := read(t)
	documented := slices.Concat(tables, []string{"roles", "permissions", "role_permissions", "role_fields", "list_settings", "signing_keys", "answers", "saved_views", "api_tokens", "user_settings", "query_shapes"})
	if there := found.Tables(); len(there) != len(documented) {
		t.Fatalf("%d tables are described, there are %v", len(documented), there)
	}
	document.File(t, "SCHEMA_ANALYSIS.md", introduction+found.Markdown(documented))
	document.File(t, "../docs/images/schema.svg", found.Diagram().SVG(true))
	for _, problem := range found.Problems() {
		if problem.Kind == "index within another" { // as documented: each is for a query of its own
			continue
		}
		t.Errorf("%s %s: %s %s", problem.Kind, problem.Table, problem.Text, problem.Fix)
	}
}
