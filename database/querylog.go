package database

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// slowQuery is how long a statement may take before the log speaks of it.
const slowQuery = 500 * time.Millisecond

// queryLog tells slog of every statement, GORM's and pgx's: slow ones as warnings, all others for debugging. It stands
// beneath GORM, whose own log writes values into some statements. Failed statements are left to who gets their error.
type queryLog struct{ log *slog.Logger }

// begun is a statement under way, kept in its context.
type begun struct {
	sql string
	at  time.Time
}

type begunKey struct{}

// TraceQueryStart remembers when the statement began.
func (queryLog) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, begunKey{}, begun{data.SQL, time.Now()})
}

// TraceQueryEnd logs the statement, never its values.
func (q queryLog) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	query, ok := ctx.Value(begunKey{}).(begun)
	if !ok {
		return
	}
	took, level := time.Since(query.at), slog.LevelDebug
	if took >= slowQuery {
		level = slog.LevelWarn
	}
	if !q.log.Enabled(ctx, level) {
		return
	}
	q.log.Log(ctx, level, "query", "sql", query.sql, "rows", data.CommandTag.RowsAffected(), "took", took)
}
