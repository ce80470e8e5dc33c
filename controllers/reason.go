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

// because does work for the reason that was typed beside it.
func because(input url.Values, work func(context.Context) (done, error)) func(context.Context) (done, error) {
	return func(ctx context.Context) (done, error) {
		ctx, err := crud.Because(ctx, input.Get(reasonParam))
		if err != nil {
			return done{}, crudError(crud.KindInvalid, err.Error())
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
