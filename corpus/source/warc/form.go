package warc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
	"sluice/internal/limits"
)

// Kind is the Info.Kind of files of web pages.
const Kind = "warc"

// Connector is the line of the table of connectors.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "FILE", Short: "web pages in a WARC file (or a folder of them): a crawl, Common Crawl, the Internet Archive",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: []packed.Form{form{s.Extract}}, Unknown: unknown}), nil
		},
	}
}

// form is packed.Form for WARC and ARC.
type form struct{ by extract.Runner }

// Claims implements packed.Form.
func (form) Claims(f *packed.File, _ []byte) bool {
	return NewFile(f, f.Size).begins(0) || unknown(f, nil)
}

// unknown tells of a file whether it should be one that is read: then what is wrong with it is
// told.
func unknown(f *packed.File, _ []byte) bool {
	name := strings.TrimSuffix(strings.ToLower(f.Name()), ".gz")
	return strings.HasSuffix(name, ".warc") || strings.HasSuffix(name, ".arc") || strings.HasSuffix(name, ".wet")
}

// List implements packed.Form. Of several captures of one page the newest one is a document.
func (form) List(ctx context.Context, f *packed.File, _ *source.Rules, emit func(packed.Document) error) error {
	file, newest := NewFile(f, f.Size), map[string]packed.Document{}
	for at := int64(0); ctx.Err() == nil; {
		rec, next, err := file.Next(at)
		if errors.Is(err, io.EOF) && !errors.Is(err, ErrCorrupt) {
			break
		}
		if err != nil {
			f.Fail(fmt.Sprintf("%s at byte %d", f.Path, at), err)
		}
		if at = next; rec == nil {
			continue
		}
		d, why := document(rec)
		if why != "" {
			f.LeaveOut(why, rec.Size)
			continue
		}
		had, ok := newest[d.Path]
		if ok {
			f.LeaveOut(corpus.Duplicate, min(d.Size, had.Size))
		}
		if d.Path != "" && (!ok || !d.ModTime.Before(had.ModTime)) {
			newest[d.Path] = d
		}
	}
	for _, d := range newest {
		if err := emit(d); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// document is what a record is to a store: a document, nothing (a request, what the crawler says of
// itself), or left out.
func document(rec *Record) (d packed.Document, why corpus.Reason) {
	switch rec.Type {
	case "response", "resource", "conversion":
	default:
		return d, ""
	}
	if !strings.Contains(rec.URI, ":") || strings.HasPrefix(rec.URI, "dns:") || strings.HasPrefix(rec.URI, "metadata:") {
		return d, ""
	}
	media, _ := MediaType(rec.Header["content-type"])
	size := rec.Size
	if rec.Block == nil && rec.Size > 0 {
		return d, corpus.TooLarge
	}
	if rec.Type == "response" && rec.IsMessage() {
		m, err := ParseMessage(rec.Block)
		switch {
		case err != nil:
			return d, corpus.Unread
		case m.Status/100 == 3 || m.Status == 404 || m.Status == 410:
			return d, "" // it says where a page is, or that there is none
		case m.Status != 200:
			return d, corpus.Refused
		}
		media, _ = MediaType(m.Header["content-type"])
		size = int64(len(m.Raw))
	}
	if !Readable(media) || size == 0 {
		return d, corpus.Binary
	}
	if len(rec.URI) > limits.PathBytesMax {
		return d, corpus.Unread
	}
	d.Item = corpus.Item{Path: rec.URI, Size: size, ModTime: rec.Date, Time: rec.Date, Changed: rec.Date.UnixNano(), FileID: corpus.Digest(rec.Block)}
	d.Start, d.Length = rec.Offset, rec.Length
	return d, ""
}

// Readable tells whether a body of that media type may be a text.
func Readable(media string) bool {
	kind, name, _ := strings.Cut(media, "/")
	switch {
	case media == "" || kind == "text" && name != "css" && name != "javascript":
		return true
	case kind == "application":
		return !strings.Contains(name, "javascript") && !strings.Contains(name, "zip") && name != "octet-stream" && name != "wasm"
	}
	return false
}

// Open implements packed.Form.
func (o form) Open(ctx context.Context, f *packed.File, d packed.Document, _ *source.Rules) (*packed.Text, error) {
	rec, _, err := NewFile(f, f.Size).Next(d.Start)
	if err != nil {
		return nil, err
	}
	if corpus.Digest(rec.Block) != d.FileID {
		return nil, ErrCorrupt
	}
	body, contentType := rec.Block, rec.Header["content-type"]
	if rec.IsMessage() {
		m, err := ParseMessage(rec.Block)
		if err != nil {
			return nil, err
		}
		if body, err = m.Body(); errors.Is(err, ErrTooLarge) {
			return nil, &corpus.LeftOutError{Path: d.Path, Reason: corpus.TooLarge}
		} else if err != nil {
			return nil, err
		}
		contentType = m.Header["content-type"]
	}
	r, _, err := Text(ctx, o.by, rec.URI, contentType, body)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return nil, err
	}
	marks, _ := corpus.MarksOf(r, b.Len())
	return &packed.Text{Body: b.Bytes(), Marks: marks, Guess: corpus.GuessOf(r)}, nil
}
