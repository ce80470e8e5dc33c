package main

import (
	_ "embed"
	"strings"

	"gorm.io/gorm"
)

// schema makes the tables of the models. A real program has migrations.
//
//go:embed schema.sql
var schema string

// Author may have a mentor, who is an author too.
type Author struct {
	ID       int64
	Name     string `gorm:"size:80;not null" validate:"required" crud:"name"`
	MentorID *int64
	Mentor   *Author
}

// Book has a text as its key and a price in whole cents at most. What is deleted goes into the trash.
type Book struct {
	ISBN      string `gorm:"primaryKey;size:20" validate:"required"`
	Title     string `gorm:"size:120;not null" validate:"required" crud:"name"`
	Price     string `gorm:"type:numeric(10,2);not null;default:0" validate:"required"`
	AuthorID  int64
	Author    Author
	Tags      []Tag `gorm:"many2many:book_tags"`
	DeletedAt gorm.DeletedAt
}

// BeforeSave refuses what no tag can say. The names are those of columns or of the struct's fields.
func (b *Book) BeforeSave(tx *gorm.DB) error {
	saved := b
	if changed, ok := tx.Statement.Dest.(*Book); ok { // an update is about what is to be stored
		saved = changed
	}
	if strings.EqualFold(saved.Title, "untitled") {
		return refusal{"Title": "A book needs a title of its own."}
	}
	return nil
}

// refusal is an error with sentences by field, which stand beside the inputs.
type refusal map[string]string

func (refusal) Error() string                    { return "refused" }
func (r refusal) FieldErrors() map[string]string { return r }

// Tag is its own key.
type Tag struct {
	Name string `gorm:"primaryKey;size:40" validate:"required"`
}

func (t Tag) String() string { return t.Name }

// Shelf is known by its room and number together.
type Shelf struct {
	Room   string `gorm:"primaryKey;size:20" crud:"name"`
	Number int32  `gorm:"primaryKey;autoIncrement:false" crud:"name"`
	Note   string `gorm:"type:text;not null;default:''"`
}

// Volume is a book on a shelf.
type Volume struct {
	ID          int64
	BookISBN    string `gorm:"column:book_isbn;size:20;not null"`
	Book        Book   `gorm:"foreignKey:BookISBN;references:ISBN"`
	ShelfRoom   string `gorm:"size:20;not null"`
	ShelfNumber int32  `gorm:"not null"`
	Shelf       Shelf  `gorm:"foreignKey:ShelfRoom,ShelfNumber;references:Room,Number"`
	Worn        bool   `gorm:"not null;default:false"`
}
