package lint

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Run `go test ./internal/lint -run TestThirdParty -update` when a dependency comes, goes or
// changes.
var update = flag.Bool("update", false, "write THIRD_PARTY.md anew")

// module is one module whose code is linked into the command, on any of the systems it is built
// for.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// linked lists the modules that cmd/sluice links, in its build with everything, on each system that
// it is released for.
func linked(t *testing.T) []module {
	t.Helper()
	all := map[string]module{}
	for _, p := range packagesLinked(t, "-tags=full") {
		if p.Module != nil && !p.Module.Main {
			all[p.Module.Path] = *p.Module
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
}

// row is a module's line in the table; what stands behind the version is checked when it is
// written.
func (m module) row() string { return fmt.Sprintf("| %s | %s |", m.Path, m.Version) }

// TestThirdParty: whoever gets the command gets the notices of everything that is in it.
func TestThirdParty(t *testing.T) {
	modules := linked(t)
	name := filepath.Join(root, "THIRD_PARTY.md")
	if *update {
		if err := os.WriteFile(name, thirdParty(t, modules), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const fix = "run `go test ./internal/lint -run TestThirdParty -update` and look at what changed"
	for _, m := range modules {
		if !strings.Contains(string(b), m.row()) {
			t.Errorf("THIRD_PARTY.md does not have %s %s, which the command links: %s", m.Path, m.Version, fix)
		}
	}
	rows := regexp.MustCompile(`(?m)^\| ([\w.-]+\.[\w./-]+) \| (v\S+) \|`).FindAllStringSubmatch(string(b), -1)
	for _, r := range rows {
		if !slices.ContainsFunc(modules, func(m module) bool { return m.Path == r[1] && m.Version == r[2] }) {
			t.Errorf("THIRD_PARTY.md has %s %s, which the command does not link: %s", r[1], r[2], fix)
		}
	}
}

const thirdPartyHead = `# Third-party notices

What the command ` + "`sluice`" + ` contains beside its own code, which is under the Apache License 2.0 (LICENSE). This file is
written by ` + "`go test ./internal/lint -run TestThirdParty -update`" + `; the test fails when a linked module is missing here.

The Go standard library and runtime are under the BSD licence of The Go Authors. Folding tables in index/lexical are
made from data of the Unicode Consortium (Unicode License). The token vocabularies in internal/tokens/vocabulary
are OpenAI's, under the MIT licence that lies beside them. The weights in model/light are made from bge-small-en-v1.5, under
the MIT licence that lies beside them. The build full contains PDFium, compiled to WebAssembly, under the BSD licence of The
PDFium Authors.

| module | version | licence | copyright |
|---|---|---|---|
`

// thirdParty writes the table and, once each, the texts of the licences.
func thirdParty(t *testing.T, modules []module) []byte {
	var table, texts bytes.Buffer
	of := map[string][]string{} // text -> modules
	var order []string
	for _, m := range modules {
		text := licenceText(t, m)
		fmt.Fprintf(&table, "%s %s | %s |\n", m.row(), licenceName(t, m, text), copyrights(text))
		if of[text] == nil {
			order = append(order, text)
		}
		of[text] = append(of[text], m.Path)
	}
	for _, text := range order {
		fmt.Fprintf(&texts, "\n## %s\n\n~~~text\n%s\n~~~\n", strings.Join(of[text], ", "), text)
	}
	return slices.Concat([]byte(thirdPartyHead), table.Bytes(), texts.Bytes())
}

// licenceText reads the file in which a module states its licence, and its NOTICE if there is one.
func licenceText(t *testing.T, m module) string {
	text := ""
	for _, name := range []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING", "NOTICE"} {
		b, err := os.ReadFile(filepath.Join(m.Dir, name))
		if err == nil && (text == "" || name == "NOTICE") {
			text += strings.ReplaceAll(strings.TrimSpace(string(b)), "\r\n", "\n") + "\n"
		}
	}
	if text == "" {
		t.Fatalf("%s has no licence file", m.Path)
	}
	return strings.TrimSpace(text)
}

// marks are sentences by which a licence is known.
var marks = []struct{ name, sentence string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License, version 2.0"}, // linked as it is: its files stay under it, ours do not come under it
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD-3-Clause", "Redistributions of source code must retain"},
}

// licenceName names the licences of a text. One that is not known here must be looked at by a
// person.
func licenceName(t *testing.T, m module, text string) string {
	var names []string
	text = strings.Join(strings.Fields(text), " ")
	for _, mark := range marks {
		if strings.Contains(text, mark.sentence) {
			names = append(names, mark.name)
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s %s has a licence that internal/lint does not know: read it before it is linked", m.Path, m.Version)
	}
	return strings.Join(names, ", ")
}

// copyrights lists the lines of a licence that say whose it is.
func copyrights(text string) string {
	var lines []string
	for _, l := range regexp.MustCompile(`(?m)^\s*Copyright\b.*\d{4}.*$`).FindAllString(text, -1) {
		l = strings.TrimSuffix(strings.TrimSpace(l), " All rights reserved.")
		if !strings.Contains(l, "[yyyy]") && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return "its authors"
	}
	return strings.Join(lines, "; ")
}
