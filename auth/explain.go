package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Step is one step of finding out who somebody is, for staff. It holds no secret.
type Step struct {
	Name    string
	Outcome string
	OK      bool
	Took    time.Duration // zero where nothing was asked
}

// Way is what one way of finding people did, step by step.
type Way struct {
	Name  string
	Steps []Step
}

// Explanation is what each way did for the same name, in the same steps, and the names of the steps where they differ.
type Explanation struct {
	Ways   []Way
	Differ []string
}

// Explain goes through signing in by name, without doing so, by each way of finding people, and looks up the session that r
// brought. An empty password is not checked. It is recorded: else it were a way to try passwords out unseen. Who failed too
// often waits here too ([Throttled]), and a wrong password counts as a failure.
func (g *Gate) Explain(r *http.Request, name, password string) (Explanation, error) {
	ctx := r.Context()
	name = plainName(name)
	if password != "" {
		if err := g.admits(ctx, name); err != nil {
			return Explanation{}, err
		}
	}
	account, _ := From(ctx)
	if err := g.Note(ctx, Entry{By: account, Action: "explain_sign_in", More: map[string]any{"password": password != ""}}); err != nil {
		return Explanation{}, err
	}
	ways := []Way{{Name: "Plain SQL"}}
	finders := []Finder{g.finder}
	if twice, ok := g.finder.(*Twice); ok {
		first, second := twice.Both()
		ways, finders = []Way{{Name: "The models"}, {Name: "Plain SQL"}}, []Finder{first, second}
	}
	wrong := false
	for i, finder := range finders {
		e := explaining{Gate: g, ctx: ctx, finder: finder, way: &ways[i]}
		e.person(name, password)
		e.session(g.store.sent(r))
		wrong = wrong || e.wrong
	}
	if wrong {
		if err := g.refuse(ctx, Person{}, name, "wrong password"); !errors.Is(err, ErrDenied) {
			return Explanation{}, err
		}
	}
	return Explanation{ways, differences(ways)}, nil
}

// differences names the steps whose outcomes are not the same in all ways.
func differences(ways []Way) []string {
	var names []string
	for _, way := range ways[1:] {
		for i, step := range way.Steps {
			other := slices.IndexFunc(ways[0].Steps, func(s Step) bool { return s.Name == step.Name })
			if other < 0 || ways[0].Steps[other].Outcome != ways[1].Steps[i].Outcome {
				names = append(names, step.Name)
			}
		}
		for _, step := range ways[0].Steps {
			if !slices.ContainsFunc(way.Steps, func(s Step) bool { return s.Name == step.Name }) {
				names = append(names, step.Name)
			}
		}
	}
	return names
}

// explaining is one way under way.
type explaining struct {
	*Gate
	ctx    context.Context
	finder Finder
	way    *Way
	wrong  bool // the password is
}

func (e *explaining) add(name string, began time.Time, ok bool, outcome string) {
	step := Step{Name: name, Outcome: outcome, OK: ok}
	if !began.IsZero() {
		step.Took = time.Since(began).Round(10 * time.Microsecond)
	}
	e.way.Steps = append(e.way.Steps, step)
}

func (e *explaining) person(name, password string) {
	began := time.Now()
	p, err := guarded(e.finder, func(f Finder) (Person, error) { return f.ByName(e.ctx, name) })
	if err != nil {
		e.add("Find the account", began, false, explained(err))
		return
	}
	e.add("Find the account", began, true, fmt.Sprintf("found number %d, %s", p.ID, p.Name))
	e.add("May sign in", time.Time{}, p.Active && !p.Locked, flags(p))
	e.add("Password for the panel", time.Time{}, p.Hash != "", hashWords(p))
	if password != "" && p.Hash != "" {
		e.password(p, password)
	}
	began = time.Now()
	rights, err := guarded(e.finder, func(f Finder) (Rights, error) {
		roles, err := f.Roles(e.ctx, p.ID)
		if err != nil {
			return Rights{}, err
		}
		return ReadRights(roles)
	})
	if err != nil {
		e.add("Roles", began, false, explained(err))
		return
	}
	names, permissions := []string{}, []string{}
	for _, role := range rights.Roles() {
		names = append(names, role.Name)
		for _, p := range role.Permissions {
			permissions = append(permissions, p.String())
		}
	}
	slices.Sort(names)
	slices.Sort(permissions)
	e.add("Roles", began, len(names) > 0, fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", ")))
	e.add("Permissions", time.Time{}, len(permissions) > 0, fmt.Sprintf("%d: %s", len(permissions), strings.Join(slices.Compact(permissions), ", ")))
}

func (e *explaining) password(p Person, password string) {
	done, err := e.turn(e.ctx)
	if err != nil {
		e.add("Check the password", time.Time{}, false, explained(err))
		return
	}
	defer done()
	began := time.Now()
	ok, err := Verify(p.Scheme, p.Hash, password)
	switch {
	case err != nil:
		e.add("Check the password", began, false, err.Error())
	case ok:
		e.add("Check the password", began, true, "it is right")
	default:
		e.wrong = true
		e.add("Check the password", began, false, "it is wrong")
	}
}

func (e *explaining) session(hash []byte) {
	began := time.Now()
	s, err := guarded(e.finder, func(f Finder) (Session, error) { return f.BySession(e.ctx, hash) })
	if err != nil {
		e.add("Your own session", began, false, explained(err))
		return
	}
	e.add("Your own session", began, !s.Revoked, fmt.Sprintf("number %d of %s, until %s", s.ID, s.Person.Name, s.Ends.UTC().Format(time.DateTime+" UTC")))
}

func explained(err error) string {
	switch {
	case errors.Is(err, ErrNone):
		return "there is none"
	case errors.Is(err, ErrUnavailable):
		return "the database cannot answer"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return "it does not fit the tables: " + text
}

func flags(p Person) string {
	words := []string{"active", "not locked"}
	if !p.Active {
		words[0] = "not active"
	}
	if p.Locked {
		words[1] = "locked"
	}
	return strings.Join(words, ", ")
}

func hashWords(p Person) string {
	switch {
	case p.Hash == "":
		return "there is none"
	case p.Expires != nil && !p.Now.Before(*p.Expires):
		return p.Scheme + ", expired"
	case Outdated(p.Scheme, p.Hash):
		return p.Scheme + ", made in an old way: it is replaced at the next sign-in"
	}
	return p.Scheme + ", made as today"
}
