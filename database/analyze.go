package database

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Analyze has PostgreSQL gather statistics on all tables of the owner, as is good after many rows came at once.
func Analyze(ctx context.Context, target Target) error {
	config, err := parse(target.OwnerURL)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return explain(err, "analyzing", &config.Config)
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return errors.Join(err, conn.Close(ctx))
}
