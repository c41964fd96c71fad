package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"sluice/internal/netx"
)

const (
	listWait  = 2 * time.Second // for a server to list its models
	listFor   = time.Minute     // that a list counts
	listBytes = 4 << 20
	listMax   = 1000 // models of a server
)

// Model is a model that may be asked for.
type Model struct{ Name, Host string }

// Models lists the models of all servers that answer, each once.
func (p *Pool) Models(ctx context.Context) (all []Model) {
	var wait sync.WaitGroup
	for _, s := range p.servers {
		wait.Go(func() { _ = p.list(ctx, s) })
	}
	wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[string]bool{}
	for _, s := range p.servers {
		for _, name := range append(slices.Clone(s.Models), s.Model) {
			if name != "" && !seen[name] {
				seen[name] = true
				all = append(all, Model{name, s.Host})
			}
		}
	}
	return all
}

// modelOf is the model of a server that is meant where none is named.
func (p *Pool) modelOf(ctx context.Context, s *server) (string, error) {
	if s.Model != "" {
		return s.Model, nil
	}
	if err := p.list(ctx, s); err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(s.Models) == 0 {
		return "", fmt.Errorf("%s lists no model: name one", s.Host)
	}
	return s.Models[0], nil
}

// list asks a server for its models, unless that was done lately.
func (p *Pool) list(ctx context.Context, s *server) error {
	p.mu.Lock()
	known := p.clock.Now().Sub(s.listed) < listFor || !s.breaker.open(p.clock.Now())
	p.mu.Unlock()
	if known {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, listWait)
	defer cancel()
	names, err := listed(ctx, s.http, s.URL, s.Key)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Models, s.listed = names, p.clock.Now()
	return nil
}

func listed(ctx context.Context, c *netx.Client, url string, key Key) (names []string, err error) {
	header := map[string]string{}
	if key != "" {
		header["Authorization"] = "Bearer " + string(key)
	}
	reply, err := c.Do(ctx, netx.Request{URL: url + "/models", Header: header})
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var in struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if reply.Status != 200 {
		return nil, fmt.Errorf("%s lists its models with status %d", url, reply.Status)
	}
	if err := json.NewDecoder(io.LimitReader(reply.Body, listBytes)).Decode(&in); err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", url, ErrAnswer, err)
	}
	for _, m := range in.Data[:min(len(in.Data), listMax)] {
		if m.ID != "" {
			names = append(names, m.ID)
		}
	}
	return names, nil
}

// Usual are the addresses on this machine at which the usual servers listen: Ollama, llama.cpp, LM
// Studio and vLLM.
var Usual = []string{
	"http://127.0.0.1:11434/v1", "http://127.0.0.1:8080/v1", "http://127.0.0.1:1234/v1", "http://127.0.0.1:8000/v1",
}

// discoverWait is how long the servers of this machine may take to say that they are there.
const discoverWait = 300 * time.Millisecond

// Discover finds the servers among addresses on this machine that list models. Nothing else is
// asked: what is on another machine was not allowed.
func Discover(ctx context.Context, addresses []string) (found []Server) {
	ctx, cancel := context.WithTimeout(ctx, discoverWait)
	defer cancel()
	all := make([]Server, len(addresses))
	var wait sync.WaitGroup
	for i, address := range addresses {
		host, err := netx.Host(address)
		if err != nil || !netx.Loopback(address) {
			continue
		}
		wait.Go(func() {
			client := netx.New(netx.Options{Hosts: []string{host}})
			defer client.Close()
			if names, err := listed(ctx, client, address, ""); err == nil && len(names) > 0 {
				all[i] = Server{URL: address, Models: names}
			}
		})
	}
	wait.Wait()
	return slices.DeleteFunc(all, func(s Server) bool { return s.URL == "" })
}
