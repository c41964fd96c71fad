package source

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"sluice/corpus"
)

const (
	examplesMax = 3    // paths that Preview keeps for each reason
	typesMax    = 1000 // extensions that Preview tells apart
	// PreviewInterval is how many files lie between two calls of progress.
	PreviewInterval = 256
	// NoExtension is the TypeCount.Name of files whose name has no extension.
	NoExtension = "(none)"
	// OtherTypes is the TypeCount.Name of files beyond the thousandth extension.
	OtherTypes = "(other)"
)

// Preview is what adding a source will read.
type Preview struct {
	Taken    corpus.Count     `json:"taken"`
	Secrets  int64            `json:"secrets"`      // that will be cut out of texts
	SecretIn int64            `json:"secret_files"` // in so many files
	Types    []TypeCount      `json:"types"`        // most bytes first
	LeftOut  []LeftOut        `json:"left_out"`     // most files first
	Failures []corpus.Failure `json:"failures,omitempty"`
	FailureN int              `json:"failure_count"`
	types    map[string]*TypeCount
	leftOut  map[corpus.Reason]*LeftOut
}

// TypeCount adds up the files of one type.
type TypeCount struct {
	Name string `json:"name"` // the extension in lower case, with its dot, or what the source calls the type
	corpus.Count
}

// LeftOut adds up what is left out for one reason. An ignored folder counts as one file.
type LeftOut struct {
	Reason corpus.Reason `json:"reason"`
	corpus.Count
	Examples []string `json:"examples"` // a few paths; folders end in a slash
}

// NewPreview returns one that has seen nothing.
func NewPreview() *Preview {
	return &Preview{types: map[string]*TypeCount{}, leftOut: map[corpus.Reason]*LeftOut{}}
}

// Previewer is a source that knows better than PreviewOf what it will read.
type Previewer interface {
	Preview(ctx context.Context, whole bool, progress func(n int64)) (*Preview, error)
}

// PreviewOf walks a source, and with whole reads every document that it visits. progress, which may
// be nil, is told now and then how many documents were taken so far.
func PreviewOf(ctx context.Context, src corpus.Source, whole bool, progress func(n int64)) (*Preview, error) {
	if p, ok := src.(Previewer); ok {
		return p.Preview(ctx, whole, progress)
	}
	p, own := NewPreview(), corpus.Report{}
	var buf []byte
	report, err := src.Walk(ctx, func(it corpus.Item) error {
		secrets := 0
		if whole {
			x, err := corpus.Read(ctx, src, it.Path, buf)
			secrets, buf = len(x.Secrets), x.Body[:0]
			switch why := corpus.ReasonOf(err); {
			case why != "":
				own.LeaveOut(why, it.Size)
				p.Example(it.Path, why)
				return nil
			case errors.Is(err, corpus.ErrGone):
				return nil
			case err != nil:
				own.Fail(it.Path, err)
				return ctx.Err()
			}
		}
		p.Take(it, secrets)
		if progress != nil && p.Taken.Files%PreviewInterval == 0 {
			progress(p.Taken.Files)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	own.Merge(report)
	p.Finish(&own)
	return p, nil
}

// typeOf is how a preview calls the type of a document.
func typeOf(it corpus.Item) string {
	if it.Type != "" {
		return it.Type
	}
	name := path.Base(it.Path)
	if ext := strings.ToLower(path.Ext(name)); len(ext) > 1 && len(ext) < len(name) {
		return ext
	}
	return NoExtension
}

// Take counts a file that will be read.
func (p *Preview) Take(it corpus.Item, secrets int) {
	p.Taken.Add(it.Size)
	if secrets > 0 {
		p.Secrets += int64(secrets)
		p.SecretIn++
	}
	ext := typeOf(it)
	if p.types[ext] == nil {
		if len(p.types) >= typesMax {
			ext = OtherTypes
		}
		if p.types[ext] == nil {
			p.types[ext] = &TypeCount{Name: ext}
		}
	}
	p.types[ext].Add(it.Size)
}

// Example keeps the path of something that is left out, if there are not enough of its kind.
func (p *Preview) Example(path string, why corpus.Reason) {
	l := p.leftOut[why]
	if l == nil {
		l = &LeftOut{Reason: why}
		p.leftOut[why] = l
	}
	if len(l.Examples) < examplesMax {
		l.Examples = append(l.Examples, path)
	}
}

// Finish brings the counts in order.
func (p *Preview) Finish(r *corpus.Report) {
	p.Failures, p.FailureN = r.Failures, r.FailureN
	for why, n := range r.LeftOut {
		l := p.leftOut[why]
		if l == nil {
			l = &LeftOut{Reason: why}
		}
		l.Count = *n
		p.LeftOut = append(p.LeftOut, *l)
	}
	for _, t := range p.types {
		p.Types = append(p.Types, *t)
	}
	slices.SortFunc(p.Types, func(a, b TypeCount) int {
		return cmp.Or(-cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(p.LeftOut, func(a, b LeftOut) int {
		return cmp.Or(-cmp.Compare(a.Files, b.Files), cmp.Compare(a.Reason, b.Reason))
	})
}
