package source_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/sourcetest"
)

// A whole connector, as CONTRIBUTING.md shows it: a file that holds one entry a line, a name and
// what it says. The rules of `add` and `forget` are laid over it by source.Kind.

// Connector is the line that goes into the table.
func Connector() source.Kind {
	return source.Kind{Name: "diary", Usage: "FILE", Short: "a diary: a name, a tab and a text a line",
		Open: func(s source.Setting) (corpus.Source, error) { return &diary{s.Info}, nil }}
}

type diary struct{ info corpus.Info }

func (d *diary) Info() corpus.Info { return d.info }

// Walk implements corpus.Source.
func (d *diary) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	entries, modTime, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	report := &corpus.Report{}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		it := e.item(modTime)
		report.Taken.Add(it.Size)
		if err := visit(it); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// Open implements corpus.Source.
func (d *diary) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	e, it, err := d.find(ctx, path)
	if err != nil {
		return nil, it, err
	}
	return source.NewText(strings.NewReader(e.text), path), it, nil
}

// Stat implements corpus.Source.
func (d *diary) Stat(ctx context.Context, path string) (corpus.Item, error) {
	_, it, err := d.find(ctx, path)
	return it, err
}

type entry struct{ name, text string }

func (e entry) item(modTime time.Time) corpus.Item {
	return corpus.Item{Path: e.name, Size: int64(len(e.text)), ModTime: modTime, FileID: corpus.Digest([]byte(e.text))}
}

func (d *diary) find(ctx context.Context, path string) (entry, corpus.Item, error) {
	entries, modTime, err := d.read(ctx)
	if err != nil {
		return entry{}, corpus.Item{}, err
	}
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == path })
	if i < 0 {
		return entry{}, corpus.Item{}, fmt.Errorf("%s: %w", path, corpus.ErrGone)
	}
	return entries[i], entries[i].item(modTime), nil
}

// read returns the entries in order of their names. A file that is missing is ErrRootGone, never
// no entries: those would be deleted.
func (d *diary) read(ctx context.Context) (all []entry, modTime time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return nil, modTime, err
	}
	b, err := os.ReadFile(filepath.FromSlash(d.info.Root))
	if err != nil {
		return nil, modTime, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	if info, err := os.Stat(filepath.FromSlash(d.info.Root)); err == nil {
		modTime = info.ModTime()
	}
	for line := range strings.Lines(string(b)) {
		if name, text, ok := strings.Cut(line, "\t"); ok {
			all = append(all, entry{name, text})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all, modTime, nil
}

// diarist is a diary's sourcetest.Editor.
type diarist struct {
	file  string
	texts map[string]string
}

func (d *diarist) write(t testing.TB) {
	var b strings.Builder
	for name, text := range d.texts {
		b.WriteString(name + "\t" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", " ") + "\n")
	}
	if err := os.WriteFile(d.file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *diarist) Put(t testing.TB, name, text string) string {
	d.texts[name] = text
	d.write(t)
	return name
}

func (d *diarist) Remove(t testing.TB, path string) {
	delete(d.texts, path)
	d.write(t)
}

func (d *diarist) RemoveRoot(t testing.TB) {
	if err := os.Remove(d.file); err != nil {
		t.Fatal(err)
	}
}

// open makes an empty diary under rules.
func open(t testing.TB, rules source.Rules) (corpus.Source, *diarist) {
	t.Helper()
	edit := &diarist{filepath.Join(t.TempDir(), "diary.txt"), map[string]string{}}
	edit.write(t)
	info := corpus.Info{Label: "diary", Kind: "diary", Root: filepath.ToSlash(edit.file)}
	src, err := Connector().Source(source.Setting{Info: info, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return src, edit
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) { return open(t, source.Rules{}) })
}
