// Package hub fetches models from the Hugging Face hub, or from a mirror that speaks as it does.
// Only files on a list are fetched, weights are compared with their SHA-256, and what was cut off
// goes on where it stopped.
package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"sluice/internal/clock"
	"sluice/internal/netx"
	"sluice/internal/vfs"
)

// Default is the address of the hub.
const Default = "https://huggingface.co"

// The errors that a caller tells apart.
var (
	// ErrName: a name that is not ORG/NAME.
	ErrName = errors.New("write the model as ORG/NAME, or as ORG/NAME@REVISION")
	// ErrRefused: the hub does not give the model.
	ErrRefused = errors.New("there is no such model, or it is given only to who accepted its terms: then name a token in HF_TOKEN")
	// ErrNotOurs: a model without files that are read here.
	ErrNotOurs = errors.New("it has no model.safetensors and no model.onnx with a tokenizer")
	// ErrDamaged: what came is not what the hub promised.
	ErrDamaged = errors.New("what came is not what the hub promised")
)

// Options say where models are fetched from.
type Options struct {
	Endpoint string // Default, or a mirror: HF_ENDPOINT
	Token    string // HF_TOKEN; sent to the endpoint and to nobody else
	Clock    clock.Waiter
	Progress func(file string, done, total int64)
}

// Hub is where models are fetched from.
type Hub struct {
	Options
	client *netx.Client
}

// storage are the hosts that the hub sends those who want large files to.
var storage = []string{"huggingface.co", ".huggingface.co", ".hf.co"}

// New makes a hub. The hosts that may be asked are the endpoint's, and the hub's storage.
func New(o Options) (*Hub, error) {
	o.Endpoint = strings.TrimSuffix(o.Endpoint, "/")
	host, err := netx.Host(o.Endpoint)
	if err != nil {
		return nil, err
	}
	hosts := append([]string{host, "." + host}, storage...)
	return &Hub{o, netx.New(netx.Options{Hosts: hosts})}, nil
}

// Close lets connections go.
func (h *Hub) Close() { h.client.Close() }

// file is one file of a model, as the hub lists it.
type file struct {
	name   string
	size   int64
	sha256 string // "": the hub does not tell
}

var (
	repository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	revision   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	digest     = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// wanted are the files that are fetched where they are there, with their largest size.
var wanted = map[string]int64{
	"config.json": 4 << 20, "tokenizer.json": 64 << 20, "tokenizer_config.json": 4 << 20, "vocab.txt": 64 << 20, "modules.json": 4 << 20,
	"1_Pooling/config.json": 4 << 20, "config_sentence_transformers.json": 4 << 20, "README.md": 4 << 20,
}

// weights are the files that weights may lie in; the first that is there is fetched.
var weights = []string{"model.safetensors", "onnx/model.onnx", "model.onnx"}

const (
	weightsMax = 8 << 30
	listMax    = 8 << 20
)

// Pulled says what was fetched.
type Pulled struct {
	Folder string // below the file system that Pull was given
	Origin string // where it came from, with the commit
	Bytes  int64
}

// Pull fetches a model into a folder of fsys. What is there of it already is not fetched again.
func (h *Hub) Pull(ctx context.Context, fsys vfs.FS, name string) (p Pulled, err error) {
	repo, rev, _ := strings.Cut(name, "@")
	if rev == "" {
		rev = "main"
	}
	if !repository.MatchString(repo) || !revision.MatchString(rev) || strings.Contains(repo, "..") {
		return p, fmt.Errorf("%q: %w", name, ErrName)
	}
	commit, files, err := h.list(ctx, repo, rev)
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p = Pulled{Folder: strings.ReplaceAll(repo, "/", "--") + "@" + commit[:min(12, len(commit))], Origin: h.Endpoint + "/" + repo + "@" + commit}
	for _, f := range files {
		p.Bytes += f.size
	}
	if free, err := fsys.Free(""); err == nil && free < 3*p.Bytes {
		return p, fmt.Errorf("%s takes %d bytes, and the disk has %d left; it is kept twice for a moment, and rounded", name, p.Bytes, free)
	}
	done := int64(0)
	for _, f := range files {
		at := path.Join(p.Folder, f.name)
		if err := fsys.MkdirAll(path.Dir(at)); err != nil {
			return p, err
		}
		get := &download{hub: h, fsys: fsys, name: at, file: f, url: h.Endpoint + "/" + repo + "/resolve/" + commit + "/" + f.name,
			progress: func(n int64) { h.tell(f.name, done+n, p.Bytes) }}
		if err := get.run(ctx); err != nil {
			return p, fmt.Errorf("%s: %w", f.name, err)
		}
		done += f.size
	}
	return p, nil
}

func (h *Hub) tell(file string, done, total int64) {
	if h.Progress != nil {
		h.Progress(file, done, total)
	}
}

// list asks the hub for the commit of a revision and the files of it that are wanted.
func (h *Hub) list(ctx context.Context, repo, rev string) (commit string, files []file, err error) {
	reply, err := h.client.Do(ctx, netx.Request{URL: h.Endpoint + "/api/models/" + repo + "/revision/" + rev + "?blobs=true", Header: h.header()})
	if err != nil {
		return "", nil, err
	}
	defer reply.Body.Close()
	if err := statusError(reply.Status); err != nil {
		return "", nil, err
	}
	var in struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name string `json:"rfilename"`
			Size int64  `json:"size"`
			LFS  *struct {
				SHA256 string `json:"sha256"`
				Size   int64  `json:"size"`
			} `json:"lfs"`
		} `json:"siblings"`
	}
	if err := json.NewDecoder(io.LimitReader(reply.Body, listMax)).Decode(&in); err != nil || !revision.MatchString(in.SHA) {
		return "", nil, fmt.Errorf("%w: its list of files is not read (%w)", ErrDamaged, err)
	}
	all := map[string]file{}
	for _, s := range in.Siblings {
		f := file{name: s.Name, size: s.Size}
		if s.LFS != nil {
			f.sha256, f.size = s.LFS.SHA256, s.LFS.Size
		}
		all[s.Name] = f
	}
	files, err = choose(all)
	return in.SHA, files, err
}

// choose takes the files that are wanted, in the order in which they are fetched: small ones first.
func choose(all map[string]file) (files []file, err error) {
	for name, max := range wanted {
		f, ok := all[name]
		if !ok {
			continue
		}
		if f.size < 0 || f.size > max {
			return nil, fmt.Errorf("%w: %s is said to have %d bytes", ErrDamaged, name, f.size)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	has := func(name string) bool { return slices.ContainsFunc(files, func(f file) bool { return f.name == name }) }
	for _, name := range weights {
		f, ok := all[name]
		if !ok || !has("config.json") || !has("tokenizer.json") && !has("vocab.txt") {
			continue
		}
		if !digest.MatchString(f.sha256) || f.size <= 0 || f.size > weightsMax {
			return nil, fmt.Errorf("%w: %s is said to have %d bytes and the hash %q", ErrDamaged, name, f.size, f.sha256)
		}
		return append(files, f), nil
	}
	return nil, ErrNotOurs
}

func (h *Hub) header() map[string]string {
	if h.Token == "" {
		return nil
	}
	return map[string]string{"Authorization": "Bearer " + h.Token}
}

// statusError says what a status other than success means.
func statusError(status int) error {
	switch {
	case status == 200 || status == 206:
		return nil
	case status == 401 || status == 403 || status == 404:
		return ErrRefused
	case status == 429 || status >= 500:
		return fmt.Errorf("%w (status %d)", errBusy, status)
	}
	return fmt.Errorf("the hub answers with status %d", status)
}

var errBusy = errors.New("the hub is busy")
