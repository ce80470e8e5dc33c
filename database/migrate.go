package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"time"

	"github.com/pressly/goose/v3"
)

// Migration is one file of a set, and what the database knows of it.
type Migration struct {
	Version   int64
	Name      string // the file's
	Applied   bool
	Changed   bool          // applied with another content
	AppliedAt time.Time     // zero if not applied
	Duration  time.Duration // of its Up
}

// Migrate applies the files that the database lacks, each in a transaction of its own, then grants the serving role what
// it needs. It makes the schema and the extensions first. Processes that do so at once take turns: one applies, the
// others find nothing left. A file edited after it was applied is an error, and nothing is applied then.
func Migrate(ctx context.Context, target Target, files fs.FS) (applied int, err error) {
	err = work(ctx, target, "migrating", func(s *session) error {
		provider, err := s.provider(ctx, files)
		if err != nil {
			return err
		}
		results, err := provider.Up(ctx)
		applied = len(results)
		if err != nil {
			return s.failure(err)
		}
		return s.grant(ctx)
	})
	return applied, err
}

// Down takes the last files back, newest first: as many as steps says, or all there are. Schema and extensions stay.
func Down(ctx context.Context, target Target, files fs.FS, steps int) (undone int, err error) {
	err = work(ctx, target, "migrating down", func(s *session) error {
		provider, err := s.provider(ctx, files)
		if err != nil {
			return err
		}
		for undone < steps {
			_, err := provider.Down(ctx)
			if errors.Is(err, goose.ErrNoNextVersion) {
				return nil
			}
			if errors.Is(err, goose.ErrVersionNotFound) {
				return errors.New("the last migration applied is one that this program does not have: undo it with the program that applied it")
			}
			if err != nil {
				return s.failure(err)
			}
			undone++
		}
		return nil
	})
	return undone, err
}

// All is the number of steps that takes every file back.
const All = math.MaxInt

// Status lists the files in order, with what was applied. It changes nothing.
func Status(ctx context.Context, target Target, files fs.FS) ([]Migration, error) {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return nil, err
	}
	sources, err := readFiles(files)
	if err != nil {
		return nil, err
	}
	entries, err := readLedger(ctx, config, target.Schema)
	if err != nil {
		return nil, explain(err, "reading the state of the schema", &config.Config)
	}
	list := make([]Migration, len(sources))
	for i, file := range sources {
		list[i] = Migration{Version: file.version, Name: file.name}
		if entry, ok := entries[file.version]; ok {
			list[i].Applied, list[i].AppliedAt, list[i].Duration = true, entry.appliedAt, entry.duration
			list[i].Changed = entry.checksum != file.checksum
		}
	}
	return list, nil
}

// provider gives goose the files, once those applied are found unchanged.
func (s *session) provider(ctx context.Context, files fs.FS) (*goose.Provider, error) {
	sources, err := readFiles(files)
	if err != nil {
		return nil, err
	}
	store, err := newStore(sources)
	if err != nil {
		return nil, err
	}
	if err := store.check(ctx, s.db, s.target.Schema); err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider("", s.db, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return provider, nil
}

// failure keeps goose's error, which names the file, and says what the server said.
func (s *session) failure(err error) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return explain(partial.Err, "migration "+partial.Failed.Source.Path, &s.config.Config)
	}
	return explain(err, "migrating", &s.config.Config)
}
