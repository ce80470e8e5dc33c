package schema

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// notSeen is what stays unknown where no scratch schema may be made.
var notSeen = []string{
	"the texts of defaults, checks, generated columns and index expressions, and which rows an index holds",
	"the order, the operator classes and the method of an index that its model does not name",
	"everything that the migrations alone declare: views, functions, triggers, indexes and comments",
}

// declared reads what GORM's Migrator says of the models without making them: for a role that may make no schema.
func (c *Comparer) declared(ctx context.Context, conn *sql.Conn) (*expected, error) {
	tx, err := c.begin(ctx, conn, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: tx}), &gorm.Config{NamingStrategy: c.Naming, DisableAutomaticPing: true})
	if err != nil {
		return nil, fmt.Errorf("read the models: %w", err)
	}
	built := newState(c.Schema)
	built.partial = true
	for _, model := range c.Models {
		statement := &gorm.Statement{DB: db}
		if err := statement.Parse(model); err != nil {
			return nil, fmt.Errorf("read the model %T: %w", model, err)
		}
		in, name := tableName(statement.Schema.Table)
		t := &table{OID: uint32(len(built.tables) + 1), Schema: cmp.Or(in, c.Schema), Name: name, Kind: "table", Persistence: "permanent"}
		declareColumns(db, t, statement.Schema)
		declareIndexes(t, statement.Schema)
		c.declareRules(t, statement.Schema)
		built.tables[built.key(t.Schema, t.Name)] = t
	}
	if err := tx.Rollback(); err != nil {
		return nil, fmt.Errorf("read the models: %w", err)
	}
	if err := nameTypes(ctx, conn, built); err != nil {
		return nil, err
	}
	return &expected{models: built, invisible: notSeen}, nil
}

var (
	serials   = map[string]string{"bigserial": "bigint", "serial": "integer", "smallserial": "smallint"}
	expressed = regexp.MustCompile(`(?i)^(.*?) GENERATED (ALWAYS|BY DEFAULT) AS (IDENTITY|\(.*\) STORED)$`)
)

func declareColumns(db *gorm.DB, t *table, model *schema.Schema) {
	for _, name := range model.DBNames {
		field := model.FieldsByDBName[name]
		if field.IgnoreMigration {
			continue
		}
		c := &column{Table: t.OID, Name: name, Type: db.Dialector.DataTypeOf(field), NotNull: field.NotNull || field.PrimaryKey}
		if parts := expressed.FindStringSubmatch(c.Type); parts != nil {
			c.Type = parts[1]
			if strings.EqualFold(parts[3], "IDENTITY") {
				c.Filled = "generated " + strings.ToLower(parts[2]) + " as identity"
			} else {
				c.Generated = ptr(strings.TrimSuffix(parts[3], " STORED"))
			}
		}
		if whole := serials[strings.ToLower(c.Type)]; whole != "" {
			c.Type, c.Filled = whole, "serial"
		}
		// GORM takes the quotes from the default '', which leaves the empty text as what it is read to.
		if field.HasDefaultValue && (field.DefaultValue != "" || field.DefaultValueInterface == "") && field.DefaultValue != "(-)" && !field.AutoIncrement && c.Generated == nil {
			c.Default = &field.DefaultValue
		}
		if field.Comment != "" {
			c.Comment = &field.Comment
		}
		t.columns = append(t.columns, c)
	}
}

func declareIndexes(t *table, model *schema.Schema) {
	if len(model.PrimaryFields) > 0 {
		key := &index{Table: t.OID, Name: t.Name + "_pkey", Method: "btree", Unique: true, Valid: true, Declared: "p"}
		for _, field := range model.PrimaryFields {
			key.add(field.DBName, true)
		}
		t.indexes = append(t.indexes, key)
	}
	for _, declared := range model.ParseIndexes() {
		i := &index{
			Table: t.OID, Name: declared.Name, Method: cmp.Or(strings.ToLower(declared.Type), "btree"), Valid: true,
			Unique: strings.EqualFold(declared.Class, "UNIQUE"), Predicate: orNil(declared.Where),
		}
		for _, key := range declared.Fields {
			i.add(cmp.Or(key.Expression, key.DBName), key.Expression == "")
		}
		t.indexes = append(t.indexes, i)
	}
	for _, unique := range model.ParseUniqueConstraints() {
		i := &index{Table: t.OID, Name: unique.Name, Method: "btree", Unique: true, Valid: true, Declared: "u"}
		i.add(unique.Field.DBName, true)
		t.indexes = append(t.indexes, i)
	}
}

func (i *index) add(key string, column bool) {
	i.Keys, i.Columns = append(i.Keys, key), append(i.Columns, column)
	i.Operators, i.Sort = append(i.Operators, ""), append(i.Sort, "")
}

func (c *Comparer) declareRules(t *table, model *schema.Schema) {
	for _, check := range model.ParseCheckConstraints() {
		t.rules = append(t.rules, &rule{Table: t.OID, Name: check.Name, Type: "c", Text: check.Constraint, Validated: true, Enforced: true})
	}
	for _, relation := range model.Relationships.Relations {
		key := relation.ParseConstraint()
		if key == nil || key.Schema != model || relation.Field.IgnoreMigration {
			continue
		}
		in, name := tableName(key.ReferenceSchema.Table)
		r := &rule{
			Table: t.OID, Name: key.Name, Type: "f", Target: quoteIdent(cmp.Or(in, c.Schema)) + "." + quoteIdent(name), Match: "simple",
			OnDelete: cmp.Or(strings.ToLower(key.OnDelete), "no action"), OnUpdate: cmp.Or(strings.ToLower(key.OnUpdate), "no action"),
			Validated: true, Enforced: true,
		}
		for i := range key.ForeignKeys {
			r.Columns, r.Targets = append(r.Columns, key.ForeignKeys[i].DBName), append(r.Targets, key.References[i].DBName)
		}
		r.Text = "FOREIGN KEY (" + list(r.Columns) + ") REFERENCES " + r.target()
		t.rules = append(t.rules, r)
	}
}

// nameTypes has PostgreSQL print the types of all columns. A type that it does not know stays as it is declared.
func nameTypes(ctx context.Context, conn *sql.Conn, s *state) error {
	for _, key := range sorted(s.tables) {
		for _, c := range s.tables[key].columns {
			err := conn.Raw(func(driver any) error {
				db := driver.(*stdlib.Conn).Conn()
				rows, err := db.Query(ctx, "SELECT NULL::"+c.Type)
				if err != nil {
					return nil //nolint:nilerr // the declared text is told instead
				}
				rows.Close()
				if field := rows.FieldDescriptions(); rows.Err() == nil && len(field) == 1 {
					return db.QueryRow(ctx, "SELECT set_config('search_path', 'pg_catalog', true), format_type($1::bigint::oid, $2)",
						int64(field[0].DataTypeOID), field[0].TypeModifier).Scan(nil, &c.Type)
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("read the type %s: %w", c.Type, err)
			}
		}
	}
	return nil
}
