package folder

import (
	"context"
	"errors"
	"io"

	"sluice/corpus"
	"sluice/corpus/extract/formats"
	"sluice/corpus/secret"
	"sluice/corpus/source"
)

// Preview walks the folder and reads every file that Walk would visit: whole, or only its
// beginning, which is quick, but a file may then still turn out to be no text, or to hold more
// secrets, when it is read. progress, which may be nil, is told now and then how many files were
// taken so far.
func (f *Folder) Preview(ctx context.Context, whole bool, progress func(n int64)) (*source.Preview, error) {
	p := source.NewPreview()
	buf := make([]byte, source.HeadBytes)
	w := &walker{folder: f, report: &corpus.Report{}}
	w.leftOut = p.Example
	w.visit = func(d *dir, name string, it found) error {
		var secrets int
		var err error
		if whole {
			var x corpus.Extract
			if formats.IsArchive(it.Path) {
				p.Take(it.Item, 0) // what lies in it is found out when it is read
				return nil
			}
			x, err = corpus.Read(ctx, f.through, it.Path, buf)
			secrets, buf = len(x.Secrets), x.Body[:0]
		} else {
			secrets, err = f.sniff(d, name, it, buf)
		}
		switch out := (*corpus.LeftOutError)(nil); {
		case errors.As(err, &out):
			w.report.LeaveOut(out.Reason, it.Size)
			p.Example(it.Path, out.Reason)
		case errors.Is(err, corpus.ErrGone):
		case err != nil:
			w.fail(it.Path, err)
		default:
			p.Take(it.Item, secrets)
			if progress != nil && p.Taken.Files%source.PreviewInterval == 0 {
				progress(p.Taken.Files)
			}
		}
		return nil
	}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	p.Finish(w.report)
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
	switch format := formats.Find(it.Path, "", head); {
	case format != nil && format.Missing != "":
		return 0, &corpus.LeftOutError{Path: it.Path, Reason: corpus.NoReader}
	case format != nil && !format.Text, formats.IsArchive(it.Path):
		return 0, nil
	}
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
