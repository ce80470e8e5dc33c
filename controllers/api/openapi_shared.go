package api

import (
	"fmt"
	"maps"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"unified/controllers"
	"unified/crud"
	"unified/crud/export"
)

// problemMedia is the media type of every failure.
const problemMedia = "application/problem+json"

// failure is a way to fail that calls share.
type failure struct {
	status     int // 0: all others
	name, says string
	header     string // of components, that comes with it; "" for none
}

// failures are all of them. A call names those that it knows besides the everyday ones.
var failures = []failure{
	{http.StatusBadRequest, "BadRequest", "The address or what was sent cannot be read.", ""},
	{http.StatusUnauthorized, "Unauthorized", "Nobody is known to ask, or the name, the password or the token is not right.", "WwwAuthenticate"},
	{http.StatusForbidden, "Forbidden", "It is not permitted; needs lists the permissions of which one would do.", ""},
	{http.StatusNotFound, "NotFound", "It is not there, or not to be seen.", ""},
	{http.StatusNotAcceptable, "NotAcceptable", "JSON is not among what the request accepts.", ""},
	{http.StatusConflict, "Conflict", "Somebody else was there first, or something refers to the row.", ""},
	{http.StatusPreconditionFailed, "PreconditionFailed", "The row is not as If-Match or If-None-Match says. Nothing was done.", ""},
	{http.StatusRequestEntityTooLarge, "TooLarge", "This is more than can be sent, or done, at once.", ""},
	{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "This media type is not taken here.", ""},
	{http.StatusUnprocessableEntity, "Invalid", "A value cannot be stored; errors says which and why.", ""},
	{http.StatusTooManyRequests, "TooMany", "Too much of this at once: later, as Retry-After says.", "RetryAfter"},
	{http.StatusServiceUnavailable, "Unavailable", "It cannot be answered now: later, as Retry-After says if that is known.", "RetryAfter"},
	{0, "Failure", "Any other failure.", ""},
}

// everyday are the failures that any call may meet.
var everyday = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotAcceptable, http.StatusTooManyRequests, http.StatusServiceUnavailable, 0}

// sharedResponses are the failures as components.
func sharedResponses() openapi3.ResponseBodies {
	all := openapi3.ResponseBodies{}
	for _, f := range failures {
		response := openapi3.NewResponse().WithDescription(f.says).WithContent(openapi3.Content{problemMedia: &openapi3.MediaType{Schema: ref("Problem")}})
		response.Headers = openapi3.Headers{"X-Request-Id": headerRef("RequestId")}
		if f.header != "" {
			response.Headers[headerNames[f.header]] = headerRef(f.header)
		}
		all[f.name] = &openapi3.ResponseRef{Value: response}
	}
	return all
}

// headerNames are what the headers of components are called in an answer.
var headerNames = map[string]string{"ETag": "ETag", "Link": "Link", "Location": "Location", "PreferenceApplied": "Preference-Applied", "SetCookie": "Set-Cookie",
	"RetryAfter": "Retry-After", "WwwAuthenticate": "WWW-Authenticate"}

// sharedHeaders are the headers of answers.
func sharedHeaders() openapi3.Headers {
	header := func(says string, required bool, s *openapi3.Schema) *openapi3.HeaderRef {
		return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{Description: says, Required: required, Schema: s.NewRef()}}}
	}
	return openapi3.Headers{
		"ETag":              header("Stands for all that one may see of the row.", false, typed("string").WithPattern(`^"[A-Za-z0-9_-]+"$`)),
		"Link":              header("The addresses of other pages: next, prev and first.", false, typed("string")),
		"Location":          header("The address of the new row.", true, typed("string").WithFormat("uri-reference")),
		"PreferenceApplied": header("return=minimal where the row was left out.", false, typed("string").WithEnum("return=minimal")),
		"RequestId":         header("Finds the request in the log and in the audit log.", true, typed("string").WithPattern("^[0-9a-f]{16}$")),
		"RetryAfter":        header("Seconds.", false, typed("integer").WithMin(0)),
		"WwwAuthenticate":   header("How to say who asks.", true, typed("string")),
		"SetCookie":         header("The cookie of the session.", false, typed("string")),
	}
}

// sharedParameters are what many calls take.
func sharedParameters() openapi3.ParametersMap {
	query := func(name, says string, s *openapi3.Schema) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Value: openapi3.NewQueryParameter(name).WithDescription(says).WithSchema(s)}
	}
	header := func(name, says string, s *openapi3.Schema) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Value: openapi3.NewHeaderParameter(name).WithDescription(says).WithSchema(s)}
	}
	var formats []any
	for _, format := range export.Formats() {
		formats = append(formats, format.Name)
	}
	key := openapi3.NewPathParameter("key").WithDescription("The key of a row, as it brings it as `_key`.").WithSchema(typed("string").WithMinLength(1))
	entry := openapi3.NewPathParameter("entry").WithDescription("The id of an entry of the row's history.").WithSchema(typed("string").WithMinLength(1))
	return openapi3.ParametersMap{
		"Key":            {Value: key},
		"HistoryEntry":   {Value: entry},
		"Search":         query("q", `Each word or phrase in some searched column, or in its own: title:go`, typed("string")),
		"Size":           query("size", "Rows a page.", typed("integer").WithMin(1).WithMax(crud.PageSizeMax)),
		"After":          query("after", "The page behind a cursor: it stands in next.", typed("string")),
		"Before":         query("before", "The page before a cursor: it stands in prev.", typed("string")),
		"Last":           query("last", "1 is the last page.", typed("string").WithEnum("1")),
		"CountKind":      query("count", "Whether the number of rows is told, and how exactly.", typed("string").WithEnum(countNone, countEstimate, countExact).WithDefault(countNone)),
		"Trash":          query("trash", "1 is the rows in the trash, and no others.", typed("string").WithEnum("1")),
		"Others":         query("others", "1 is the rows that are not linked, and no others.", typed("string").WithEnum("1")),
		"DryRun":         query("dry_run", "true does everything, rules included, and then undoes it.", typed("boolean").WithDefault(false)),
		"Reason":         query("reason", "Why it is done; the history keeps it.", typed("string").WithMaxLength(crud.ReasonLimit)),
		"Format":         query("format", "The format of the file.", typed("string").WithEnum(formats...).WithDefault(usualFormat)),
		"Keys":           query("keys", fmt.Sprintf("The keys of the rows, at most %d; without it all that q and filter let through.", crud.ExportKeys), openapi3.NewArraySchema().WithItems(typed("string"))),
		"Labels":         query("labels", "1 adds what relations are called.", typed("string").WithEnum("1")),
		"ByteOrderMark":  query("bom", "1 puts a mark before CSV by which Excel knows UTF-8.", typed("string").WithEnum("1")),
		"HistoryBefore":  query("before", "The changes before one: it stands in next.", typed("string")),
		"IfMatch":        header("If-Match", "412 unless the row is still what one of these tags stands for.", typed("string")),
		"IfNoneMatch":    header("If-None-Match", "If the row is still what one of these tags stands for, a read is answered by 304 and a write by 412.", typed("string")),
		"Prefer":         header("Prefer", "return=minimal leaves the row out of the answer.", typed("string")),
		"IdempotencyKey": header("Idempotency-Key", "With the same key within 24 hours the same request acts once and has the same answer.", typed("string").WithMinLength(1).WithMaxLength(keyLimit).WithPattern("^[ -~]+$")),
	}
}

// sharedSchemas are what many calls send or answer.
func sharedSchemas() openapi3.Schemas {
	all := openapi3.Schemas{
		"Count": object("rows exact more", props{
			"rows": typed("integer").WithFormat("int64"), "exact": typed("boolean"),
			"more": said(typed("boolean"), "There are more than rows, and it is not known how many."),
		}),
		"BulkResult": object("rows changed", props{
			"rows": said(typed("integer"), "How many rows were meant."), "changed": said(typed("integer"), "How many of them differ now."),
		}),
		"Selection": selection(nil, false),
		"Relinking": object("", props{
			"add":    said(keyList(), fmt.Sprintf("The keys of the rows to link; with those of remove at most %d.", crud.LinkLimit)),
			"remove": said(keyList(), "The keys of the rows to unlink, which is done first."),
		}),
		"Relinked": object("added removed", props{
			"added": said(typed("integer"), "How many were not linked before."), "removed": said(typed("integer"), "How many were."),
		}),
		"Change": object("id at verb set hidden fields", props{
			"id": typed("string"), "at": typed("string").WithFormat("date-time"),
			"verb": said(typed("string", "null"), "What was done: create, update, delete, or an action."),
			"set":  said(typed("string", "null"), "The same for all changes of one transaction."),
			"by":   said(typed("string", "null"), "Who did it; this and the next three are there only for who may know them."), "address": typed("string", "null"), "request": typed("string", "null"),
			"reason": said(typed("string", "null"), "Why, in the words of who did it."),
			"hidden": said(typed("boolean"), "Other columns changed too, which one may not see."),
			"fields": openapi3.NewObjectSchema().WithAdditionalProperties(&openapi3.Schema{AllOf: openapi3.SchemaRefs{ref("ColumnChange")}}),
		}),
		"ColumnChange": object("", props{
			"old": said(&openapi3.Schema{}, "As in a row; a text where the column cannot hold it any more."), "new": {},
			"secret": said(typed("boolean"), "It changed, and what it holds is never told."),
		}),
		"History": object("entries next", props{
			"entries": openapi3.NewArraySchema(), "next": said(typed("string", "null"), "The address of earlier changes."),
		}),
		"ImportReport": object("created changed same rows", props{
			"created": typed("integer"), "changed": typed("integer"), "same": typed("integer"), "rows": openapi3.NewArraySchema(),
		}),
		"Me": object("id username email domain program permissions", props{
			"id": typed("integer").WithFormat("int64"), "username": typed("string"), "email": typed("string"), "domain": typed("string"),
			"program":     said(typed("string", "null"), "What asks in the person's name; null: the person."),
			"permissions": said(openapi3.NewArraySchema().WithItems(typed("string")), "model:action:scope"),
		}),
		"Credentials": object("name password", props{
			"name": said(typed("string"), "The user name or the e-mail address."), "password": said(typed("string").WithFormat("password"), ""),
		}),
		"Registration": object("username email password", props{
			"username": typed("string"), "email": typed("string").WithFormat("email"), "first_name": typed("string"), "last_name": typed("string"),
			"password": typed("string").WithFormat("password"),
		}),
	}
	all["History"].Value.Properties["entries"].Value.Items = ref("Change")
	all["ImportReport"].Value.Properties["rows"].Value.Items = ref("ReportRow")
	for _, more := range []openapi3.Schemas{impactSchemas(), reversalSchemas(), problemSchemas()} {
		maps.Copy(all, more)
	}
	return all
}

// keyList are keys of rows.
func keyList() *openapi3.Schema {
	return openapi3.NewArraySchema().WithItems(typed("string")).WithMaxItems(crud.LinkLimit)
}

// impactSchemas are what deleting a row does to others.
func impactSchemas() openapi3.Schemas {
	all := openapi3.Schemas{
		"Impact": object("bars rows more deeper uses", props{
			"bars":   said(typed("boolean"), "Something forbids it."),
			"rows":   said(typed("integer"), "How many rows that one may see go too or are changed."),
			"more":   said(typed("boolean"), "There are more than rows: others that one may not see, or too many to be counted."),
			"deeper": said(typed("boolean"), "Not everything could be followed in the time."), "uses": openapi3.NewArraySchema(),
		}),
		"ImpactUse": object("rule level table columns rows others filter", props{
			"rule": said(typed("string").WithEnum(crud.RuleForbids, crud.RuleGoes, crud.RuleEmptied, crud.RuleDefault, crud.RuleDangling),
				"What becomes of them: it cannot go while they are there, they are deleted too, their column becomes NULL or its default, or they refer to nothing."),
			"level":   said(typed("integer").WithMin(1), "1 for rows that refer to the row itself, more for those that refer to rows that go with it."),
			"table":   said(typed("string", "null"), "null for rows that one may not see."),
			"columns": said(openapi3.NewArraySchema().WithItems(typed("string")), "Those that refer; empty for rows that one may not see."),
			"rows":    {AnyOf: openapi3.SchemaRefs{ref("Count"), typed("null").NewRef()}},
			"others":  said(typed("boolean"), "There are others, which one may not see."),
			"filter":  said(typed("string", "null"), "Narrows the list of the table to these rows; null if no filter does."),
		}),
	}
	all["Impact"].Value.Properties["uses"].Value.Items = ref("ImpactUse")
	return all
}

// reversalSchemas are what putting recorded changes back answers, and takes.
func reversalSchemas() openapi3.Schemas {
	whole := object("entry rows doable conflicts mark steps", props{
		"entry":     said(typed("string"), "The id of the entry that it starts from."),
		"rows":      said(typed("integer"), fmt.Sprintf("How many rows are concerned, of which steps has the first %d.", crud.UndoShown)),
		"doable":    said(typed("integer"), "Of how many of them something can be put back, conflicts included."),
		"conflicts": said(typed("integer"), "How many values were changed since, and how many rows go that were changed since or that others hang on."),
		"mark":      said(typed("string"), "Stands for all that one may see of this: whoever does it sends it."), "steps": openapi3.NewArraySchema(),
		"there": said(typed("boolean"), "Only where it was done: whether the row of the history can be seen now, be it in the trash."),
	})
	whole.Value.Properties["steps"].Value.Items = ref("ReversalStep")
	step := object("problem denied takes put note fields", props{
		"verb":  said(typed("string").WithEnum(string(crud.Update), string(crud.Create), string(crud.Delete)), "update puts values back, create brings the row back, delete deletes it again. This and the next three are not there for a row that one may not see."),
		"table": typed("string"), "key": typed("string"), "label": said(typed("string"), "What the row is called."),
		"problem": said(typed("string", "null"), "Why nothing can be done to the row, which stays as it is."),
		"denied":  said(typed("string", "null"), "The permission that is lacking, as model:action."),
		"note":    said(typed("string", "null"), "What does not come back with it."),
		"takes":   said(typed("string", "null"), "Why the row is deleted only where that is chosen by its put."),
		"put":     said(typed("string", "null"), "The name by which that is chosen."), "fields": openapi3.NewArraySchema(),
	})
	step.Value.Properties["fields"].Value.Items = ref("ReversalField")
	return openapi3.Schemas{
		"Reversal": whole, "ReversalStep": step,
		"ReversalField": object("name state", props{
			"name":  said(typed("string"), "The column."),
			"state": said(stepStates(), "back: it is put back; same: it is as it was already; conflict: it was changed since, and is put back only where that is chosen; kept: it cannot be put back."),
			"base":  said(&openapi3.Schema{}, "What the change wrote, as in a row; a text where the column cannot hold it any more. This, the next two and put are not there for a secret."),
			"now":   said(&openapi3.Schema{}, "What is there."), "then": said(&openapi3.Schema{}, "What was there before."),
			"put": said(typed("string", "null"), "The name by which a conflict is chosen."), "secret": said(typed("boolean"), "What it holds is never told."),
		}),
		"ReversalChoice": object("mark", props{
			"mark": said(typed("string").WithMinLength(1), "As it was answered: if anything differs by now, nothing is done."),
			"put":  said(openapi3.NewArraySchema().WithItems(typed("string")), "The names of what is put back although it was changed since, or goes although others hang on it."),
		}),
	}
}

// stepStates are how a value stands. Generators are told what to call them: by the values alone they would rename what else is the same.
func stepStates() *openapi3.Schema {
	s := typed("string").WithEnum(string(crud.StepBack), string(crud.StepSame), string(crud.StepConflict), string(crud.StepKept))
	s.Extensions = map[string]any{"x-enum-varnames": []string{"StepBack", "StepSame", "StepConflict", "StepKept"}}
	return s
}

// problemSchemas are what failures are answered with, RFC 9457.
func problemSchemas() openapi3.Schemas {
	kinds := []any{"about:blank"}
	for _, kind := range controllers.ProblemTypes() {
		kinds = append(kinds, kind)
	}
	list := func(of, says string) *openapi3.Schema {
		s := said(openapi3.NewArraySchema(), says)
		s.Items = ref(of)
		return s
	}
	row := props{"table": typed("string"), "key": typed("string"), "label": typed("string")}
	refused := props{"detail": typed("string"), "errors": list("ProblemField", "")}
	for name, s := range row {
		refused[name] = s
	}
	field := object("field detail", props{
		"field": typed("string"), "detail": said(typed("string"), "A sentence for people."),
		"base": said(&openapi3.Schema{}, "Of a conflict: what the column was when it was read."), "theirs": said(&openapi3.Schema{}, "What it is now."),
		"mine": said(&openapi3.Schema{}, "What it was to be."),
	})
	field.Value.Properties["row"] = ref("ProblemRow")
	return openapi3.Schemas{
		"Problem": object("type title status detail request", props{
			"type": said(typed("string").WithFormat("uri").WithEnum(kinds...), "Stays the same for the same kind of problem."), "title": typed("string"),
			"status": typed("integer").WithMin(400).WithMax(599), "detail": said(typed("string"), "A sentence for people."),
			"errors": list("ProblemField", "What is wrong with which column."), "rows": list("RefusedRow", "Of many rows, those that stand in the way."),
			"report":  list("ReportRow", "Of an import, what would have become of each row."),
			"needs":   said(openapi3.NewArraySchema().WithItems(typed("string")), "The permissions of which one would do, as model:action:scope."),
			"request": said(typed("string"), "Finds the request in the log and in the audit log."),
		}),
		"ProblemField": field,
		"ProblemRow":   object("table key label", row),
		"RefusedRow":   object("table key label detail", refused),
		"ReportRow": object("row result", props{
			"row": said(typed("integer").WithMin(1), "Its place."), "result": typed("string").WithEnum(crud.RowCreated, crud.RowChanged, crud.RowSame, crud.RowWrong),
			"key": typed("string"), "detail": typed("string"), "errors": list("ProblemField", ""),
		}),
	}
}
