package crud_test

import (
	"context"
	"slices"
	"testing"

	"gorm.io/gorm"

	"unified/crud"
)

// foreseeing is requests that first ask who asks, and then for a list. Between the two a title is changed, so that it shows when the
// list's rows were read.
type foreseeing struct {
	*world
	foresight crud.Foresight
}

func newForeseeing(t *testing.T) *foreseeing {
	t.Helper()
	f := &foreseeing{world: newWorld(t, crud.Options[article]{Note: []string{}})}
	many(t, f.world, 5)
	return f
}

// ask returns the titles as they came, and whether they came with who asks.
func (f *foreseeing) ask(t *testing.T, key byte, work func(context.Context) (*crud.List, error)) (titles []string, early bool) {
	t.Helper()
	return f.askOf(t, key, "", work)
}

// askOf is ask of a request that is about a row.
func (f *foreseeing) askOf(t *testing.T, key byte, row string, work func(context.Context) (*crud.List, error)) (titles []string, early bool) {
	t.Helper()
	f.exec(t, `UPDATE articles SET title = 'early ' || id`)
	ctx, who := f.foresight.Of(t.Context(), [32]byte{key}, row), 0
	if err := (crud.Question{SQL: "SELECT $1::int + 1", Args: []any{6}, Into: crud.Into(&who)}).Ask(ctx, f.db.Pool); err != nil || who != 7 {
		t.Fatal(who, err)
	}
	f.exec(t, `UPDATE articles SET title = 'late ' || id`)
	list, err := work(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range list.Rows {
		titles = append(titles, row.Label)
	}
	return titles, len(titles) > 0 && titles[0][:5] == "early"
}

func (f *foreseeing) list(query crud.Query) func(context.Context) (*crud.List, error) {
	articles, _ := f.Table("articles")
	return func(ctx context.Context) (*crud.List, error) { return articles.List(ctx, query) }
}

func TestForesight(t *testing.T) {
	f := newForeseeing(t)
	page := crud.Query{Size: 3, Sort: "id"}
	first, early := f.ask(t, 1, f.list(page))
	if early || !slices.Equal(first, []string{"late 1", "late 2", "late 3"}) {
		t.Fatalf("%v came with who asks: nothing was known", first)
	}
	if again, early := f.ask(t, 1, f.list(page)); !early || !slices.Equal(again, []string{"early 1", "early 2", "early 3"}) {
		t.Errorf("%v did not come with who asks", again)
	}
	t.Run("what_it_read_serves_once", func(t *testing.T) {
		_, early := f.ask(t, 1, func(ctx context.Context) (*crud.List, error) {
			if _, err := f.list(page)(ctx); err != nil {
				return nil, err
			}
			return f.list(page)(ctx)
		})
		if early {
			t.Error("rows were read twice from what came once")
		}
	})
	t.Run("another_request_is_not_known", func(t *testing.T) {
		if got, early := f.ask(t, 2, f.list(page)); early {
			t.Errorf("%v", got)
		}
	})
	t.Run("another_statement_is_asked_for_itself", func(t *testing.T) {
		got, early := f.ask(t, 1, f.list(crud.Query{Size: 2, Sort: "-id"}))
		if early || !slices.Equal(got, []string{"late 5", "late 4"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("other_values_are_asked_for_themselves", func(t *testing.T) {
		below := func(id string) crud.Query { return crud.Query{Sort: "id", Filter: "id.lt:" + id} }
		f.ask(t, 3, f.list(below("3")))
		if got, early := f.ask(t, 3, f.list(below("2"))); early || !slices.Equal(got, []string{"late 1"}) {
			t.Errorf("%v", got)
		}
	})
}

// All statements of a request are sent along.
func TestForesight_of_several(t *testing.T) {
	f := newForeseeing(t)
	both := func(ctx context.Context) (*crud.List, error) {
		one, err := f.list(crud.Query{Size: 1, Sort: "id"})(ctx)
		if err != nil {
			return nil, err
		}
		two, err := f.list(crud.Query{Size: 2, Sort: "-id"})(ctx)
		if err == nil {
			one.Rows = append(one.Rows, two.Rows...)
		}
		return one, err
	}
	f.ask(t, 1, both)
	want := []string{"early 1", "early 5", "early 4"}
	if got, _ := f.ask(t, 1, both); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for range 30 { // what is not asked for any more is left out, and the other is still sent
		f.ask(t, 1, f.list(crud.Query{Size: 1, Sort: "id"}))
	}
	if got, _ := f.ask(t, 1, both); !slices.Equal(got, []string{"early 1", "late 5", "late 4"}) {
		t.Errorf("%v", got)
	}
	if got, _ := f.ask(t, 1, both); !slices.Equal(got, want) {
		t.Errorf("%v: not sent along again", got)
	}
}

// What was asked for about one row is sent along for another, with its key.
func TestForesight_of_another_row(t *testing.T) {
	f := newForeseeing(t)
	row := func(id string) func(context.Context) (*crud.List, error) {
		return f.list(crud.Query{Filter: "id.is:" + id})
	}
	f.askOf(t, 1, "2", row("2"))
	for _, id := range []string{"3", "5", "2"} {
		if got, _ := f.askOf(t, 1, id, row(id)); !slices.Equal(got, []string{"early " + id}) {
			t.Errorf("row %s: %v", id, got)
		}
	}
	if got, _ := f.askOf(t, 1, "4", row("3")); !slices.Equal(got, []string{"late 3"}) {
		t.Errorf("a row that the request is not about: %v", got)
	}
	if got, early := f.askOf(t, 1, "none", row("4")); early || len(got) != 1 {
		t.Errorf("a key that is no number: %v", got)
	}
	f.askOf(t, 2, "2", f.list(crud.Query{Size: 2}))
	if got, early := f.askOf(t, 2, "3", f.list(crud.Query{Size: 2})); early {
		t.Errorf("%v: nothing in the statement is the row's key", got)
	}
	if got, early := f.askOf(t, 2, "4", f.list(crud.Query{Size: 2})); !early {
		t.Errorf("%v: it was the same for two rows", got)
	}
}

// Rights that were found meanwhile decide, whatever the same request led to before.
func TestForesight_grants_nothing(t *testing.T) {
	f := newForeseeing(t)
	f.ask(t, 1, f.list(crud.Query{}))
	if _, early := f.ask(t, 1, f.list(crud.Query{})); !early {
		t.Fatal("nothing was sent along")
	}
	f.policy.denied["articles:read"] = true
	ctx, who := f.foresight.Of(t.Context(), [32]byte{1}, ""), 0
	if err := (crud.Question{SQL: "SELECT $1::int", Args: []any{1}, Into: crud.Into(&who)}).Ask(ctx, f.db.Pool); err != nil {
		t.Fatal(err)
	}
	list, err := f.list(crud.Query{})(ctx)
	if kind, _ := kindOf(t, err); list != nil || kind != crud.KindForbidden {
		t.Errorf("%v, %v", list, err)
	}
}

func TestForesight_of_what_does_not_fit_any_more(t *testing.T) {
	f := newForeseeing(t)
	for range 2 {
		f.ask(t, 1, f.list(crud.Query{}))
	}
	f.exec(t, `ALTER TABLE articles ALTER COLUMN slug TYPE varchar(300)`) // plans that are kept fail for it
	if got, early := f.ask(t, 1, f.list(crud.Query{})); early || len(got) != 5 {
		t.Errorf("%v", got)
	}
	if got, early := f.ask(t, 1, f.list(crud.Query{})); !early || len(got) != 5 {
		t.Errorf("%v: not sent along again", got)
	}
}

// A request that leads somewhere else each time is not followed for ever.
func TestForesight_gives_up(t *testing.T) {
	f := newForeseeing(t)
	other := func(n int) func(context.Context) (*crud.List, error) { return f.list(crud.Query{Size: 1 + n}) }
	again := func() bool {
		f.ask(t, 1, other(0))
		_, early := f.ask(t, 1, other(0))
		return early
	}
	for n := range 7 {
		if _, early := f.ask(t, 1, other(n)); early {
			t.Fatalf("round %d", n)
		}
	}
	if !again() {
		t.Error("it gave up at once")
	}
	for n := range 30 {
		f.ask(t, 1, other(n))
	}
	if again() {
		t.Error("it follows for ever")
	}
}

// Within a transaction rows are read as it sees them.
func TestForesight_not_in_a_transaction(t *testing.T) {
	f := newForeseeing(t)
	inside := func(ctx context.Context) (list *crud.List, err error) {
		err = f.Together(ctx, func(ctx context.Context, _ *gorm.DB) error {
			list, err = f.list(crud.Query{})(ctx)
			return err
		})
		return list, err
	}
	f.ask(t, 1, f.list(crud.Query{}))
	if got, early := f.ask(t, 1, inside); early {
		t.Errorf("%v", got)
	}
}
