package controllers

import (
	"context"
	"errors"
	"net/url"

	"unified/auth"
	"unified/crud"
)

// WhyAnswer says to programs what somebody may do with a row, and what decides that.
type WhyAnswer struct {
	WhySubject
	Verdicts []WhyVerdict `json:"verdicts"`
	Limits   []WhyLimit   `json:"limits"`
}

// RightsAnswer says to programs all that somebody may do.
type RightsAnswer struct {
	WhySubject
	Tables []RightsTable `json:"tables"`
	Others []WhyVerdict  `json:"others"` // what is about no table
}

// RightsTable is a table of it.
type RightsTable struct {
	Table    string       `json:"table"`
	Verdicts []WhyVerdict `json:"verdicts"`
	Limits   []WhyLimit   `json:"limits"`
}

// WhySubject is whom it is about.
type WhySubject struct {
	Person ProblemRow `json:"person"`
	Roles  []string   `json:"roles"`
	Closed *string    `json:"closed"` // the sentence why nothing is open to them; nil if something can be
	Hint   *string    `json:"hint"`   // the sentence why they cannot sign in just now; nil if they can
}

// WhyVerdict says of one verb, or of the pages that ask for one permission, whether that may be done.
type WhyVerdict struct {
	Name    string      `json:"name"`
	Label   string      `json:"label"`
	May     string      `json:"may"` // one of the May constants
	Reasons []WhyReason `json:"reasons"`
}

// What a WhyVerdict says.
const (
	MayYes     = "yes"
	MayNo      = "no"
	MayUnknown = "unknown" // it could not be tried in time
)

// WhyReason is one of what decides.
type WhyReason struct {
	Permission *string `json:"permission"` // model:action, with the scope of one that is given; nil where none has to do with it
	Text       string  `json:"text"`       // behind the permission, or a sentence of its own
	Opens      *bool   `json:"opens"`      // nil: neither it opens, nor does it keep closed
}

// WhyLimit is a column that is kept back.
type WhyLimit struct {
	Field  string `json:"field"`
	Hidden bool   `json:"hidden"` // else it is shown, and cannot be set
	Text   string `json:"text"`   // how and by which role, a sentence
}

// People is the table of those of whom it can be asked what they may do; "" where nobody can ask.
func (s *Site) People() string {
	if !s.config.Why.there(s) {
		return ""
	}
	return s.config.Why.People
}

// Explains is what a route asks that says what somebody may do. It is for people alone: no token can be given this permission.
func Explains() Access { return explain }

// Explained reports whether the account in ctx may ask what somebody may do. A program never may: what is about the panel itself is for
// people.
func (s *Site) Explained(ctx context.Context) bool {
	account, _ := auth.From(ctx)
	return s.People() != "" && account.Program == "" && explain.open(ctx)
}

// Why says what a person may do with a row of a table that is there; for person "" it is about whom the page begins with.
func (s *Site) Why(ctx context.Context, resource crud.Resource, key, person string) (*WhyAnswer, error) {
	if _, err := resource.Show(ctx, key); err != nil {
		return nil, err
	}
	w := s.config.Why
	if person == "" {
		var err error
		if person, err = w.likely(ctx, s, resource, key); err != nil {
			return nil, err
		}
	}
	subject, err := w.subject(ctx, s, person)
	var known *crud.Error
	if errors.As(err, &known) && known.Kind == crud.KindNotFound {
		return nil, &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{personParam: "There is no such person."}, Err: err}
	}
	if err != nil {
		return nil, err
	}
	lines, limits, err := subject.lines(ctx, resource, key)
	if err != nil {
		return nil, err
	}
	return &WhyAnswer{subject.answer(), verdicts(lines), subject.kept(resource.Table(), limits)}, nil
}

// Rights says all that a person may do; table and search narrow it, "" does not.
func (s *Site) Rights(ctx context.Context, key, table, search string) (*RightsAnswer, error) {
	found, err := s.config.Why.found(ctx, s, key, url.Values{"table": {table}, "q": {search}})
	if err != nil {
		return nil, err
	}
	out := &RightsAnswer{WhySubject: found.Subject.answer(), Tables: make([]RightsTable, len(found.Parts)), Others: verdicts(found.Others)}
	for i, part := range found.Parts {
		out.Tables[i] = RightsTable{part.Name, verdicts(part.Lines), found.Subject.kept(part.Table, part.kept)}
	}
	return out, nil
}

// answer says who the subject is.
func (p subject) answer() WhySubject {
	return WhySubject{ProblemRow{p.Ref.Table, p.Ref.Key, p.Ref.Label}, append([]string{}, p.Roles...), told(p.Shut()), told(p.Hint())}
}

// kept says each column that is kept back.
func (p subject) kept(table *crud.Table, limits []crud.Limit) []WhyLimit {
	out := make([]WhyLimit, len(limits))
	for i, limit := range limits {
		out[i] = WhyLimit{limit.Name, limit.Access == crud.Hidden, p.limit(table, limit) + "."}
	}
	return out
}

// verdicts says lines of a page.
func verdicts(lines []whyLine) []WhyVerdict {
	out := make([]WhyVerdict, len(lines))
	for i, line := range lines {
		out[i] = WhyVerdict{line.Name, line.Label, line.Answer, make([]WhyReason, len(line.Reasons))}
		if line.Answer != MayYes && line.Answer != MayNo {
			out[i].May = MayUnknown
		}
		for n, reason := range line.Reasons {
			out[i].Reasons[n] = WhyReason{Permission: told(reason.Code), Text: reason.Text}
			if reason.Mark != "" {
				opens := reason.Mark == "yes"
				out[i].Reasons[n].Opens = &opens
			}
		}
	}
	return out
}

// told is a text; nil for "".
func told(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
