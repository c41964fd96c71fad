package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"sluice/api"
	"sluice/eval"
	"sluice/internal/clock"
)

// TestAnswersOfTheCorpora: over the corpora of eval/answers but this repository itself, an answer
// helps in three of four questions, is silent in nine of ten that have none, and each of its
// sentences stands at the bytes and lines that it names.
func TestAnswersOfTheCorpora(t *testing.T) {
	sets, err := eval.ReadAnswers(filepath.Join("..", "..", "eval", "answers"))
	if err != nil {
		t.Fatal(err)
	}
	var score eval.AnswersScore
	for _, set := range sets {
		if set.Name == "own" { // it changes with every commit; `sluice eval --answers` asks it too
			continue
		}
		a := &app{clock: clock.System{}}
		svc, err := a.indexed(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		defer svc.Close()
		rep, err := eval.RunAnswers(t.Context(), []eval.AnswerSet{set}, func(context.Context, eval.AnswerSet) (eval.Asker, func(), error) {
			return func(ctx context.Context, question string) (eval.Reply, error) {
				got, err := svc.Ask(ctx, api.AskRequest{Query: question})
				if err == nil {
					stands(t, set.Root, got)
				}
				return reply(got), err
			}, func() {}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range rep.Answers {
			if one.Answerable && one.Verdict != eval.Helpful || !one.Answerable && one.Verdict != eval.Silent {
				t.Logf("%s: %s: %s: %q", set.Name, one.Verdict, one.Ask, one.Sentences)
			}
		}
		score.Add(rep.All)
	}
	if score.Answerable == 0 || score.Helpful*4 < score.Answerable*3 {
		t.Errorf("%d of %d answers are helpful", score.Helpful, score.Answerable)
	}
	if score.Unanswerable == 0 || score.Abstained*10 < score.Unanswerable*9 {
		t.Errorf("%d of %d questions without an answer are met with silence", score.Abstained, score.Unanswerable)
	}
}

// stands holds the sentences of an answer against the files.
func stands(t *testing.T, root string, got *api.Ask) {
	t.Helper()
	if len(got.Sentences) > 3 {
		t.Errorf("%q has %d sentences", got.Query, len(got.Sentences))
	}
	next := 1
	for _, s := range got.Sentences {
		for _, n := range s.Citations {
			if n > next {
				t.Errorf("%q cites %d before %d", got.Query, n, next)
			}
			next = max(next, n+1)
		}
		path := ""
		for _, c := range got.Citations {
			if c.ID == s.Passage {
				path = c.Path
			}
		}
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			t.Errorf("%q: %v", s.Text, err)
			continue
		}
		span := string(b[s.Bytes[0]:s.Bytes[1]])
		if first := 1 + bytes.Count(b[:s.Bytes[0]], []byte("\n")); s.Lines != [2]int{first, first + strings.Count(span, "\n")} {
			t.Errorf("%q stands from line %d on, not at %v", s.Text, first, s.Lines)
		}
		span = strings.ReplaceAll(span, "=\n", "") // quoted-printable breaks words
		words, there := 0, 0
		for _, w := range strings.FieldsFunc(s.Text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			words++
			if strings.Contains(span, w) {
				there++
			}
		}
		if min := map[bool]int{true: 3, false: 10}[strings.Contains(s.Text, ": ")]; there*10 < words*min { // a row brings its header, a value its keys
			t.Errorf("%q is said to stand at %q", s.Text, span)
		}
	}
}
