package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"unified/database"
	"unified/schema"
)

// migrationsFolder is where new files are written, and where those are read that the next one goes on from: the program may
// have been built before the last was written.
const migrationsFolder = "migrations2"

// migrateNew writes the next file of the migrations: an empty one, or what the models need and the files lack.
func migrateNew(ctx context.Context, p *program, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return errors.New("migrate new takes a name, such as create_articles_table")
	}
	fromDiff := false
	options := schema.DraftOptions{Renamed: map[string]string{}}
	err := flags("migrate new", p, args[1:], func(set *flag.FlagSet) {
		set.BoolVar(&fromDiff, "from-diff", false, "write what the models need and the files lack")
		set.Func("rename", "OLD=NEW: a table or a TABLE.COLUMN that has a new name; the table is named as the models name it", func(text string) error {
			old, now, ok := strings.Cut(text, "=")
			table, column, isColumn := strings.Cut(old, ".")
			if !ok || now == "" || old == "" || strings.Contains(now, ".") {
				return errors.New("expected OLD=NEW, such as notes=articles or articles.name=title")
			}
			if isColumn {
				options.Renamed[table+"."+now] = column
			} else {
				options.Renamed[now] = old
			}
			return nil
		})
		set.Func("add", "a table or a TABLE.COLUMN that is new, though it looks like an old one", func(text string) error {
			options.Added = append(options.Added, text)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if !fromDiff && len(options.Renamed)+len(options.Added) > 0 {
		return errors.New("migrate new: -rename and -add go with -from-diff")
	}
	draft := &schema.Draft{}
	if fromDiff {
		if draft, err = p.draft(ctx, os.DirFS(migrationsFolder), options); err != nil {
			return err
		}
	}
	file, err := database.NewMigration(migrationsFolder, args[0], draft.Up, draft.Down)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, file)
	for _, note := range draft.Notes {
		fmt.Fprintln(p.Stdout, "  "+note)
	}
	if fromDiff {
		fmt.Fprintln(p.Stdout, "Read it, add comments for what the models do not say, build, and apply it with migrate up.")
	}
	return nil
}

// draft is what the models need and the files lack. There has to be something, and nothing to ask.
func (p *program) draft(ctx context.Context, files fs.FS, options schema.DraftOptions) (*schema.Draft, error) {
	compared := p.schemaOptions()
	compared.Migrations = files
	draft, err := asOwner(ctx, p.connect, func(db *sql.DB) (*schema.Draft, error) { return schema.New(db, compared).Draft(ctx, options) })
	switch {
	case err != nil:
		return nil, fmt.Errorf("no migration was written: %w", err)
	case len(draft.Doubts) > 0:
		return nil, errors.New("no migration was written, since it cannot be known whether something is new or renamed:\n" + questions(draft.Doubts))
	case draft.Up == "":
		return nil, errors.New(strings.Join(append([]string{"no migration was written: the files make what the models declare"}, draft.Notes...), "\n  "))
	}
	return draft, nil
}

// questions say how each doubt is decided.
func questions(doubts []schema.Doubt) string {
	lines := make([]string, len(doubts))
	for i, doubt := range doubts {
		_, column, isColumn := strings.Cut(doubt.New, ".")
		if !isColumn {
			column = doubt.New
		}
		lines[i] = fmt.Sprintf("  %s may be %s under a new name: say -rename %[2]s=%s if it is, or -add %[1]s if it is not", doubt.New, doubt.Old, column)
	}
	return strings.Join(lines, "\n")
}
