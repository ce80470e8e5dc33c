package crud_test

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"unified/crud"
)

// inBerlin asks by the clocks of Berlin, which on 25 October 2026 show the hour from two to three twice.
func inBerlin(t *testing.T) context.Context {
	t.Helper()
	zone, err := crud.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return crud.InZone(t.Context(), zone)
}

// autumn are moments around that day, in UTC.
const autumn = `INSERT INTO articles (title, slug, author_id, due) VALUES
	('before', 'a', 1, '2026-10-24 21:59:59Z'), ('first', 'b', 1, '2026-10-24 22:00Z'), ('last', 'c', 1, '2026-10-25 22:59:59.5Z'),
	('after', 'd', 1, '2026-10-25 23:00Z'), ('never', 'e', 1, NULL)`

func TestInZone_List(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, autumn)
	articles := w.table(t, "articles")
	shown := func(ctx context.Context, q crud.Query) (titles, due []string, zone string) {
		t.Helper()
		q.Fields, q.Sort = "title,due", "due"
		list, err := articles.List(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range list.Rows {
			titles, due = append(titles, row.Cells[0].Text), append(due, row.Cells[1].Text)
		}
		return titles, due, list.Headings[1].Zone
	}
	_, due, zone := shown(inBerlin(t), crud.Query{})
	if want := "2026-10-24 23:59:59,2026-10-25 00:00:00,2026-10-25 23:59:59,2026-10-26 00:00:00,"; strings.Join(due, ",") != want || zone != "Europe/Berlin" {
		t.Errorf("it shows %v in %s", due, zone)
	}
	if _, due, zone := shown(t.Context(), crud.Query{}); due[1] != "2026-10-24 22:00:00" || zone != "UTC" {
		t.Errorf("without a zone it shows %v in %s", due, zone)
	}
	for filter, want := range map[string]string{
		"due.on:2026-10-25":                           "first last",
		"due.lt:2026-10-25":                           "before",
		"due.le:2026-10-25":                           "before first last",
		"due.gt:2026-10-25":                           "after",
		"due.ge:2026-10-25":                           "first last after",
		"due.gt:2026-10-25 23:00":                     "last after",
		"due.ge:2026-10-24T22:00Z":                    "first last after", // brings its own zone
		"due.gt:2026-10-24 23:59;due.lt:2026-10-25":   "before",
		"(due.on:2026-10-24|due.on:2026-10-26)":       "before after",
		"due.le:2026-10-25;due.filled;title.is:first": "first",
	} {
		if titles, _, _ := shown(inBerlin(t), crud.Query{Filter: filter}); strings.Join(titles, " ") != want {
			t.Errorf("%s finds %v, want %s", filter, titles, want)
		}
	}
	if titles, _, _ := shown(inBerlin(t), crud.Query{Search: "due:2026-10-25"}); strings.Join(titles, " ") != "first last" {
		t.Errorf("a day that is searched for finds %v", titles)
	}
	if titles, _, _ := shown(t.Context(), crud.Query{Filter: "due.on:2026-10-25"}); strings.Join(titles, " ") != "last after" {
		t.Errorf("the day of UTC has %v", titles)
	}
	_, err := articles.List(inBerlin(t), crud.Query{Filter: "due.ge:2026-10-25 02:30"})
	if kind, fields := kindOf(t, err); kind != crud.KindBad || !strings.Contains(fields[""]+err.Error(), "comes twice in Europe/Berlin") {
		t.Errorf("an hour that comes twice: %v", err)
	}
}

func TestInZone_Export(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, autumn)
	articles := w.table(t, "articles")
	file := func(ctx context.Context) string {
		t.Helper()
		export, err := articles.Export(ctx, crud.Query{Sort: "due", Filter: "due.filled"}, crud.ExportOptions{Format: "csv", Fields: []string{"due"}})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := export.Write(ctx, &out); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out.String()), " ")
	}
	const utc = "due 2026-10-24T21:59:59+00:00 2026-10-24T22:00:00+00:00 2026-10-25T22:59:59.5+00:00 2026-10-25T23:00:00+00:00"
	if got, want := file(inBerlin(t)), "due 2026-10-24T23:59:59+02:00 2026-10-25T00:00:00+02:00 2026-10-25T23:59:59.5+01:00 2026-10-26T00:00:00+01:00"; got != want {
		t.Errorf("in a zone it writes\n%s, want\n%s", got, want)
	}
	if got := file(t.Context()); got != utc {
		t.Errorf("without one it writes\n%s", got)
	}
	if got := file(crud.InZone(t.Context(), time.FixedZone("Nowhere/City", 3600))); got != utc {
		t.Errorf("in one that PostgreSQL does not know it writes\n%s", got)
	}
}

type postpone struct {
	Until *time.Time
}

// TestInZone_FormsComeBack sends each kind of form back as it was drawn by other clocks, and then with another time in it.
func TestInZone_FormsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{Actions: []crud.Action[article]{
		crud.Ask(crud.Action[article]{Name: "postpone"}, func(_ context.Context, a *article, f *postpone) error {
			a.Due = f.Until
			return nil
		}),
	}})
	articles, ctx := w.table(t, "articles"), inBerlin(t)
	const now = "SELECT string_agg(coalesce((due AT TIME ZONE 'UTC')::text, '-'), ' ') FROM articles"
	inputOf := func(form *crud.Form, name string) crud.Input {
		t.Helper()
		fields := form.Groups[0].Fields
		for _, group := range form.Groups[1:] {
			fields = append(slices.Clone(fields), group.Fields...)
		}
		return fields[slices.IndexFunc(fields, func(in crud.Input) bool { return in.Name == name })]
	}
	one := crud.Selection{Keys: []string{"1"}}
	for name, kind := range map[string]struct {
		draw  func() (shown, zone, base string)
		field string
		send  func(url.Values) error
	}{
		"a_row": {func() (string, string, string) {
			form, err := articles.Form(ctx, "1", nil)
			if err != nil {
				t.Fatal(err)
			}
			return inputOf(form, "due").Text, form.Zone, form.Base
		}, "due", func(input url.Values) error { _, err := articles.Submit(ctx, "1", input); return err }},
		"a_cell": {func() (string, string, string) {
			form, err := articles.Cell(ctx, "1", "due", nil)
			if err != nil {
				t.Fatal(err)
			}
			return form.Input.Text, form.Input.Zone, form.Base
		}, "due", func(input url.Values) error { _, err := articles.SetCell(ctx, "1", "due", input); return err }},
		"many_rows": {func() (string, string, string) {
			form, err := articles.BulkForm(ctx, one, nil)
			if err != nil {
				t.Fatal(err)
			}
			return inputOf(form, "due").Text, form.Zone, form.Base
		}, "due", func(input url.Values) error {
			survey, err := articles.Survey(ctx, crud.Update, one)
			if err == nil {
				_, err = articles.Bulk(ctx, crud.Update, one, survey.Digest, input)
			}
			return err
		}},
		"an_action": {func() (string, string, string) {
			form, err := articles.ActForm(ctx, "1", "postpone", nil)
			if err != nil {
				t.Fatal(err)
			}
			return "2026-05-31T14:30:00" + inputOf(form, "until").Text, form.Zone, ""
		}, "until", func(input url.Values) error { _, err := articles.Act(ctx, "1", "postpone", input); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			w.exec(t, `DELETE FROM articles; INSERT INTO articles (id, title, slug, author_id, due) VALUES (1, 'x', 'x', 1, '2026-05-31 12:30Z')`)
			shown, zone, _ := kind.draw()
			if shown != "2026-05-31T14:30:00" || zone != "Europe/Berlin" {
				t.Fatalf("it is drawn as %s in %q", shown, zone)
			}
			for text, want := range map[string]string{shown: "2026-05-31 12:30:00", "2026-12-01 09:15": "2026-12-01 08:15:00"} {
				_, _, base := kind.draw()
				input := form(crud.ZoneParam, zone, kind.field, text)
				if base != "" {
					input.Set(crud.BaseParam, base)
				}
				if err := kind.send(input); err != nil {
					t.Fatal(err)
				}
				if got := w.value(t, now); got != want {
					t.Errorf("%s is stored as %s, want %s", text, got, want)
				}
			}
		})
	}
}

// TestInZone_LinesComeBack has a form whose lines alone hold moments.
func TestInZone_LinesComeBack(t *testing.T) {
	t.Parallel()
	w := newRacks(t)
	w.exec(t, `UPDATE boxes SET due = '2026-05-31 12:30Z' WHERE code = 'a'`)
	table, ctx := w.table(t, "racks"), inBerlin(t)
	drawn, err := table.Form(ctx, "1", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.changes = nil
	if saved, err := table.Submit(ctx, "1", sent(drawn, nil)); err != nil || len(w.changes) > 0 {
		t.Fatalf("as it was drawn it changes %v, %+v: %v", saved, w.changes, err)
	}
	if _, err := table.Submit(ctx, "1", sent(drawn, map[string]string{"boxes.0.due": "2026-12-01 09:15"})); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, "SELECT string_agg((due AT TIME ZONE 'UTC')::text, ' ' ORDER BY due) FROM boxes"); got != "2026-05-31 12:30:00 2026-12-01 08:15:00" {
		t.Errorf("it comes to %s", got)
	}
}

// TestFormats_OfMoments has a table say moments in its own words, which its lists and records show in their place.
func TestFormats_OfMoments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crud.Options[article]{Formats: map[string]func(*article) string{"Due": func(a *article) string { return a.Due.Format("January 2006") }}})
	w.exec(t, autumn)
	articles := w.table(t, "articles")
	list, err := articles.List(inBerlin(t), crud.Query{Fields: "title,due", Sort: "id"})
	if err != nil {
		t.Fatal(err)
	}
	if cell, never := list.Rows[0].Cells[1], list.Rows[4].Cells[1]; cell.Text != "October 2026" || !never.Null || list.Headings[1].Zone != "" {
		t.Errorf("the list says %+v, %+v in %q", cell, never, list.Headings[1].Zone)
	}
	record, err := articles.Show(inBerlin(t), list.Rows[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range record.Groups[0].Fields {
		if value.Name == "due" && (value.Text != "October 2026" || value.Zone != "") {
			t.Errorf("the record says %+v", value)
		}
	}
}
