package schema

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// open puts a GORM of its own on the scratch transaction.
func (c *Comparer) open(s *scratch, relations bool) (*gorm.DB, error) {
	return gorm.Open(postgres.New(postgres.Config{Conn: s.tx}), &gorm.Config{
		NamingStrategy: realNames{c.Naming, s}, Logger: logger.Discard, SkipDefaultTransaction: true, DisableAutomaticPing: true,
		DisableForeignKeyConstraintWhenMigrating: !relations,
	})
}

// makeModels has GORM make the models' tables: first with their foreign keys, and if those go round in a circle, so that no
// order of the tables is right, without them, which are added afterwards.
func (c *Comparer) makeModels(ctx context.Context, s *scratch) error {
	if err := s.exec(ctx, "SAVEPOINT models"); err != nil {
		return err
	}
	first := c.migrateModels(ctx, s, true)
	if first == nil {
		return nil
	}
	if err := s.exec(ctx, "ROLLBACK TO models"); err != nil {
		return err
	}
	if err := c.migrateModels(ctx, s, false); err != nil {
		return first
	}
	return nil
}

func (c *Comparer) migrateModels(ctx context.Context, s *scratch, relations bool) error {
	db, err := c.open(s, relations)
	if err != nil {
		return err
	}
	db = db.WithContext(ctx)
	var parsed []*gorm.Statement
	for _, model := range c.Models {
		statement := &gorm.Statement{DB: db}
		if err := statement.Parse(model); err != nil {
			return fmt.Errorf("model %T: %w", model, err)
		}
		if err := c.place(ctx, s, statement.Schema); err != nil {
			return err
		}
		parsed = append(parsed, statement)
	}
	if err := db.AutoMigrate(c.Models...); err != nil || relations {
		return err
	}
	for i, statement := range parsed {
		for _, relation := range statement.Schema.Relationships.Relations {
			constraint := relation.ParseConstraint()
			if relation.Field.IgnoreMigration || constraint == nil || constraint.Schema != statement.Schema {
				continue
			}
			if err := db.Migrator().CreateConstraint(c.Models[i], constraint.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// place sends a model that names its schema to the scratch schema that stands for it.
func (c *Comparer) place(ctx context.Context, s *scratch, model *schema.Schema) error {
	in, name := tableName(model.Table)
	if in == "" || in == c.Schema {
		model.Table = name
		return nil
	}
	if err := s.stand(ctx, in); err != nil {
		return err
	}
	model.Table = s.names[in] + "." + name
	return nil
}

// tableName splits a model's table name into schema, "" if it names none, and table, without quotes.
func tableName(declared string) (in, name string) {
	in, name, ok := strings.Cut(declared, ".")
	if !ok {
		in, name = "", declared
	}
	return strings.Trim(in, `"`), strings.Trim(name, `"`)
}

// realNames names indexes and rules as if the scratch schemas had the names of those they stand for.
type realNames struct {
	schema.Namer
	scratch *scratch
}

func (n realNames) real(name string) string {
	for real, scratch := range n.scratch.names {
		name = strings.ReplaceAll(name, scratch, real)
	}
	return name
}

// IndexName is the inner strategy's.
func (n realNames) IndexName(table, column string) string {
	return n.Namer.IndexName(n.real(table), column)
}

// CheckerName is the inner strategy's.
func (n realNames) CheckerName(table, column string) string {
	return n.Namer.CheckerName(n.real(table), column)
}

// UniqueName is the inner strategy's.
func (n realNames) UniqueName(table, column string) string {
	return n.Namer.UniqueName(n.real(table), column)
}

// RelationshipFKName is the inner strategy's.
func (n realNames) RelationshipFKName(relation schema.Relationship) string {
	return n.real(n.Namer.RelationshipFKName(relation))
}
