package warc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
)

// Text is the text of a body that came from an address, with what the body says of itself. What is
// no format of documents is read as the plain text that it is, or left out.
func Text(ctx context.Context, by extract.Runner, address, contentType string, body []byte) (io.ReadCloser, extract.About, error) {
	media, _ := MediaType(contentType)
	name := nameOf(address)
	if media == "" && looksLikePage(body) {
		contentType = "text/html"
	}
	head := body[:min(len(body), formats.HeadBytes)]
	format := formats.Find(name, contentType, head)
	if format != nil && format.Missing != "" {
		return nil, extract.About{}, &corpus.LeftOutError{Path: address, Reason: corpus.NoReader}
	}
	if by == nil || format == nil {
		text := source.NewText(bytes.NewReader(body), address)
		return text, extract.About{}, text.Check()
	}
	d, err := extract.Text(ctx, by, extract.File{Name: name, Type: contentType, Size: int64(len(body)), ReaderAt: bytes.NewReader(body)})
	if errors.Is(err, extract.ErrPlain) {
		text := source.NewText(bytes.NewReader(body), address)
		return text, extract.About{}, text.Check()
	}
	if err != nil {
		return nil, extract.About{}, err
	}
	return source.NewMarked(d.Text, d.Marks), d.About, nil
}

// nameOf is the last part of an address's path, whose ending may tell a format.
func nameOf(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return path.Base(address)
}

func looksLikePage(body []byte) bool {
	head := bytes.ToLower(body[:min(len(body), formats.HeadBytes)])
	return bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<!doctype html"))
}
