package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"sluice/index"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/model"
	"sluice/serve"
)

func (a *app) modelVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "model", Short: "Choose a model that finds what the words of a question do not say",
		Long: `A model turns questions and passages into vectors; near ones mean alike. It runs in this process, and what it has
not read yet is found by its words. Models are kept in a folder of their own, beside the stores (--models);
nothing is fetched but by ` + "`sluice model pull`" + `.`,
		Example: `  sluice model add ~/models/bge-small-en-v1.5
  sluice model use bge-small-en-v1.5
  sluice model fill                       let it read what the store holds
  sluice model none`,
	}
	cmd.AddCommand(a.modelListVerb(), a.modelAddVerb(), a.modelPullVerb(), a.modelUseVerb(), a.modelNoneVerb(), a.modelFillVerb(),
		a.modelVerifyVerb(), a.modelCardVerb(), a.modelBenchVerb())
	return cmd
}

// inUse is the record of the model in use: enough to know its vectors without reading its weights.
type inUse struct {
	Name      string          `json:"name"`
	Path      string          `json:"path"`
	Shallow   string          `json:"shallow,omitempty"` // path of the model that reads passages first
	ID        string          `json:"id"`                // of the weights, in hex
	Dim       int             `json:"dim"`
	Precision model.Precision `json:"precision"`
}

// inUseName is the record's file there.
const inUseName = "in-use.json"

// inUseBytesMax bounds what is read of it.
const inUseBytesMax = 64 << 10

// modelInUse reads the record; nil when no model is in use.
func (a *app) modelInUse() (*inUse, error) {
	f, err := vfs.Linked(a.modelsFolder()).Open(inUseName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, inUseBytesMax))
	if err != nil {
		return nil, err
	}
	var m inUse
	err = json.Unmarshal(b, &m)
	id, hexErr := hex.DecodeString(m.ID)
	if err != nil || hexErr != nil || len(id) != 16 || m.Path == "" || m.Dim < 1 {
		return nil, fmt.Errorf("%s does not say which model is in use: `sluice model use` writes it anew", filepath.Join(a.modelsFolder(), inUseName))
	}
	return &m, nil
}

// keepInUse writes the record; nil takes it out.
func (a *app) keepInUse(m *inUse) error {
	files := vfs.OS(a.modelsFolder())
	if err := files.MkdirAll(""); err != nil {
		return err
	}
	if err := files.Remove(inUseName); err != nil && !errors.Is(err, fs.ErrNotExist) || m == nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	f, err := files.Create(inUseName)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
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
			p := model.Precision(precision)
			e, err := a.encoder(cmd.Context(), args[0], shallow, p)
			if err != nil {
				return nil, nil, serve.Nothingf("%w", err)
			}
			space := e.Space()
			m := &inUse{Name: filepath.Base(args[0]), Path: a.modelPath(args[0], p), ID: hex.EncodeToString(space.ID[:]), Dim: space.Dim, Precision: p}
			if shallow != "" {
				m.Shallow = a.modelPath(shallow, p)
			}
			return m, func() {
				a.printf("%s is in use (vectors of %d values). `sluice model fill` lets it read what the store holds.\n", a.clean(m.Name), m.Dim)
			}, a.keepInUse(m)
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
		RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
			return map[string]any{"name": nil}, func() { a.printf("no model is in use: words alone are compared\n") }, a.keepInUse(nil)
		}),
	}
}

func (a *app) modelFillVerb() *cobra.Command {
	return &cobra.Command{
		Use: "fill", Short: "Let the model in use read what the store holds", Args: cobra.NoArgs,
		Long: `Fill lets the model read every passage that it has not read yet, the newest first. Questions are answered
meanwhile. Ctrl-C keeps what was read; the next fill goes on.`,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) {
			m, err := a.modelInUse()
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

// lazyEncoder is the model in use, which is read when it is first needed.
type lazyEncoder struct {
	space  index.Space
	levels []index.Level
	load   func() (index.Encoder, error)
}

// usedEncoder is the encoder of the model in use; nil when none is.
func (a *app) usedEncoder() index.Encoder {
	m, err := a.modelInUse()
	if err != nil {
		a.notef("%v", err)
	}
	if m == nil {
		return nil
	}
	id, _ := hex.DecodeString(m.ID)
	levels := []index.Level{index.Deep}
	if m.Shallow != "" {
		levels = []index.Level{index.Shallow, index.Deep}
	}
	return &lazyEncoder{
		space: index.Space{ID: [16]byte(id), Dim: m.Dim}, levels: levels,
		load: sync.OnceValues(func() (index.Encoder, error) {
			e, err := a.encoder(context.Background(), m.Path, m.Shallow, m.Precision)
			if err == nil && hex.EncodeToString(spaceID(e)) != m.ID {
				err = fmt.Errorf("the weights in %s have changed: `sluice model use` takes them up", m.Path)
			}
			return e, err
		}),
	}
}

func spaceID(e index.Encoder) []byte {
	id := e.Space().ID
	return id[:]
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
