package folder

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/secret"
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

// Preview is what adding a folder will read.
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
	Name string `json:"name"` // the extension in lower case, with its dot
	corpus.Count
}

// LeftOut adds up what is left out for one reason. An ignored folder counts as one file.
type LeftOut struct {
	Reason corpus.Reason `json:"reason"`
	corpus.Count
	Examples []string `json:"examples"` // a few paths; folders end in a slash
}

// Preview walks the folder and reads every file that Walk would visit: whole, or only its
// beginning, which is quick, but a file may then still turn out to be no text, or to hold more
// secrets, when it is read. progress, which may be nil, is told now and then how many files were
// taken so far.
func (f *Folder) Preview(ctx context.Context, whole bool, progress func(n int64)) (*Preview, error) {
	p := &Preview{types: map[string]*TypeCount{}, leftOut: map[corpus.Reason]*LeftOut{}}
	buf := make([]byte, source.HeadBytes)
	w := &walker{folder: f, report: &corpus.Report{}}
	w.leftOut = p.example
	w.visit = func(d *dir, name string, it found) error {
		var secrets int
		var err error
		if whole {
			var x corpus.Extract
			x, err = corpus.Read(ctx, f, it.Path, buf)
			secrets, buf = len(x.Secrets), x.Body[:0]
		} else {
			secrets, err = f.sniff(d, name, it, buf)
		}
		switch out := (*corpus.LeftOutError)(nil); {
		case errors.As(err, &out):
			w.report.LeaveOut(out.Reason, it.Size)
			p.example(it.Path, out.Reason)
		case errors.Is(err, corpus.ErrGone):
		case err != nil:
			w.fail(it.Path, err)
		default:
			p.take(it.Item, secrets)
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

// sniff looks at the beginning of a file and counts the secrets in it.
func (f *Folder) sniff(d *dir, name string, it found, head []byte) (secrets int, err error) {
	file, _, err := d.openFile(name, it.info)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	head = head[:n]
	if source.LooksBinary(head) {
		return 0, &corpus.LeftOutError{Path: it.Path, Reason: corpus.Binary}
	}
	if it.AsIs {
		return 0, nil
	}
	all := secret.Find(it.Path, head)
	if len(all) > 0 && secret.NothingElse(head, all) {
		return 0, &corpus.LeftOutError{Path: it.Path, Reason: corpus.Secret}
	}
	return len(all), nil
}

// take counts a file that will be read.
func (p *Preview) take(it corpus.Item, secrets int) {
	p.Taken.Add(it.Size)
	if secrets > 0 {
		p.Secrets += int64(secrets)
		p.SecretIn++
	}
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
