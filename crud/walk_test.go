package crud_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"unified/crud"
	"unified/internal/testdb"
)

// thing has a key of two columns, one of them text, and a column of each type that is sorted by, with and without NULL.
type thing struct {
	Place  string `gorm:"primaryKey;size:20"`
	UID    string `gorm:"primaryKey;type:uuid"`
	Count  *int64
	Part   float64    `gorm:"not null"`
	Price  *string    `gorm:"type:numeric"`
	At     *time.Time `gorm:"type:timestamptz"`
	Day    time.Time  `gorm:"type:date;not null"`
	Open   *bool
	Name   string  `gorm:"size:20;not null"`
	Note   *string `gorm:"size:20"`
	KindID *int64
	Kind   *kind
}

func (thing) TableName() string { return "things" }

type kind struct {
	ID    int64
	Group string  `gorm:"size:20;not null"`
	Name  *string `gorm:"size:20"`
}

func (kind) TableName() string { return "kinds" }
func (k kind) String() string {
	if k.Name == nil {
		return k.Group
	}
	return k.Group + ": " + *k.Name
}

const things = `
CREATE TABLE kinds (id bigint PRIMARY KEY, "group" varchar(20) NOT NULL, name varchar(20));
CREATE TABLE things (place varchar(20), uid uuid, count bigint, part double precision NOT NULL, price numeric, at timestamptz, day date NOT NULL,
	open boolean, name varchar(20) NOT NULL, note varchar(20), kind_id bigint REFERENCES kinds, PRIMARY KEY (place, uid));
INSERT INTO kinds SELECT i, 'g' || i % 2, CASE WHEN i % 3 > 0 THEN 'n' || 9 - i END FROM generate_series(1, 6) i;`

// moreThings inserts n rows whose values repeat, with NULLs, odd letters and the numbers that are none.
const moreThings = `
INSERT INTO things
SELECT (ARRAY['a','b,c','d/e','~','É','f''g'])[1 + floor(random() * 6)], gen_random_uuid(), nullif(floor(random() * 4), 0),
	(ARRAY['NaN','Infinity','-Infinity',0.1,1e300,-2.5]::float8[])[1 + floor(random() * 6)], nullif(floor(random() * 3) / 7, 0),
	CASE WHEN random() < .3 THEN now() + (floor(random() * 5) - 2) * interval '1 day' - interval '10 minutes'
		WHEN random() < .6 THEN timestamptz '2026-01-01 00:00:00.000001Z' + floor(random() * 3) * interval '1 microsecond' END,
	date '2026-01-01' + floor(random() * 2)::int, (ARRAY[true, false, NULL])[1 + floor(random() * 3)],
	(ARRAY['', 'x', 'X', 'ä', '100%', E'\\'])[1 + floor(random() * 6)], nullif((ARRAY['', 'n', 'N', '-'])[1 + floor(random() * 4)], '-'),
	nullif(floor(random() * 7), 0)
FROM generate_series(1, $1::int)`

// shop is a database with things in it.
type shop struct {
	*testing.T
	*rand.Rand
	db     *testdb.DB
	things crud.Resource
}

func newShop(t *testing.T, seed uint64) *shop {
	t.Helper()
	s := &shop{T: t, Rand: rand.New(rand.NewPCG(seed, 0)), db: testdb.Empty(t)}
	if _, err := s.db.Pool.Exec(t.Context(), `CREATE SCHEMA IF NOT EXISTS "`+s.db.Schema+`";`+things); err != nil {
		t.Fatal(err)
	}
	s.more(40)
	reg := crud.Open(s.db.Gorm, crud.Config{})
	crud.Register(reg, crud.Options[kind]{})
	crud.Register(reg, crud.Options[thing]{})
	if err := reg.Check(); err != nil {
		t.Fatal(err)
	}
	s.things, _ = reg.Table("things")
	return s
}

func (s *shop) more(n int) {
	s.Helper()
	if _, err := s.db.Pool.Exec(s.Context(), moreThings, n); err != nil {
		s.Fatal(err)
	}
}

var sortable = []string{"place", "uid", "count", "part", "price", "at", "day", "open", "name", "note", "kind_id"}

// sorts is a random order, as in an address and as in SQL.
func (s *shop) sorts() (sort, by string) {
	var names, terms []string
	for _, i := range s.Perm(len(sortable))[:1+s.IntN(4)] {
		name, direction := sortable[i], ""
		if s.IntN(2) == 0 {
			direction = " DESC"
		}
		names = append(names, strings.Repeat("-", len(direction)/5)+name)
		if name == "kind_id" {
			terms = append(terms, `k."group"`+direction, "k.name"+direction)
		}
		terms = append(terms, "t."+name+direction)
	}
	last := ""
	if strings.HasPrefix(names[0], "-") {
		last = " DESC"
	}
	return strings.Join(names, ","), strings.Join(append(terms, "t.place"+last, "t.uid"+last), ", ")
}

// filters is a random condition, as in an address and as in SQL.
func (s *shop) filters(depth int) (text, sql string) {
	one := [][2]string{
		{"count.is:2", "count = 2"}, {"count.not:1", "count IS DISTINCT FROM 1"}, {"count.empty", "count IS NULL"}, {"count.any:1,3", "count IN (1, 3)"},
		{"part.gt:0", "part > 0"}, {"part.le:0.1", "part <= 0.1"}, {"price.filled", "price IS NOT NULL"}, {"price.lt:0.2", "price < 0.2"},
		{"at.ge:2026-01-01T00:00:00.000002Z", "at >= '2026-01-01 00:00:00.000002Z'"}, {"day.on:2026-01-02", "day = '2026-01-02'"},
		{"at.last:1h", "at > now() - interval '1 hour' AND at <= now()"}, {"at.next:2d", "at >= now() AND at < now() + interval '2 days'"}, {"open.is:true", "open"}, {"open.empty", "open IS NULL"},
		{"name.contains:x", "lower(name) LIKE '%x%'"}, {"name.starts:100%", "left(name, 4) = '100%'"}, {`name.contains:\`, `strpos(name, '\') > 0`},
		{"name.empty", "name = ''"}, {"note.filled", "coalesce(note, '') <> ''"}, {"note.not:n", "note IS DISTINCT FROM 'n'"},
		{"note.any:n,N", "note IN ('n', 'N')"}, {"kind_id.any:1,2,5", "kind_id IN (1, 2, 5)"}, {"kind_id.not:3", "kind_id IS DISTINCT FROM 3"},
		{`place.is:"b,c"`, "place = 'b,c'"}, {"uid.not:00000000-0000-0000-0000-000000000000", "true"},
	}
	if depth == 0 || s.IntN(3) == 0 {
		pick := one[s.IntN(len(one))]
		return pick[0], pick[1]
	}
	sign, word := ";", " AND "
	if s.IntN(2) == 0 {
		sign, word = "|", " OR "
	}
	var texts, sqls []string
	for range 2 + s.IntN(2) {
		text, sql := s.filters(depth - 1)
		texts, sqls = append(texts, "("+text+")"), append(sqls, "("+sql+")")
	}
	return strings.Join(texts, sign), strings.Join(sqls, word)
}

// plain is what PostgreSQL finds by itself.
func (s *shop) plain(where, by string) []string {
	s.Helper()
	var rows []thing
	query := "SELECT t.place, t.uid FROM (SELECT * FROM things WHERE " + where + ") t LEFT JOIN kinds k ON k.id = t.kind_id ORDER BY " + by
	err := s.db.Gorm.Raw(query).Scan(&rows).Error
	if err != nil {
		s.Fatalf("%s, %s: %v", where, by, err)
	}
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = row.Place + row.UID
	}
	return keys
}

// walk visits all pages from one end, and returns the rows as plain does, each page in the list's order.
func (s *shop) walk(q crud.Query, backwards bool, between func()) (keys []string) {
	s.Helper()
	for q.Last = backwards; ; between() {
		list, err := s.things.List(s.Context(), q)
		if err != nil {
			s.Fatalf("%+v: %v", q, err)
		}
		var page []string
		for _, row := range list.Rows {
			page = append(page, row.Cells[0].Text+row.Cells[1].Text)
		}
		next := list.Next
		if backwards {
			if next = list.Prev; next == "" && len(keys) > 0 { // the first page is filled up with rows that were met already
				page = page[:max(0, slices.Index(append(page, keys[0]), keys[0]))]
			}
			keys = append(page, keys...)
			q.Last, q.Before = false, next
		} else {
			keys, q.After = append(keys, page...), next
		}
		if next == "" {
			return keys
		}
		if len(keys) > 5000 {
			s.Fatalf("%+v has no end", q)
		}
	}
}

func TestList_WalksEveryOrderAndFilterLikePlainSQL(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newShop(t, seed)
			for range 15 {
				text, where := s.filters(2)
				sort, by := s.sorts()
				query := crud.Query{Filter: text, Sort: sort, Size: 1 + s.IntN(9)}
				want := s.plain(where, by)
				if got := s.walk(query, false, func() {}); !slices.Equal(got, want) {
					t.Errorf("%+v forwards: %q, want %q", query, got, want)
				}
				count, err := s.things.Count(t.Context(), query)
				if err != nil || count != (crud.Count{Rows: int64(len(want))}) {
					t.Errorf("%+v: %+v, %v, want %d", query, count, err, len(want))
				}
			}
		})
	}
}

func TestList_WalksMeetEachRowOnceWhileOthersAreInserted(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newShop(t, seed)
			for range 8 {
				sort, by := s.sorts()
				query := crud.Query{Sort: sort, Size: 3 + s.IntN(5)}
				for _, backwards := range []bool{false, true} {
					before := s.plain("true", by)
					met := s.walk(query, backwards, func() { s.more(s.IntN(2)) })
					s.once(fmt.Sprintf("%+v, backwards %v", query, backwards), met, before)
					if after := s.plain("true", by); !subsequence(met, after) {
						t.Errorf("%+v, backwards %v: %q is out of order", query, backwards, met)
					}
					s.exec("DELETE FROM things WHERE ctid IN (SELECT ctid FROM things LIMIT greatest(0, (SELECT count(*) FROM things) - 40))")
				}
			}
		})
	}
}

func (s *shop) exec(statement string) {
	s.Helper()
	if _, err := s.db.Pool.Exec(s.Context(), statement); err != nil {
		s.Fatal(err)
	}
}

// once checks that the rows that were there all the time were met, and each once.
func (s *shop) once(what string, met, before []string) {
	s.Helper()
	times := map[string]int{}
	for _, key := range met {
		times[key]++
	}
	for _, key := range before {
		if times[key] != 1 {
			s.Errorf("%s: %q was met %d times", what, key, times[key])
		}
	}
}

// subsequence reports whether part's texts stand in all in the same order.
func subsequence(part, all []string) bool {
	for _, key := range all {
		if len(part) > 0 && part[0] == key {
			part = part[1:]
		}
	}
	return len(part) == 0
}
