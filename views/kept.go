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
	parts map[keptKey]any // a template.HTML or a pattern
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
	return keep(&v.kept, keptKey{name, block, key}, func() (template.HTML, error) { return v.Drawn(name, block, data()) })
}

// part returns what is kept under a key; nil for nothing.
func (k *kept) part(key keptKey) any {
	k.lock.RLock()
	defer k.lock.RUnlock() // a key that cannot be compared panics
	return k.parts[key]
}

// keep returns what is kept under a key, or makes it.
func keep[T any](k *kept, key keptKey, draw func() (T, error)) (T, error) {
	if part, ok := k.part(key).(T); ok {
		return part, nil
	}
	part, err := draw()
	if err != nil {
		return part, err
	}
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.parts == nil || len(k.parts) >= keptMost {
		k.parts = map[keptKey]any{}
	}
	k.parts[key] = part
	return part, nil
}

// Drawn draws a block, which stands among elements and not within a tag, to be put into a page.
func (v *Views) Drawn(name, block string, data any) (template.HTML, error) {
	var text strings.Builder
	err := v.Fragment(&text, name, block, data)
	return template.HTML(text.String()), err //nolint:gosec // html/template drew it
}
