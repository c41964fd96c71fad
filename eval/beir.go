package eval

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Entry is a document or a question of a labelled set.
type Entry struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Set is a labelled collection in BEIR's form.
type Set struct {
	Name    string
	Docs    []Entry                       // by id
	Queries []Entry                       // the judged ones, in the order of the file
	Grades  map[string]map[string]float64 // question -> document -> grade; positive ones only
}

// ReadSet reads DIR/corpus.jsonl, queries.jsonl and qrels/test.tsv. A line that is no entry is an
// error that names it: a measure over part of a set would be a wrong measure.
func ReadSet(dir string) (*Set, error) {
	s := &Set{Name: filepath.Base(filepath.Clean(dir))}
	var err error
	if s.Docs, err = readEntries(filepath.Join(dir, "corpus.jsonl")); err != nil {
		return nil, err
	}
	slices.SortFunc(s.Docs, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(s.Docs); i++ {
		if s.Docs[i].ID == s.Docs[i-1].ID {
			return nil, fmt.Errorf("%s: corpus.jsonl has two documents with the id %q", dir, s.Docs[i].ID)
		}
	}
	queries, err := readEntries(filepath.Join(dir, "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	if s.Grades, err = readGrades(filepath.Join(dir, "qrels", "test.tsv")); err != nil {
		return nil, err
	}
	for _, q := range queries {
		if len(s.Grades[q.ID]) > 0 {
			s.Queries = append(s.Queries, q)
		}
	}
	if len(s.Queries) == 0 {
		return nil, fmt.Errorf("%s: no question has a positive judgement", dir)
	}
	return s, nil
}

func readEntries(path string) ([]Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("a labelled set is a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv: %w", err)
	}
	defer f.Close()
	var out []Entry
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		var e Entry
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err == nil && e.ID == "" {
			err = errors.New("it has no _id")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: entry %d: %w", path, len(out)+1, err)
		}
		out = append(out, e)
	}
}

// readGrades reads question, document and grade from a table with a head line.
func readGrades(path string) (map[string]map[string]float64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	grades := map[string]map[string]float64{}
	for n, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if n == 0 || line == "" {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("%s:%d: a line has a question, a document and a grade between tabs", path, n+1)
		}
		g, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: grade %q is no number", path, n+1, f[2])
		}
		if g <= 0 {
			continue
		}
		if grades[f[0]] == nil {
			grades[f[0]] = map[string]float64{}
		}
		grades[f[0]][f[1]] = g
	}
	return grades, nil
}

// FindSets lists the labelled sets at dir: dir itself, or else the folders in it that are sets.
func FindSets(dir string) ([]string, error) {
	if isSet(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var sets []string
	for _, e := range entries {
		if sub := filepath.Join(dir, e.Name()); e.IsDir() && isSet(sub) {
			sets = append(sets, sub)
		}
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("%s: no corpus.jsonl here or one folder below: %w", dir, os.ErrNotExist)
	}
	return sets, nil
}

func isSet(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "corpus.jsonl"))
	return err == nil
}
