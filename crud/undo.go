package crud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Limits of what is put back at once.
const (
	UndoLimit = 10_000 // changes
	UndoShown = 100    // rows whose values are shown; conflicts of others stay as they are
)

// Reversal is what putting back recorded changes would do now: those of one transaction, or all later ones of one row.
type Reversal struct {
	Entry     Recorded // that it starts from
	Steps     []Step   // at most UndoShown
	Rows      int      // that are concerned
	Doable    int      // of which something can be put back, conflicts included
	Done      int      // of PutBack: in which something was put back
	Conflicts int      // values that were changed since, and rows that others hang on
	Mark      string   // differs where anything that may be seen differs
	There     bool     // of PutBack: the row whose history it is can be seen afterwards, be it in the trash
}

// Step is what happens to one row.
type Step struct {
	Verb    Verb   // Update, Create for one that comes back, Delete for one that goes again
	Table   *Table // nil for a row that the account may not see
	Key     string // path-escaped already
	Label   string
	Problem string // why nothing can be done to it; "" if something can
	Denied  string // with Problem, the permission that is lacking, as in Error
	Fields  []StepField
	Put     string // the name under which the whole row is chosen, where Takes says what goes with it
	Takes   string // a sentence; "" if nothing does
	Note    string // what does not come back with it, a sentence; "" if that is nothing
}

// StepField is one value that is put back.
type StepField struct {
	FieldDoc
	State           StepState
	Base, Now, Then Cell   // what the change wrote, what is there, and what was there before
	Put             string // the name under which a conflict is chosen; "" for others
	Lost            bool   // it referred to a record that is not there any more, as far as the account may see

	base   *string // what the change wrote
	raw    *string // what is there
	to     *string // what was there before
	untold bool    // it was a secret when it was changed: none of them is known
}

// StepState says how a value stands.
type StepState string

// The states of a value.
const (
	StepBack     StepState = "back"     // it is put back
	StepSame     StepState = "same"     // it is as it was already
	StepConflict StepState = "conflict" // somebody changed it since: it is put back only where that is chosen
	StepKept     StepState = "kept"     // it cannot be put back: a secret that is not recorded, or not for the account to set
)

// Undo implements Resource.
func (r resource[P]) Undo(ctx context.Context, key, id string, since bool) (*Reversal, error) {
	entry, changes, err := r.toUndo(ctx, key, id, since)
	if err != nil {
		return nil, err
	}
	steps, err := r.catalog.steps(ctx, changes)
	if err != nil {
		return nil, err
	}
	return reversal(entry, steps), nil
}

// PutBack implements Resource.
func (r resource[P]) PutBack(ctx context.Context, key, id string, since bool, chosen Chosen) (*Reversal, error) { //nolint:revive // each is a thing of its own
	var out *Reversal
	err := (&Registry{catalog: r.catalog}).Together(ctx, func(ctx context.Context, _ *gorm.DB) error {
		entry, changes, err := r.toUndo(ctx, key, id, since)
		if err != nil {
			return err
		}
		steps, err := r.catalog.steps(ctx, changes)
		if err != nil {
			return err
		}
		out = reversal(entry, steps)
		if chosen.Agree != nil {
			if err := chosen.Agree(out); err != nil {
				return err
			}
		}
		if out.Mark != chosen.Mark {
			return fail(KindConflict, "Something has changed since you looked, and nothing was done. Look at it again.", nil)
		}
		for _, s := range steps {
			done, err := s.take(ctx, chosen.Put)
			if err != nil {
				return err
			}
			if done {
				out.Done++
			}
		}
		_, _, err = r.findOrBuried(ctx, key)
		out.There = err == nil
		if standsInTheWay(err) != nil {
			err = nil
		}
		return err
	})
	return out, err
}

// Chosen is what a person decided about a reversal.
type Chosen struct {
	Mark  string                // of what was shown
	Put   map[string]bool       // the conflicts in which the former value is put back, by their names
	Agree func(*Reversal) error // asked before anything is done; its error is returned, and nothing is done. nil agrees
}

// toUndo returns the changes that are to be undone, as one for each row, in the order in which they are.
func (r resource[P]) toUndo(ctx context.Context, key, id string, since bool) (Recorded, []Change, error) {
	past, _, err := r.past(ctx, key)
	if err != nil {
		return Recorded{}, nil, err
	}
	var later []Recorded // the entry is the last of them
	for before := ""; len(later) == 0 || later[len(later)-1].ID != id; before = later[len(later)-1].ID {
		recorded, err := r.recorded(ctx, past.Key, before, HistoryPage)
		if err != nil {
			return Recorded{}, nil, err
		}
		if at := slices.IndexFunc(recorded, func(change Recorded) bool { return change.ID == id }); at >= 0 {
			recorded = recorded[:at+1]
		}
		if later = append(later, recorded...); len(recorded) == 0 || len(later) > UndoLimit {
			return Recorded{}, nil, fail(KindNotFound, "There is no such entry in this history.", nil)
		}
	}
	entry := later[len(later)-1]
	if since {
		later = later[:len(later)-1]
		slices.Reverse(later)
	} else {
		err := r.retry(ctx, func() (err error) {
			later, err = r.config.History.Set(ctx, r.conn(ctx), entry.Set, UndoLimit+1)
			return err
		})
		if err != nil {
			return entry, nil, err
		}
	}
	if len(later) > UndoLimit {
		return entry, nil, fail(KindLarge, fmt.Sprintf("These are more than %d changes, which cannot be undone at once.", UndoLimit), nil)
	}
	changes := folded(later)
	slices.Reverse(changes)
	return entry, changes, nil
}

// folded makes one change of all changes of a row, where its last one stands.
func folded(recorded []Recorded) []Change {
	var out []Change
	for _, next := range recorded {
		change := next.Change
		at := slices.IndexFunc(out, func(c Change) bool { return c.Table == change.Table && c.Key == change.Key })
		if at >= 0 {
			change = merged(out[at], change)
			out = slices.Delete(out, at, at+1)
		}
		if change.Verb != "" {
			out = append(out, change)
		}
	}
	return out
}

// merged is what two changes of a row come to; its verb is "" if that is nothing.
func merged(first, next Change) Change {
	out := next
	out.Fields = slices.Clone(first.Fields)
	for _, field := range next.Fields {
		at := slices.IndexFunc(out.Fields, func(f FieldChange) bool { return f.Column == field.Column })
		if at < 0 {
			out.Fields = append(out.Fields, field)
			continue
		}
		out.Fields[at].New = field.New
		out.Fields[at].Secret = out.Fields[at].Secret || field.Secret
	}
	came, went := first.Verb == Create, next.Verb == Delete || next.Verb == Purge
	switch {
	case came && went, first.Verb == Delete && next.Verb == Restore:
		out.Verb = ""
	case went || next.Verb == Create && first.Verb != Delete && first.Verb != Purge:
	case came:
		out.Verb = Create
	default:
		out.Verb = Update
	}
	return out
}

// steps finds out what undoing changes would do now.
func (c *catalog) steps(ctx context.Context, changes []Change) ([]*step, error) {
	out := make([]*step, len(changes))
	places := map[string][]int{}
	for i, change := range changes {
		places[change.Table] = append(places[change.Table], i)
		out[i] = &step{change: change, Step: Step{Problem: "Other records, which you may not see, stay as they are."}}
	}
	for name, at := range places {
		t := c.byName[name]
		if t == nil {
			continue
		}
		of := make([]*step, len(at))
		for i, place := range at {
			of[i] = out[place]
		}
		if err := t.plansteps(ctx, of); err != nil {
			return nil, err
		}
	}
	lost(out)
	return out, burdened(ctx, out)
}

// lost leaves as they are what referred to records that are not there, unless such come back with it.
func lost(steps []*step) {
	coming := map[string]bool{}
	for _, s := range steps {
		if s.Verb == Create && s.Problem == "" {
			coming[s.change.Table] = true
		}
	}
	for _, s := range steps {
		able := s.Verb != Update
		for i := range s.Fields {
			f := &s.Fields[i]
			if f.Lost = f.Lost && !coming[f.Refers]; f.Lost {
				f.State, f.Put = StepKept, ""
			}
			able = able || f.State == StepBack || f.State == StepConflict
		}
		if !able && s.Problem == "" {
			s.Problem = "There is nothing to put back."
		}
	}
}

// burdened looks at what hangs on rows that go again, besides what goes with them by steps of its own.
func burdened(ctx context.Context, steps []*step) error {
	going := map[string][]clause.Expression{}
	for _, s := range steps {
		if s.burden != nil {
			if err := s.burden(ctx, going); err != nil {
				return err
			}
		}
		if name := s.change.Table; s.self != nil && s.Problem == "" && s.Takes == "" && len(going[name]) < AlongLimit {
			going[name] = append(going[name], s.self)
		}
	}
	return nil
}

// step is a Step with what it takes to do it.
type step struct {
	Step
	change Change
	self   clause.Expression                                                     // the row, where it goes
	do     func(ctx context.Context, put map[string]bool) (bool, error)          // reports whether something was written
	burden func(ctx context.Context, going map[string][]clause.Expression) error // nil: nothing can hang on it
}

// take does the step, if it can be done.
func (s *step) take(ctx context.Context, put map[string]bool) (bool, error) {
	if s.Problem != "" || s.Takes != "" && !put[s.Put] {
		return false, nil
	}
	return s.do(ctx, put)
}

// reversal gathers steps for a page.
func reversal(entry Recorded, steps []*step) *Reversal {
	out := &Reversal{Entry: entry, Rows: len(steps)}
	sum := sha256.New()
	for i, s := range steps {
		if s.Problem == "" {
			out.Doable++
		}
		conflicts := 0
		for _, f := range s.Fields {
			if f.State == StepConflict {
				conflicts++
			}
			fmt.Fprintf(sum, "%q %q\n", f.Name, deref(f.raw))
		}
		if s.Takes != "" {
			conflicts++
		}
		out.Conflicts += conflicts
		fmt.Fprintf(sum, "%q %q %q %q %q\n", s.change.Table, s.Key, s.Verb, s.Problem, s.Takes)
		if i < UndoShown {
			out.Steps = append(out.Steps, s.Step)
		}
	}
	out.Mark = hex.EncodeToString(sum.Sum(nil)[:12])
	return out
}

// deref writes NULL apart from every text.
func deref(text *string) string {
	if text == nil {
		return "NULL"
	}
	return "=" + *text
}
