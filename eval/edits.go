package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sluice/corpus"
)

// texts is a folder of copied documents that is edited round by round. The same seed makes the same
// edits.
type texts struct {
	dir   string
	paths []string // slash-separated, below dir
	bytes int64    // when it was copied
	seed  uint64
	begun time.Time
}

// copyTexts writes every document of src as a file below dir. Nothing is ever written to src.
func copyTexts(ctx context.Context, src corpus.Source, dir string, seed uint64) (*texts, error) {
	t := &texts{dir: dir, seed: seed, begun: time.Now()}
	var items []corpus.Item
	if _, err := src.Walk(ctx, func(it corpus.Item) error { items = append(items, it); return nil }); err != nil {
		return nil, err
	}
	for _, it := range items {
		text, err := readText(ctx, src, it.Path)
		var out *corpus.LeftOutError
		if errors.As(err, &out) || errors.Is(err, corpus.ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := t.write(it.Path, text, it.ModTime); err != nil {
			return nil, err
		}
		t.paths = append(t.paths, it.Path)
		t.bytes += int64(len(text))
	}
	return t, nil
}

func readText(ctx context.Context, src corpus.Source, path string) (string, error) {
	r, _, err := src.Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// place is where a document's file lies.
func (t *texts) place(name string) (string, error) {
	local, err := filepath.Localize(name)
	return filepath.Join(t.dir, local), err
}

func (t *texts) write(name, text string, modTime time.Time) error {
	to, err := t.place(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Chtimes(to, modTime, modTime)
}

func (t *texts) read(name string) (string, error) {
	from, err := t.place(name)
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(from)
	return string(b), err
}

func (t *texts) remove(name string) error {
	at, err := t.place(name)
	if err != nil {
		return err
	}
	return os.Remove(at)
}

// random is the generator of one round.
func (t *texts) random(round int) *rand.Rand { return rand.New(rand.NewPCG(t.seed, uint64(round))) }

// replacedOf: one in so many files of a round is not edited but removed, and another added.
const replacedOf = 20

// age makes the edits of one round in a share of the files, one at least.
func (t *texts) age(round int, share float64) error {
	rng := t.random(round)
	count := min(len(t.paths), max(1, int(share*float64(len(t.paths))+.5)))
	// A sync distrusts a file that was written while it ran or just before. Edits are older than
	// that.
	modTime := t.begun.Add(-24*time.Hour + time.Duration(round)*time.Second)
	for n, i := range rng.Perm(len(t.paths))[:count] {
		if err := t.editFile(rng, i, fmt.Sprintf("aged%dx%d", round, n), modTime); err != nil {
			return err
		}
	}
	return nil
}

// editFile edits file i, or puts another in its place. The mark is a word that stands nowhere else.
func (t *texts) editFile(rng *rand.Rand, i int, mark string, modTime time.Time) error {
	name := t.paths[i]
	text, err := t.read(name)
	if err != nil {
		return err
	}
	if rng.IntN(replacedOf) == 0 {
		if err := t.remove(name); err != nil {
			return err
		}
		name = path.Join(path.Dir(name), mark+path.Ext(name))
		t.paths[i] = name
	}
	return t.write(name, editText(rng, text, mark), modTime)
}

// editsMax is how many lines of a file a round touches at most.
const editsMax = 4

// editText inserts, changes and deletes a few lines. The result differs from text.
func editText(rng *rand.Rand, text, mark string) string {
	lines := strings.SplitAfter(text, "\n")
	for range rng.IntN(editsMax) {
		at := rng.IntN(len(lines))
		switch rng.IntN(3) {
		case 0:
			lines = slices.Insert(lines, at, shuffled(rng, lines)+"\n")
		case 1:
			lines[at] = shuffled(rng, lines) + "\n"
		case 2:
			if len(lines) > 1 {
				lines = slices.Delete(lines, at, at+1)
			}
		}
	}
	lines[rng.IntN(len(lines))] = shuffled(rng, lines) + " " + mark + "\n"
	return strings.Join(lines, "")
}

// shuffled is one of the lines with its words in another order.
func shuffled(rng *rand.Rand, lines []string) string {
	words := strings.Fields(lines[rng.IntN(len(lines))])
	rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words, " ")
}

var word = regexp.MustCompile(`[A-Za-z]{4,}`)

const (
	questionWordsMin, questionWordsMax = 3, 5
	questionTries                      = 200 // files looked at for each question
)

// questions are words of lines of the files.
func (t *texts) questions(count int) ([]string, error) {
	rng := t.random(0)
	var all []string
	for range count * questionTries {
		if len(all) == count || len(t.paths) == 0 {
			break
		}
		text, err := t.read(t.paths[rng.IntN(len(t.paths))])
		if err != nil {
			return nil, err
		}
		lines := strings.Split(text, "\n")
		words := word.FindAllString(lines[rng.IntN(len(lines))], questionWordsMax)
		if len(words) >= questionWordsMin {
			all = append(all, strings.Join(words, " "))
		}
	}
	if len(all) < count {
		return nil, errors.New("the folder holds too few lines of words to ask about")
	}
	return all, nil
}
