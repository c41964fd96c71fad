package index

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/index/blockfile"
	"sluice/index/text"
)

// SourceConfig is what the owner opted in, and how.
type SourceConfig struct {
	Label   string          `json:"label"` // unique in the store; part of every passage id
	Kind    string          `json:"kind"`
	Root    string          `json:"root"`
	Options json.RawMessage `json:"options,omitempty"` // the connector's own
}

// SourceState is a source with what the last sync saw.
type SourceState struct {
	SourceConfig
	Synced   time.Time                       `json:"synced"`  // when the last complete sync began; zero: none was completed
	Started  time.Time                       `json:"started"` // when the last sync began
	LeftOut  map[corpus.Reason]*corpus.Count `json:"left_out,omitempty"`
	Failures []corpus.Failure                `json:"failures,omitempty"`
	FailureN int                             `json:"failure_n,omitempty"`
	// Secrets were cut out of SecretDocuments, under the rules of that version (package secret). 0:
	// the documents are to be read again.
	Secrets         int64 `json:"secrets,omitempty"`
	SecretDocuments int64 `json:"secret_documents,omitempty"`
	Rules           int   `json:"rules,omitempty"`
	// Guessed names, by path, the encoding of documents that do not say in which they are.
	Guessed map[string]string `json:"guessed,omitempty"`
	// ForgottenIDs are passages that stay out at later syncs, as FormatID writes them. Forgotten
	// paths are part of the connector's options.
	ForgottenIDs []string `json:"forgotten_ids,omitempty"`
}

// Forgotten is ForgottenIDs as a set.
func (st *SourceState) Forgotten() map[[10]byte]bool {
	set := map[[10]byte]bool{}
	for _, s := range st.ForgottenIDs {
		if id, err := text.ParseID(s); err == nil {
			set[id] = true
		}
	}
	return set
}

// sourceBuilder is the version of the source table's writer; it is part of the file's id.
const sourceBuilder = 1

// ErrLabelTaken says that another source of this store has the label.
var ErrLabelTaken = errors.New("the label is taken by another source: name this one with --label")

// ErrNoSource says that the store has no source of that label.
var ErrNoSource = errors.New("the store has no such source: `sluice sources` lists them")

const labelBytesMax = 200

// checkLabel refuses labels that could not stand in a file name or an id.
func checkLabel(label string) error {
	if label == "" || len(label) > labelBytesMax || strings.ContainsAny(label, "/\\\x00\n") || label == "." || label == ".." {
		return fmt.Errorf("source label %q: a label is 1 to %d bytes without slashes; name the source with --label", label, labelBytesMax)
	}
	return nil
}

// Sources lists the sources of the newest generation, by label.
func (s *Store) Sources(ctx context.Context) ([]SourceState, error) {
	sn, err := s.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	return sn.Sources(), nil
}

// AddSource opts a source in, or changes the root and options of the one with its label.
func (s *Store) AddSource(ctx context.Context, c SourceConfig) error {
	if err := checkLabel(c.Label); err != nil {
		return err
	}
	return s.editSources(ctx, func(all []SourceState) ([]SourceState, error) {
		i := slices.IndexFunc(all, func(x SourceState) bool { return x.Label == c.Label })
		if i < 0 {
			return append(all, SourceState{SourceConfig: c}), nil
		}
		if all[i].Kind != c.Kind && all[i].Kind != "" { // "": known by its segments alone
			return nil, fmt.Errorf("source %q: %w", c.Label, ErrLabelTaken)
		}
		if !bytes.Equal(all[i].Options, c.Options) { // a document may now be taken as it is, or no longer
			all[i].Rules = 0
		}
		all[i].SourceConfig = c
		return all, nil
	})
}

// editSources commits a changed table of sources. The caller need not hold the source's lock: the
// table is small and rewritten whole under the commit lock.
func (s *Store) editSources(ctx context.Context, edit func([]SourceState) ([]SourceState, error)) error {
	return s.Commit(ctx, "", func(m *Manifest) error { return s.ChangeSources(m, edit) })
}

// ChangeSources writes the edited table straight into files/, which only happens under the commit
// lock.
func (s *Store) ChangeSources(m *Manifest, edit func([]SourceState) ([]SourceState, error)) error {
	all, err := s.readSources(m)
	if errors.Is(err, ErrCorrupt) { // a new table mends it
		all, err = s.otherSources(m), nil
	}
	if err != nil {
		return err
	}
	if all, err = edit(all); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b SourceState) int { return strings.Compare(a.Label, b.Label) })
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	w := blockfile.NewWriter(s.fs, filesDir, blockfile.KindSources, blockfile.MakeID(blockfile.KindSources, sourceBuilder, nil, b), blockfile.BlockBytes)
	w.Section("sources")
	_, _ = w.Write(b)
	ref, err := w.Finish()
	if err != nil {
		return fmt.Errorf("write the table of sources: %w", err)
	}
	m.Sources, m.Table = &ref, b
	return nil
}

// otherSources is the best list of sources that can be had when the table of a generation is
// damaged: the manifest's copy of it, or the newest older table that can be read, with every source
// that has segments. What is known of a source by its segments alone has no kind and no root: it
// answers, and cannot be synced until it is added again.
func (s *Store) otherSources(m *Manifest) []SourceState {
	var all []SourceState
	if err := json.Unmarshal(m.Table, &all); err == nil {
		return all
	}
	claimed, _ := s.generations()
	slices.Sort(claimed)
	for _, g := range slices.Backward(claimed) {
		if g < m.GoneBefore { // its table does not know what was forgotten since
			break
		}
		older, _, err := readSlot(s.fs, generationName(g))
		if err != nil || older.Sources == nil {
			continue
		}
		if all, err = s.readSources(older); err == nil {
			break
		}
	}
	for _, e := range m.Segments {
		if !slices.ContainsFunc(all, func(st SourceState) bool { return st.Label == e.Label }) {
			all = append(all, SourceState{SourceConfig: SourceConfig{Label: e.Label}})
		}
	}
	slices.SortFunc(all, func(a, b SourceState) int { return strings.Compare(a.Label, b.Label) })
	return all
}

// readSources reads the table of sources of a generation.
func (s *Store) readSources(m *Manifest) ([]SourceState, error) {
	if m.Sources == nil {
		return nil, nil
	}
	f, err := s.openIn(s.fs, filesDir, *m.Sources)
	if err != nil {
		return nil, fmt.Errorf("table of sources: %w", err)
	}
	defer f.Close()
	sec, err := f.Section("sources")
	if err != nil {
		return nil, fmt.Errorf("table of sources: %w", err)
	}
	b := make([]byte, sec.Len()) // capped by the file's size, which the manifest knows
	if err := sec.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("table of sources: %w", err)
	}
	var all []SourceState
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("table of sources: %w: %w", blockfile.ErrCorrupt, err)
	}
	return all, nil
}
