package eval

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// AnswerSet is a corpus with questions about it: folder NAME has questions.jsonl, and its documents
// in files/ or, as corpus.json says, elsewhere.
type AnswerSet struct {
	Name      string
	Root      string   // the folder of the documents
	Exclude   []string // patterns of what there is no part of the corpus
	Questions []AnswerQuestion
}

// AnswerQuestion is a question with what must be in its answer, or with why there is none.
type AnswerQuestion struct {
	Ask   string   `json:"ask"`
	Place string   `json:"place,omitempty"` // path of the document that must be cited
	Fact  []string `json:"fact,omitempty"`  // one of these must stand in the answer
	None  string   `json:"none,omitempty"`  // why the corpus cannot answer it
}

// Reply is what came back: the answer's sentences, none where it abstains, and the paths it cites.
type Reply struct {
	Sentences []string
	Cited     []string
}

// Verdict is what an answer was worth.
type Verdict string

// The verdicts. Of a question that the corpus cannot answer, silent is right and anything else is
// wrong.
const (
	Helpful Verdict = "helpful" // the fact is in the answer, and its place is cited
	Silent  Verdict = "silent"  // it abstains
	Wrong   Verdict = "wrong"   // it says something else
)

// sentencesMax is how many sentences an answer may have: a fact among a dozen is not an answer.
const sentencesMax = 3

// Judge judges a reply.
func (q AnswerQuestion) Judge(r Reply) Verdict {
	if len(r.Sentences) == 0 {
		return Silent
	}
	text := spaced(strings.Join(r.Sentences[:min(sentencesMax, len(r.Sentences))], " "))
	said := slices.ContainsFunc(q.Fact, func(f string) bool { return strings.Contains(text, spaced(f)) })
	if q.None == "" && said && slices.Contains(r.Cited, q.Place) {
		return Helpful
	}
	return Wrong
}

// spaced is a text with single spaces.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// AnswersReport is what `eval --answers` prints.
type AnswersReport struct {
	Sets    []AnswersScore `json:"sets"`
	All     AnswersScore   `json:"all"`
	Answers []Answered     `json:"answers"`
}

// AnswersScore counts verdicts, of the questions that can be answered and of those that cannot.
type AnswersScore struct {
	Set          string `json:"set"`
	Answerable   int    `json:"answerable"`
	Helpful      int    `json:"helpful"`
	Silent       int    `json:"silent"` // though there is an answer
	Wrong        int    `json:"wrong"`
	Unanswerable int    `json:"unanswerable"`
	Abstained    int    `json:"abstained"`
}

// Answered is one question with its answer.
type Answered struct {
	Set        string   `json:"set"`
	Ask        string   `json:"ask"`
	Answerable bool     `json:"answerable"`
	Verdict    Verdict  `json:"verdict"`
	Sentences  []string `json:"sentences"`
}

func (s *AnswersScore) count(q AnswerQuestion, v Verdict) {
	if q.None != "" {
		s.Unanswerable++
		if v == Silent {
			s.Abstained++
		}
		return
	}
	s.Answerable++
	switch v {
	case Helpful:
		s.Helpful++
	case Silent:
		s.Silent++
	case Wrong:
		s.Wrong++
	}
}

// Add adds the counts of another score.
func (s *AnswersScore) Add(o AnswersScore) {
	s.Answerable += o.Answerable
	s.Helpful += o.Helpful
	s.Silent += o.Silent
	s.Wrong += o.Wrong
	s.Unanswerable += o.Unanswerable
	s.Abstained += o.Abstained
}

// Asker answers the questions about one corpus.
type Asker func(ctx context.Context, question string) (Reply, error)

// RunAnswers asks every question of every set. open indexes a set; what it returns is closed.
func RunAnswers(ctx context.Context, sets []AnswerSet, open func(context.Context, AnswerSet) (Asker, func(), error)) (*AnswersReport, error) {
	rep := &AnswersReport{All: AnswersScore{Set: "all"}}
	for _, set := range sets {
		if err := rep.run(ctx, set, open); err != nil {
			return nil, fmt.Errorf("%s: %w", set.Name, err)
		}
	}
	return rep, nil
}

func (rep *AnswersReport) run(ctx context.Context, set AnswerSet, open func(context.Context, AnswerSet) (Asker, func(), error)) error {
	ask, done, err := open(ctx, set)
	if err != nil {
		return err
	}
	defer done()
	score := AnswersScore{Set: set.Name}
	for _, q := range set.Questions {
		r, err := ask(ctx, q.Ask)
		if err != nil {
			return fmt.Errorf("%q: %w", q.Ask, err)
		}
		v := q.Judge(r)
		score.count(q, v)
		rep.All.count(q, v)
		rep.Answers = append(rep.Answers, Answered{set.Name, q.Ask, q.None == "", v, r.Sentences})
	}
	rep.Sets = append(rep.Sets, score)
	return nil
}

// ReadAnswers reads the sets below a folder, in the order of their names.
func ReadAnswers(dir string) (sets []AnswerSet, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*", "questions.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s holds no folder with questions.jsonl: %w", dir, fs.ErrNotExist)
	}
	slices.Sort(names)
	for _, name := range names {
		set, err := readAnswerSet(filepath.Dir(name))
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func readAnswerSet(dir string) (set AnswerSet, err error) {
	where := struct {
		Root    string   `json:"root"`
		Exclude []string `json:"exclude"`
	}{Root: "files"}
	b, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err == nil {
		err = json.Unmarshal(b, &where)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return set, err
	}
	set = AnswerSet{Name: filepath.Base(dir), Root: filepath.Join(dir, filepath.FromSlash(where.Root)), Exclude: where.Exclude}
	b, err = os.ReadFile(filepath.Join(dir, "questions.jsonl"))
	if err != nil {
		return set, err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		var q AnswerQuestion
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return set, fmt.Errorf("%s/questions.jsonl:%d: %w", set.Name, n, err)
		}
		if q.Ask == "" || (q.None == "") == (q.Place == "" || len(q.Fact) == 0) {
			return set, fmt.Errorf("%s/questions.jsonl:%d: a question has a place and a fact, or says why there is none", set.Name, n)
		}
		set.Questions = append(set.Questions, q)
	}
	return set, lines.Err()
}
