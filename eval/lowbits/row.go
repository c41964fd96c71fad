package lowbits

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// Row is what was measured of one candidate.
type Row struct {
	Format     string  `json:"format"`
	Bits       float64 `json:"bits"`        // whole but for principal's
	ScaleEvery int     `json:"scale_every"` // 0: one scale a vector, or none
	Rotation   bool    `json:"rotation"`
	Seed       uint64  `json:"seed"`
	Bytes      int     `json:"bytes"` // of one vector's code with its scales
	Error      float64 `json:"error"` // root of the mean squared distance over the mean squared length

	Recall10   float64 `json:"recall@10"`
	Recall100  float64 `json:"recall@100"`
	Recall1000 float64 `json:"recall@1000"`
	// RecallGather is at the depth of a search's first stage; its name stays whatever the setting
	// is.
	RecallGather float64 `json:"recall@30000,omitempty"`
}

// recallAt returns where the recall at one of ranks is kept.
func (r *Row) recallAt(k int) *float64 {
	switch k {
	case ranks[0]:
		return &r.Recall10
	case ranks[1]:
		return &r.Recall100
	case ranks[2]:
		return &r.Recall1000
	}
	return &r.RecallGather
}

func (r *Row) setRecall(k int, value float64) { *r.recallAt(k) = value }

// WriteJSON prints a list of rows, of this or the other tables, as one document.
func WriteJSON[T any](w io.Writer, rows []T) error {
	if rows == nil {
		rows = []T{}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(rows)
}

// WriteText prints rows as a table.
func WriteText(w io.Writer, rows []Row) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "format\tbits\tscale every\trotated\tbytes\terror\trecall@10\t@100\t@1000\t@30000\t")
	for _, r := range rows {
		fmt.Fprintf(out, "%s\t%g\t%s\t%s\t%d\t%.4f\t%.3f\t%.3f\t%.3f\t%s\t\n", r.Format, r.Bits, every(r.ScaleEvery), yes(r.Rotation),
			r.Bytes, r.Error, r.Recall10, r.Recall100, r.Recall1000, orBlank(r.RecallGather))
	}
	return out.Flush()
}

func every(n int) string {
	if n == 0 {
		return "vector"
	}
	return fmt.Sprint(n)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func orBlank(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", v)
}
