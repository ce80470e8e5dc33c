package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// judge decides whether texts that differ mean the same, by asking PostgreSQL in a scratch schema: a text that is parsed and
// printed again until it no longer changes, a constant that is computed, a condition that the planner derives from another.
// It begins when it is first asked. Without the right to make a schema it knows simplified texts alone.
type judge struct {
	comparer *Comparer
	conn     *sql.Conn
	scratch  *scratch
	denied   bool
	clones   map[uint32]string
	err      error // of the connection; the comparison failed then
}

func (j *judge) end() {
	if j.scratch != nil {
		j.scratch.end()
	}
}

// ready reports whether PostgreSQL can be asked.
func (j *judge) ready(ctx context.Context) bool {
	if j.denied || j.err != nil {
		return false
	}
	if j.scratch != nil {
		return true
	}
	s, err := j.comparer.scratch(ctx, j.conn)
	if err != nil {
		var refusal *pgconn.PgError
		if j.denied = errors.As(err, &refusal); !j.denied {
			j.err = err
		}
		return false
	}
	j.scratch, j.clones = s, map[uint32]string{}
	return true
}

// try runs what may be refused. Nothing of a refused attempt is left.
func (j *judge) try(ctx context.Context, do func() error) bool {
	if !j.ready(ctx) {
		return false
	}
	if j.err = j.scratch.exec(ctx, "SAVEPOINT attempt"); j.err != nil {
		return false
	}
	err := do()
	if err == nil {
		j.err = j.scratch.exec(ctx, "RELEASE attempt")
		return j.err == nil
	}
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) {
		j.err = err
		return false
	}
	j.err = j.scratch.exec(ctx, "ROLLBACK TO attempt")
	return false
}

func (j *judge) ask(ctx context.Context, target any, query string) error {
	return j.scratch.tx.QueryRowContext(ctx, query).Scan(target)
}

func (j *judge) name() string { return j.scratch.names[j.scratch.schema] }

// clone is an empty table with the columns that were found, and one of its own named probe.
func (j *judge) clone(ctx context.Context, t *table) (string, error) {
	if name := j.clones[t.OID]; name != "" {
		return name, nil
	}
	columns := make([]string, 0, len(t.columns)+1)
	for _, c := range t.columns {
		column := quote(c.Name) + " " + c.Type
		if c.Collation != "" {
			column += " COLLATE " + c.Collation
		}
		columns = append(columns, column)
	}
	columns = append(columns, `"probe of the comparison" integer`)
	name := fmt.Sprintf("%s.clone_%d", j.name(), len(j.clones))
	if err := j.scratch.exec(ctx, "CREATE TABLE "+name+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return "", err
	}
	j.clones[t.OID] = name
	return name, nil
}

// same reports whether two expressions over a table's columns mean the same.
func (j *judge) same(ctx context.Context, t *table, a, b string) bool {
	if a == b || simplified(a) == simplified(b) {
		return true
	}
	var first, second string
	ok := j.try(ctx, func() (err error) {
		clone, err := j.clone(ctx, t)
		if err != nil {
			return err
		}
		if first, err = j.settled(ctx, clone, a); err != nil {
			return err
		}
		second, err = j.settled(ctx, clone, b)
		return err
	})
	return ok && simplified(first) == simplified(second)
}

// settled is an expression as PostgreSQL prints it once printing and parsing change it no more.
func (j *judge) settled(ctx context.Context, clone, expression string) (string, error) {
	text := "(" + strings.TrimSuffix(expression, " NO INHERIT") + ") IS NOT NULL"
	for range 4 {
		var printed string
		err := j.scratch.exec(ctx, "ALTER TABLE "+clone+" ADD CONSTRAINT settled CHECK ("+text+")")
		if err != nil {
			return "", err
		}
		err = j.ask(ctx, &printed, "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'settled' AND conrelid = '"+clone+"'::regclass")
		if err != nil {
			return "", err
		}
		if err := j.scratch.exec(ctx, "ALTER TABLE "+clone+" DROP CONSTRAINT settled"); err != nil {
			return "", err
		}
		if printed == text {
			break
		}
		text = printed
	}
	if strings.HasSuffix(expression, " NO INHERIT") {
		text += " NO INHERIT"
	}
	return text, nil
}

// implies reports whether PostgreSQL's planner can derive one condition from another: it then uses an index that holds the
// rows of the second alone for a query that asks for the first.
func (j *judge) implies(ctx context.Context, t *table, premise, conclusion string) bool {
	var plan strings.Builder
	ok := j.try(ctx, func() error {
		clone, err := j.clone(ctx, t)
		if err != nil {
			return err
		}
		err = j.scratch.exec(ctx, `SET LOCAL enable_seqscan TO off; SET LOCAL enable_bitmapscan TO off; CREATE INDEX implied ON `+
			clone+` ("probe of the comparison") WHERE `+conclusion)
		if err != nil {
			return err
		}
		lines, err := j.scratch.tx.QueryContext(ctx, "EXPLAIN (COSTS off) SELECT 1 FROM "+clone+" WHERE "+premise) //nolint:gosec // as the catalog prints it
		if err != nil {
			return err
		}
		defer func() { _ = lines.Close() }()
		for lines.Next() {
			var line string
			if err := lines.Scan(&line); err != nil {
				return err
			}
			plan.WriteString(line)
		}
		if err := lines.Err(); err != nil {
			return err
		}
		return j.scratch.exec(ctx, "DROP INDEX "+j.name()+".implied")
	})
	return ok && strings.Contains(plan.String(), "using implied on")
}

// sameDefault reports whether a column's default gives the expected one.
func (j *judge) sameDefault(ctx context.Context, t *table, got *column, want *string) bool {
	if want == nil || got.Default == nil {
		return want == nil && got.Default == nil
	}
	if *want == *got.Default || simplified(*want) == simplified(*got.Default) {
		return true
	}
	if !constant(*want) || !constant(*got.Default) {
		return t != nil && j.same(ctx, t, *want, *got.Default)
	}
	var equal bool
	compare := func(cast string) func() error {
		return func() error {
			return j.ask(ctx, &equal, fmt.Sprintf("SELECT (%s)::%s%s IS NOT DISTINCT FROM (%s)::%s%s", *want, got.Type, cast, *got.Default, got.Type, cast))
		}
	}
	return j.try(ctx, compare("")) && equal || j.try(ctx, compare("::text")) && equal // json has no equality
}

// sameView reports whether two definitions are of the same view.
func (j *judge) sameView(ctx context.Context, a, b string) bool {
	if a == b {
		return true
	}
	var first, second string
	ok := j.try(ctx, func() (err error) {
		if first, err = j.settledView(ctx, a); err != nil {
			return err
		}
		second, err = j.settledView(ctx, b)
		return err
	})
	return ok && first == second
}

func (j *judge) settledView(ctx context.Context, definition string) (string, error) {
	for range 3 {
		var printed string
		err := j.scratch.exec(ctx, "CREATE VIEW "+j.name()+".settled AS "+definition)
		if err != nil {
			return "", err
		}
		if err := j.ask(ctx, &printed, "SELECT pg_get_viewdef('"+j.name()+".settled'::regclass)"); err != nil {
			return "", err
		}
		if err := j.scratch.exec(ctx, "DROP VIEW "+j.name()+".settled"); err != nil {
			return "", err
		}
		if printed == definition {
			break
		}
		definition = printed
	}
	return definition, nil
}
