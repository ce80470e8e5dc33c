package crud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"unified/crud"
)

// exported is what an export writes; it fails the test if it does not end well.
func exported(t *testing.T, table crud.Resource, query crud.Query, options crud.ExportOptions) string {
	t.Helper()
	export, err := table.Export(t.Context(), query, options)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := export.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// odd fills a row with what is hard to write, and one with NULL.
const odd = `INSERT INTO articles (title, slug, public, rank, note, due, price, data, tags, author_id, created_at) VALUES
	('say "hi", ' || chr(10), '=1+1', false, -7, NULL, NULL, NULL, NULL, NULL, 2, '2026-01-02 03:04:05.000006Z'),
	('Zoë', 'b', true, 7, '', '2026-05-31 14:30:00+02', 12345678901234567890.10, '{"a": [1.50, "x\ny"], "n": null}', '{a,"b c"}', 1, '2026-01-02Z')`

func TestExport_LinesAreTheRowsOfTheDatabase(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.exec(t, odd)
	many(t, w, 1200)
	lines := strings.Split(strings.TrimSpace(exported(t, w.table(t, "articles"), crud.Query{Sort: "id"}, crud.ExportOptions{Format: "jsonl"})), "\n")
	rows, err := w.db.Pool.Query(t.Context(), "SELECT (to_jsonb(a) - 'token')::text FROM articles a ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var want string
		if err := rows.Scan(&want); err != nil {
			t.Fatal(err)
		}
		if n >= len(lines) || canonical(t, lines[n]) != canonical(t, want) {
			t.Fatalf("line %d is\n%s\nand the row\n%s", n, canonical(t, lines[n]), canonical(t, want))
		}
	}
	if rows.Err() != nil || n != len(lines) || n != 1202 {
		t.Errorf("%d lines, %d rows, %v", len(lines), n, rows.Err())
	}
}

// canonical is JSON with its keys in order and every digit of its numbers.
func canonical(t *testing.T, text string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestExport_Chooses(t *testing.T) {
	w := newWorld(t, crud.Options[article]{Search: []string{"Title"}})
	w.exec(t, odd)
	many(t, w, 6)
	articles := w.table(t, "articles")
	for name, test := range map[string]struct {
		query   crud.Query
		options crud.ExportOptions
		want    string
	}{
		"columns in their order": {crud.Query{Filter: "rank.is:7"}, crud.ExportOptions{Fields: []string{"note", "id", "public"}}, "note,id,public\r\n\"\",2,true\r\n"},
		"filter, search and sort": {crud.Query{Filter: "author_id.is:2", Search: "Title", Sort: "rank,-id"}, crud.ExportOptions{Fields: []string{"id", "rank"}},
			"id,rank\r\n5,0\r\n3,1\r\n7,2\r\n"},
		"keys":            {crud.Query{}, crud.ExportOptions{Fields: []string{"id"}, Keys: []string{"3", "1", "999"}}, "id\r\n3\r\n1\r\n"},
		"keys that match": {crud.Query{Filter: "rank.is:-7"}, crud.ExportOptions{Fields: []string{"id"}, Keys: []string{"3", "1"}}, "id\r\n1\r\n"},
		"labels":          {crud.Query{Sort: "id"}, crud.ExportOptions{Fields: []string{"author_id", "id"}, Labels: true, Keys: []string{"1", "2"}}, "author_id,author_id.label,id\r\n2,Grace,1\r\n1,Ada,2\r\n"},
		"a mark":          {crud.Query{}, crud.ExportOptions{Fields: []string{"id"}, Keys: []string{"1"}, BOM: true}, "\uFEFFid\r\n1\r\n"},
		"nothing":         {crud.Query{Search: "nowhere"}, crud.ExportOptions{Fields: []string{"id", "due"}}, "id,due\r\n"},
		"what PostgreSQL writes": {crud.Query{Sort: "id", Filter: "id.le:2"}, crud.ExportOptions{Fields: []string{"title", "slug", "rank", "due", "price", "data", "tags", "created_at"}},
			"title,slug,rank,due,price,data,tags,created_at\r\n" +
				"\"say \"\"hi\"\", \n\",\"'=1+1\",-7,,,,,2026-01-02T03:04:05.000006+00:00\r\n" +
				"Zoë,b,7,2026-05-31T12:30:00+00:00,12345678901234567890.10,\"{\"\"a\"\": [1.50, \"\"x\\ny\"\"], \"\"n\"\": null}\",\"[\"\"a\"\",\"\"b c\"\"]\",2026-01-02T00:00:00+00:00\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Format = "csv"
			if got := exported(t, articles, test.query, test.options); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}

func TestExport_HoldsThePolicy(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, 3)
	articles := w.table(t, "articles")
	w.policy.masks["articles"] = crud.Mask{"note": crud.Hidden, "title": crud.ReadOnly}
	all := exported(t, articles, crud.Query{}, crud.ExportOptions{Format: "jsonl", Labels: true})
	if strings.Contains(all, "note") || strings.Contains(all, "token") || !strings.Contains(all, `"title"`) || !strings.Contains(all, `"author_id.label":"Ada"`) {
		t.Errorf("got %s", all)
	}
	w.policy.denied["authors:read"] = true
	if got := exported(t, articles, crud.Query{}, crud.ExportOptions{Format: "jsonl", Labels: true}); strings.Contains(got, "Ada") {
		t.Errorf("names that may not be read are written: %s", got)
	}
	for name, test := range map[string]struct {
		query   crud.Query
		options crud.ExportOptions
		kind    crud.ErrorKind
	}{
		"an unknown format":      {crud.Query{}, crud.ExportOptions{Format: "pdf"}, crud.KindBad},
		"no format":              {crud.Query{}, crud.ExportOptions{}, crud.KindBad},
		"an unknown column":      {crud.Query{}, crud.ExportOptions{Format: "csv", Fields: []string{"nope"}}, crud.KindBad},
		"a column twice":         {crud.Query{}, crud.ExportOptions{Format: "csv", Fields: []string{"id", "id"}}, crud.KindBad},
		"a secret":               {crud.Query{}, crud.ExportOptions{Format: "csv", Fields: []string{"token"}}, crud.KindBad},
		"a hidden column":        {crud.Query{}, crud.ExportOptions{Format: "csv", Fields: []string{"note"}}, crud.KindBad},
		"a filter by a secret":   {crud.Query{Filter: "token.is:x"}, crud.ExportOptions{Format: "csv"}, crud.KindBad},
		"an order by a secret":   {crud.Query{Sort: "token"}, crud.ExportOptions{Format: "csv"}, crud.KindBad},
		"a filter that is wrong": {crud.Query{Filter: "("}, crud.ExportOptions{Format: "csv"}, crud.KindBad},
		"a key that is none":     {crud.Query{}, crud.ExportOptions{Format: "csv", Keys: []string{"x"}}, crud.KindNotFound},
		"too many keys":          {crud.Query{}, crud.ExportOptions{Format: "csv", Keys: make([]string, crud.ExportKeys+1)}, crud.KindLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := articles.Export(t.Context(), test.query, test.options)
			if kind, sentences := kindOf(t, err); kind != test.kind {
				t.Errorf("got %v %v, want %v", kind, sentences, test.kind)
			}
		})
	}
	w.policy.denied["articles:read"] = true
	_, err := articles.Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "csv"})
	if kind, _ := kindOf(t, err); kind != crud.KindForbidden {
		t.Errorf("a denied table is %v", kind)
	}
}

// grace is a policy under which one reads the articles of the author with this number.
type grace struct{ fake }

func (grace) Scope(context.Context, string, crud.Verb) (crud.Scope, error) {
	return crud.Scope{Own: int64(2)}, nil
}

// noted is a registry over the tables of w whose exports are noted.
func noted(t *testing.T, w *world, config crud.Config) (*crud.Registry, *[]crud.Exported) {
	t.Helper()
	var all []crud.Exported
	if config.Exported == nil {
		config.Exported = func(ctx context.Context, _ *gorm.DB, e crud.Exported) error {
			all = append(all, e)
			return ctx.Err()
		}
	}
	reg := crud.Open(w.db.Gorm, config)
	crud.Register(reg, crud.Options[author]{})
	crud.Register(reg, crud.Options[article]{Own: "AuthorID"})
	crud.Register(reg, crud.Options[seat]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	return reg, &all
}

func TestExport_HoldsTheScope(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, 6)
	reg, all := noted(t, w, crud.Config{Policy: grace{}})
	articles, _ := reg.Table("articles")
	got := exported(t, articles, crud.Query{Filter: "rank.le:1"}, crud.ExportOptions{Format: "csv", Fields: []string{"id", "author_id"}})
	if got != "id,author_id\r\n3,2\r\n1,2\r\n" {
		t.Errorf("got %q", got)
	}
	if got := exported(t, articles, crud.Query{}, crud.ExportOptions{Format: "csv", Fields: []string{"id"}, Keys: []string{"1", "2"}}); got != "id\r\n1\r\n" {
		t.Errorf("a row of others that is named is written: %q", got)
	}
	first := (*all)[0]
	if len(*all) != 2 || first.Table != "articles" || first.Rows != 2 || first.Err != nil || first.Query.Filter != "rank.le:1" || first.Options.Format != "csv" {
		t.Errorf("noted is %+v", *all)
	}
}

// wide makes seats a view of n rows of 16 numbers or so, which takes no room. The row bad cannot be computed.
func (w *world) wide(t *testing.T, n, bad int) {
	t.Helper()
	w.exec(t, fmt.Sprintf(`DROP TABLE seats; CREATE VIEW seats AS SELECT repeat('row ', 20) || i AS "row", CASE WHEN i = %d THEN 1 / (i - %[1]d) ELSE i END AS number, true AS taken
		FROM generate_series(1, %d) i`, bad, n))
}

func TestExport_RefusesMoreThanASheetHolds(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.wide(t, 1_048_576, 0)
	export, err := w.table(t, "seats").Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "xlsx"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	kind, sentences := kindOf(t, export.Write(t.Context(), &out))
	if kind != crud.KindLarge || !strings.Contains(sentences[""], "1048575") || out.Len() > 0 {
		t.Errorf("got %v %v after %d bytes", kind, sentences, out.Len())
	}
}

// stop takes some bytes and calls then once it has them.
type stop struct {
	after int
	then  func() error
}

func (s *stop) Write(bytes []byte) (int, error) {
	before := s.after
	if s.after -= len(bytes); s.after < 0 && before >= 0 {
		return len(bytes), s.then()
	}
	return len(bytes), nil
}

func TestExport_StopsOnTheWay(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.wide(t, 300_000, 0)
	reg, all := noted(t, w, crud.Config{})
	seats, _ := reg.Table("seats")
	ctx, leave := context.WithCancel(t.Context())
	for name, test := range map[string]struct {
		ctx  context.Context
		then func() error // after a megabyte
		says string
	}{
		"the one who asked leaves":  {ctx, func() error { leave(); return nil }, "broken off"},
		"the one who asked is gone": {t.Context(), func() error { return errors.New("gone") }, "broken off"},
		"the database is lost": {t.Context(), func() error {
			_, err := w.db.Pool.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%seats%' AND pid <> pg_backend_pid()")
			return err
		}, "does not answer"},
		"there is no time left": {expired(t), nil, "30 minutes"},
	} {
		t.Run(name, func(t *testing.T) {
			*all = nil
			export, err := seats.Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "csv"})
			if err != nil {
				t.Fatal(err)
			}
			to := &stop{1 << 20, test.then}
			kind, sentences := kindOf(t, export.Write(test.ctx, to))
			if kind != crud.KindUnavailable || !strings.Contains(sentences[""], test.says) {
				t.Errorf("it ends with %v %v", kind, sentences)
			}
			if len(*all) != 1 || (*all)[0].Err == nil || (*all)[0].Rows >= 300_000 || (to.after < 0) != ((*all)[0].Rows > 0) {
				t.Errorf("noted is %+v", *all)
			}
			w.idle(t)
		})
	}
}

func TestExport_FailsBeforeItsFirstByte(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.wide(t, 100, 50)
	export, err := w.table(t, "seats").Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := export.Write(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "division by zero") || out.Len() > 0 {
		t.Errorf("it ends with %v after %d bytes", err, out.Len())
	}
}

func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	t.Cleanup(cancel)
	return ctx
}

// idle waits until the database does nothing for us any more.
func (w *world) idle(t *testing.T) {
	t.Helper()
	const busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
	for began := time.Now(); w.value(t, busy) != "0"; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("a query goes on that nobody waits for")
		}
	}
}

func TestExport_IsNotWholeUnlessItIsRecorded(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	many(t, w, 3)
	reg, _ := noted(t, w, crud.Config{Exported: func(context.Context, *gorm.DB, crud.Exported) error { return errors.New("no room") }})
	articles, _ := reg.Table("articles")
	export, err := articles.Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := export.Write(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "3 rows") || out.Len() > 0 {
		t.Errorf("it ends with %v after %d bytes", err, out.Len())
	}
}

func TestExport_T80_SendsAwayWhoIsTooMany(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	w.wide(t, 100_000, 0)
	seats := w.table(t, "seats")
	begin := func(to io.Writer) error {
		export, err := seats.Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: "jsonl"})
		if err != nil {
			return err
		}
		return export.Write(t.Context(), to)
	}
	started, goOn, ended := make(chan bool, 2), make(chan bool), make(chan error, 2)
	for range 2 {
		go func() {
			ended <- begin(&stop{1, func() error { started <- true; <-goOn; return errors.New("enough") }})
		}()
	}
	<-started
	<-started
	kind, sentences := kindOf(t, begin(io.Discard))
	if kind != crud.KindBusy || !strings.Contains(sentences[""], "2 exports") {
		t.Errorf("a third is %v %v", kind, sentences)
	}
	close(goOn)
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("an export that was stopped looks whole")
		}
	}
	if err := begin(io.Discard); err != nil {
		t.Errorf("one afterwards: %v", err)
	}
}

func TestExport_NamesItsFile(t *testing.T) {
	w := newWorld(t, crud.Options[article]{})
	var got []string
	for _, format := range []string{"csv", "jsonl", "xlsx"} {
		export, err := w.table(t, "articles").Export(t.Context(), crud.Query{}, crud.ExportOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, export.File, export.Type)
	}
	want := []string{"articles.csv", "text/csv; charset=utf-8", "articles.jsonl", "application/jsonl; charset=utf-8",
		"articles.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
