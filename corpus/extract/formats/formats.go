// Package formats has the formats of documents that stage 0 reads, beside plain text: the table,
// and one file each.
package formats

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"sluice/corpus/extract"
)

// Table is the list of formats. A new one is a file of its own and a line here.
var Table = []extract.Format{
	html, word, slides, sheet, openText, openSheet, openSlides, epub, rtf, notebook, pdf, photo, subtitle,
}

// byEnding and byMedia find a format.
var byEnding, byMedia map[string]*extract.Format

func init() { Refresh() }

// Refresh makes what stands in Table found.
func Refresh() {
	byEnding, byMedia = map[string]*extract.Format{}, map[string]*extract.Format{}
	for i := range Table {
		for _, s := range Table[i].Endings {
			byEnding[s] = &Table[i]
		}
		for _, s := range Table[i].Media {
			byMedia[s] = &Table[i]
		}
	}
}

// Find returns the format of a document: by the media type that its carrier told, by the ending of
// its name, else by how it begins. nil: it is plain text, or nothing that is known.
func Find(name, media string, head []byte) *extract.Format {
	media, _, _ = strings.Cut(media, ";")
	told := byMedia[strings.ToLower(strings.TrimSpace(media))]
	if told != nil && told.Text { // pieces of pages, and pages that look like templates, were sent as pages
		return told
	}
	for _, f := range []*extract.Format{byEnding[Ending(name)], told} {
		if f != nil && (f.Magic == nil || f.Magic(head)) {
			return f
		}
	}
	if byEnding[Ending(name)] != nil || path.Ext(name) == "" {
		for i := range Table {
			if f := &Table[i]; f.Magic != nil && len(f.Endings) > 0 && f.Magic(head) && !isZip(head) {
				return f
			}
		}
	}
	return nil
}

// ByName returns the format that the ending of a name tells; nil for none.
func ByName(name string) *extract.Format { return byEnding[Ending(name)] }

// May tells whether a name alone suffices to say that the document is not plain text.
func May(name string) bool { return byEnding[Ending(name)] != nil || IsArchive(name) }

// Ending is the ending of a name, in lower case, with its dot.
func Ending(name string) string { return strings.ToLower(path.Ext(name)) }

// HeadBytes is how many of the first bytes Find wants to see.
const HeadBytes = 1 << 10

// head reads the beginning of a file.
func head(f extract.File) []byte {
	b := make([]byte, min(HeadBytes, f.Size))
	n, _ := f.ReadAt(b, 0) // what cannot be read is met again
	return b[:n]
}

// Needs names the format for whose sake a process must be prepared to do the job; "": none.
func Needs(job extract.Job) string {
	if f := byEnding[Ending(job.Name)]; f != nil && f.Prepare != nil && job.Do == extract.OpText {
		return f.Name
	}
	if f := byMedia[job.Type]; f != nil && f.Prepare != nil && job.Do == extract.OpText {
		return f.Name
	}
	return ""
}

// Prepare makes this process ready to read a format.
func Prepare(format string) error {
	i := slices.IndexFunc(Table, func(f extract.Format) bool { return f.Name == format && f.Prepare != nil })
	if i < 0 {
		return nil
	}
	return Table[i].Prepare()
}

// Local does jobs where it stands: in a child, and in tests. It has no limits but those of the
// text.
type Local struct{}

var _ extract.Runner = Local{}

// Run implements extract.Runner.
func (Local) Run(ctx context.Context, job extract.Job, r io.ReaderAt, out extract.Output) (err error) {
	n := &noting{ReaderAt: r}
	defer func() {
		if n.err != nil {
			err = n.err
		}
	}()
	defer extract.Catch(&err)
	f := extract.File{Name: job.Name, Type: job.Type, Size: job.Size, ReaderAt: n}
	switch job.Do {
	case extract.OpText:
		return text(ctx, f, out)
	case extract.OpList:
		return list(f, out)
	case extract.OpMember:
		return member(ctx, f, job.Member, out)
	case extract.OpFlatten:
		return flatten(ctx, f, out)
	}
	return extract.Refusef("nobody knows how to %q", job.Do)
}

// noting notes that a file could not be read, whatever becomes of the error: then nothing is known
// of the document.
type noting struct {
	io.ReaderAt
	err error
}

// ReadAt implements io.ReaderAt.
func (n *noting) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 { // a table in the file says so
		return 0, errBefore
	}
	got, err := n.ReaderAt.ReadAt(p, at)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return got, err
}

var errBefore = extract.Refusef("it is damaged: a part of it lies before its beginning")

// text extracts a document.
func text(ctx context.Context, f extract.File, out extract.Output) error {
	format := Find(f.Name, f.Type, head(f))
	switch {
	case format == nil:
		return extract.Refusef("its format is none that is read")
	case format.Missing != "":
		return extract.Refusef("%s", format.Missing)
	}
	w := extract.NewWriter(ctx, f.Size, out)
	if err := format.Read(f, w); err != nil {
		return err
	}
	w.Close(format.Name)
	return nil
}

// Version is a number that is another one when the same bytes would give another text, or when this
// build reads a format that another one does not.
func Version(f *extract.Format) uint64 {
	n := uint64(f.Version) + 1
	if f.Missing != "" {
		n |= 1 << 8
	}
	return n
}
