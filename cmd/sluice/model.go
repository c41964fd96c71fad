package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"sluice/index"
	"sluice/internal/term"
	"sluice/model"
	"sluice/model/light"
	"sluice/model/shelf"
	"sluice/serve"
)

func (a *app) modelVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "model", Short: "Choose a model that finds what the words of a question do not say",
		Long: `A model turns questions and passages into vectors; near ones mean alike. It runs in this process, and what it has
not read yet is found by its words. One is part of sluice (` + "`light`" + `) and is used where no other is chosen. Models are kept in
a folder of their own, beside the stores (--models); nothing is fetched but by ` + "`sluice model pull`" + `.`,
		Example: `  sluice model fill                       let it read what the store holds
  sluice model add ~/models/bge-base-en-v1.5
  sluice model use bge-base-en-v1.5       another one from now on
  sluice model use light                  the one that is part of sluice again
  sluice model none                       words alone`,
	}
	cmd.AddCommand(a.modelListVerb(), a.modelAddVerb(), a.modelPullVerb(), a.modelUseVerb(), a.modelNoneVerb(), a.modelFillVerb(),
		a.modelVerifyVerb(), a.modelCardVerb(), a.modelBenchVerb())
	return cmd
}

func (a *app) modelUseVerb() *cobra.Command {
	var shallow, precision string
	cmd := &cobra.Command{
		Use: "use NAME|PATH", Short: "Find by a model from now on", Args: cobra.ExactArgs(1),
		Long: `Use makes a model the one that reads what the stores of this user hold, and the questions. NAME is one that
` + "`sluice model add`" + ` keeps, which is there sooner; PATH a folder as Hugging Face publishes them (config.json, tokenizer.json, model.safetensors), or an ONNX file beside its tokenizer.
Nothing is read yet: ` + "`sluice model fill`" + ` reads at once, and ` + "`sluice mcp`" + ` beside the questions.`,
		Example: `  sluice model use bge-small-en-v1.5
  sluice model use ~/models/bge-small-en-v1.5 --shallow ~/models/bge-3-layers`,
		ValidArgsFunction: a.modelNames,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			if args[0] == light.Name && shallow == "" && !a.onShelf(light.Name) {
				m := lightUse()
				return m, func() { a.printf("%s is in use, the model that is part of sluice\n", m.Name) }, a.shelf().Unchoose(cmd.Context())
			}
			p := a.precisionOf(args[0], model.Precision(precision), cmd.Flags().Changed("precision"))
			e, err := a.encoder(cmd.Context(), args[0], shallow, p)
			if err != nil {
				return nil, nil, serve.Nothingf("%w", err)
			}
			space := e.Space()
			m := &shelf.Use{Name: filepath.Base(args[0]), Path: a.modelPath(args[0]), ID: hex.EncodeToString(space.ID[:]), Dim: space.Dim, Precision: p}
			if shallow != "" {
				m.Shallow = a.modelPath(shallow)
			}
			return m, func() {
				a.printf("%s is in use (vectors of %d values). `sluice model fill` lets it read what the store holds.\n", a.clean(m.Name), m.Dim)
			}, a.shelf().Use(cmd.Context(), m)
		}),
	}
	cmd.Flags().StringVar(&shallow, "shallow", "", "`PATH` of a cheaper model of the same space that reads passages first")
	cmd.Flags().StringVar(&precision, "precision", string(model.Int8), "float32, int8 or int4")
	return cmd
}

func (a *app) modelNoneVerb() *cobra.Command {
	return &cobra.Command{
		Use: "none", Short: "Find by words alone", Args: cobra.NoArgs,
		Long: "None uses no model any more. The vectors stay in the stores until their segments are written anew.",
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			return map[string]any{"name": nil}, func() { a.printf("no model is in use: words alone are compared\n") }, a.shelf().Use(cmd.Context(), nil)
		}),
	}
}

func (a *app) modelFillVerb() *cobra.Command {
	return &cobra.Command{
		Use: "fill", Short: "Let the model in use read what the store holds", Args: cobra.NoArgs,
		Long: `Fill lets the model read every passage that it has not read yet, the newest first. Questions are answered
meanwhile. Ctrl-C keeps what was read; the next fill goes on.`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			m, err := a.inUse()
			if err != nil {
				return nil, nil, err
			}
			if m == nil {
				return nil, nil, serve.Nothingf("no model is in use: choose one with `sluice model use NAME`")
			}
			svc, err := a.open(cmd.Context())
			if err != nil {
				return nil, nil, err
			}
			defer svc.Close()
			rep, err := svc.Fill(cmd.Context(), func(done, total int64) {
				a.progress.Show(term.State{Phase: "reading with " + m.Name, Files: done, FilesTotal: total})
			})
			if rep == nil {
				return nil, nil, err
			}
			out := map[string]any{"passages": rep.Passages, "bytes": rep.Bytes, "done": rep.Done, "total": rep.Total}
			return out, func() {
				a.printf("%s read, %s; %s of %s are read now\n", several(rep.Passages, "passage"), term.Bytes(rep.Bytes), term.Number(rep.Done), term.Number(rep.Total))
			}, err
		}),
	}
}

// fillFew lets the embedded model read what a sync brought, if that is little. Another one is not
// here at once, or costs something.
func (a *app) fillFew(ctx context.Context, svc *serve.Service) {
	if m, err := a.inUse(); err != nil || m == nil || !isLight(m) {
		return
	}
	if err := svc.FillFew(ctx); err != nil && ctx.Err() == nil {
		a.notef("not all of it was read by the model: %v; `sluice model fill` goes on", err)
	}
}

// precisionOf is what a model runs with: as it is kept on the shelf, if nobody asked for another.
func (a *app) precisionOf(name string, p model.Precision, asked bool) model.Precision {
	if e, err := a.shelf().Find(name); err == nil && !asked && e.File(shelf.Rounded4) != "" {
		return model.Int4
	}
	return p
}

// lazyEncoder is a model that is read when it is first needed.
type lazyEncoder struct {
	space  index.Space
	levels []index.Level
	load   func() (index.Encoder, error)
}

// usedEncoder is the encoder of the model in use; nil when none is.
func (a *app) usedEncoder() index.Encoder {
	m, err := a.inUse()
	if err != nil {
		a.notef("%v", err)
	}
	if m == nil {
		return nil
	}
	if isLight(m) {
		return lightEncoder()
	}
	space, err := spaceOf(m.ID, m.Dim)
	if err != nil {
		a.notef("the model in use is not known (%v): name it with `sluice model use`", err)
		return nil
	}
	levels := []index.Level{index.Deep}
	if m.Shallow != "" {
		levels = []index.Level{index.Shallow, index.Deep}
	}
	return &lazyEncoder{
		space: space, levels: levels,
		load: sync.OnceValues(func() (index.Encoder, error) {
			deep, err := a.oneEncoder(context.Background(), m.Path, m.Precision)
			switch {
			case err != nil:
				return nil, err
			case deep.Space().ID != space.ID:
				return nil, fmt.Errorf("the weights in %s have changed: `sluice model use` takes them up", m.Path)
			case m.Shallow == "":
				return deep, nil
			}
			return &twoTowers{deep, &lazyEncoder{load: sync.OnceValues(func() (index.Encoder, error) { // a question does not need it
				return a.shallowEncoder(context.Background(), m.Shallow, m.Precision, deep)
			})}}, nil
		}),
	}
}

// spaceOf is the space of vectors that have the id of a model.
func spaceOf(id string, dim int) (index.Space, error) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != len(index.Space{}.ID) || dim < 1 {
		return index.Space{}, fmt.Errorf("vectors of %d values with the id %q", dim, id)
	}
	return index.Space{ID: [16]byte(b), Dim: dim}, nil
}

// Load reads the model. Who has little time does so before it runs.
func (l *lazyEncoder) Load() { _, _ = l.load() } // whoever asks the encoder is told

func (l *lazyEncoder) Space() index.Space    { return l.space }
func (l *lazyEncoder) Levels() []index.Level { return l.levels }

func (l *lazyEncoder) Question(ctx context.Context, text string) ([]float32, error) {
	e, err := l.load()
	if err != nil {
		return nil, err
	}
	return e.Question(ctx, text)
}

func (l *lazyEncoder) Passages(ctx context.Context, level index.Level, texts []string) ([][]float32, error) {
	e, err := l.load()
	if err != nil {
		return nil, err
	}
	return e.Passages(ctx, level, texts)
}
