package crud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"unified/crud/export"
)

// BaseMember carries what a program had read of a row when it changes it, by column: with it, what others changed meanwhile stays, and
// what both changed is KindConflict.
const BaseMember = BaseParam

// Object reads a JSON object. What is no object, holds a member twice or what no column can hold is KindBad.
func Object(body []byte) (map[string]json.RawMessage, error) {
	if err := storable(string(body)); err != nil {
		return nil, fail(KindBad, err.Error(), err)
	}
	if err := checkJSON(string(body)); err != nil {
		return nil, fail(KindBad, err.Error(), err)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return nil, fail(KindBad, "Send one JSON object.", err)
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fail(KindBad, "This is not valid JSON.", err)
		}
		if name == "" {
			return nil, fail(KindBad, "A member of the object has no name.", nil)
		}
		if _, twice := members[name.(string)]; twice {
			return nil, fail(KindBad, fmt.Sprintf("The object has %q twice.", name), nil)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fail(KindBad, "This is not valid JSON.", err)
		}
		members[name.(string)] = value
	}
	return members, nil
}

// none reports whether a value is null.
func none(value json.RawMessage) bool { return string(value) == "null" }

// typed turns a JSON value into what a form would send for it. Its error is a sentence for people.
func (f *field[P]) typed(value json.RawMessage) (text string, err error) {
	if err := json.Unmarshal(value, &text); err != nil || none(value) {
		text = ""
	}
	quoted := value[0] == '"'
	switch {
	case none(value):
		if !f.nullable {
			return "", errors.New(empty)
		}
		return "", nil
	case f.stored == KindJSON:
		return string(value), nil
	case f.stored == KindList:
		var items []*string
		if json.Unmarshal(value, &items) != nil || slices.Contains(items, nil) {
			return "", errors.New("Give an array of texts.")
		}
		exact, err := json.Marshal(items)
		return string(exact), err
	case f.stored == KindBool:
		if text = string(value); text != "true" && text != "false" {
			return "", errors.New("Give true or false.")
		}
		return text, nil
	case f.stored == KindInteger || f.stored == KindNumber:
		if !quoted {
			text = string(value)
		}
		if strings.TrimSpace(text) == "" || strings.ContainsAny(text[:1], "{[tf") {
			return "", errors.New("Give a number.")
		}
		return text, nil
	case !quoted:
		return "", errors.New("Give a text.")
	case text == "" && !f.textual:
		return "", errors.New(empty)
	}
	return text, nil
}

// sent is what a program sent, turned into what a form would send.
type sent struct {
	input url.Values
	wrong map[string]string // of members that cannot be read as their field

	filled map[string]bool // what was not sent, and stands for what a new row has there
}

// sentOf reads what a program sent for a row; what is there now decides of an object that is merged into JSON, and may be sent
// along where it cannot be set.
func (c *Store[P]) sentOf(ctx context.Context, row P, verb Verb, w JSONWrite, fields []*field[P]) (sent, error) { //nolint:revive // each is a thing of its own
	members, err := w.object()
	if err != nil {
		return sent{}, err
	}
	s := sent{input: url.Values{exactParam: {"1"}}, wrong: map[string]string{}}
	maps.Copy(s.wrong, w.wrong)
	readable := shown(c.visible(ctx, Read)) // an answer must not tell of others
	if base, ok := members[BaseMember]; ok && verb != Create {
		if err := recalled(base, row, c.plan.empty(), readable, s.input); err != nil {
			return s, err
		}
	}
	if key, ok := members[KeyMember]; ok && verb != Create && !sameJSON(key, export.AppendString(nil, c.plan.keyOf(row))) {
		s.wrong[KeyMember] = "This cannot be set."
	}
	for _, name := range []string{BaseMember, KeyMember, ExpandMember, TrashedMember} {
		delete(members, name)
	}
	if w.Replace {
		s.filled = c.fill(members, fields)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		f, value := named(fields, name), members[name]
		switch {
		case f == nil:
			if c.isEntry(name) {
				s.entry(name, value)
			} else if text := c.unset(row, named(readable, name), value, verb); text != "" {
				s.wrong[name] = text
			}
			continue
		case verb != Create && f.sentBack(row, value):
			continue
		case f.stored == KindJSON && !w.Replace && !w.whole && verb != Create:
			value = c.patched(row, f, value)
		}
		text, err := f.typed(value)
		if err != nil {
			s.wrong[name] = err.Error()
			continue
		}
		s.input.Set(name, text)
		if none(value) {
			s.input.Add(NullParam, name)
		}
	}
	return s, nil
}

// sentBack reports whether a value came back as it was read, and so changes nothing, also where it is one that cannot be set: a day before
// Christ, a number that is none. A secret is never read.
func (f *field[P]) sentBack(row P, value json.RawMessage) bool {
	if f.Unseen {
		return false
	}
	held := f.appendJSON(nil, row)
	return bytes.Equal(held, value) || f.stored == KindJSON && sameJSON(held, value)
}

// entry takes the text of a control that belongs to no column.
func (s sent) entry(name string, value json.RawMessage) {
	var text string
	if json.Unmarshal(value, &text) != nil {
		s.wrong[name] = "Give a text."
		return
	}
	s.input.Set(name, text)
}

// unset says what is wrong with a member that sets nothing, of a field that may be read if there is one: "" where it says what is there
// anyway.
func (c *Store[P]) unset(row P, f *field[P], value json.RawMessage, verb Verb) string {
	switch {
	case f == nil:
		return "There is no such field."
	case verb != Create && c.says(row, f, value):
		return ""
	}
	return "This cannot be set."
}

// says reports whether a value is what the row holds in the field.
func (c *Store[P]) says(row P, f *field[P], value json.RawMessage) bool {
	if f.sentBack(row, value) {
		return true
	}
	other := c.plan.empty()
	text, err := f.typed(value)
	return err == nil && f.set(other, text) == nil && f.same(other, row)
}

// patched merges an object into the JSON that a field holds, as RFC 7396 says; other values take its place.
func (*Store[P]) patched(row P, f *field[P], value json.RawMessage) json.RawMessage {
	if value[0] != '{' {
		return value
	}
	merged := mergePatch(f.appendJSON(nil, row), value)
	if held := f.appendJSON(nil, row); sameJSON(held, merged) {
		return held
	}
	return merged
}

func mergePatch(target, patch json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(patch, &members) != nil || members == nil {
		return patch
	}
	var out map[string]json.RawMessage
	if json.Unmarshal(target, &out) != nil || out == nil {
		out = map[string]json.RawMessage{}
	}
	for name, value := range members {
		if none(value) {
			delete(out, name)
			continue
		}
		out[name] = mergePatch(out[name], value)
	}
	merged, _ := json.Marshal(out) // valid JSON always marshals
	return merged
}

// recalled turns what a program had read of a row, as far as it may read that, into what a form sends of it. The probe is an empty row.
func recalled[P any](base json.RawMessage, row, probe P, readable []*field[P], input url.Values) error { //nolint:revive // each is a thing of its own
	members, err := Object(base)
	if err != nil {
		return err
	}
	seen := baseFrom(probe, []*field[P](nil))
	for name, value := range members {
		f := named(readable, name)
		if f == nil || f.Unseen {
			continue
		}
		if f.sentBack(row, value) {
			seen.Seen[name] = f.raw(row)
			continue
		}
		text, err := f.typed(value)
		if err == nil && !none(value) {
			err = f.set(probe, text)
		}
		if err != nil {
			return &Error{Kind: KindInvalid, Fields: map[string]string{BaseMember: "The field " + name + " cannot have held this: " + err.Error()}}
		}
		if seen.Seen[name] = f.raw(probe); none(value) {
			seen.Seen[name] = nil
		}
	}
	input.Set(BaseParam, seen.String())
	return nil
}

// outOfPlace takes what was sent for fields that are not there in a row with these values. A program is told, and who chose the field for
// many rows, unless it empties the field or says what is there anyway.
func (c *Store[P]) outOfPlace(verb Verb, row P, s sent, given map[string]bool) {
	usual := c.plan.copyRow(row)
	if verb == Create {
		c.initialise(usual, Scope{})
	}
	for name := range s.input {
		f := c.plan.column[name]
		if f == nil || given[name] || c.applies(f, row) {
			continue
		}
		other := c.plan.copyRow(usual)
		err := f.enter(other, s.input.Get(name), slices.Contains(s.input[NullParam], name))
		switch {
		case err == nil && f.same(other, usual):
		case err == nil && (s.filled[name] || f.isNull(f.at(other))):
			f.take(row, other)
			given[name] = true
		default:
			s.wrong[name] = c.absence(f)
		}
	}
}

// fill gives each field that a whole row leaves out what a new row has in it, but for its place among others, and returns their names.
func (c *Store[P]) fill(members map[string]json.RawMessage, fields []*field[P]) map[string]bool {
	fresh, filled := c.plan.empty(), map[string]bool{}
	c.initialise(fresh, Scope{})
	for _, f := range fields {
		if _, given := members[f.Name]; given || f.Unseen || f.position {
			continue
		}
		filled[f.Name] = true
		members[f.Name] = json.RawMessage("null")
		if f.initial != nil || f.textual && !f.nullable {
			members[f.Name] = f.appendJSON(nil, fresh)
		}
	}
	return filled
}
