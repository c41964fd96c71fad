package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/api"
	"sluice/internal/term"
	"sluice/internal/vfs"
	"sluice/model"
	"sluice/model/light"
	"sluice/model/shelf"
	"sluice/serve"
)

// modelsFolder is where models lie: --models, SLUICE_MODELS, the settings, or the user data folder.
func (a *app) modelsFolder() string {
	if a.models == "" {
		return filepath.Join(xdg.DataHome, "sluice", "models")
	}
	return a.absolute(a.models)
}

func (a *app) shelf() *shelf.Shelf { return shelf.New(vfs.OS(a.modelsFolder()), a.wait) }

// modelPath is what a model is found by from anywhere: a name of the shelf as it is, and what is
// none as an absolute path.
func (a *app) modelPath(name string) string {
	if _, err := a.shelf().Find(name); err != nil {
		return a.absolute(name)
	}
	return name
}

// shelfInUse is the name of the shelf's model that is in use. Where it is another one, this is no
// name of the shelf; "": none is.
func (a *app) shelfInUse() string {
	used, err := a.inUse()
	if err != nil || used == nil {
		return ""
	}
	return used.Path
}

// modelError says what to do about what went wrong with a model.
func modelError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, shelf.ErrUnknown):
		return serve.Nothingf("%w: `sluice model list` lists them", err)
	case errors.Is(err, shelf.ErrTaken):
		return serve.Nothingf("%w: give this one another with --name", err)
	case errors.Is(err, shelf.ErrName):
		return serve.Usagef("%w: name it with --name", err)
	case errors.Is(err, model.ErrUnsupported), errors.Is(err, model.ErrNoModel):
		return serve.Nothingf("%w", err)
	case errors.Is(err, model.ErrDamaged):
		return &serve.Error{Class: serve.Corrupt, Err: err}
	}
	return err
}

func (a *app) modelListVerb() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the models that are kept here", Args: cobra.NoArgs,
		Example: `  sluice model list`,
		RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
			all, err := a.shelf().List()
			if err != nil {
				return nil, nil, err
			}
			out, inUse := &api.Models{Folder: a.modelsFolder(), Models: []api.Model{}}, a.shelfInUse()
			if !a.onShelf(light.Name) {
				m, err := describeLight(inUse)
				if err != nil {
					return nil, nil, modelError(err)
				}
				out.Models = append(out.Models, m)
			}
			for _, e := range all {
				out.Models = append(out.Models, describeModel(e, inUse))
			}
			return out, func() { a.printModels(out) }, nil
		}),
	}
}

func describeModel(e shelf.Entry, inUse string) api.Model {
	m := api.Model{Name: e.Name, InUse: e.Name == inUse, ID: e.ID, Origin: e.Origin}
	for _, f := range e.Files {
		m.Bytes += f.Bytes
	}
	if e.Endpoint != nil {
		m.Endpoint, m.Width, m.QueryPrefix, m.PassagePrefix = e.Endpoint.URL, e.Endpoint.Dims, e.Endpoint.QueryPrefix, e.Endpoint.PassagePrefix
	}
	if c := e.Config; c != nil {
		m.Architecture, m.Head, m.Layers, m.Width, m.Positions = string(c.Family), string(c.Head), c.Layers, c.Width, c.Positions
		m.Pooling, m.QueryPrefix, m.PassagePrefix = string(c.Pooling), c.QueryPrefix, c.PassagePrefix
	}
	return m
}

func (a *app) printModels(l *api.Models) {
	for _, m := range l.Models {
		mark := " "
		if m.InUse {
			mark = "*"
		}
		a.printf("%s %s  %s\n", mark, a.style.Strong(term.OneLine(m.Name)), a.clean(modelFacts(m)))
	}
	if len(l.Models) == 1 && l.Models[0].Embedded {
		a.notef("no others yet: `sluice model add FOLDER` keeps one that is here, `sluice model pull ORG/NAME` fetches one")
	}
}

func modelFacts(m api.Model) string {
	if m.Endpoint != "" {
		return fmt.Sprintf("vectors of %d values from %s", m.Width, m.Endpoint)
	}
	facts := fmt.Sprintf("%s, %s of %d, %s, up to %d tokens, %s", m.Architecture, serve.Plural(int64(m.Layers), "layer"), m.Width, m.Head, m.Positions, term.Bytes(m.Bytes))
	if m.Embedded {
		facts = "embedded, " + facts
	}
	return facts
}

func (a *app) modelAddVerb() *cobra.Command {
	var name, precision string
	var service endpointFlags
	cmd := &cobra.Command{
		Use: "add FOLDER|FILE|URL", Short: "Keep a model that is here, or the address of one", Args: cobra.ExactArgs(1),
		Long: `Add copies a model to the folder of models: a folder as Hugging Face publishes it (config.json, tokenizer.json or
vocab.txt, model.safetensors or model.onnx), an ONNX file beside its tokenizer.json, or a weights file of sluice. All of
it is checked: a file of weights is a stranger's.

An address is a service that speaks OpenAI's API (Ollama, llama.cpp, vLLM, or one that is paid for), up to /v1. It is sent
what it reads, so one that is not this machine needs --yes-host.`,
		Example: `  sluice model add ~/models/bge-small-en-v1.5
  sluice model add model.onnx --name mine
  sluice model add http://127.0.0.1:8080/v1 --name local --model bge-m3`,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			var e shelf.Entry
			rounded, err := roundedAs(precision)
			if err != nil {
				return nil, nil, err
			}
			if strings.Contains(args[0], "://") {
				e, err = a.addEndpoint(cmd.Context(), name, args[0], service)
			} else {
				e, err = a.addWeights(cmd.Context(), name, a.absolute(args[0]), "", rounded)
			}
			if err != nil {
				return nil, nil, modelError(err)
			}
			out := describeModel(e, a.shelfInUse())
			return &out, func() { a.printAdded(out) }, nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it (default: as its folder is called)")
	cmd.Flags().StringVar(&precision, "precision", string(model.Int8), "what it runs with: int8, or int4 (half as large, rounded by what it makes of texts)")
	service.register(cmd)
	return cmd
}

// roundedAs is the kind of file of a precision that a model is kept in.
func roundedAs(precision string) (shelf.Kind, error) {
	switch model.Precision(precision) {
	case model.Int8:
		return shelf.Rounded, nil
	case model.Int4:
		return shelf.Rounded4, nil
	}
	return "", serve.Usagef("--precision is int8 or int4, not %q; the weights are kept at full precision too", precision)
}

func (a *app) printAdded(m api.Model) {
	a.printf("%s: %s\n", a.clean(m.Name), a.clean(modelFacts(m)))
	if !m.InUse {
		a.notef("`sluice model use %s` searches with it", m.Name)
	}
}

// openModel reads the model of a name of the shelf, as it is kept for a precision, or of a path.
func (a *app) openModel(ctx context.Context, name string, p model.Precision) (*model.Files, error) {
	e, err := a.shelf().Find(name)
	switch {
	case errors.Is(err, shelf.ErrUnknown) && name == light.Name:
		return lightTower(light.Deep)
	case errors.Is(err, shelf.ErrUnknown):
		return openPath(ctx, a.absolute(name))
	case err != nil:
		return nil, err
	case p == model.Int4 && e.File(shelf.Rounded4) != "":
		return a.shelf().Open(ctx, e, shelf.Rounded4)
	case p == model.Int8 && e.File(shelf.Rounded) != "":
		return a.shelf().Open(ctx, e, shelf.Rounded)
	}
	return a.shelf().Open(ctx, e, shelf.Exact)
}

func openPath(ctx context.Context, path string) (*model.Files, error) {
	return model.Open(ctx, vfs.Linked(filepath.Dir(path)), filepath.Base(path))
}

// addWeights keeps the model at a path.
func (a *app) addWeights(ctx context.Context, name, path, origin string, rounded shelf.Kind) (shelf.Entry, error) {
	f, err := openPath(ctx, path)
	if err != nil {
		return shelf.Entry{}, err
	}
	defer f.Close()
	f.Origin = cmp.Or(origin, path)
	f.Name = cmp.Or(name, f.Name)
	if rounded == shelf.Rounded4 {
		a.notef("rounding to 4 bits by what the model makes of texts: about a minute for a small model")
	}
	return a.shelf().Add(ctx, f.Name, f, rounded, func(done int64) {
		a.progress.Show(term.State{Phase: "keeping " + f.Name, Done: done})
	})
}

// modelNames completes the names of models.
func (a *app) modelNames(cmd *cobra.Command, _ []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	if a.settings(cmd) == nil {
		all, _ := a.shelf().List()
		for _, e := range all {
			names = append(names, e.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) modelVerifyVerb() *cobra.Command {
	return &cobra.Command{
		Use: "verify [NAME...]", Short: "Read the files of models and compare them with their hashes",
		Example:           `  sluice model verify`,
		ValidArgsFunction: a.modelNames,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			s := a.shelf()
			all, err := s.List()
			if len(args) > 0 {
				all = nil
			}
			withLight := len(args) == 0
			for _, name := range args {
				if name == light.Name && !a.onShelf(name) {
					withLight = true
					continue
				}
				e, ferr := s.Find(name)
				err = errors.Join(err, ferr)
				all = append(all, e)
			}
			if err != nil {
				return nil, nil, modelError(err)
			}
			out := &api.ModelCheck{Bad: []api.ModelBad{}}
			if withLight {
				checkLight(out)
			}
			for _, e := range all {
				bytes, bad, err := s.Verify(cmd.Context(), e)
				if err != nil {
					return nil, nil, err
				}
				out.Models++
				out.Bytes += bytes
				for _, d := range bad {
					out.Bad = append(out.Bad, api.ModelBad{Model: d.Model, File: d.File, What: d.Err.Error()})
				}
			}
			if len(out.Bad) > 0 {
				err = &serve.Error{Class: serve.Corrupt, Err: fmt.Errorf("%s of models damaged: add them again", serve.Plural(int64(len(out.Bad)), "file"))}
			}
			return out, func() { a.printModelCheck(out) }, err
		}),
	}
}

func (a *app) printModelCheck(c *api.ModelCheck) {
	a.printf("%s, %s read\n", serve.Plural(int64(c.Models), "model"), term.Bytes(c.Bytes))
	for _, b := range c.Bad {
		a.printf("    %s: %s\n", a.clean(b.Model), a.clean(b.What))
	}
}

func (a *app) modelCardVerb() *cobra.Command {
	return &cobra.Command{
		Use: "card NAME", Short: "What a model is, and what its makers say of it", Args: cobra.ExactArgs(1),
		Example:           `  sluice model card bge-small-en-v1.5`,
		ValidArgsFunction: a.modelNames,
		RunE: a.verb(func(cmd *cobra.Command, args []string) (any, func(), error) {
			if args[0] == light.Name && !a.onShelf(light.Name) {
				out, err := lightCard(a.shelfInUse())
				return out, func() { a.printModelCard(out) }, modelError(err)
			}
			s := a.shelf()
			e, err := s.Find(args[0])
			if err != nil {
				return nil, nil, modelError(err)
			}
			out := &api.ModelCard{Model: describeModel(e, a.shelfInUse())}
			if e.Endpoint == nil {
				f, err := s.Open(cmd.Context(), e, shelf.Exact)
				if err != nil {
					return nil, nil, modelError(err)
				}
				out.Card = f.Card
				if err := f.Close(); err != nil {
					return nil, nil, err
				}
			}
			return out, func() { a.printModelCard(out) }, nil
		}),
	}
}

func (a *app) printModelCard(c *api.ModelCard) {
	m := c.Model
	a.printf("%s: %s\n", a.clean(m.Name), a.clean(modelFacts(m)))
	for _, one := range []struct{ what, value string }{
		{"weights", m.ID}, {"from", m.Origin}, {"pooling", m.Pooling}, {"before a question", m.QueryPrefix}, {"before a passage", m.PassagePrefix},
	} {
		if one.value != "" {
			a.printf("    %s: %s\n", one.what, a.clean(one.value))
		}
	}
	if c.Card != "" {
		a.printf("\n%s\n", a.clean(strings.TrimSpace(c.Card)))
	}
}
