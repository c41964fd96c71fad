package weigh

import (
	"slices"
	"strings"
	"unicode"
)

// commanding says how a text tries to command whoever reads it: a model, or what it will answer.
// "": it does not. It looks at what such texts do and not for a list of texts: they call on the
// reader, put aside what it was told, say what its answer is to be, play a part of authority, or
// ask it to keep something from its user.
func commanding(text string) string {
	for _, form := range seen(text) {
		lower := " " + strings.ToLower(strings.ReplaceAll(form, "’", "'"))
		for _, o := range orders {
			if !o.may(lower) {
				continue
			}
			if found := o.order(lower); found != "" {
				return quote(found)
			}
		}
	}
	return ""
}

// order is the first order of its kind in a text. A sentence that only tells hides none behind it.
func (s sign) order(lower string) string {
	const triesMax = 16
	for from, try := 0, 0; try < triesMax; try++ {
		at := s.re().FindStringSubmatchIndex(lower[from:])
		if at == nil {
			return ""
		}
		next := from + max(at[0]+1, at[1])
		switch tells := len(at) > 2 && tells[lower[from+at[2]:from+at[3]]]; {
		case tells:
			next = from + at[3]
		case !excused(lower, from+at[0]):
			return lower[from+at[0] : from+at[1]]
		}
		from = next
	}
	return ""
}

// tells are first words of sentences that order nothing.
var tells = setOf("we i you he she it they who the a an this that these those there here thank thanks thanking if when as after before once because since while although though in on at by for from with to of our my your his her its their all any some most many each every no not " +
	"what which why where how is are was were do does did has have had can could would will may might one two regarding concerning dear hello hi hey looking illustrate explain justify support show check round circle mark await awaiting based according " +
	"thereafter however therefore also and or but so then re fw fwd subject sent received per following upon given due pursuant further")

// excused tells whether what looks like an order is spoken of, asked about, or forbidden: "never
// ignore", "can I ignore", "how to ignore".
func excused(lower string, from int) bool {
	before := lower[max(0, from-24):from]
	if i := strings.LastIndexAny(before, ".!?\n:"); i >= 0 {
		before = before[i+1:]
	}
	words := strings.Fields(before)
	if len(words) == 0 {
		return false
	}
	last := strings.Trim(words[len(words)-1], ",;\"'“”")
	return speakers[last]
}

// speakers are words before a verb that make it somebody else's, or a thing that is not to be done.
var speakers = setOf("i we they he she who users people students not never don't cannot can't didn't doesn't won't wouldn't shouldn't often sometimes may might could would did does tends tend")

// seen are the forms in which a text may be read: as it is, without characters that nobody sees,
// and what is written backwards the other way round.
func seen(text string) []string {
	forms := []string{text}
	if strings.IndexFunc(text, invisible) < 0 {
		return forms
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 0xE0020 && r <= 0xE007E { // letters as tags
			return r - 0xE0000
		}
		if invisible(r) {
			return -1
		}
		return r
	}, text)
	forms = append(forms, plain)
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "\u202e")
		if !found {
			return forms
		}
		part, next, _ := strings.Cut(after, "\u202c")
		runes := []rune(part)
		slices.Reverse(runes)
		forms = append(forms, string(runes))
		rest = next
	}
}

// invisible tells of characters that a person does not see.
func invisible(r rune) bool {
	switch {
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == 0xFEFF, r == 0x00AD, r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return false
}

// hiddenMin is how many characters that nobody sees are too many to be chance: scripts that join
// letters need some.
const hiddenMin = 8

func hiding(text string) string {
	tags, n, joined := 0, 0, 0
	for _, r := range text {
		switch {
		case r >= 0xE0020 && r <= 0xE007E || r == 0x202E:
			tags++
		case r == 0x200C || r == 0x200D || r == 0x200E || r == 0x200F || r == 0xFEFF || r == 0x00AD:
			joined++
		case invisible(r):
			n++
		case unicode.In(r, unicode.Arabic, unicode.Devanagari, unicode.Hebrew):
			joined = 0
		}
	}
	if tags > 0 || n >= hiddenMin {
		return "it holds characters that nobody sees"
	}
	return ""
}
