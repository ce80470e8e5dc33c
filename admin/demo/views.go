package demo

// makeViews gives the staff lists that they come back to, the first of them with others who hold a role.
func (c *company) makeViews() ([]*sheet, error) {
	views := newSheet("saved_views", "user_id", "table_name", "name", "query", "role_name", "is_default", "created_at", "updated_at")
	kept := []struct {
		table, name, query string
		role               any // nobody's if nil
	}{
		{"users", "Locked accounts", "filter=is_locked.is%3Atrue", "support"},
		{"users", "New this month", "filter=created_at.this%3Amonth&sort=-created_at", nil},
		{"certificates", "Next to expire", "filter=not_after.next%3A30d&sort=not_after", "hostmaster"},
		{"email_aliases", "Switched off", "filter=is_active.is%3Afalse", nil},
	}
	d := diceOf("views")
	for _, p := range c.people {
		if !p.isStaff {
			continue
		}
		for _, view := range kept {
			made := d.during(p.created, c.Now)
			views.add(c.userID(p), view.table, view.name, view.query, view.role, false, made, made)
		}
		for i := range kept {
			kept[i].role = nil
		}
	}
	return []*sheet{views}, nil
}
