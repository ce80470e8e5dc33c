package views

// Check appends the cell that ticks the row for the form "bulk".
func (r *Rows) Check(key, name string) {
	r.raw(`<td class="check"><input class="form-check-input" type="checkbox" form="bulk" name="keys" value="`)
	r.escape(key)
	r.raw(`" aria-label="Tick `)
	r.cut(name)
	r.raw(`"></td>`)
}
