package folder

import (
	"cmp"
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/source"
)

const (
	examplesMax     = 3    // paths that Preview keeps for each reason
	typesMax        = 1000 // extensions that Preview tells apart
	previewInterval = 256  // files between two calls of progress
	// NoExtension is the TypeCount.Name of files whose name has no extension.
	NoExtension = "(none)"
	// OtherTypes is the TypeCount.Name of files beyond the thousandth extension.
	OtherTypes = "(other)"
)

// Preview is what adding a folder will read. The text of files is looked at only at its beginning,
// so a file may still turn out to be no text when it is read.
type Preview struct {
	Taken    corpus.Count     `json:"taken"`
	Types    []TypeCount      `json:"types"`    // most bytes first
	LeftOut  []LeftOut        `json:"left_out"` // most files first
	Failures []corpus.Failure `json:"failures,omitempty"`
	FailureN int              `json:"failure_count"`
	types    map[string]*TypeCount
	leftOut  map[corpus.Reason]*LeftOut
}

// TypeCount adds up the files of one type.
type TypeCount struct {
	Name string `json:"name"` // the extension in lower case, with its dot
	corpus.Count
}

// LeftOut adds up what is left out for one reason. An ignored folder counts as one file.
type LeftOut struct {
	Reason corpus.Reason `json:"reason"`
	corpus.Count
	Examples []string `json:"examples"` // a few paths; folders end in a slash
}

// Preview walks the folder and reads the beginning of every file that Walk would visit. progress,
// which may be nil, is told now and then how many files were taken so far.
func (f *Folder) Preview(ctx context.Context, progress func(n int64)) (*Preview, error) {
	p := &Preview{types: map[string]*TypeCount{}, leftOut: map[corpus.Reason]*LeftOut{}}
	head := make([]byte, source.HeadBytes)
	w := &walker{folder: f, report: &corpus.Report{}}
	w.leftOut = p.example
	w.visit = func(d *dir, name string, it found) error {
		switch why, err := sniff(d, name, it, head); {
		case err != nil:
			w.fail(it.Path, err)
		case why != "":
			w.report.LeaveOut(why, it.Size)
			p.example(it.Path, why)
		default:
			p.take(it.Item)
			if progress != nil && p.Taken.Files%previewInterval == 0 {
				progress(p.Taken.Files)
			}
		}
		return nil
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	p.finish(w.report)
	return p, nil
}

// sniff looks at the beginning of a file.
func sniff(d *dir, name string, it found, head []byte) (corpus.Reason, error) {
	file, _, err := d.openFile(name, it.info)
	if err != nil {
		return "", err
	}
	defer file.Close()
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	switch {
	case source.LooksBinary(head[:n]):
		return corpus.Binary, nil
	case !it.own && source.KeyInText(it.Path, head[:n]):
		return corpus.Secret, nil
	}
	return "", nil
}

// take counts a file that will be read.
func (p *Preview) take(it corpus.Item) {
	p.Taken.Add(it.Size)
	name := path.Base(it.Path)
	ext := strings.ToLower(path.Ext(name))
	if ext == "" || ext == "." || len(ext) == len(name) {
		ext = NoExtension
	}
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

// example keeps the path of something that is left out, if there are not enough of its kind.
func (p *Preview) example(path string, why corpus.Reason) {
	l := p.leftOut[why]
	if l == nil {
		l = &LeftOut{Reason: why}
		p.leftOut[why] = l
	}
	if len(l.Examples) < examplesMax {
		l.Examples = append(l.Examples, path)
	}
}

// finish brings the counts in order.
func (p *Preview) finish(r *corpus.Report) {
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
