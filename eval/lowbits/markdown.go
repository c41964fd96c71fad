package lowbits

import (
	"fmt"
	"io"
	"strings"
)

// pageHead is a page's title, and that it is made, not written.
func pageHead(out *strings.Builder, title, command string) {
	fmt.Fprintf(out, "# %s\n\nMade by `%s --markdown FILE`; not to be edited. ../low-precision.md says what it means.\n", title, command)
}

// WriteMarkdown writes rows as the tables of a page: the grid of bits and scales with and without
// rotation side by side, and the other codes below. command is what measured them.
func WriteMarkdown(w io.Writer, title, command string, rows []Row) error {
	var out strings.Builder
	pageHead(&out, title, command)
	deep := len(rows) > 0 && rows[0].RecallGather > 0
	figures := func(r Row) string {
		s := fmt.Sprintf("%.4f | %.3f | %.3f | %.3f |", r.Error, r.Recall10, r.Recall100, r.Recall1000)
		if deep {
			s += fmt.Sprintf(" %.3f |", r.RecallGather)
		}
		return s
	}
	head, rotated := " error | recall@10 | @100 | @1000 |", " rotated: error | recall@10 | @100 | @1000 |"
	if deep {
		head, rotated = head+" @30000 |", rotated+" @30000 |"
	}
	columns := strings.Count(head, "|")
	fmt.Fprintf(&out, "\n## Bits × scale × rotation\n\n| code | scale every | bytes |%s%s\n|%s\n", head, rotated, strings.Repeat("---|", 3+2*columns))
	pairs := map[Row]Row{}
	for _, r := range rows {
		if r.gridded() && r.Rotation {
			pairs[r.place()] = r
		}
	}
	for _, r := range rows {
		if r.gridded() && !r.Rotation {
			fmt.Fprintf(&out, "| %s %g | %s | %d | %s %s\n", r.Format, r.Bits, every(r.ScaleEvery), r.Bytes, figures(r), figures(pairs[r.place()]))
		}
	}
	fmt.Fprintf(&out, "\n## Published codes, and principal at several budgets\n\n| code | bits | bytes |%s\n|%s\n", head, strings.Repeat("---|", 3+columns))
	for _, r := range rows {
		if !r.gridded() {
			fmt.Fprintf(&out, "| %s | %g | %d | %s\n", r.Format, r.Bits, r.Bytes, figures(r))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// gridded is whether a row has its place in the grid of bits, scales and rotation.
func (r Row) gridded() bool {
	return r.Format != "sign" && !published(r.Format) && !strings.HasPrefix(r.Format, "principal")
}

// place is the row's in the grid, the same with and without rotation.
func (r Row) place() Row { return Row{Format: r.Format, Bits: r.Bits, ScaleEvery: r.ScaleEvery} }

// WriteDuelsMarkdown writes a comparison as a page's table.
func WriteDuelsMarkdown(w io.Writer, title, command string, duels []Duel) error {
	var out strings.Builder
	pageHead(&out, title, command)
	out.WriteString("\n| bits | measure | ours (bytes) | the better published (bytes) | ours - published, paired 95 % interval |\n|---|---|---|---|---|\n")
	for _, d := range duels {
		fmt.Fprintf(&out, "| %g | %s | %s %.3f (%d) | %s %.3f (%d) | %+.4f .. %+.4f |\n", d.Bits, d.Measure, d.Ours, d.Mean, d.OurBytes, d.Theirs, d.TheirMean, d.TheirBytes,
			d.Low, d.High)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteLabelMarkdown writes what judged documents said as a page's table.
func WriteLabelMarkdown(w io.Writer, title, command string, rows []LabelRow) error {
	var out strings.Builder
	pageHead(&out, title, command)
	out.WriteString("\n| code | bits | scale every | rotated | bytes | alone: nDCG@10 × BM25 | × float32 | recall@117 + BM25 | fused: nDCG@10 × BM25 | × float32 | recall@117 + BM25 |\n")
	fmt.Fprintf(&out, "|%s\n", strings.Repeat("---|", 11))
	for _, r := range rows {
		fmt.Fprintf(&out, "| %s | %g | %s | %s | %d | %.3f | %.3f | %+.3f | %.3f | %.3f | %+.3f |\n", r.Format, r.Bits, every(r.ScaleEvery), yes(r.Rotation), r.Bytes,
			r.Alone.NDCG, r.Alone.OfFloat32, r.Alone.Recall, r.Fused.NDCG, r.Fused.OfFloat32, r.Fused.Recall)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
