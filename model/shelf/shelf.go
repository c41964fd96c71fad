// Package shelf keeps the models that somebody has: a folder of weights files, each named by its
// hash, and a table of the models' names and of which one is in use.
package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"sluice/internal/vfs"
	"sluice/model"
)

// The errors that a caller tells apart.
var (
	// ErrUnknown: no model has that name.
	ErrUnknown = errors.New("no model has that name")
	// ErrTaken: another model has that name.
	ErrTaken = errors.New("another model has that name")
	// ErrName: a name that is none.
	ErrName = errors.New("a name has letters, digits, '.', '_' and '-', and begins with a letter or a digit")
)

// Entry is one model of the shelf: weights, or an endpoint that computes vectors.
type Entry struct {
	Name     string        `json:"name"`
	ID       string        `json:"id"` // names its vectors
	Config   *model.Config `json:"config,omitempty"`
	Origin   string        `json:"origin,omitempty"`
	Files    []File        `json:"files,omitempty"`
	Endpoint *Endpoint     `json:"endpoint,omitempty"`
}

// File is one file of an entry.
type File struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Kind is what a file of a model is for.
type Kind string

// The kinds.
const (
	Exact    Kind = "exact" // every bit of the weights
	Rounded  Kind = "int8"  // rounded to 8 bits, which is what runs
	Rounded4 Kind = "int4"  // rounded to 4 bits by what the model makes of texts: half as much to read, nearly as good
)

// Endpoint is a service that speaks OpenAI's API.
type Endpoint struct {
	URL    string `json:"url"` // up to /v1
	Model  string `json:"model,omitempty"`
	KeyEnv string `json:"key_env,omitempty"` // the environment variable that holds the key: the key itself is never stored
	Dims   int    `json:"dims"`              // of its vectors

	QueryPrefix   string `json:"query_prefix,omitempty"`
	PassagePrefix string `json:"passage_prefix,omitempty"`
}

// Use is the model in use, which may lie elsewhere: enough to know its vectors without reading its
// weights.
type Use struct {
	Name      string          `json:"name"`
	Path      string          `json:"path"`              // or its name on the shelf
	Shallow   string          `json:"shallow,omitempty"` // the same of the model that reads passages first
	ID        string          `json:"id"`                // names its vectors
	Dim       int             `json:"dim"`
	Precision model.Precision `json:"precision"`
}

// id names the vectors: what another service makes of the same model may be rounded otherwise.
func (e *Endpoint) id() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s\n%s\n", e.URL, e.Model, e.Dims, e.QueryPrefix, e.PassagePrefix))
	return hex.EncodeToString(sum[:16])
}

// File is the name of the file of a kind, below the shelf's folder; "" where there is none.
func (e *Entry) File(kind Kind) string {
	for _, f := range e.Files {
		if f.Kind == kind {
			return f.Name
		}
	}
	return ""
}

// table is what tableName holds.
type table struct {
	Version int     `json:"version"`
	Models  []Entry `json:"models"`
	InUse   *Use    `json:"in_use,omitempty"`
	None    bool    `json:"none,omitempty"` // none is to be used, which is not the same as that nobody chose
}

const (
	tableName    = "models.json"
	tableVersion = 1
	tableMax     = 4 << 20
	lockName     = "lock"
	nameMax      = 100
	partSuffix   = ".part"
)

// Shelf is a folder of models. It need not exist yet.
type Shelf struct {
	fsys vfs.FS
	wait time.Duration
}

// New is the shelf in a folder. wait is how long a change waits for another process.
func New(fsys vfs.FS, wait time.Duration) *Shelf { return &Shelf{fsys, wait} }

// List is all that is there, by name.
func (s *Shelf) List() ([]Entry, error) {
	t, err := s.read()
	return t.Models, err
}

// Find is the model of a name.
func (s *Shelf) Find(name string) (Entry, error) {
	t, err := s.read()
	if err != nil {
		return Entry{}, err
	}
	if i := t.find(name); i >= 0 {
		return t.Models[i], nil
	}
	return Entry{}, fmt.Errorf("%w: %q", ErrUnknown, name)
}

// InUse is the model in use; nil: none is. chosen tells whether somebody said so.
func (s *Shelf) InUse() (u *Use, chosen bool, err error) {
	t, err := s.read()
	return t.InUse, t.InUse != nil || t.None, err
}

// Use makes a model the one in use; nil: none is.
func (s *Shelf) Use(ctx context.Context, u *Use) error {
	return s.change(ctx, func(t *table) error {
		t.InUse, t.None = u, u == nil
		return nil
	})
}

// Unchoose takes back whatever was chosen.
func (s *Shelf) Unchoose(ctx context.Context) error {
	return s.change(ctx, func(t *table) error {
		t.InUse, t.None = nil, false
		return nil
	})
}

// Add keeps a model under a name: its weights as they are, and rounded in one way. Added again,
// with another card perhaps, it takes its own place. progress is told how many bytes were written.
func (s *Shelf) Add(ctx context.Context, name string, f *model.Files, rounded Kind, progress func(done int64)) (e Entry, err error) {
	e = Entry{Name: name, ID: f.ID, Config: &f.Config, Origin: f.Origin}
	if err := s.mayAdd(e); err != nil {
		return e, err
	}
	if err := s.fsys.MkdirAll(""); err != nil {
		return e, err
	}
	few, layout := f, model.Layout{Products: model.AsInt8, Words: model.AsInt8}
	if rounded == Rounded4 {
		layout = model.Layout{Rest: model.AsFloat16}
		if few, err = model.Round(ctx, f, model.RoundOptions{Products: model.AsInt4, Words: model.AsInt4}); err != nil {
			return e, fmt.Errorf("the weights cannot be rounded to 4 bits: %w", err)
		}
	}
	count := &counter{ended: ctx.Err, progress: progress}
	for _, one := range []struct {
		*model.Files
		kind   Kind
		layout model.Layout
	}{{f, Exact, model.Layout{}}, {few, rounded, layout}} {
		file, err := s.write(ctx, count, one.Files, one.kind, one.layout)
		if err != nil {
			return e, fmt.Errorf("the weights cannot be kept: %w", err)
		}
		e.Files = append(e.Files, file)
	}
	return e, s.put(ctx, e)
}

// AddEndpoint keeps the address of a service under a name.
func (s *Shelf) AddEndpoint(ctx context.Context, name string, to Endpoint) (Entry, error) {
	e := Entry{Name: name, ID: to.id(), Endpoint: &to}
	if err := s.mayAdd(e); err != nil {
		return e, err
	}
	return e, s.put(ctx, e)
}

// mayAdd refuses names that cannot be, or are taken.
func (s *Shelf) mayAdd(e Entry) error {
	t, err := s.read()
	if err != nil {
		return err
	}
	return t.mayAdd(e)
}

func (s *Shelf) put(ctx context.Context, e Entry) error {
	var replaced []File
	err := s.change(ctx, func(t *table) error {
		if err := t.mayAdd(e); err != nil {
			return err
		}
		if i := t.find(e.Name); i >= 0 {
			replaced = slices.DeleteFunc(t.Models[i].Files, func(f File) bool { return slices.Contains(e.Files, f) })
			t.Models[i] = e
		} else {
			t.Models = append(t.Models, e)
		}
		slices.SortFunc(t.Models, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
		replaced = slices.DeleteFunc(replaced, func(f File) bool { return t.names(f.Name) })
		return nil
	})
	for _, f := range replaced {
		if err == nil {
			err = s.fsys.Remove(f.Name)
		}
	}
	return err
}

// names tells whether some model has a file.
func (t *table) names(file string) bool {
	return slices.ContainsFunc(t.Models, func(e Entry) bool {
		return slices.ContainsFunc(e.Files, func(f File) bool { return f.Name == file })
	})
}

func (t *table) mayAdd(e Entry) error {
	if !isName(e.Name) {
		return fmt.Errorf("%q: %w", e.Name, ErrName)
	}
	if i := t.find(e.Name); i >= 0 && t.Models[i].ID != e.ID {
		return fmt.Errorf("%w: %q", ErrTaken, e.Name)
	}
	return nil
}

func (t *table) find(name string) int {
	return slices.IndexFunc(t.Models, func(e Entry) bool { return e.Name == name })
}

// isName tells whether a name may be given to a model.
func isName(name string) bool {
	if name == "" || len(name) > nameMax || !isAlphanumeric(name[0]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// read reads the table; none is an empty one.
func (s *Shelf) read() (t table, err error) {
	f, err := s.fsys.Open(tableName)
	if errors.Is(err, fs.ErrNotExist) {
		return table{Version: tableVersion}, nil
	}
	if err != nil {
		return t, fmt.Errorf("read the table of models: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, tableMax))
	if err != nil {
		return t, fmt.Errorf("read the table of models: %w", err)
	}
	err = json.Unmarshal(text, &t)
	if err == nil && (t.Version < 1 || t.InUse != nil && t.InUse.Path == "") {
		err = errors.New("no version, or a model in use that is nowhere")
	}
	if err != nil {
		return table{}, fmt.Errorf("the table of models (%s) is damaged (%w): remove it, and add the models again", tableName, err)
	}
	if t.Version > tableVersion {
		return table{}, fmt.Errorf("the table of models (%s) was written by a newer sluice", tableName)
	}
	for _, e := range t.Models {
		for _, f := range e.Files {
			if f.Name != path.Base(f.Name) || !strings.HasSuffix(f.Name, model.WeightsSuffix) {
				return table{}, fmt.Errorf("the table of models names the file %q, which is none of the shelf's", f.Name)
			}
		}
	}
	return t, nil
}

// change edits the table while no other process does. The new table takes the old one's place as a
// whole.
func (s *Shelf) change(ctx context.Context, edit func(*table) error) error {
	if err := s.fsys.MkdirAll(""); err != nil {
		return err
	}
	lock, err := s.fsys.Lock(lockName, vfs.Exclusive, s.wait, ctx)
	if err != nil {
		return fmt.Errorf("change the table of models: %w", err)
	}
	defer lock.Close()
	t, err := s.read()
	if err != nil {
		return err
	}
	if err := edit(&t); err != nil {
		return err
	}
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := s.replace(tableName, append(text, '\n')); err != nil {
		return fmt.Errorf("write the table of models: %w", err)
	}
	return nil
}

func (s *Shelf) replace(name string, content []byte) error {
	part := name + "." + vfs.Nonce() + partSuffix
	f, err := s.fsys.Create(part)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = s.fsys.Rename(part, name)
	}
	if err != nil {
		return errors.Join(err, s.fsys.Remove(part))
	}
	return s.fsys.SyncDir("")
}
