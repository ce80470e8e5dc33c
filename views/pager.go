package views

import "html/template"

// Page appends one button of a pager, which leads to a path of the panel; without one, "", it cannot be used. sprite is the file of
// the icons.
func (r *Rows) Page(path, label, sprite, icon string) {
	if path == "" {
		r.raw(`<span class="btn disabled" role="link" aria-disabled="true" aria-label="`)
	} else {
		r.raw(`<a class="btn" href="`)
		r.escape(path)
		r.raw(`" hx-get="`)
		r.escape(path)
		r.raw(`" title="`)
		r.escape(label)
		r.raw(`" aria-label="`)
	}
	r.escape(label)
	r.raw(`"><svg class="icon" aria-hidden="true"><use href="`)
	r.escape(sprite)
	r.raw(`#`)
	r.escape(icon)
	r.raw(`"></use></svg>`)
	if path == "" {
		r.raw(`</span>`)
	} else {
		r.raw(`</a>`)
	}
}

// HTML returns what was appended, to be put into a page among elements.
func (r *Rows) HTML() template.HTML { return template.HTML(r.b) } //nolint:gosec // all of it is escaped
