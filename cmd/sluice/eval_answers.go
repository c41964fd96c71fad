package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"sluice/api"
	"sluice/corpus/source/folder"
	"sluice/eval"
	"sluice/index"
	"sluice/internal/vfs"
	"sluice/serve"
)

// evalAnswers asks the questions of the sets below a folder through the same path as `ask`.
func (a *app) evalAnswers(ctx context.Context, dir string) (any, func(), error) {
	sets, err := eval.ReadAnswers(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, serve.Nothingf("%w: a set is a folder with questions.jsonl and its documents in files", err)
	}
	if err != nil {
		return nil, nil, err
	}
	rep, err := eval.RunAnswers(ctx, sets, a.asker)
	if err != nil {
		return nil, nil, err
	}
	return rep, func() { a.printAnswers(rep) }, nil
}

// asker answers questions about a set as `ask` does.
func (a *app) asker(ctx context.Context, set eval.AnswerSet) (eval.Asker, func(), error) {
	svc, err := a.indexed(ctx, set)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, question string) (eval.Reply, error) {
		got, err := svc.Ask(ctx, api.AskRequest{Query: question})
		return reply(got), err
	}, svc.Close, nil
}

// indexed is a service on the documents of a set, in a store in memory.
func (a *app) indexed(ctx context.Context, set eval.AnswerSet) (*serve.Service, error) {
	root, err := filepath.Abs(set.Root)
	if err != nil {
		return nil, err
	}
	options, err := json.Marshal(folder.Options{Exclude: set.Exclude})
	if err != nil {
		return nil, err
	}
	store, err := index.Create(vfs.Mem(), index.Options{})
	if err != nil {
		return nil, err
	}
	svc := serve.New(a.options(store, ""))
	c := index.SourceConfig{Label: set.Name, Kind: folder.Kind, Root: root, Options: options}
	if _, err := svc.Add(ctx, c); err != nil {
		svc.Close()
		return nil, err
	}
	return svc, nil
}

// reply is an answer as it is judged.
func reply(got *api.Ask) (r eval.Reply) {
	if got == nil {
		return r
	}
	for _, s := range got.Sentences {
		r.Sentences = append(r.Sentences, s.Text)
	}
	for _, c := range got.Citations {
		r.Cited = append(r.Cited, c.Path)
	}
	return r
}

func (a *app) printAnswers(rep *eval.AnswersReport) {
	for _, one := range rep.Answers {
		kind := "has an answer"
		if !one.Answerable {
			kind = "has none"
		}
		a.printf("%-7s %s: %s (%s)\n", one.Verdict, one.Set, one.Ask, kind)
		for _, s := range one.Sentences {
			a.printf("        | %s\n", strings.ReplaceAll(a.clean(s), "\n", "\n        | "))
		}
	}
	a.printf("\n%-8s  %-29s  %s\n", "", "with an answer", "without")
	for _, s := range append(rep.Sets, rep.All) {
		a.printf("%-8s  %3d helpful %3d silent %3d wrong  %3d of %d silent\n", s.Set, s.Helpful, s.Silent, s.Wrong, s.Abstained, s.Unanswerable)
	}
}
