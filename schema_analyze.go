package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"unified/schema"
)

// analyzeSchema runs a folder of migrations in a scratch schema, and prints what comes of them and what is wrong with it.
func analyzeSchema(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return errors.New("schema analyze takes a folder of SQL files")
	}
	folder, named, drawing := args[0], "public", ""
	err := flags("schema analyze", p, args[1:], func(set *flag.FlagSet) {
		set.StringVar(&named, "schema", named, "what the files call the schema, where they name it")
		set.StringVar(&drawing, "svg", "", "a file for the entity diagram")
	})
	if err != nil {
		return err
	}
	found, err := asOwner(ctx, p.reach, func(db *sql.DB) (*schema.Catalog, error) {
		return schema.Analyze(ctx, db, os.DirFS(folder), schema.Options{Schema: named})
	})
	if err != nil {
		return fmt.Errorf("analyze %s: %w", folder, err)
	}
	if drawing != "" {
		if err := os.WriteFile(drawing, []byte(found.Diagram().SVG(true)), 0o644); err != nil {
			return fmt.Errorf("write the diagram: %w", err)
		}
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return fmt.Errorf("analyze %s: %w", folder, err)
	}
	fmt.Fprint(p.Stdout, found.Analysis(filepath.Base(absolute)))
	return nil
}
