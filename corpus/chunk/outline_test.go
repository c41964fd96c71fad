package chunk

import (
	"fmt"
	"strings"
	"testing"
)

// rows repeats a line with numbers until a row lies several passages below the first.
func rows(format string) string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, format, i, i*7)
	}
	return b.String()
}

// TestOutline holds that a passage which begins far below a header, or inside nested keys, is told
// them, and one that begins elsewhere is not.
func TestOutline(t *testing.T) {
	const filler = "chapter of the operations guide"
	bars := rows("| cfg_%02d | %d | " + filler + " |\n")
	for _, c := range []struct{ name, lang, text, needle, want string }{
		{"markdown", "markdown", "# Limits\n\n## Timeouts\n\n| parameter | timeout in ms | see |\n|---|--:|---|\n" + bars,
			"cfg_47", "Limits > Timeouts > parameter | timeout in ms | see"},
		{"markdown, marks in the header", "markdown", "| **parameter** | timeout |\n|:--|:-:|\n" + bars, "cfg_47", "parameter | timeout"},
		{"markdown without outer bars", "markdown", "# L\n\nparameter | timeout\n--- | ---\n" + rows("cfg_%02d | %d "+filler+"\n"),
			"cfg_47", "L > parameter | timeout"},
		{"markdown, behind the table", "markdown", "# L\n\n| parameter | timeout |\n|---|---|\n" + bars + "\nLater text. " + rows("Word %d of %d. "),
			"Word 47", "L"},
		{"org", "org", "* Limits\n| parameter | timeout |\n|---+---|\n" + bars, "cfg_47", "Limits > parameter | timeout"},
		{"grid", "rst", "Limits\n======\n\n+----+----+----+\n| parameter | timeout | see |\n+====+====+====+\n" +
			rows("| cfg_%02d | %d | "+filler+" |\n+----+----+----+\n"), "cfg_47", "Limits > parameter | timeout | see"},
		{"simple table", "rst", "Limits\n======\n\n=========  =======\nparameter  timeout\n=========  =======\n" + rows("cfg_%02d     %d "+filler+"\n") +
			"=========  =======\n", "cfg_47", "Limits > parameter | timeout"},
		{"simple table without a header", "rst", "Limits\n======\n\n====  ====\n" + rows("cfg_%02d  %d "+filler+"\n") + "====  ====\n\n", "cfg_47", "Limits"},
		{"line block", "rst", "Limits\n======\n\n" + rows("| cfg_%02d is a line of %d verses\n"), "cfg_47", "Limits"},
		{"asciidoc", "asciidoc", "= Limits\n\n|===\n|parameter |timeout\n\n" + rows("|cfg_%02d |%d "+filler+"\n\n") + "|===\n", "cfg_47", "Limits > parameter | timeout"},
		{"plain text", "text", "Limits\n\n| parameter | timeout | see |\n" + bars, "cfg_47", "parameter | timeout | see"},
		{"a query's result", "text", " id | timeout \n----+---------\n" + rows(" cfg_%02d | %d "+filler+"\n"), "cfg_47", "id | timeout"},
		{"csv", "csv", "name,timeout in ms,\"where to read\"\n" + rows("cfg_%02d,%d,"+filler+"\n"), "cfg_47", "name | timeout in ms | where to read"},
		{"tsv", "csv", "name\ttimeout\n" + rows("cfg_%02d\t%d "+filler+"\n"), "cfg_47", "name | timeout"},
		{"csv with semicolons", "csv", "Name;Frist, in ms;Ort\n" + rows("cfg_%02d;%d;"+filler+"\n"), "cfg_47", "Name | Frist, in ms | Ort"},
		{"csv without a header", "csv", "cfg_x,12,x\n" + rows("cfg_%02d,%d,"+filler+"\n"), "cfg_47", ""},
		{"json", "json", `{"server": {"limits": {` + "\n" + rows("\"cfg_%02d\": %d,\n") + `"z": 0}}, "client": {` + "\n" + rows("\"opt_%02d\": %d,\n") + "}}",
			"cfg_77", "server > limits:"},
		{"json, the next object", "json", `{"server": {"limits": {"a": "}"}},` + "\n" + `"client": [` + "\n" + rows("{\"opt_%02d\": %d},\n") + "]}", "opt_77", "client:"},
		{"yaml", "yaml", "services:\n  web:\n    environment:\n" + rows("      cfg_%02d: %d "+filler+"\n") + "  db:\n    image: x\n", "cfg_47", "services > web > environment:"},
		{"yaml, an element of a list", "yaml", "containers:\n- name: first\n  env: []\n- name: web\n  env:\n" + rows("  - cfg_%02d=%d "+filler+"\n"), "cfg_47", "containers > name: web > env:"},
		{"yaml, a block of text", "yaml", "script:\n  run: |\n" + rows("    cfg_%02d: of %d "+filler+"\n"), "cfg_47", "script > run:"},
		{"toml", "toml", "[server.limits]\n" + rows("cfg_%02d = %d # "+filler+"\n"), "cfg_47", "server.limits:"},
		{"ini, the second section", "ini", "[a]\nx = 1\n\n[net work]\n" + rows("cfg_%02d = %d ; "+filler+"\n"), "cfg_47", "net work:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := []byte(c.text)
			passages := Split(nil, c.lang, text)
			check(t, c.name, text, passages)
			for _, p := range passages {
				if !strings.Contains(c.text[p.Start:p.End], c.needle) {
					continue
				}
				if p.Start == 0 {
					t.Fatal("the passage begins the document: it shows nothing")
				}
				if p.Context != c.want {
					t.Errorf("context %q, want %q", p.Context, c.want)
				}
				return
			}
			t.Errorf("%s is in no passage", c.needle)
		})
	}
}

// TestWideHeader holds that a header is cut between its cells.
func TestWideHeader(t *testing.T) {
	text := []byte(strings.Repeat("column,", 100) + "last\n" + rows("cfg_%02d,%d,a row of many cells\n"))
	passages := Split(nil, "csv", text)
	got := passages[len(passages)-1].Context
	if len(got) > columnsBytesMax || !strings.HasSuffix(got, "column | column") {
		t.Errorf("context of %d bytes: %q", len(got), got)
	}
}
