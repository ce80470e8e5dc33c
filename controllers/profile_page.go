package controllers

import (
	"unified/auth"
	"unified/crud"
)

// profilePage is what pages/profile/index.html draws.
type profilePage struct {
	Account  auth.Account
	Once     string // what its forms are known by
	In       string // the section whose form came back; "" for none
	Problem  string // a sentence about all of that form; "" for none
	Data     []crud.Input
	Base     string // what Data showed
	Email    bool   // the address is among them
	Settings []crud.Input
	Password []crud.Input
	Zone     string // in which moments are written
	Sessions []sessionLine
	Tokens   []tokenLine
	API      bool // there is a page that shows it
}

// sessionLine is a session for people.
type sessionLine struct {
	auth.OwnSession
	Device            string
	Since, Seen, Ends string
}

// tokenLine is a token for people.
type tokenLine struct {
	auth.OwnToken
	Since, Ends string
	Used        string // "" for never
	For         string // how many permissions
}

// tokenPage is what pages/profile/token.html draws.
type tokenPage struct {
	Once    string
	Problem string // a sentence; "" at first
	Wrong   string // a sentence about what is ticked; "" for none
	Fields  []crud.Input
	Groups  []grantGroup
	Count   int // of what can be ticked
}

// grantGroup is what a token may be given on one table.
type grantGroup struct {
	Title  string
	Grants []grant

	model string
}

// grant is one permission that can be ticked.
type grant struct {
	Value, Label string
	Chosen       bool
}

// tokenMadePage is what pages/profile/made.html draws, once.
type tokenMadePage struct{ Name, Text, Ends, Example string }
