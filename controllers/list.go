package controllers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/views"
)

// list answers GET /TABLE: a page of rows, or the rows alone where htmx asks for them.
func (t *tablePages) list(c *gin.Context) error {
	query, add, exact, err := readList(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	if add.op != "" {
		if err := t.narrow(c, query, &add); err != nil || add.wrong == "" {
			return err
		}
	}
	ctx := c.Request.Context()
	layout, err := t.layout(ctx)
	if err != nil {
		return err
	}
	if home := t.opening(ctx, layout); home != "" && query == (crud.Query{}) && !exact {
		c.Redirect(http.StatusSeeOther, t.path()+"?"+home)
		return nil
	}
	shown := laid(query, layout)
	list, err := t.resource.List(ctx, shown)
	if slow(err) {
		return t.tooSlow(c, query, layout)
	}
	if err != nil {
		return err
	}
	defer list.Free()
	base := current(query, list)
	if layout.Home != "" {
		base.Size = list.Size // so that no link is without parameters
	}
	page, err := t.index(ctx, query, base, list)
	if err != nil {
		return err
	}
	defer page.Rows.Free()
	if page.Filter, err = t.filterBar(ctx, base, add); err != nil {
		return err
	}
	t.lay(page, query, layout)
	if page.Bulk, err = t.bulkBar(ctx, list); err != nil {
		return err
	}
	return t.drawList(c, page, query, exact)
}

// readList reads the address of a list: what is asked for, what its form adds to the filter, and whether to count exactly.
func readList(raw string) (query crud.Query, add adding, exact bool, err error) {
	values, err := ParseAddress(raw)
	if err != nil {
		return query, add, exact, err
	}
	if add, err = takeAdding(values); err != nil {
		return query, add, exact, err
	}
	if exact, err = takeExact(values); err != nil {
		return query, add, exact, err
	}
	query, err = ReadQuery(values)
	return query, add, exact, err
}

// index is the page of a list that was asked for by query; its links lead on from base.
func (t *tablePages) index(ctx context.Context, query, base crud.Query, list *crud.List) (*indexPage, error) {
	headings, err := t.headings(ctx, base, list)
	if err != nil {
		return nil, err
	}
	views := t.viewsOf(ctx, query)
	sent, err := t.drawer(list)(t.page("index"), "sent", listSent{list.Search, list.Filter, list.Sort, base.Fields, query.Size, views != ""})
	if err != nil {
		return nil, err
	}
	link := func(label, icon string, there bool, change func(*crud.Query)) pageLink {
		if !there {
			return pageLink{Label: label, Icon: icon}
		}
		to := base
		change(&to)
		return pageLink{Label: label, Icon: icon, Path: t.address(to)}
	}
	at := query
	at.Search, at.Filter, at.Sort, at.Size = base.Search, base.Filter, base.Sort, base.Size
	pager := t.site.pager(
		link("First page", "chevrons-left", list.Prev != "", func(*crud.Query) {}),
		link("Previous page", "chevron-left", list.Prev != "", func(q *crud.Query) { q.Before = list.Prev }),
		link("Next page", "chevron-right", list.Next != "", func(q *crud.Query) { q.After = list.Next }),
		link("Last page", "chevrons-right", list.Next != "", func(q *crud.Query) { q.Last = true }),
	)
	updates := t.resource.Can(ctx, crud.Update)
	page := &indexPage{
		Views: views, Sent: sent,
		Table: t.table, List: list, Headings: headings, Rows: t.site.rows(ctx, t.resource, list, rowExtras{tick: !t.table.Keyless, place: t.placeOf(at).Suffix}),
		New: t.newButton(ctx), Import: updates || t.resource.Can(ctx, crud.Create), Trash: t.seesTrash(ctx), CanUpdate: updates, Pager: pager,
	}
	if page.Once, err = t.site.formName(ctx); err != nil {
		return nil, err
	}
	page.Fields = base.Fields
	base.Search, base.Filter = "", ""
	page.Clear = address(t.path(), base)
	page.Summary = summary(len(list.Rows), query, list)
	page.Hint = "Search " + strings.ToLower(strings.Join(t.table.Search[:min(3, len(t.table.Search))], ", "))
	if len(t.table.Search) > 3 {
		page.Hint += " …"
	}
	return page, nil
}

func summary(rows int, query crud.Query, list *crud.List) string {
	text := plural(rows, "row")
	if list.Search != "" || list.Filter != "" {
		text += " found"
	}
	switch {
	case list.Next == "" && list.Prev == "":
		return text
	case list.Prev == "":
		return text + ", first page"
	case list.Next == "" || query.Last:
		return text + ", last page"
	}
	return text + " on this page"
}

// sizes offers page sizes, the current one among them.
func sizes(current int) []int {
	offered := []int{25, 50, 100, 200, crud.PageSizeMax}
	if !slices.Contains(offered, current) {
		offered = append(offered, current)
		slices.Sort(offered)
	}
	return offered
}

// rowExtras is what the rows of a list have beside their cells.
type rowExtras struct {
	tick  bool   // a tick for work on many
	place string // what carries the place in the list to the pages of its rows
	dead  bool   // the rows are in the trash: none is edited
}

// rows draws the rows of a list.
func (s *Site) rows(ctx context.Context, resource crud.Resource, list *crud.List, extras rowExtras) *views.Rows {
	rows := views.NewRows()
	base, editable, icons := s.Path("/"+resource.Table().Name+"/"), !extras.dead && resource.Can(ctx, crud.Update), s.sprite()
	head, edit := headColumn(list), "/edit"+extras.place
	for _, row := range list.Rows {
		rows.Open()
		if extras.tick {
			rows.Check(row.Key, row.Label)
		}
		for i, cell := range row.Cells {
			if i == head && row.Key != "" {
				rows.Head(views.Href{base, row.Key, extras.place}, cell.Text, row.Label)
				continue
			}
			s.cell(rows, &list.Headings[i], cell)
		}
		switch {
		case row.Update:
			rows.Edit(views.Href{base, row.Key, edit}, icons, row.Label)
		case editable: // others are
			rows.Text("")
		}
		rows.Close()
	}
	return rows
}

// headColumn returns the column that links to the row: the one that holds its name, else the first whose cells are not
// links themselves.
func headColumn(list *crud.List) int {
	if len(list.Rows) > 0 {
		first := list.Rows[0]
		for i, cell := range first.Cells {
			if cell.Ref == nil && cell.Text == first.Label {
				return i
			}
		}
	}
	return max(0, slices.IndexFunc(list.Headings, func(h crud.Heading) bool { return h.Kind != crud.KindRelation }))
}

func (s *Site) cell(rows *views.Rows, column *crud.Heading, cell crud.Cell) {
	switch kind := column.Kind; {
	case cell.Null:
		rows.Null(class(kind))
	case cell.Ref != nil:
		rows.Link(views.Href{s.config.Prefix + "/", cell.Ref.Table, "/", cell.Ref.Key}, cell.Text)
	case kind == crud.KindBool:
		rows.Bool(cell.Text)
	case kind == crud.KindTime:
		rows.Time(cell.Text, column.Zone)
	case kind == crud.KindInteger, kind == crud.KindNumber:
		rows.Number(cell.Text)
	default:
		rows.Text(cell.Text)
	}
}

// counted says a number of rows as people do: exactly, about how many, or more than how many.
func counted(count crud.Count) string {
	switch {
	case count.More:
		return "more than " + grouped(count.Rows)
	case !count.Estimate:
		return grouped(count.Rows)
	}
	switch n := float64(count.Rows); {
	case n >= 1e9:
		return fmt.Sprintf("about %.1f billion", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("about %.1f million", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("about %s", grouped((count.Rows+500)/1000*1000))
	}
	return "about " + grouped(count.Rows)
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(int64(n)) + " " + noun + "s"
}
