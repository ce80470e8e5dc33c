package crud_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"unified/crud"
)

// Room is where guests stay.
type Room struct {
	ID   int64
	Name string `gorm:"size:40;not null" validate:"required" crud:"name"`
}

// Booking is one guest's stay. Its tags say most of what the panel has to know.
type Booking struct {
	ID       int64
	Guest    string     `gorm:"size:80;not null" validate:"required" crud:"name;help:As in the passport"`
	RoomID   int64      `gorm:"not null"`
	Room     Room       // a picker in forms, a link in lists
	Board    string     `gorm:"size:10;not null;default:'none';check:ck_bookings_board,board IN ('none','half','full')"` // radio buttons
	Diet     *string    `gorm:"size:80" crud:"showIf:Board=half|full"`
	Nights   int32      `gorm:"not null;default:1" validate:"min=1"`
	Price    string     `gorm:"type:numeric(10,2);not null;default:0" crud:"label:Price a night"`
	Notes    string     `gorm:"type:text;not null;default:''"`
	Arrived  *time.Time `crud:"readonly"`
	DoorCode string     `gorm:"size:8;not null;default:''" crud:"secret"` // never shown, exported or recorded
}

// offline stands for the program's own connection; what the examples do needs none.
func offline() *gorm.DB {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: stdlib.OpenDB(pgx.ConnConfig{})}), &gorm.Config{DisableAutomaticPing: true})
	if err != nil {
		log.Fatal(err)
	}
	return db
}

// registered is the described table of some Options, beside the rooms.
func registered(options crud.Options[Booking]) *crud.Table {
	reg := crud.Open(offline(), crud.Config{})
	crud.Register(reg, crud.Options[Room]{})
	crud.Register(reg, options)
	if err := reg.Check(); err != nil {
		fmt.Println(err)
	}
	table, _ := reg.Table("bookings")
	return table.Table()
}

// A model and a line are a table of the panel: the zero Options leave nothing out.
func Example() {
	reg := crud.Open(offline(), crud.Config{}) // Config says who may do what, and where changes are recorded
	crud.Register(reg.Area("House"), crud.Options[Room]{})
	crud.Register(reg.Area("House"), crud.Options[Booking]{})
	if err := reg.Check(); err != nil { // every mistake in tags and Options at once
		log.Fatal(err)
	}
	for _, resource := range reg.Tables() {
		table := resource.Table()
		fmt.Println(table.Area, "/", table.Plural, "at", table.Name, "searched by", strings.Join(table.Search, ", "))
	}
	// Output:
	// House / Rooms at rooms searched by Name
	// House / Bookings at bookings searched by Guest, Board, Diet
}

// Mistakes name what was meant.
func ExampleRegistry_Check() {
	registered(crud.Options[Booking]{List: []string{"Gest"}, Sort: "Nigths", Own: "Room.Nme"})
	// Output:
	// crud: crud_test.Booking: Options.List: unknown field "Gest"; did you mean "Guest"?
	// crud: crud_test.Booking: Options.Sort: unknown field "Nigths"; did you mean "Nights"?
	// crud: crud_test.Booking: Options.Own: unknown field "Nme" of Room; did you mean "Name"?
}

// A list shows, searches and is ordered by what Options say; columns can be computed.
func ExampleOptions_list() {
	table := registered(crud.Options[Booking]{
		List:     []string{"Guest", "Room", "Total"},
		Search:   []string{"Guest", "Notes"},
		Filters:  []string{"Room", "Board", "Nights"},
		Note:     []string{"Board", "Nights"}, // below the guest's name, where a booking is chosen
		Sort:     "Room,-Nights",
		PageSize: 100,
		Labels:   map[string]string{"Nights": "Stays"},
		Columns: []crud.Column[Booking]{{
			Label: "Total", Reads: []string{"Nights", "Price"},
			Value: func(b *Booking) string { return fmt.Sprint(b.Nights, " × ", b.Price) },
		}},
		Formats: map[string]func(*Booking) string{"Nights": func(b *Booking) string { return fmt.Sprint(b.Nights, " nights") }},
	})
	fmt.Println(table.PageSize, table.Search)
	// Output:
	// 100 [Guest Notes]
}

// A form can have parts, other controls, help, and fields that depend on others or are checked.
func ExampleOptions_form() {
	table := registered(crud.Options[Booking]{
		Groups: []crud.FieldGroup{{Title: "Stay", Fields: []string{"RoomID", "Nights", "Board", "Diet"}}},
		Fields: map[string]crud.Field[Booking]{
			"Notes": {Widget: "text", Help: "One line"},
			"Diet":  {ShowIf: "Board=half|full"}, // as the tag says too: held on the server as well
			"Nights": {Check: func(b *Booking) string {
				if b.Nights > 90 {
					return "A stay is 90 nights at most."
				}
				return ""
			}},
		},
		Entries: []crud.Entry[Booking]{{ // a control that belongs to no column
			Name: "code", Label: "New door code", Widget: "password",
			Set: func(b *Booking, text string) error {
				if len(text) != 4 {
					return errors.New("A door code has four digits.")
				}
				b.DoorCode = text
				return nil
			},
		}},
	})
	for _, entry := range table.Entries {
		fmt.Println(entry.Name, entry.Label)
	}
	// Output:
	// code New door code
}

// Allow is asked before a row is written, Guard after it; both inside the write's transaction.
func ExampleOptions_rules() {
	table := registered(crud.Options[Booking]{
		Verbs: []crud.Verb{crud.Read, crud.Create, crud.Update}, // nothing is deleted
		Allow: func(_ context.Context, _ *gorm.DB, verb crud.Verb, b *Booking) error {
			if verb == crud.Update && b.Arrived != nil {
				return errors.New("The guest has arrived.")
			}
			return nil
		},
		Guard: func(_ context.Context, tx *gorm.DB, write crud.Write[Booking]) error {
			var others int64
			err := tx.Model(&Booking{}).Where("room_id = ? AND id <> ? AND arrived IS NULL", write.New.RoomID, write.New.ID).Count(&others).Error
			if err == nil && others > 0 {
				return &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{"room_id": "The room is taken."}}
			}
			return err
		},
	})
	fmt.Println(table.Verbs)
	// Output:
	// [read create update]
}

// Extension is what is asked for before a stay is prolonged.
type Extension struct {
	Nights int32  `gorm:"not null" validate:"min=1,max=30"`
	Reason string `gorm:"size:80"`
}

// An action does something to one row, or to all that are ticked; with Ask it has a form.
func ExampleAsk() {
	extend := crud.Ask(crud.Action[Booking]{Name: "extend", Label: "Extend…"}, func(_ context.Context, b *Booking, form *Extension) error {
		b.Nights += form.Nights // what differs is written, checked and recorded
		return nil
	})
	arrive := crud.Action[Booking]{Name: "arrive", Help: "Has the guest come?", Run: func(_ context.Context, b *Booking) error {
		now := time.Now()
		b.Arrived = &now
		return nil
	}}
	for _, action := range registered(crud.Options[Booking]{Actions: []crud.Action[Booking]{extend, arrive}}).Actions {
		fmt.Println(action.Label, len(action.Fields), "fields")
	}
	// Output:
	// Extend… 2 fields
	// Arrive 0 fields
}

// Rows of other tables stand on a record's page, and their lines in its form.
func ExampleChild() {
	reg := crud.Open(offline(), crud.Config{})
	crud.Register(reg, crud.Options[Room]{Children: []crud.Child{{Table: "bookings", Label: "Stays", Inline: true}}})
	crud.Register(reg, crud.Options[Booking]{})
	if err := reg.Check(); err != nil {
		log.Fatal(err)
	}
	rooms, _ := reg.Table("rooms")
	for _, child := range rooms.Table().Children {
		fmt.Println(child.Label, child.Table, child.Inline)
	}
	// Output:
	// Stays bookings true
}

// Wish is one of the things that a room still lacks; the first ones are the most wanted.
type Wish struct {
	ID     int64
	RoomID int64 `gorm:"not null"`
	Room   Room
	Rank   int32  `gorm:"not null"`
	What   string `gorm:"size:80;not null" validate:"required"`
}

// People drag the lines of a record into an order, which a column of whole numbers keeps. Nobody has to give a number: a new line comes
// last.
func ExampleChild_position() {
	reg := crud.Open(offline(), crud.Config{})
	crud.Register(reg, crud.Options[Room]{Children: []crud.Child{{Table: "wishes", Inline: true, Position: "rank"}}})
	crud.Register(reg, crud.Options[Wish]{})
	if err := reg.Check(); err != nil {
		log.Fatal(err)
	}
	wishes, _ := reg.Table("wishes")
	for _, f := range wishes.Table().Fields {
		fmt.Println(f.Label, f.Required)
	}
	// Output:
	// ID true
	// Room true
	// Rank false
	// What true
}

// Occupancy is a view: how many guests a room has on a day.
type Occupancy struct {
	RoomID int64
	Room   Room
	Day    time.Time `gorm:"type:date"`
	Guests int64
}

// A view without a key is a list: searched, filtered, sorted and exported, and that is all.
func ExampleOptions_view() {
	reg := crud.Open(offline(), crud.Config{})
	crud.Register(reg, crud.Options[Room]{})
	crud.Register(reg, crud.Options[Occupancy]{Plural: "Occupancy", Verbs: []crud.Verb{crud.Read}})
	if err := reg.Check(); err != nil {
		log.Fatal(err)
	}
	occupancy, _ := reg.Table("occupancies")
	fmt.Println(occupancy.Table().Plural, occupancy.Table().Keyless, occupancy.Table().Verbs)
	// Output:
	// Occupancy true [read]
}
