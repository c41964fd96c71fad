package main

import (
	"github.com/spf13/cobra"

	"sluice/eval/forward"
	"sluice/internal/term"
	"sluice/model"
)

func (a *app) modelBenchVerb() *cobra.Command {
	var o forward.Options
	var precisions []string
	cmd := &cobra.Command{
		Use: "bench MODEL", Short: "Where a model's time goes, as a share of the machine's limits", Args: cobra.ExactArgs(1),
		Long: `Bench runs a model's forward pass on texts of several lengths, in each precision, and prints of each operation its
processor time, its products a second, and what share that is of the limit that the same run measured.`,
		Example: `  sluice model bench bge-small-en-v1.5.onnx
  sluice model bench models/minilm --precision int8 --json`,
	}
	cmd.Flags().StringSliceVar(&precisions, "precision", nil, "only these `NAMES`: float32, int8, int4, fp4")
	cmd.Flags().IntVar(&o.Rounds, "rounds", 0, "measurements of each; the median counts (default: 5)")
	cmd.RunE = a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
		unlimit(cmd)
		f, err := a.openModel(cmd.Context(), args[0], model.Float32)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		for _, p := range precisions {
			o.Precisions = append(o.Precisions, model.Precision(p))
		}
		o.Progress = func(what string) { a.progress.Show(term.State{Phase: "measuring " + what}) }
		r, err := forward.Run(cmd.Context(), f, o)
		if err != nil {
			return nil, nil, err
		}
		a.progress.Clear()
		return nil, nil, a.print(measured{r.WriteJSON, r.WriteText, nil, nil}, "", "")
	})
	return cmd
}
