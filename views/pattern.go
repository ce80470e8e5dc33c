package views

import (
	"encoding/hex"
	"fmt"
	"html/template"
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

// Filled draws a block as Kept does, with texts in it that are others each time: they are where texts points to, within data, which is drawn
// with marks in their place and is then as it was; those that are template.HTML there are drawn already. It is drawn each time where
// the block does more with a text than to write it, where a table has templates of its own, which may look at it, and where a text has more
// than one line.
func (v *Views) Filled(name, block string, key, data any, texts ...*string) (template.HTML, error) { //nolint:revive // each is a thing of its own
	if table, page, of := strings.Cut(name, "/"); !of || table == everyTable || v.pages[everyTable+"/"+page] == nil {
		p, err := keep(&v.kept, keptKey{name, block, filled{key}}, func() (pattern, error) { return v.pattern(name, block, data, texts) })
		if err != nil {
			return "", err
		}
		if out, ok := p.fill(texts); ok {
			return out, nil
		}
	}
	return v.Drawn(name, block, data)
}

// filled is the key of a pattern.
type filled struct{ key any }

// pattern draws a block with marks for its texts.
func (v *Views) pattern(name, block string, data any, texts []*string) (pattern, error) {
	real := make([]string, len(texts))
	for i, text := range texts {
		real[i], *text = *text, hole(i)
	}
	whole, err := v.Drawn(name, block, data)
	for i, text := range texts {
		*text = real[i]
	}
	if err != nil {
		return pattern{}, err
	}
	p, at, found := pattern{}, 0, map[int]bool{}
	for _, place := range holes.FindAllStringSubmatchIndex(string(whole), -1) {
		part := func(i int) string { return string(whole[place[2*i]:place[2*i+1]]) }
		number, _ := strconv.Atoi(part(2))
		how, known := map[string]how{`&#34; &#34;`: escaped, `%22%20%22`: address, `" "`: drawn}[part(1)+part(3)+part(4)]
		if !known || number >= len(texts) {
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

// fill writes texts in the place of the marks; ok is false where a template might write one of them in another way.
func (p pattern) fill(texts []*string) (out template.HTML, ok bool) {
	if p.pieces == nil {
		return "", false
	}
	size := len(p.end)
	for _, piece := range p.pieces {
		text := *texts[piece.text]
		if piece.how != drawn && strings.Contains(text, "\n") || piece.how == address && !plain(text) {
			return "", false
		}
		size += len(piece.before) + len(text) + len(text)/8
	}
	var b strings.Builder
	b.Grow(size)
	for _, piece := range p.pieces {
		b.WriteString(piece.before)
		if piece.how == drawn {
			b.WriteString(*texts[piece.text])
		} else {
			b.WriteString(template.HTMLEscapeString(*texts[piece.text]))
		}
	}
	b.WriteString(p.end)
	return template.HTML(b.String()), true //nolint:gosec // html/template drew what is not escaped here
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
