package crud

import (
	"context"
	"fmt"
	"net/url"
)

// BulkJSON implements Resource.
func (r resource[P]) BulkJSON(ctx context.Context, verb Verb, s Selection, values []byte) (*Done, error) {
	if _, err := r.scope(ctx, verb); err != nil {
		return nil, err
	}
	input, err := r.bulkInput(ctx, verb, values)
	if err != nil {
		return nil, err
	}
	survey, err := r.Survey(ctx, verb, s)
	switch {
	case err != nil:
		return nil, err
	case survey.Gone > 0:
		return nil, fail(KindNotFound, fmt.Sprintf("Not all of these %s are there. Nothing was done.", lowered(r.doc.Plural)), nil)
	case survey.Barred > 0 && !s.All:
		return nil, r.deny(verb, fmt.Sprintf("You may see these %s, but not do this to all of them. Nothing was done.", lowered(r.doc.Plural)))
	}
	return r.Bulk(ctx, verb, s, survey.Digest, input)
}

// bulkInput turns the values that a program sends for many rows into what a form sends.
func (r resource[P]) bulkInput(ctx context.Context, verb Verb, values []byte) (url.Values, error) {
	switch {
	case values == nil && verb == Update:
		return nil, invalid(map[string]string{"values": empty})
	case values == nil:
		return url.Values{}, nil
	}
	w := JSONWrite{Body: values}
	if asked := r.asked[string(verb)]; asked != nil {
		return asked.sent(ctx, w)
	}
	if verb != Update {
		return nil, fail(KindInvalid, "This takes no values.", nil)
	}
	s, err := r.sentOf(ctx, r.plan.empty(), Create, w, r.bulkFields(ctx))
	if err != nil {
		return nil, err
	}
	return s.input, invalid(s.wrong)
}

// sent implements asking.
func (q question[P, F]) sent(ctx context.Context, w JSONWrite) (url.Values, error) {
	s, err := q.form.sentOf(ctx, q.blank(), Create, w, q.form.writable(ctx, Create))
	if err != nil {
		return nil, err
	}
	return s.input, invalid(s.wrong)
}
