package crud

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// translate turns the failure of a statement into an *Error. What it does not know is returned as it is: a bug.
func (c *Store[P]) translate(ctx context.Context, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var hook interface{ FieldErrors() map[string]string }
	if errors.As(err, &hook) {
		return &Error{Kind: KindInvalid, Fields: c.byColumn(hook.FieldErrors()), Err: err}
	}
	var pg *pgconn.PgError
	var lost unrecorded
	if errors.As(err, &pg) && (passing(pg.Code) || pg.Code == stopped || !errors.As(err, &lost)) {
		return c.database(ctx, pg, err)
	}
	if away(ctx, err) {
		return fail(KindUnavailable, KindUnavailable.String(), err)
	}
	if errors.Is(err, errUnwritten) {
		return fail(KindConflict, unwritten, err)
	}
	err = fmt.Errorf("%s: %w", c.plan.table, err)
	var unheld pgx.ScanArgError
	if errors.As(err, &unheld) { // such as a moment that is infinity
		return fail(KindMisfit, KindMisfit.String(), err)
	}
	return err
}

// away reports whether err says that the database could not be asked, or not in time.
func away(ctx context.Context, err error) bool {
	var own *Error
	var pg *pgconn.PgError
	if errors.As(err, &own) || errors.As(err, &pg) {
		return pg != nil && own == nil && passing(pg.Code)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err) ||
		pgconn.Timeout(err) || ctx.Err() != nil || errors.Is(err, net.ErrClosed) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
}

// passing reports whether a SQLSTATE speaks of the server's state rather than of the statement.
func passing(code string) bool {
	class := code[:2]
	return class == "08" || class == "53" || class == "40" || strings.HasPrefix(code, "57P0") || code == "55P03" || code == "25P03"
}

// stopped is the SQLSTATE of a statement that took too long.
const stopped = "57014"

// database translates what PostgreSQL reports by SQLSTATE.
func (c *Store[P]) database(ctx context.Context, pg *pgconn.PgError, err error) error {
	tried, found := attempt[P]{}, uncommitted{}
	writing := errors.As(err, &tried) || errors.As(err, &found)
	if writing && (unreadableValue(pg) || spokenBy(pg)) { // in between it may as well be the log that is broken
		return c.refused(ctx, pg, err)
	}
	switch pg.Code {
	case "23505", "23502", "23514", "23P01", "23503", "23001", "22001", "22003", "22021", "22P05", "22P02", "22007", "22008", "22023":
		return c.refused(ctx, pg, err)
	case stopped:
		return fail(KindUnavailable, KindSlow.String(), err)
	case "55P03", "40001", "40P01":
		return fail(KindUnavailable, "Somebody else is changing the same just now. Try again in a moment.", err)
	case "42501", "55000":
		return fail(KindForbidden, fmt.Sprintf("%s cannot be changed this way.", c.doc.Plural), err)
	case "428C9":
		return fail(KindConflict, "The database makes a value of this by itself, and takes no other.", err)
	case "44000":
		return fail(KindConflict, fmt.Sprintf("With this the %s would be none of these any more.", c.doc.Singular), err)
	}
	switch {
	case passing(pg.Code):
		return fail(KindUnavailable, KindUnavailable.String(), err)
	case slices.Contains(misfits, pg.Code):
		return fail(KindMisfit, KindMisfit.String(), fmt.Errorf("%s: %w", c.plan.table, err))
	}
	return fmt.Errorf("%s: %w", c.plan.table, err)
}

// Misfit reports whether PostgreSQL refused a statement since the database has not what it names, or has it of another type.
func Misfit(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(misfits, pg.Code)
}

// misfits are the SQLSTATEs of statements that name what the database has not, or has of another type.
var misfits = []string{"42703", "42P01", "42804", "42883", "42704"}
