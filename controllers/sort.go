package controllers

import "unified/crud"

// sorting makes a heading one that sorts: by its column alone, and by it besides those that the list is sorted by now. Only
// the first sorted heading says so to aria-sort, which one may; the others say it in words.
func (t *tablePages) sorting(heading *listHeading, column crud.Heading, base crud.Query, list *crud.List) {
	if !column.Sortable {
		return
	}
	to := func(sort string) string {
		query := base
		query.Sort = sort
		return t.address(query)
	}
	heading.Path, heading.Sort = to(column.Next), "none"
	if column.Then != column.Next {
		heading.Then = pageLink{"Then sort by " + column.Label, "plus", to(column.Then)}
	}
	if column.Sorted == 0 {
		return
	}
	direction := "ascending"
	heading.Icon = "chevron-up"
	heading.Then.Label, heading.Then.Icon = "Turn the order by "+column.Label, "chevron-down"
	if column.Desc {
		direction = "descending"
		heading.Icon = "chevron-down"
		heading.Then.Label, heading.Then.Icon = "Do not sort by "+column.Label, "x"
	}
	if column.Sorted == 1 {
		heading.Sort = direction
	} else {
		heading.Sort, heading.Words = "", direction
	}
	if several(list) {
		heading.Order = column.Sorted
	}
}

// several reports whether a list is sorted by more than one of its columns.
func several(list *crud.List) bool {
	sorted := 0
	for _, column := range list.Headings {
		sorted = max(sorted, column.Sorted)
	}
	return sorted > 1
}
