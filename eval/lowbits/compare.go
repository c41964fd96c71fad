package lowbits

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"sluice/quant"
)

// Duel is one measure of one of our codes against the better published one at no more bytes, over
// the same seeds.
type Duel struct {
	Bits       float64 `json:"bits"`
	Measure    string  `json:"measure"` // recall@10, @100, @1000
	Ours       string  `json:"ours"`
	OurBytes   int     `json:"our_bytes"`
	Mean       float64 `json:"mean"` // of ours
	Theirs     string  `json:"theirs"`
	TheirBytes int     `json:"their_bytes"`
	TheirMean  float64 `json:"their_mean"`
	Low        float64 `json:"low"` // of the paired 95 % interval of ours - theirs
	High       float64 `json:"high"`
}

// SeedsDefault is how many seeds a comparison takes.
const SeedsDefault = 5

// studentT is the two-sided 95 % point of Student's distribution by degrees of freedom, 1 on.
var studentT = []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262}

// Compare measures our codes and the published ones at 1, 2 and 4 bits with seeds 1 .. seeds (2 to
// 10). o.Candidates are by default Contestants(), o.Seed is not used.
func Compare(ctx context.Context, v *Vectors, seeds int, o Options) ([]Duel, []Row, error) {
	if seeds < 2 || seeds > len(studentT)+1 {
		return nil, nil, fmt.Errorf("%d seeds: an interval takes 2 to %d", seeds, len(studentT)+1)
	}
	if o.Candidates == nil {
		o.Candidates = Contestants()
	}
	o = o.withDefaults()
	b, err := newBench(ctx, v, o)
	if err != nil {
		return nil, nil, err
	}
	var rows []Row
	for seed := range seeds {
		o.Seed = uint64(seed + 1)
		of, err := b.run(ctx, newSource(v, o), o.Candidates, func(done int, row Row) {
			o.Progress(seed*len(o.Candidates)+done, seeds*len(o.Candidates), row)
		})
		rows = append(rows, of...)
		if err != nil {
			return nil, rows, err
		}
	}
	return duels(rows, b.ranks), rows, nil
}

// Contestants are RaBitQ, TurboQuant and, of ours, Principal and the plain rotated codes with one
// scale a vector.
func Contestants() []Candidate {
	return []Candidate{
		RaBitQ(1), TurboQuant(1), Principal(1), Block("1bit", quant.Bit1, quant.PerVector, true),
		RaBitQ(2), TurboQuant(2), Principal(2), Block("int", quant.Int2, quant.PerVector, true),
		RaBitQ(4), TurboQuant(4), Principal(4), Block("int", quant.Int4, quant.PerVector, true),
	}
}

// published are the codes to be compared with; all others are ours.
func published(format string) bool { return format == "rabitq" || format == "turboquant" }

func duels(rows []Row, ranks []int) []Duel {
	var out []Duel
	for _, bits := range []float64{1, 2, 4} {
		groups := map[string][]Row{}
		var ours []string
		for _, r := range rows {
			if r.Bits != bits {
				continue
			}
			if groups[r.Format] == nil && !published(r.Format) {
				ours = append(ours, r.Format)
			}
			groups[r.Format] = append(groups[r.Format], r)
		}
		if len(groups["rabitq"]) == 0 || len(groups["turboquant"]) == 0 {
			continue // nothing to compare with
		}
		for _, name := range ours {
			for _, k := range ranks {
				out = append(out, duel(groups[name], groups["rabitq"], groups["turboquant"], k))
			}
		}
	}
	return out
}

// duel pairs by seed with whichever of the two has the better mean.
func duel(ours, a, b []Row, k int) Duel {
	theirs := a
	if recallMean(b, k) > recallMean(a, k) {
		theirs = b
	}
	d := Duel{Bits: ours[0].Bits, Measure: fmt.Sprintf("recall@%d", k), Ours: ours[0].Format, OurBytes: ours[0].Bytes, Mean: recallMean(ours, k),
		Theirs: theirs[0].Format, TheirBytes: theirs[0].Bytes, TheirMean: recallMean(theirs, k)}
	var squares float64
	for i := range ours {
		off := *ours[i].recallAt(k) - *theirs[i].recallAt(k) - (d.Mean - d.TheirMean)
		squares += off * off
	}
	n := float64(len(ours))
	half := studentT[len(ours)-2] * math.Sqrt(squares/(n-1)/n)
	d.Low, d.High = d.Mean-d.TheirMean-half, d.Mean-d.TheirMean+half
	return d
}

func recallMean(rows []Row, k int) (mean float64) {
	for i := range rows {
		mean += *rows[i].recallAt(k) / float64(len(rows))
	}
	return mean
}

// WriteDuels prints a comparison as a table.
func WriteDuels(w io.Writer, duels []Duel) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, strings.Join([]string{"bits", "measure", "ours", "bytes", "mean", "theirs", "bytes", "mean", "ours - theirs, 95 %", ""}, "\t"))
	for _, d := range duels {
		fmt.Fprintf(out, "%g\t%s\t%s\t%d\t%.4f\t%s\t%d\t%.4f\t%+.4f .. %+.4f\t\n", d.Bits, d.Measure, d.Ours, d.OurBytes, d.Mean,
			d.Theirs, d.TheirBytes, d.TheirMean, d.Low, d.High)
	}
	return out.Flush()
}
