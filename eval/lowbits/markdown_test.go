package lowbits

import (
	"bytes"
	"strings"
	"testing"
)

// A page holds every row once, each pair of the grid in one line, and no line has more or fewer
// cells than its head.
func TestMarkdown(t *testing.T) {
	rows := []Row{
		{Format: "int", Bits: 4, ScaleEvery: 64, Bytes: 204, Recall10: .911}, {Format: "int", Bits: 4, ScaleEvery: 64, Rotation: true, Bytes: 204, Recall10: .922},
		{Format: "sign", Bits: 1, Bytes: 48, Recall10: .733}, {Format: "rabitq", Bits: 1, Rotation: true, Bytes: 52, Recall10: .744},
		{Format: "principal", Bits: .5, Rotation: true, Bytes: 26, Recall10: .755},
	}
	duels := []Duel{{Bits: 1, Measure: "recall@10", Ours: "principal", Mean: .78, OurBytes: 50, Theirs: "rabitq", TheirMean: .72, TheirBytes: 52, Low: -.0123, High: .04}}
	labelled := []LabelRow{{Format: "float", Bits: 32, Bytes: 1536, Alone: Quality{NDCG: 1.03, OfFloat32: 1, Recall: .04}}}
	var grid, deep, seeds, judged bytes.Buffer
	write := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	write(WriteMarkdown(&grid, "set", "sluice bench quant", rows))
	for i := range rows {
		rows[i].RecallGather = .666
	}
	write(WriteMarkdown(&deep, "set", "sluice bench quant", rows))
	write(WriteDuelsMarkdown(&seeds, "set", "sluice bench quant --compare 5", duels))
	write(WriteLabelMarkdown(&judged, "set", "sluice bench quant --labels L", labelled))
	for page, want := range map[*bytes.Buffer][]string{
		&grid:   {"| int 4 | 64 | 204 | 0.0000 | .911", "| sign | 1 | 48 |", "| principal | 0.5 | 26 |", "0.744", "`sluice bench quant --markdown FILE`"},
		&deep:   {"@30000 |", "0.666 |"},
		&seeds:  {"| 1 | recall@10 | principal 0.780 (50) | rabitq 0.720 (52) | -0.0123 .. +0.0400 |"},
		&judged: {"| float | 32 | vector |  | 1536 | 1.030 | 1.000 | +0.040 |"},
	} {
		text := page.String()
		for _, w := range want {
			if !strings.Contains(text, strings.Replace(w, "| .", "| 0.", 1)) {
				t.Errorf("no %q in\n%s", w, text)
			}
		}
		cells := 0
		for line := range strings.Lines(text) {
			switch n := strings.Count(line, "|"); {
			case n == 0:
				cells = 0
			case cells == 0:
				cells = n
			case n != cells:
				t.Errorf("%d cell borders under a head of %d: %s", n, cells, line)
			}
		}
	}
	if text := grid.String(); strings.Count(text, "| int 4 |") != 1 || !strings.Contains(text, "0.922") {
		t.Errorf("a pair is not in one line:\n%s", text)
	}
}
