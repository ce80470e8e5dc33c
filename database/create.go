package database

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var migrationName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// NewMigration writes the next file of the set in dir, and returns its path. Statements that are "" are to be filled in.
// The name is words in lower case joined by "_": "create_articles_table".
func NewMigration(dir, name, up, down string) (string, error) {
	if !migrationName.MatchString(name) {
		return "", fmt.Errorf("a migration is named in lower case letters, digits and _, such as create_articles_table; not %q", name)
	}
	files, err := readFiles(os.DirFS(dir))
	if err != nil {
		return "", err
	}
	next := int64(1)
	if len(files) > 0 {
		next = files[len(files)-1].version + 1
	}
	path := filepath.Join(dir, fmt.Sprintf("%03d_%s.sql", next, name))
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", fmt.Errorf("creating the migration: %w", err)
	}
	if up != "" {
		up += "\n"
	}
	if down != "" {
		down += "\n"
	}
	_, err = out.WriteString("-- +goose Up\n" + up + "\n-- +goose Down\n" + down)
	if err = errors.Join(err, out.Close()); err != nil {
		return "", fmt.Errorf("writing the migration: %w", err)
	}
	return path, nil
}
