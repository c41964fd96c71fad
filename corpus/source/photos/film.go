package photos

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/internal/tool"
)

// probe is what ffprobe says of a film.
type probe struct {
	Format struct {
		Duration string            `json:"duration"`
		Tags     map[string]string `json:"tags"`
	} `json:"format"`
	Streams []struct {
		Index  int               `json:"index"`
		Kind   string            `json:"codec_type"`
		Codec  string            `json:"codec_name"`
		Width  int               `json:"width"`
		Height int               `json:"height"`
		Tags   map[string]string `json:"tags"`
	} `json:"streams"`
	Chapters []struct {
		Start string            `json:"start_time"`
		End   string            `json:"end_time"`
		Tags  map[string]string `json:"tags"`
	} `json:"chapters"`
}

const (
	filmWait      = 2 * time.Minute
	filmMemoryMax = 4 << 30
	chaptersMax   = 1000
)

// ffmpeg is a run of ffmpeg or of ffprobe on a film. It is told the container by the ending: one
// that names other files, or addresses, in place of a film is none.
func (p *Photos) ffmpeg(program, path, container string, args ...string) *tool.Command {
	all := []string{"-v", "error", "-protocol_whitelist", "file,pipe", "-f", container, "-i", "file:" + filepath.FromSlash(p.info.Root+"/"+path)}
	return &tool.Command{Name: program, Args: append(all, args...), Wait: filmWait, Memory: filmMemoryMax, CPU: filmWait}
}

// film reads what a film tells of itself, its chapters, and its subtitles.
func (p *Photos) film(ctx context.Context, path, container string) (*extract.Document, error) {
	out, err := p.ffmpeg("ffprobe", path, container, "-print_format", "json", "-show_format", "-show_streams", "-show_chapters").Output(ctx)
	if errors.Is(err, tool.ErrMissing) {
		return nil, &corpus.LeftOutError{Path: path, Reason: corpus.NoReader}
	}
	if err != nil {
		return nil, err
	}
	var film probe
	if err := json.Unmarshal(out, &film); err != nil {
		return nil, fmt.Errorf("what ffprobe says of it cannot be read: %w", err)
	}
	d := film.document()
	for _, s := range film.Streams {
		if s.Kind != "subtitle" || slices.Contains([]string{"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"}, s.Codec) { // pictures of words
			continue
		}
		out, err := p.ffmpeg("ffmpeg", path, container, "-map", fmt.Sprintf("0:%d", s.Index), "-f", "srt", "-").Output(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil || len(bytes.TrimSpace(out)) == 0 {
			continue
		}
		said, err := extract.Text(ctx, p.by, extract.File{Name: "film.srt", Size: int64(len(out)), ReaderAt: bytes.NewReader(out)})
		if err != nil {
			continue
		}
		d.Text = fmt.Appendf(d.Text, "\nSubtitles (%s):\n", cmp.Or(s.Tags["language"], "language not told"))
		d.Marks = append(d.Marks, moved(said.Marks, len(d.Text))...)
		d.Text = append(append(d.Text, said.Text...), '\n')
	}
	return d, nil
}

// moved are marks of a text that now stands further behind.
func moved(marks corpus.Marks, by int) corpus.Marks {
	out := slices.Clone(marks)
	for i := range out {
		out[i].Start, out[i].End = out[i].Start+uint32(by), out[i].End+uint32(by)
	}
	return out
}

// tag is the first of the tags that says something.
func (f *probe) tag(names ...string) string {
	for _, n := range names {
		for key, v := range f.Format.Tags {
			if strings.EqualFold(key, n) && strings.TrimSpace(v) != "" {
				return extract.Tidy(v)
			}
		}
	}
	return ""
}

// document writes a film in words.
func (f *probe) document() *extract.Document {
	d := &extract.Document{}
	d.Type = "film"
	what := "Sound recording"
	width, height := 0, 0
	for _, s := range f.Streams {
		if s.Kind == "video" && s.Codec != "mjpeg" && s.Codec != "png" { // these are covers
			what, width, height = "Film", s.Width, s.Height
		}
	}
	d.Title = f.tag("title")
	d.Text = append(d.Text, what...)
	if at, err := time.Parse(time.RFC3339Nano, f.tag("com.apple.quicktime.creationdate", "creation_time", "date")); err == nil && at.Year() > 1970 {
		d.Time = at
		d.Text = append(d.Text, " recorded on "+at.Format("Monday, 2 January 2006, 15:04:05 -07:00")...)
	}
	if length := seconds(f.Format.Duration); length > 0 {
		d.Text = append(d.Text, ", "+length.Round(time.Second).String()+" long"...)
	}
	d.Text = append(d.Text, '\n')
	line := func(name, value string) {
		if value != "" {
			d.Text = append(d.Text, name+value+"\n"...)
		}
	}
	line("", d.Title)
	line("", f.tag("description", "synopsis"))
	line("", f.tag("comment"))
	line("By: ", f.tag("artist", "author", "album_artist"))
	line("Album: ", f.tag("album"))
	line("Show: ", f.tag("show"))
	line("Keywords: ", f.tag("keywords", "genre"))
	line("Coordinates: ", coordinates(f.tag("location", "com.apple.quicktime.location.iso6709", "location-eng")))
	line("Camera: ", strings.TrimSpace(f.tag("com.apple.quicktime.make", "make")+" "+f.tag("com.apple.quicktime.model", "model")))
	if width > 0 {
		line("", fmt.Sprintf("Size: %d x %d pixels", width, height))
	}
	for i, c := range f.Chapters {
		if i == 0 {
			d.Text = append(d.Text, "\nChapters:\n"...)
		}
		if i == chaptersMax {
			break
		}
		from, start := seconds(c.Start), len(d.Text)
		line("", cmp.Or(extract.Tidy(c.Tags["title"]), fmt.Sprintf("Chapter %d", i+1)))
		d.Marks = append(d.Marks, corpus.Offset(from, max(0, seconds(c.End)-from)).Over(start, len(d.Text)))
	}
	return d
}

// seconds reads a time as ffprobe writes it.
func seconds(s string) time.Duration {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n > 1e6 || math.IsNaN(n) {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// coordinates reads a place as films have it: +40.4000-003.7146/ or +40.4000-003.7146+634.000/.
func coordinates(s string) string {
	s = strings.TrimSuffix(s, "/")
	at := strings.LastIndexAny(s[min(1, len(s)):], "+-") + 1
	if strings.Count(s, "+")+strings.Count(s, "-") == 3 {
		s = s[:at]
		at = strings.LastIndexAny(s[1:], "+-") + 1
	}
	if at < 2 {
		return ""
	}
	lat, err1 := strconv.ParseFloat(s[:at], 64)
	long, err2 := strconv.ParseFloat(s[at:], 64)
	if err1 != nil || err2 != nil || math.Abs(lat) > 90 || math.Abs(long) > 180 {
		return ""
	}
	return fmt.Sprintf("%.6f, %.6f", lat, long)
}
