package tokens

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// A class says what of the expressions' character classes a character is in.
// The end of the text is in none.
type class uint8

const (
	upper   class = 1 << iota // \p{Lu} \p{Lt} \p{Lm} \p{Lo} \p{M}
	lower                     // \p{Ll} \p{Lm} \p{Lo} \p{M}
	letter                    // \p{L}
	number                    // \p{N}
	newline                   // \r \n
	blank                     // \s but not \r \n
	other                     // [^\s\p{L}\p{N}], marks included
)

// prefix is what may stand before a word as a part of it: [^\r\n\p{L}\p{N}].
const prefix = blank | other

// wideRunes is how many code points have their class in a table: all letters
// but none of the last planes, where only marks and private use are.
const wideRunes = 0x32400

// ascii is the class of each byte below 0x80; a byte from there on is part of
// a longer character and has none.
var ascii = func() (classes [256]class) {
	for r := range rune(utf8.RuneSelf) {
		classes[r] = classify(r)
	}
	return classes
}()

// wideClasses is built once, by filling in Unicode's ranges.
var wideClasses = sync.OnceValue(func() *[wideRunes]class {
	classes := new([wideRunes]class)
	for i := range classes {
		classes[i] = other
	}
	for _, kind := range kinds {
		for _, ranges := range kind.tables {
			fill(classes, ranges, kind.class)
		}
	}
	classes['\r'], classes['\n'] = newline, newline
	return classes
})

// kinds are disjoint.
var kinds = []struct {
	class  class
	tables []*unicode.RangeTable
}{
	{letter | upper, []*unicode.RangeTable{unicode.Lu, unicode.Lt}},
	{letter | lower, []*unicode.RangeTable{unicode.Ll}},
	{letter | upper | lower, []*unicode.RangeTable{unicode.Lm, unicode.Lo}},
	{other | upper | lower, []*unicode.RangeTable{unicode.M}},
	{number, []*unicode.RangeTable{unicode.N}},
	{blank, []*unicode.RangeTable{unicode.White_Space}},
}

func fill(classes *[wideRunes]class, ranges *unicode.RangeTable, c class) {
	for _, r := range ranges.R16 {
		for i := int(r.Lo); i <= int(r.Hi); i += int(r.Stride) {
			classes[i] = c
		}
	}
	for _, r := range ranges.R32 {
		for i := int(r.Lo); i <= int(r.Hi) && i < wideRunes; i += int(r.Stride) {
			classes[i] = c
		}
	}
}

// classify is the definition that the tables are filled from.
func classify(r rune) class {
	if r == '\r' || r == '\n' {
		return newline
	}
	for _, kind := range kinds {
		if unicode.In(r, kind.tables...) {
			return kind.class
		}
	}
	return other
}
