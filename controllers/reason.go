package controllers

import (
	"context"
	"maps"
	"net/url"

	"unified/crud"
)

// reasonParam holds why something is done, as views/partials/reason.html asks for it.
const reasonParam = "_reason"

var reasonField = crud.FieldDoc{Name: reasonParam, Label: "Reason"}

// reasonInput is what views/partials/reason.html draws.
type reasonInput struct {
	Text  string // that was typed
	Error string // why it is refused; "" if it is not
}

// reasonOf is the reason in what was typed, with what is wrong with it; problem may be nil.
func reasonOf(typed url.Values, problem *crud.Error) reasonInput {
	in := reasonInput{Text: typed.Get(reasonParam)}
	if problem != nil {
		in.Error = problem.Fields[reasonParam]
	}
	return in
}

// because does work for the reason that was typed beside it.
func because(input url.Values, work func(context.Context) (done, error)) func(context.Context) (done, error) {
	return func(ctx context.Context) (done, error) {
		ctx, err := crud.Because(ctx, input.Get(reasonParam))
		if err != nil {
			return done{}, &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{reasonParam: err.Error()}}
		}
		return work(ctx)
	}
}

// withoutReason is what was typed of a form's own fields.
func withoutReason(input url.Values) url.Values {
	own := maps.Clone(input)
	own.Del(reasonParam)
	return own
}
