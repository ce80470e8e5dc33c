package controllers_test

import "testing"

func TestColumns_OfAnAddress(t *testing.T) {
	p := newPanel(t)
	p.exec(twoBooks)
	p.exec(`INSERT INTO books (isbn, title) SELECT 'n' || i, 'Book ' || i FROM generate_series(1, 9) i`)
	p.run("are_shown_in_their_order", scenario{path: "/books?fields=condition,title&size=5&sort=-isbn&filter=condition.is:new", status: 200, holds: map[string]string{
		"thead th:nth-child(2)": "Condition", "thead th:nth-child(3)": "Title", "!thead th:nth-child(4):not(.tools)": "", "tbody tr:first-child th a": "Book 9",
		`thead a[href="/books?fields=condition%2Ctitle&filter=condition.is%3Anew&size=5&sort=title"]`:              "Title",
		`.pill-x[href="/books?fields=condition%2Ctitle&size=5&sort=-isbn"]`:                                        "",
		`.pills > li:last-child a[href="/books?fields=condition%2Ctitle&size=5&sort=-isbn"]`:                       "Clear all",
		`.pager a[href*="fields=condition%2Ctitle"][href*="after="]`:                                               "",
		`input[form="find"][name="fields"][value="condition,title"]`:                                               "",
		`#filter-form input[name="fields"][value="condition,title"]`:                                               "",
		`#export .fetched[hx-get="/books/export?fields=condition%2Ctitle&filter=condition.is%3Anew&sort=-isbn"] a`: "Choose",
	}})
	p.run("stay_when_nothing_is_found", scenario{path: "/books?fields=title&q=zzz", status: 200, holds: map[string]string{
		`.empty a[href="/books?fields=title"]`: "Clear the search",
	}})
	p.run("stay_when_a_condition_is_added", scenario{path: "/books?fields=title&_field=lent&_op=is&_value=true", status: 303,
		location: "/books?fields=title&filter=lent.is%3Atrue"})
	p.run("that_there_are_not_are_named", scenario{path: "/books?fields=title,nope", status: 400, holds: map[string]string{"main": `"nope"`}})
	p.run("that_are_secret_are_not_there", scenario{path: "/books?fields=code", status: 400, holds: map[string]string{"main": `"code"`}})
	p.run("twice_are_refused", scenario{path: "/books?fields=title,title", status: 400, holds: map[string]string{"main": "twice"}})
}
