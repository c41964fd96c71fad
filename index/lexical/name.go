package lexical

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"

	"sluice/index/arm"
)

// A document's first passage is found by the document's name as well. The terms of a name begin
// with a byte that no word has, and stand in the lists of stems:
//
//	the words of the base name, sorted         retry.go, or "go retry"
//	the same without its ending, two or more   meeting-2031-04-02.md: "meeting 2031-04-02"
//	the path from the folder above on          net/retry.go
//	the whole path                             src/net/retry.go
const nameMark = "\x02"

// namer makes the terms of names. Its results are overwritten by the next call.
type namer struct {
	scan  scanner
	words [][]byte
	term  []byte
}

// each gives visit the terms of a document's path.
func (n *namer) each(p string, visit func(term []byte)) {
	base := path.Base(p)
	visit(n.bag(base))
	if ext := path.Ext(base); ext != "" && ext != base {
		if bare := n.bag(strings.TrimSuffix(base, ext)); len(n.words) > 1 {
			visit(bare)
		}
	}
	if dir := path.Dir(p); dir != "." {
		last := path.Join(path.Base(dir), base)
		visit(n.path(last))
		if last != p {
			visit(n.path(p))
		}
	}
}

// bag makes the term of the words of a name, in whatever order they stand.
func (n *namer) bag(name string) []byte {
	n.words = n.words[:0]
	n.scan.reset([]byte(name))
	for n.scan.next() {
		if t := &n.scan.tok; !t.kind.Beside() {
			n.words = append(n.words, bytes.Clone(t.term))
		}
	}
	slices.SortFunc(n.words, bytes.Compare)
	n.words = slices.CompactFunc(n.words, bytes.Equal)
	n.term = append(n.term[:0], nameMark...)
	n.term = append(n.term, bytes.Join(n.words, []byte(" "))...)
	return cutTerm(n.term)
}

// path makes the term of a path, of which the end tells most.
func (n *namer) path(p string) []byte {
	folded := appendFoldedText(nil, []byte(p))
	if most := TermBytesMax - len(nameMark) - 1; len(folded) > most {
		folded = []byte(strings.ToValidUTF8(string(folded[len(folded)-most:]), ""))
	}
	return append(append(append(n.term[:0], nameMark...), '/'), folded...)
}

// nameWordsMax is how many words a question has that may be a name and nothing else.
const nameWordsMax = 6

// nameRepeats is how much a name counts: whoever names a file wants it before those that speak of
// it.
const nameRepeats = 4

// namingWords stand in questions around a name.
var namingWords = map[string]bool{"where": true, "open": true, "show": true, "find": true, "file": true, "me": true, "what": true,
	"read": true, "my": true, "which": true, "whats": true, "what's": true, "where's": true, "does": true, "do": true}

// names are the names that a question may mean: each word with a dot or a slash inside, and the
// question as a whole when it is short.
func (a *Analyzer) names(text []byte) (terms []arm.Term) {
	n := &a.namer
	add := func(term []byte) {
		t := arm.Term{Text: string(term), Stem: string(term), Repeats: nameRepeats, Name: true, Lists: listsOf(bytes.Clone(term))}
		if len(term) > len(nameMark) && !slices.ContainsFunc(terms, func(o arm.Term) bool { return o.Stem == t.Stem }) {
			terms = append(terms, t)
		}
	}
	fields := strings.FieldsFunc(string(text), unicode.IsSpace)
	for _, word := range fields[:min(len(fields), arm.TermsMax)] {
		word = strings.Trim(strings.ReplaceAll(word, `\`, "/"), "\"'`()[]{}<>?!,;:")
		word = strings.TrimSuffix(strings.TrimPrefix(word, "./"), ".")
		slash, dot := strings.Contains(strings.Trim(word, "/"), "/"), strings.LastIndexByte(word, '.')
		if !slash && (dot < 0 || dot == len(word)-1) {
			continue
		}
		word = strings.Trim(word, "/")
		add(n.bag(path.Base(word)))
		if slash {
			add(n.path(word))
		}
	}
	var words []string
	for _, t := range a.Tokens(nil, text) {
		if !t.Kind.Beside() && !t.Stop && !namingWords[string(t.Term)] {
			words = append(words, string(t.Term))
		}
	}
	if len(words) <= nameWordsMax {
		add(n.bag(strings.Join(words, " ")))
	}
	return terms
}
