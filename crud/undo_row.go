package crud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm/clause"
)

// undoBlock is how many rows are looked at in one query.
const undoBlock = 500

// plansteps fills the steps of this table's rows.
func (r resource[P]) plansteps(ctx context.Context, steps []*step) error {
	if _, err := r.scope(ctx, Read); err != nil {
		return nil // nothing of the table may be seen: the steps stay unnamed
	}
	for block := range slices.Chunk(steps, undoBlock) {
		if err := r.planblock(ctx, block); err != nil {
			return err
		}
	}
	return nil
}

func (r resource[P]) planblock(ctx context.Context, steps []*step) error {
	var wanted []P
	for _, s := range steps {
		if row, ok := r.plan.parseKey(s.change.Key); ok {
			wanted = append(wanted, row)
		}
	}
	rows := map[string]P{}
	var list []P
	err := r.retry(ctx, func() error {
		query, err := r.query(ctx, r.conn(ctx), Read)
		if err != nil || len(wanted) == 0 {
			return err
		}
		list, err = r.fetch(query.Where(r.plan.keyedAny(wanted)), shown(r.visible(ctx, Read)))
		return err
	})
	if err != nil {
		return err
	}
	open := map[Verb]map[string]bool{Update: {}, Delete: {}}
	for verb, can := range open {
		reached, err := r.reach(ctx, verb, list)
		if err != nil {
			return err
		}
		for i, row := range list {
			rows[r.plan.keyOf(row)] = row
			can[r.plan.keyOf(row)] = reached[i]
		}
	}
	for i, s := range steps {
		row, there := rows[s.change.Key]
		s.Put = fmt.Sprintf("%s/%s", s.change.Table, s.change.Key)
		if err := r.planone(ctx, s, planned[P]{row, there, open[Update][s.change.Key], open[Delete][s.change.Key], i < UndoShown}); err != nil {
			return err
		}
	}
	return nil
}

// planned is a row as it is now, and what may be done to it.
type planned[P any] struct {
	row                  P
	there                bool
	updatable, deletable bool
	shown                bool
}

func (r resource[P]) planone(ctx context.Context, s *step, at planned[P]) error {
	back := s.change.Verb == Delete || s.change.Verb == Purge
	if scope, err := r.scope(ctx, Read); !at.there && (err != nil || !scope.All) {
		return nil //nolint:nilerr // whose it was cannot be asked: it stays unnamed
	}
	s.Table, s.Key, s.Problem = r.doc, s.change.Key, ""
	switch {
	case back && r.trashable() && s.change.Verb == Delete && !at.there:
		return r.planrestore(ctx, s)
	case back && at.there:
		s.Verb, s.Label = Create, r.plan.label(at.row)
		s.Problem = "There is a record with this key again."
	case back:
		return r.planreturn(ctx, s, at)
	case !at.there:
		s.Verb, s.Label, s.Problem = Update, sentence(r.doc.Singular)+" "+s.change.Key, "It is deleted."
	case s.change.Verb == Create || s.change.Verb == Restore:
		s.Verb, s.Label = Delete, r.plan.label(at.row)
		r.planremoval(ctx, s, at)
	default:
		s.Verb, s.Label = Update, r.plan.label(at.row)
		return r.planupdate(ctx, s, at)
	}
	return nil
}

// deny says that a verb is not allowed to the step's row.
func (s *step) deny(verb Verb) {
	s.Problem, s.Denied = "You may not "+string(verb)+" it.", s.Table.Name+":"+string(verb)
}

// planupdate puts single values back.
func (r resource[P]) planupdate(ctx context.Context, s *step, at planned[P]) error {
	writable := r.writable(ctx, Update)
	for _, f := range r.visible(ctx, Read) {
		i := slices.IndexFunc(s.change.Fields, func(change FieldChange) bool { return change.Column == f.Name })
		if i < 0 {
			continue
		}
		change := s.change.Fields[i]
		field := StepField{FieldDoc: f.FieldDoc, State: StepKept, base: change.New, to: change.Old, untold: change.Secret}
		if !f.Secret && !change.Secret {
			field.raw = f.raw(at.row)
			field.State = state(field.raw, change)
			if field.State != StepSame && (named(writable, f.Name) == nil || f.restore(r.plan.empty(), change.Old) != nil) {
				field.State = StepKept
			}
			refers := f.relation != nil && f.relation.target != nil && change.Old != nil && field.State != StepSame
			if at.shown || refers {
				cells, err := r.cells(ctx, f, change.New, field.raw, change.Old)
				if err != nil {
					return err
				}
				field.Base, field.Now, field.Then = cells[0], cells[1], cells[2]
				field.Lost = refers && cells[2].Ref == nil
			}
		}
		if field.State == StepConflict {
			field.Put = s.Put + "/" + f.Name
		}
		s.Fields = append(s.Fields, field)
	}
	if !at.updatable {
		s.deny(Update)
	}
	s.do = func(ctx context.Context, put map[string]bool) (bool, error) {
		_, written, err := r.update(ctx, Update, s.change.Key, func(_ context.Context, row P) error { return r.putback(row, s.Fields, put) })
		return len(written) > 0, r.told(s, err)
	}
	return nil
}

// state says how a value stands to a change that is undone.
func state(now *string, change FieldChange) StepState {
	switch deref(now) {
	case deref(change.Old):
		return StepSame
	case deref(change.New):
		return StepBack
	}
	return StepConflict
}

// putback sets the values back, unless one is another by now than was shown.
func (r resource[P]) putback(row P, fields []StepField, put map[string]bool) error {
	for _, field := range fields {
		if field.State != StepBack && (field.State != StepConflict || !put[field.Put]) {
			continue
		}
		f := r.plan.column[field.Name]
		if deref(f.raw(row)) != deref(field.raw) {
			return fail(KindConflict, "Somebody is changing it just now. Look at it again.", nil)
		}
		if err := f.restore(row, field.to); err != nil {
			return err
		}
	}
	return nil
}

// planremoval deletes a row that was made. What was changed in it since, and what hangs on it, has to be chosen.
func (r resource[P]) planremoval(ctx context.Context, s *step, at planned[P]) {
	if !at.deletable {
		s.deny(Delete)
		return
	}
	s.self = r.plan.itself(at.row)
	changed := 0
	for _, f := range shown(r.visible(ctx, Read)) {
		i := slices.IndexFunc(s.change.Fields, func(change FieldChange) bool { return change.Column == f.Name })
		if i < 0 || f.ReadOnly {
			continue
		}
		change := s.change.Fields[i]
		field := StepField{FieldDoc: f.FieldDoc, State: StepBack, base: change.New, raw: f.raw(at.row), untold: change.Secret}
		if deref(field.raw) != deref(change.New) {
			changed++
		}
		s.Fields = append(s.Fields, field)
	}
	if changed > 0 {
		s.Takes = "It was changed since it was made."
	}
	if at.shown {
		s.burden = func(ctx context.Context, going map[string][]clause.Expression) error { return r.burden(ctx, s, going) }
	}
	s.do = func(ctx context.Context, _ map[string]bool) (bool, error) {
		if !at.shown { // nobody was asked about what hangs on it
			impact, err := r.Impact(ctx, Delete, s.change.Key)
			if err != nil || len(impact.Uses) > 0 || impact.Deeper {
				return false, r.told(s, err)
			}
		}
		_, err := r.Store.Delete(ctx, s.change.Key)
		return true, r.told(s, err)
	}
}

// burden says what hangs on a row that goes again, besides rows that are going too.
func (r resource[P]) burden(ctx context.Context, s *step, going map[string][]clause.Expression) error {
	impact, err := r.impact(ctx, Delete, s.change.Key, going)
	switch {
	case err != nil:
		return err
	case impact.Bars:
		s.Problem = "Other records refer to it."
	case len(impact.Uses) > 0 || impact.Deeper:
		s.Takes = "Other records hang on it, and go or change with it."
	}
	return nil
}

// planreturn makes a deleted row again, with its key.
func (r resource[P]) planreturn(ctx context.Context, s *step, at planned[P]) error {
	s.Verb = Create
	if s.change.Beyond {
		s.Note = "So much went with it that none of that was recorded, and it does not come back."
	}
	row, given := r.plan.empty(), map[string]bool{}
	mask := r.config.Policy.Fields(ctx, r.plan.table, Create)
	visible := shown(r.visible(ctx, Read))
	for _, f := range r.present() {
		i := slices.IndexFunc(s.change.Fields, func(change FieldChange) bool { return change.Column == f.Name })
		if i < 0 {
			continue
		}
		change := s.change.Fields[i]
		switch {
		case f.Secret || change.Old == nil:
		case mask[f.Name] != Full && !f.ReadOnly:
			s.Problem = "You may not set all that it held."
		case f.restore(row, change.Old) != nil:
			s.Problem = "What was recorded of it cannot be read any more."
		default:
			given[f.Name] = true
		}
		if at.shown && named(visible, f.Name) != nil && change.Old != nil {
			cells, err := r.cells(ctx, f, change.Old)
			if err != nil {
				return err
			}
			s.Fields = append(s.Fields, StepField{FieldDoc: f.FieldDoc, State: StepBack, Now: Cell{Null: true}, Then: cells[0], to: change.Old})
		}
	}
	known := r.plan.copyRow(row)
	for _, f := range r.plan.fields {
		if named(visible, f.Name) == nil {
			f.clear(known)
		}
	}
	s.Label = r.plan.label(known)
	if _, err := r.scope(ctx, Create); err != nil {
		s.deny(Create)
	}
	s.do = func(ctx context.Context, _ map[string]bool) (bool, error) {
		_, err := r.create(ctx, r.plan.copyRow(row), given)
		return true, r.told(s, r.withoutSecret(err))
	}
	return nil
}

// withoutSecret says it where a row cannot come back because a secret of it is not recorded.
func (r resource[P]) withoutSecret(err error) error {
	var own *Error
	if errors.As(err, &own) {
		for name := range own.Fields {
			if f := r.plan.column[name]; f != nil && f.Secret {
				return fail(KindConflict, "it held a secret, which is not recorded, and cannot come back without it.", own)
			}
		}
	}
	return err
}

// told says of which row an error is.
func (r resource[P]) told(s *step, err error) error {
	var own *Error
	if !errors.As(err, &own) || own.Kind == KindUnavailable {
		return err
	}
	out := fail(own.Kind, s.Label+": "+r.sentences(own), own)
	out.Denied = own.Denied
	return out
}
