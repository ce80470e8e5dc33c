package database

import (
	"context"
	"database/sql"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// OpenOwner gives the owner's role two connections at most, for what is no business of the serving role. It connects when it
// is used; port is asked before each connection where the server listens by now, nil: as the address says.
func OpenOwner(target Target, port func() int) (*sql.DB, error) {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "unified schema"
	db := stdlib.OpenDB(*config, stdlib.OptionBeforeConnect(func(_ context.Context, next *pgx.ConnConfig) error {
		if port != nil {
			next.Port = uint16(port())
		}
		return nil
	}))
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(0) // it is used now and then
	return db, nil
}

// Extensions are installed before the first migration.
func Extensions() []string { return slices.Clone(extensions[:]) }

// Bookkeeping are the runner's own tables, which no model and no migration declares.
func Bookkeeping() []string { return []string{versionTable, filesTable, runsTable} }
