package views

import (
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// pattern is a block that was drawn with a mark in the place of each text that is another one each time. The zero pattern is none: the block
// does more with the texts than to write them.
type pattern struct {
	pieces []piece
	end    string
}

// piece is what stands before a text.
type piece struct {
	before string
	text   int // its number
	how    how
}

// how a text stands in a block.
type how int

const (
	escaped how = iota // among elements, or in a tag
	address            // as an address, or a part of one
	drawn              // a template.HTML
)

// holes finds marks. What a template does with a text, or where it stands, shows in them: quotes, the slash and the space tell addresses,
// queries, scripts and tags without quotes from the rest, and the first letters what functions make of a text.
var holes = regexp.MustCompile(`The-Hole(&#34;|%22|")/([0-9]+)( |%20)(&#34;|%22|")`)

func hole(number int) string { return fmt.Sprintf(`The-Hole"/%d "`, number) }

// Part is what was drawn of a page, in pieces that stand behind each other.
type Part []string

// HTML joins the pieces.
func (p Part) HTML() template.HTML { return template.HTML(strings.Join(p, "")) } //nolint:gosec // html/template drew them

func (p Part) writeTo(w io.Writer) error {
	for _, piece := range p {
		if _, err := io.WriteString(w, piece); err != nil {
			return err
		}
	}
	return nil
}

// Text is a text of a block that Filled draws, within the data that the block gets.
type Text struct {
	at   *string
	part Part
	is   bool // a part
}

// Plain is a text that the block escapes.
func Plain(at *string) Text { return Text{at: at} }

// Inner is what was drawn already. It need not stand in the data yet.
func Inner(at *template.HTML, part Part) Text { return Text{(*string)(at), part, true} }

// Filled draws a block as Kept does, with texts in it that are others each time. It is drawn each time where the block does more with a
// text than to write it, where a table has templates of its own, and where a text has more than one line. What a block decides by looking at a
// text, such as whether it is empty, the key has to tell apart. The data is drawn with marks in place of the texts at the first call.
func (v *Views) Filled(name, block string, key, data any, texts ...Text) (Part, error) { //nolint:revive // each is a thing of its own
	if table, page, of := strings.Cut(name, "/"); !of || table == everyTable || v.pages[everyTable+"/"+page] == nil {
		p, err := keep(&v.kept, keptKey{name, block, filled{key}}, func() (pattern, error) { return v.pattern(name, block, data, texts) })
		if err != nil {
			return nil, err
		}
		if out, ok := p.fill(texts); ok {
			return out, nil
		}
	}
	for _, text := range texts {
		if text.is {
			*text.at = string(text.part.HTML())
		}
	}
	return v.Whole(name, block, data)
}

// Whole draws a block as Drawn does, in one piece.
func (v *Views) Whole(name, block string, data any) (Part, error) {
	drawn, err := v.Drawn(name, block, data)
	return Part{string(drawn)}, err
}

// filled is the key of a pattern.
type filled struct{ key any }

// pattern draws a block with marks for its texts.
func (v *Views) pattern(name, block string, data any, texts []Text) (pattern, error) {
	real := make([]string, len(texts))
	for i, text := range texts {
		real[i], *text.at = *text.at, hole(i)
	}
	whole, err := v.Drawn(name, block, data)
	for i, text := range texts {
		*text.at = real[i]
	}
	if err != nil {
		return pattern{}, err
	}
	p, at, found := pattern{}, 0, map[int]bool{}
	for _, place := range holes.FindAllStringSubmatchIndex(string(whole), -1) {
		part := func(i int) string { return string(whole[place[2*i]:place[2*i+1]]) }
		number, _ := strconv.Atoi(part(2))
		how, known := map[string]how{`&#34; &#34;`: escaped, `%22%20%22`: address, `" "`: drawn}[part(1)+part(3)+part(4)]
		if !known || number >= len(texts) || texts[number].is != (how == drawn) {
			return pattern{}, nil
		}
		p.pieces = append(p.pieces, piece{string(whole[at:place[0]]), number, how})
		at, found[number] = place[1], true
	}
	p.end = string(whole[at:])
	if len(found) < len(texts) || strings.Contains(p.end, "The-Hole") {
		return pattern{}, nil
	}
	return p, nil
}

// fill puts texts in the place of the marks; ok is false where a template might write one of them in another way.
func (p pattern) fill(texts []Text) (out Part, ok bool) {
	if p.pieces == nil {
		return nil, false
	}
	size := 2*len(p.pieces) + 1
	for _, text := range texts {
		size += len(text.part)
	}
	out = make(Part, 0, size)
	for _, piece := range p.pieces {
		text := texts[piece.text]
		out = append(out, piece.before)
		switch {
		case text.is:
			out = append(out, text.part...)
		case strings.Contains(*text.at, "\n"), piece.how == address && !plain(*text.at):
			return nil, false
		default:
			out = append(out, template.HTMLEscapeString(*text.at))
		}
	}
	return append(out, p.end), true
}

// plain reports whether an address is one of this site that templates leave as it is, or a part of one.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c == '%' {
			if _, err := hex.DecodeString(text[i+1 : min(i+3, len(text))]); err != nil || i+3 > len(text) {
				return false
			}
			continue
		}
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/?=&-_.~,", rune(c)) {
			return false
		}
	}
	return true
}
