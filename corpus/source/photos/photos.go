// Package photos is the connector of stage 0 for a folder of photos and films.
//
// A photo is a document that says in words when and where it was taken, with what, and what its
// owner wrote into it, so that a question for "the lake in May" has words to meet; and what is
// written in it, where tesseract is installed. A film is one with its chapters and subtitles, each
// at its time, where ffmpeg is installed. Subtitles that lie beside it are documents as well.
package photos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/folder"
	"sluice/internal/tool"
)

// Kind is the Info.Kind of a folder of photos.
const Kind = "photos"

// The values of the option ocr.
const (
	ocrAuto = "auto"
	ocrAll  = "all"
	ocrNone = "none"
)

// Connector is the line of the table of connectors.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR", Short: "photos and films: when, where, with what, captions, subtitles" + missing(),
		Options: map[string]string{"ocr": "which pictures are read for text by tesseract: auto (those of no camera: screenshots, scans; the default), all, none"},
		Open:    Open,
	}
}

// missing says which programs would read more.
func missing() string {
	var all []string
	if !tool.Has("tesseract") {
		all = append(all, "text in pictures needs tesseract")
	}
	if !tool.Has("ffprobe") || !tool.Has("ffmpeg") {
		all = append(all, "films need ffmpeg")
	}
	if len(all) == 0 {
		return ""
	}
	return " (not installed: " + strings.Join(all, ", ") + ")"
}

// Photos is a corpus.Source over one folder. It is safe for concurrent use.
type Photos struct {
	*folder.Folder
	info corpus.Info
	by   extract.Runner
	ocr  string
}

// Open makes a source of the folder of a setting.
func Open(s source.Setting) (corpus.Source, error) {
	f, err := folder.Open(filepath.FromSlash(s.Root), folder.Options{Label: s.Label, NoIgnore: true})
	if err != nil {
		return nil, err
	}
	p := &Photos{Folder: f, info: s.Info, by: s.Extract, ocr: ocrAuto}
	if v, ok := s.Rules.Set["ocr"]; ok {
		if p.ocr = v; v != ocrAuto && v != ocrAll && v != ocrNone {
			return nil, fmt.Errorf("--option ocr=%s: write auto, all or none", v)
		}
	}
	return p, nil
}

// Info implements corpus.Source.
func (p *Photos) Info() corpus.Info { return p.info }

// medium is what a file is by its ending.
type medium struct {
	photo string // media type
	film  string // how ffmpeg calls its container
	cues  bool
}

var media = map[string]medium{
	".jpg": {photo: "image/jpeg"}, ".jpeg": {photo: "image/jpeg"}, ".png": {photo: "image/png"}, ".webp": {photo: "image/webp"}, ".tif": {photo: "image/tiff"}, ".tiff": {photo: "image/tiff"},
	".heic": {photo: "image/heic"}, ".heif": {photo: "image/heif"}, ".avif": {photo: "image/avif"},
	".dng": {photo: "image/x-adobe-dng"}, ".cr2": {photo: "image/x-canon-cr2"}, ".nef": {photo: "image/x-nikon-nef"}, ".arw": {photo: "image/x-sony-arw"}, ".pef": {photo: "image/x-pentax-pef"},
	".mp4": {film: "mov"}, ".mov": {film: "mov"}, ".m4v": {film: "mov"}, ".3gp": {film: "mov"}, ".m4a": {film: "mov"}, ".mkv": {film: "matroska"}, ".webm": {film: "matroska"},
	".avi": {film: "avi"}, ".mpg": {film: "mpeg"}, ".mpeg": {film: "mpeg"}, ".mts": {film: "mpegts"}, ".m2ts": {film: "mpegts"}, ".ogv": {film: "ogg"}, ".mp3": {film: "mp3"},
	".srt": {cues: true}, ".vtt": {cues: true}, ".ass": {cues: true}, ".ssa": {cues: true}, ".sbv": {cues: true},
}

func mediumOf(name string) (medium, bool) {
	m, ok := media[strings.ToLower(path.Ext(name))]
	return m, ok
}

// how numbers the way in which a text is made: where a program was installed meanwhile, or other
// pictures are to be read, it is made anew.
func (p *Photos) how(m medium) uint64 {
	n := uint64(1)
	if m.photo != "" && p.ocr != ocrNone && tool.Has("tesseract") {
		n += 1 + uint64(len(p.ocr))
	}
	if m.film != "" && tool.Has("ffmpeg") {
		n += 100
	}
	return n
}

// Walk implements corpus.Source.
func (p *Photos) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return p.through(ctx, p.Folder.Walk, visit)
}

// List implements corpus.Lister: it must not be the folder's, which lists other files too.
func (p *Photos) List(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	return p.Walk(ctx, visit)
}

func (p *Photos) through(ctx context.Context, list func(context.Context, func(corpus.Item) error) (*corpus.Report, error), visit func(corpus.Item) error) (*corpus.Report, error) {
	own := &corpus.Report{}
	report, err := list(ctx, func(it corpus.Item) error {
		m, ok := mediumOf(it.Path)
		if !ok {
			own.LeaveOut(corpus.Foreign, it.Size)
			return nil
		}
		own.Taken.Add(it.Size)
		it.How = p.how(m)
		return visit(it)
	})
	if report == nil {
		return nil, err
	}
	own.Merge(report)
	return own, err
}

// Stat implements corpus.Source.
func (p *Photos) Stat(ctx context.Context, path string) (corpus.Item, error) {
	it, err := p.Folder.Stat(ctx, path)
	if err != nil {
		return it, err
	}
	m, ok := mediumOf(path)
	if !ok {
		return corpus.Item{}, fmt.Errorf("%s: %w: it is no photo and no film", path, corpus.ErrGone)
	}
	it.How = p.how(m)
	return it, nil
}

// Preview implements source.Previewer: the folder's own would count other files.
func (p *Photos) Preview(ctx context.Context, whole bool, progress func(n int64)) (*source.Preview, error) {
	return source.PreviewOf(ctx, struct{ corpus.Source }{p}, whole, progress)
}

// Open implements corpus.Source.
func (p *Photos) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	it, err := p.Stat(ctx, path)
	if err != nil {
		return nil, it, err
	}
	m, _ := mediumOf(path)
	file, raw, err := p.OpenRaw(ctx, path)
	if err != nil {
		return nil, it, err
	}
	raw.How = it.How
	var d *extract.Document
	switch {
	case m.film != "":
		d, err = p.film(ctx, path, m.film)
	case m.photo != "":
		d, err = p.photo(ctx, extract.File{Name: path, Type: m.photo, Size: raw.Size, ReaderAt: file})
	default:
		d, err = extract.Text(ctx, p.by, extract.File{Name: path, Size: raw.Size, ReaderAt: file})
	}
	if err = errors.Join(err, file.Close()); err != nil {
		if left := new(corpus.LeftOutError); errors.As(err, &left) || ctx.Err() != nil {
			return nil, raw, err
		}
		return nil, raw, fmt.Errorf("%s: %w", path, err)
	}
	raw.Title, raw.Time, raw.Type = d.Title, d.Time, d.Type
	return source.NewMarked(d.Text, d.Marks), raw, nil
}

const (
	ocrBytesMax  = 64 << 20
	ocrTextMax   = 1 << 20
	ocrMemoryMax = 4 << 30
)

// photo reads what a picture tells of itself, and where that is asked for, what is written in it.
func (p *Photos) photo(ctx context.Context, f extract.File) (*extract.Document, error) {
	d, err := extract.Text(ctx, p.by, f)
	if err != nil {
		return nil, err
	}
	byCamera := strings.Contains(string(d.Text), "\nCamera: ")
	if p.ocr == ocrNone || p.ocr == ocrAuto && byCamera || f.Size > ocrBytesMax || !tool.Has("tesseract") {
		return d, nil
	}
	c := tool.Command{Name: "tesseract", Args: []string{"stdin", "stdout", "--psm", "3"}, Env: []string{"OMP_THREAD_LIMIT=1"}, Stdin: io.NewSectionReader(f, 0, f.Size), OutMax: ocrTextMax, Memory: ocrMemoryMax}
	out, err := c.Output(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return d, nil //nolint:nilerr // a picture of a kind that tesseract does not read says what it told of itself
	}
	if text := strings.TrimSpace(strings.ToValidUTF8(string(out), "\uFFFD")); text != "" {
		d.Text = append(d.Text, "\n\nText in the picture:\n"+text+"\n"...)
	}
	return d, nil
}
