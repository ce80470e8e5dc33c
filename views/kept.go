package views

import (
	"html/template"
	"strings"
	"sync"
)

// keptMost is how many drawn parts are remembered; then all are forgotten, and drawn again as they are asked for.
const keptMost = 4000

// kept remembers parts of pages that look the same for many requests, such as the navigation of people with the same rights.
// The zero kept is empty and ready.
type kept struct {
	lock  sync.RWMutex
	parts map[keptKey]template.HTML
}

type keptKey struct {
	name, block string
	key         any // comparable
}

// Same draws a block, which stands among elements and not within a tag, at the first call with equal data, which has to be
// comparable. What a pointer in it leads to never changes.
func (v *Views) Same(name, block string, data any) (template.HTML, error) {
	return v.Kept(name, block, data, func() any { return data })
}

// Kept draws a block as Same does, at the first call with this key. Later calls return what was drawn then, without asking for
// data: the key must tell apart all that the block draws differently.
func (v *Views) Kept(name, block string, key any, data func() any) (template.HTML, error) {
	at := keptKey{name, block, key}
	v.kept.lock.RLock()
	part, ok := v.kept.parts[at]
	v.kept.lock.RUnlock()
	if ok {
		return part, nil
	}
	part, err := v.Drawn(name, block, data())
	if err != nil {
		return "", err
	}
	v.kept.lock.Lock()
	defer v.kept.lock.Unlock()
	if v.kept.parts == nil || len(v.kept.parts) >= keptMost {
		v.kept.parts = map[keptKey]template.HTML{}
	}
	v.kept.parts[at] = part
	return part, nil
}

// hole stands for a text while a block is drawn that Filled keeps. What templates do with texts alters it.
const hole = "The-Text-That-Stands-HERE"

// Filled draws a block as Kept does, with a text in it that is another one each time: data returns what the block gets with a text. It is
// drawn each time where it does more with the text than to write it once, as a value in a tag; where a table has templates of its own, which
// may look at it; and where the text has more than one line.
func (v *Views) Filled(name, block, key, text string, data func(text string) any) (template.HTML, error) { //nolint:revive // each is a thing of its own
	if !strings.HasPrefix(name, everyTable+"/") || strings.Contains(text, "\n") {
		return v.Drawn(name, block, data(text))
	}
	drawn, err := v.Kept(name, block, holed(key), func() any { return data(hole) })
	before, behind, _ := strings.Cut(string(drawn), hole)
	if err != nil || !strings.HasSuffix(before, ` value="`) || !strings.HasPrefix(behind, `"`) || strings.Contains(behind, hole) {
		return v.Drawn(name, block, data(text))
	}
	return template.HTML(before + template.HTMLEscapeString(text) + behind), nil //nolint:gosec // html/template drew it
}

// holed is the key of a block with a hole in it.
type holed string

// Drawn draws a block, which stands among elements and not within a tag, to be put into a page.
func (v *Views) Drawn(name, block string, data any) (template.HTML, error) {
	var text strings.Builder
	err := v.Fragment(&text, name, block, data)
	return template.HTML(text.String()), err //nolint:gosec // html/template drew it
}
