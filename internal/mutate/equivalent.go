package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// equivalents lists the changes that make no difference: see its head.
//
//go:embed equivalent.txt
var equivalents string

// equivalent is one record of the list.
type equivalent struct {
	file, before, after, reason string
}

// readEquivalents reads the list.
func readEquivalents() ([]equivalent, error) {
	var known []equivalent
	for record := range strings.SplitSeq(equivalents, "\n\n") {
		lines := slices.DeleteFunc(strings.Split(strings.Trim(record, "\n"), "\n"), func(l string) bool {
			return strings.HasPrefix(l, "#")
		})
		if len(lines) == 0 || lines[0] == "" {
			continue
		}
		e, err := parseEquivalent(lines)
		if err != nil {
			return nil, err
		}
		known = append(known, e)
	}
	return known, nil
}

func parseEquivalent(lines []string) (e equivalent, err error) {
	var minus, plus bool
	if len(lines) == 4 {
		e.file, e.reason = lines[0], lines[3]
		e.before, minus = strings.CutPrefix(lines[1], "- ")
		e.after, plus = strings.CutPrefix(lines[2], "+ ")
	}
	if !minus || !plus || e.reason == "" {
		return e, fmt.Errorf("equivalent.txt: %q is no record: a file, a line with -, a line with +, a reason", lines)
	}
	return e, nil
}

// covers tells whether m is the change of the record.
func (e equivalent) covers(m mutant) bool {
	return e.file == m.file && e.before == m.before && e.after == m.after
}

// without leaves out the mutants that are known to make no difference.
func without(all []mutant, known []equivalent) []mutant {
	return slices.DeleteFunc(all, func(m mutant) bool {
		return slices.ContainsFunc(known, func(e equivalent) bool { return e.covers(m) })
	})
}
