package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sluice/index"
	"sluice/internal/netx"
	"sluice/internal/term"
	"sluice/model"
	"sluice/model/remote"
	"sluice/model/shelf"
	"sluice/serve"
)

// endpointFlags say more of a service.
type endpointFlags struct {
	model, keyEnv string
	yes           bool
}

func (f *endpointFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.model, "model", "", "what the service at the URL calls the model (default: the name)")
	cmd.Flags().StringVar(&f.keyEnv, "key-env", "", "environment `VARIABLE` with the key of the service at the URL; the key is not stored")
	cmd.Flags().BoolVar(&f.yes, "yes-host", false, "the service at the URL may be another machine, which is sent what it reads")
}

// addEndpoint keeps the address of a service that answers.
func (a *app) addEndpoint(ctx context.Context, name, address string, f endpointFlags) (e shelf.Entry, err error) {
	host, err := netx.Host(address)
	switch {
	case err != nil:
		return e, serve.Usagef("%w", err)
	case name == "":
		return e, serve.Usagef("give the service a name with --name")
	case netx.Loopback(address) || f.yes:
	case !term.IsTerminal(a.stdin):
		return e, serve.Usagef("%s is another machine, which is sent the passages and questions that it reads: say --yes-host if that is meant", host)
	case !a.confirm(term.OneLine(host) + " is another machine. Send it the passages and questions that it is to read?"):
		return e, serve.Nothingf("nothing was sent")
	}
	to := shelf.Endpoint{URL: address, Model: f.model, KeyEnv: f.keyEnv}
	if to.Model == "" {
		to.Model = name
	}
	to.QueryPrefix, to.PassagePrefix = model.Prefixes(to.Model)
	c, err := a.dial(to)
	if err != nil {
		return e, err
	}
	defer c.Close()
	v, err := c.Embed(ctx, []string{"sluice"})
	if err != nil {
		return e, serve.Nothingf("the service does not embed: %w", err)
	}
	to.Dims = len(v[0])
	return a.shelf().AddEndpoint(ctx, name, to)
}

// dial makes a client for a service, with its key from the environment.
func (a *app) dial(to shelf.Endpoint) (*remote.Client, error) {
	key := ""
	if to.KeyEnv != "" {
		if key = a.getenv(to.KeyEnv); key == "" {
			return nil, serve.Usagef("the key of %s is to be in the environment variable %s, which is not set", to.URL, to.KeyEnv)
		}
	}
	return remote.New(remote.Options{URL: to.URL, Model: to.Model, Key: key, Clock: a.clock})
}

// remoteEncoder is the encoder of a name that stands for an endpoint; nil for any other.
func (a *app) remoteEncoder(name string) (index.Encoder, error) {
	e, err := a.shelf().Find(name)
	if err != nil || e.Endpoint == nil {
		return nil, nil //nolint:nilerr // it is no name of the shelf
	}
	c, err := a.dial(*e.Endpoint)
	if err != nil {
		return nil, err
	}
	space, err := spaceOf(e.ID, e.Endpoint.Dims)
	if err != nil {
		return nil, fmt.Errorf("the table of models has %w for %s: add it again", err, e.Name)
	}
	return &service{c, *e.Endpoint, space}, nil
}

// service is a model that computes elsewhere.
type service struct {
	client *remote.Client
	shelf.Endpoint
	space index.Space
}

func (s *service) Space() index.Space    { return s.space }
func (s *service) Levels() []index.Level { return []index.Level{index.Deep} }

func (s *service) Question(ctx context.Context, text string) ([]float32, error) {
	all, err := s.embed(ctx, s.QueryPrefix, []string{text})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func (s *service) Passages(ctx context.Context, _ index.Level, texts []string) ([][]float32, error) {
	return s.embed(ctx, s.PassagePrefix, texts)
}

func (s *service) embed(ctx context.Context, prefix string, texts []string) ([][]float32, error) {
	with := make([]string, len(texts))
	for i, t := range texts {
		with[i] = prefix + t
	}
	all, err := s.client.Embed(ctx, with)
	if err == nil && len(all) > 0 && len(all[0]) != s.space.Dim {
		err = fmt.Errorf("%s gives vectors of %d values now, and gave %d: add it again", s.URL, len(all[0]), s.space.Dim)
	}
	return all, err
}
