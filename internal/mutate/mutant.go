package main

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// mutant is one change of one file: the bytes [lo, hi) become text.
type mutant struct {
	pkg    string // folder, from the root
	file   string // from the root
	line   int
	kind   string
	src    string // of the file: it may be edited while the tests run
	lo, hi int
	text   string
	before string // the line, or its first one, as it stands,
	after  string // and changed
	nth    int    // of the changes of this file that read the same
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s\n\t- %s\n\t+ %s", m.file, m.line, m.kind, m.before, m.after)
}

// changed returns the file as it would be.
func (m mutant) changed() string { return m.src[:m.lo] + m.text + m.src[m.hi:] }

// describe fills in what a reader sees of the change.
func (m *mutant) describe() {
	start := strings.LastIndexByte(m.src[:m.lo], '\n') + 1
	before, _, _ := strings.Cut(m.src[start:], "\n")
	after, _, _ := strings.Cut(m.changed()[start:], "\n")
	m.before, m.after = strings.TrimSpace(before), strings.TrimSpace(after)
}

// shuffle orders mutants by a hash of the seed and of what they change, so that a mutant keeps its
// place while the code around it changes.
func shuffle(all []mutant, seed int64) []mutant {
	key := func(m mutant) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s\x00%s\x00%d", seed, m.file, m.before, m.after, m.nth))
		return string(sum[:])
	}
	slices.SortFunc(all, func(a, b mutant) int { return strings.Compare(key(a), key(b)) })
	return all
}

// number sets nth, which tells apart the changes of one file that read the same.
func number(all []mutant) {
	seen := map[[2]string]int{}
	for i := range all {
		reads := [2]string{all[i].before, all[i].after}
		all[i].nth = seen[reads]
		seen[reads]++
	}
}
