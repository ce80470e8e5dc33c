package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"unified/crud"
	"unified/schema"
)

// inspectSchema writes a program over the tables of a database that was there before it.
func inspectSchema(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return errors.New("schema inspect takes a folder for what it writes, such as ../shop")
	}
	folder, from := args[0], "public"
	err := flags("schema inspect", p, args[1:], func(set *flag.FlagSet) {
		set.StringVar(&from, "schema", from, "whose tables are read")
	})
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return fmt.Errorf("schema inspect: %w", err)
	}
	modules, err := modulesOf(filepath.Base(absolute))
	if err != nil {
		return err
	}
	written, err := p.inspect(ctx, from, filepath.Base(absolute))
	if err != nil {
		return err
	}
	for name, text := range modules {
		written.Files[name] = text
	}
	if err := writeNew(folder, written.Files); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "%d tables and %d views of the schema %s: %d files in %s\n", written.Tables, written.Views, from, len(written.Files), folder)
	for _, note := range written.Notes {
		fmt.Fprintln(p.Stdout, "  "+note)
	}
	fmt.Fprintf(p.Stdout, "Start it with: cd %s && DATABASE_URL=… go run .\n", folder)
	return nil
}

func (p *program) inspect(ctx context.Context, from, name string) (*schema.Inspection, error) {
	return asOwner(ctx, p.reach, func(db *sql.DB) (*schema.Inspection, error) {
		return schema.Inspect(ctx, db, schema.InspectOptions{Schema: from, Program: name, Reserved: crud.Reserved})
	})
}

// writeNew writes files into a folder that is not there or holds none of them: nothing is overwritten.
func writeNew(folder string, files map[string][]byte) error {
	for name := range files {
		if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
			return fmt.Errorf("%s is there already, and nothing is overwritten: name a folder that is empty or not there", filepath.Join(folder, name))
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

var moduleLine = regexp.MustCompile(`(?m)^module unified$`)

// modulesOf are the files that say which modules a program of this name needs: those of this checkout, and it itself.
func modulesOf(name string) (map[string][]byte, error) {
	needed, err := os.ReadFile("go.mod")
	if err != nil || !moduleLine.Match(needed) {
		return nil, errors.New("run this in the checkout of unified: its go.mod says which modules the new program needs")
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return nil, fmt.Errorf("read the sums of the modules: %w", err)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the checkout: %w", err)
	}
	if !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._-]*$`).MatchString(name) {
		return nil, fmt.Errorf("%q is no name for a program: it begins with a letter, and has letters, digits, points, _ and - behind", name)
	}
	text := moduleLine.ReplaceAllString(string(needed), "module "+name) + fmt.Sprintf("\nrequire unified v0.0.0\n\nreplace unified => %q\n", here)
	return map[string][]byte{"go.mod": []byte(text), "go.sum": sums}, nil
}
