package crud_test

import (
	"strings"
	"testing"

	"unified/crud"
)

// keptMemos are memos whose changes are kept, of which the second was deleted; the id is that of the deletion.
func keptMemos(t *testing.T) (w *world, d *diary, table crud.Resource, id string) {
	t.Helper()
	d = &diary{}
	w = withMemos(t, newWorldOf(t, crud.Options[article]{}, func(config *crud.Config) { config.Record, config.History = d.record, d }))
	table = w.table(t, "memos")
	if _, err := table.Delete(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	return w, d, table, d.entries[len(d.entries)-1].ID
}

func TestUndo_takes_out_of_the_trash(t *testing.T) {
	t.Parallel()
	w, d, table, deletion := keptMemos(t)
	past, err := table.History(t.Context(), "2", "")
	if err != nil || past.Label != "Two" || len(past.Entries) != 1 {
		t.Fatalf("the history of what is in the trash: %+v, %v", past, err)
	}
	seen, err := table.Undo(t.Context(), "2", deletion, false)
	if err != nil || len(seen.Steps) != 1 || seen.Steps[0].Verb != crud.Create || seen.Steps[0].Label != "Two" || seen.Doable != 1 {
		t.Fatalf("%+v, %v", seen, err)
	}
	back, err := table.PutBack(t.Context(), "2", deletion, false, crud.Chosen{Mark: seen.Mark})
	if err != nil || !back.There {
		t.Fatal(back, err)
	}
	if got := w.value(t, "SELECT title || rank FROM memos WHERE id = 2 AND deleted_at IS NULL") + w.value(t, "SELECT count(*) FROM remarks"); got != "Two21" {
		t.Errorf("it came back as %s", got)
	}
	restored := d.entries[len(d.entries)-1]
	if restored.Verb != crud.Restore || restored.Key != "2" {
		t.Errorf("it is recorded as %+v", restored)
	}
	if seen, err := table.Undo(t.Context(), "2", deletion, false); err != nil || seen.Doable != 0 || !strings.Contains(seen.Steps[0].Problem, "with this key again") {
		t.Errorf("what is back comes back again: %+v, %v", seen, err)
	}
	if err := put(t, table, "2", restored.ID, false, "memos/2"); err != nil {
		t.Fatal(err)
	}
	if record, err := table.Show(t.Context(), "2"); err != nil || record.Trashed.Text == "" {
		t.Errorf("undoing that leaves it out of the trash: %+v, %v", record, err)
	}
}

func TestUndo_of_what_was_purged(t *testing.T) {
	t.Parallel()
	w, d, table, deletion := keptMemos(t)
	if _, err := table.Purge(t.Context(), "2"); err != nil {
		t.Fatal(err)
	}
	if seen, err := table.Undo(t.Context(), "2", deletion, false); err != nil || seen.Doable != 0 || seen.Steps[0].Problem != "It is not in the trash." {
		t.Errorf("%+v, %v", seen, err)
	}
	if err := put(t, table, "2", d.entries[len(d.entries)-1].ID, false); err != nil {
		t.Fatal(err)
	}
	if got := w.value(t, "SELECT title || slug || rank FROM memos WHERE id = 2 AND deleted_at IS NULL"); got != "Twotwo2" {
		t.Errorf("it came back as %s", got)
	}
}

func TestUndo_of_a_deletion_is_refused(t *testing.T) {
	t.Parallel()
	w, _, table, deletion := keptMemos(t)
	w.policy.denied["memos:restore"] = true
	if seen, err := table.Undo(t.Context(), "2", deletion, false); err != nil || seen.Doable != 0 || seen.Steps[0].Denied != "memos:restore" {
		t.Errorf("who may not restore sees %+v, %v", seen, err)
	}
	delete(w.policy.denied, "memos:restore")
	w.exec(t, "INSERT INTO memos (title, slug) VALUES ('Other', 'two')")
	err := put(t, table, "2", deletion, false)
	if kind, fields := kindOf(t, err); kind != crud.KindInvalid || !strings.HasPrefix(fields[""], "Two: Slug: ") {
		t.Errorf("what is taken meanwhile is said as %d %q", kind, fields)
	}
	if got := w.value(t, "SELECT count(*) FROM memos WHERE deleted_at IS NULL"); got != "3" {
		t.Errorf("there are %s", got)
	}
}
