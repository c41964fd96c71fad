package photos

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract/formats"
	"sluice/corpus/source"
	"sluice/corpus/source/sourcetest"
	"sluice/internal/tool"
)

// album is a folder of subtitles, as the suite edits it.
type album struct{ dir string }

func newAlbum(t testing.TB, set map[string]string) (*album, corpus.Source) {
	t.Helper()
	a := &album{filepath.Join(t.TempDir(), "album")}
	if err := os.Mkdir(a.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	src, err := Connector().Source(source.Setting{Info: corpus.Info{Label: "album", Kind: Kind, Root: filepath.ToSlash(a.dir)}, Rules: source.Rules{Set: set}, Extract: formats.Local{}})
	if err != nil {
		t.Fatal(err)
	}
	return a, src
}

func (a *album) write(t testing.TB, name string, b []byte) {
	t.Helper()
	path := filepath.Join(a.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (a *album) Put(t testing.TB, name, text string) string {
	a.write(t, name+".srt", []byte("1\n00:00:01,000 --> 00:00:02,500\n"+text+"\n"))
	return name + ".srt"
}

func (a *album) MovePages(t testing.TB, path string) {
	b, err := os.ReadFile(filepath.Join(a.dir, path))
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, path, bytes.Replace(b, []byte("00:00:01,000"), []byte("00:00:00,50"), 1))
}

func (a *album) Remove(t testing.TB, path string) {
	if err := os.Remove(filepath.Join(a.dir, path)); err != nil {
		t.Fatal(err)
	}
}

func (a *album) RemoveRoot(t testing.TB) {
	if err := os.RemoveAll(a.dir); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		a, src := newAlbum(t, nil)
		return src, a
	})
}

// read reads a document.
func read(t *testing.T, src corpus.Source, path string) (string, corpus.Marks, corpus.Item) {
	t.Helper()
	r, it, err := src.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	marks, _ := corpus.MarksOf(r, len(b))
	return string(b), marks, it
}

// photoWith makes a picture whose camera noted a date, a place and a caption, and that has an XMP
// packet.
func photoWith(t *testing.T, caption, xmp string) []byte {
	t.Helper()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	var app []byte
	segment := func(body []byte) {
		app = append(app, 0xff, 0xe1)
		app = binary.BigEndian.AppendUint16(app, uint16(len(body)+2))
		app = append(app, body...)
	}
	segment(append([]byte("Exif\x00\x00"), exif(caption)...))
	if xmp != "" {
		segment([]byte("http://ns.adobe.com/xap/1.0/\x00" + xmp))
	}
	return append(append([]byte{0xff, 0xd8}, app...), picture.Bytes()[2:]...)
}

// exif makes a block of tags.
func exif(caption string) []byte {
	type tag struct {
		id, kind uint16
		n        uint32
		value    []byte
	}
	text := func(id uint16, s string) tag { return tag{id, 2, uint32(len(s) + 1), append([]byte(s), 0)} }
	angle := func(id uint16, d, m, s uint32) tag {
		var b []byte
		for _, n := range []uint32{d, m, s} {
			b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, n), 1)
		}
		return tag{id, 5, 3, b}
	}
	out := []byte("MM\x00*\x00\x00\x00\x08")
	directory := func(at int, tags []tag) (dir []byte) {
		data := at + 2 + 12*len(tags) + 4
		var rest []byte
		dir = binary.BigEndian.AppendUint16(dir, uint16(len(tags)))
		for _, g := range tags {
			dir = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(dir, g.id), g.kind)
			dir = binary.BigEndian.AppendUint32(dir, g.n)
			if len(g.value) <= 4 {
				dir = append(dir, append(g.value, 0, 0, 0, 0)[:4]...)
				continue
			}
			dir = binary.BigEndian.AppendUint32(dir, uint32(data+len(rest)))
			rest = append(rest, g.value...)
		}
		return append(append(dir, 0, 0, 0, 0), rest...)
	}
	main := []tag{text(0x010e, caption), text(0x010f, "Kodak"), text(0x0110, "Brownie 127"), {0x8769, 4, 1, nil}, {0x8825, 4, 1, nil}}
	pointed := []tag{text(0x9003, "2024:05:18 19:04:05"), text(0x9011, "+02:00")}
	place := []tag{text(1, "N"), angle(2, 47, 38, 24), text(3, "W"), angle(4, 9, 22, 12)}
	for i := range main[3:] {
		main[3+i].value = []byte{0, 0, 0, 0}
	}
	one := len(directory(8, main))
	two := len(directory(8+one, pointed))
	main[3].value, main[4].value = binary.BigEndian.AppendUint32(nil, uint32(8+one)), binary.BigEndian.AppendUint32(nil, uint32(8+one+two))
	return append(append(append(out, directory(8, main)...), directory(8+one, pointed)...), directory(8+one+two, place)...)
}

// TestPhoto: a photo says in words when, where and with what it was taken, and what its owner wrote
// into it.
func TestPhoto(t *testing.T) {
	a, src := newAlbum(t, map[string]string{"ocr": "none"})
	a.write(t, "2024/IMG_1.JPG", photoWith(t, "At the lake", `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description xmlns:dc="d" dc:format="image/jpeg">
		<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sunset</rdf:li></rdf:Alt></dc:title>
		<dc:subject><rdf:Bag><rdf:li>water</rdf:li><rdf:li>Bodensee</rdf:li></rdf:Bag></dc:subject>
		<mwg:Regions xmlns:mwg="m"><mwg:RegionList><rdf:Bag><rdf:li><rdf:Description mwg:Name="Greta"/></rdf:li></rdf:Bag></mwg:RegionList></mwg:Regions>
		</rdf:Description></rdf:RDF></x:xmpmeta>`))
	text, _, it := read(t, src, "2024/IMG_1.JPG")
	for _, want := range []string{"Photo taken on Saturday, 18 May 2024, 19:04:05 +02:00 (in the evening)", "At the lake", "Sunset", "Keywords: water, Bodensee", "People: Greta",
		"Coordinates: 47.640000, -9.370000", "Camera: Kodak Brownie 127", "Size: 40 x 30 pixels"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if !it.Time.Equal(time.Date(2024, 5, 18, 17, 4, 5, 0, time.UTC)) || it.Title != "Sunset" || it.Type != "photo" {
		t.Errorf("%+v", it)
	}
}

// TestSubtitles: what is said stands at its time, in every form of subtitles, without what is not
// said.
func TestSubtitles(t *testing.T) {
	a, src := newAlbum(t, nil)
	for name, text := range map[string]string{
		"a.srt": "1\n00:01:02,500 --> 00:01:04,000\n<i>The lake</i> is\n{\\an8}deep &amp; cold\n\n2\n01:00:00,000 --> 01:00:01,000\nBye\n",
		"b.srt": "1\r00:01:02,500 --> 00:01:04,000\rThe lake is\rdeep & cold\r\r2\r01:00:00,000 --> 01:00:01,000\rBye\r",
		"c.vtt": "\ufeffWEBVTT - a film\nKind: captions\n\nNOTE not said\n00:01 never\n\nSTYLE\n::cue { color: red }\n\nx\n01:02.500 --> 01:04.000 align:start\nThe lake is <c.yellow>deep</c> &amp; cold\n\n1:00:00.000 --> 1:00:01.000\nBye\n",
		"d.ass": "[Script Info]\nTitle: A film\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nDialogue: 0,0:01:02.50,0:01:04.00,Default,,0,0,0,,{\\b1}The lake is\\Ndeep & cold\nDialogue: 0,1:00:00.00,1:00:01.00,Default,,0,0,0,,Bye\n",
		"e.sbv": "0:01:02.500,0:01:04.000\nThe lake is\ndeep & cold\n\n1:00:00.000,1:00:01.000\nBye\n",
		"f.srt": "\n\n1\n00:01:02.500 --> 00:01:04.000\nThe lake is\ndeep & cold\n2\n01:00:00,000 --> 01:00:01,000\nBye",
	} {
		a.write(t, name, []byte(text))
		got, marks, it := read(t, src, name)
		if strings.TrimSpace(got) != "The lake is deep & cold\nBye" || it.Type != "subtitle" {
			t.Errorf("%s: %q, %+v", name, got, it)
		}
		if len(marks) != 2 || marks[:1].FirstOffset() != "1:02" || marks[1:].FirstOffset() != "1:00:00" || marks[0].Second != 1500 || got[marks[1].Start:marks[1].End] != "Bye" {
			t.Errorf("%s: %+v", name, marks)
		}
	}
	a.write(t, "g.vtt", []byte("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>Hello</v> <00:01.500>there"))
	if got, _, _ := read(t, src, "g.vtt"); strings.TrimSpace(got) != "Ada: Hello there" {
		t.Errorf("%q", got)
	}
}

// TestWhatIsNoPhoto: other files are counted, and broken ones cost themselves.
func TestWhatIsNoPhoto(t *testing.T) {
	a, src := newAlbum(t, nil)
	a.write(t, "notes.txt", []byte("text"))
	a.write(t, "Thumbs.db", []byte{0, 1})
	a.write(t, "whole.jpg", photoWith(t, "x", ""))
	for name, b := range map[string][]byte{"empty.jpg": {}, "text.jpg": []byte("no picture"), "cut.jpg": photoWith(t, "cut", "")[:60], "zeros.heic": make([]byte, 4000), "cut.png": []byte("\x89PNG\r\n\x1a\n\xff\xff\xff\xff"),
		"none.srt": []byte("no cue is here"), "loop.tif": append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x0e\x01\x02\x00\xff\xff\xff\xff\x08\x00\x00\x00\x08\x00\x00\x00"), make([]byte, 50)...)} {
		a.write(t, name, b)
	}
	n := 0
	report, err := src.Walk(t.Context(), func(it corpus.Item) error {
		r, _, err := src.Open(t.Context(), it.Path)
		if err == nil {
			_, _ = io.Copy(io.Discard, r)
			n++
		}
		return nil
	})
	if c := report.LeftOut[corpus.Foreign]; err != nil || c == nil || c.Files != 2 || n == 0 {
		t.Errorf("%+v, %v; %d could be read", report, err, n)
	}
	if _, err := src.Stat(t.Context(), "notes.txt"); err == nil {
		t.Error("a text is a photo")
	}
}

// TestText: what is written in a picture is read where tesseract is installed, and not of a
// camera's picture unless that is asked for.
func TestText(t *testing.T) {
	if !tool.Has("tesseract") {
		t.Skip("the program tesseract is not here")
	}
	png, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "fixtures", "ocr-image", "282-testOCR_spacing.png"))
	if err != nil {
		t.Skip("the fixtures are not here: ", err)
	}
	for ocr, want := range map[string]bool{"auto": true, "all": true, "none": false} {
		a, src := newAlbum(t, map[string]string{"ocr": ocr})
		a.write(t, "screen.png", png)
		if text, _, _ := read(t, src, "screen.png"); strings.Contains(text, "quick") != want {
			t.Errorf("ocr=%s: %q", ocr, text)
		}
	}
}

// TestFilm: a film has its chapters and subtitles at their times.
func TestFilm(t *testing.T) {
	if !tool.Has("ffmpeg") || !tool.Has("ffprobe") {
		t.Skip("the program ffmpeg is not here")
	}
	a, src := newAlbum(t, nil)
	a.write(t, "s.srt", []byte("1\n00:00:01,000 --> 00:00:02,000\nThe lake is deep\n"))
	a.write(t, "meta.txt", []byte(";FFMETADATA1\ntitle=The trip\ncomment=filmed from the pier\ncreation_time=2024-05-18T17:04:05Z\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=Arrival\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=Departure\n"))
	for _, name := range []string{"trip.mkv", "trip.mp4"} {
		codec := map[string]string{"trip.mkv": "srt", "trip.mp4": "mov_text"}[name]
		cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=black:s=32x32:d=3:r=2", "-i", "s.srt", "-i", "meta.txt", "-map", "0", "-map", "1", "-map_metadata", "2", "-c:s", codec, name)
		cmd.Dir = a.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("this ffmpeg makes no such film: %v\n%s", err, out)
		}
		text, marks, it := read(t, src, name)
		for _, want := range []string{"Film", "The trip", "filmed from the pier", "Arrival", "Departure", "The lake is deep", "Size: 32 x 32"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing:\n%s", name, want, text)
			}
		}
		at := map[string]string{}
		for i, m := range marks {
			at[strings.TrimSpace(text[m.Start:m.End])] = marks[i : i+1].FirstOffset()
		}
		if at["Departure"] != "0:01" || at["The lake is deep"] != "0:01" || at["Arrival"] != "0:00" || it.Type != "film" || it.Title != "The trip" {
			t.Errorf("%s: %v, %+v", name, at, it)
		}
	}
	a.write(t, "evil.mp4", []byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"))
	if r, _, err := src.Open(t.Context(), "evil.mp4"); err == nil {
		b, _ := io.ReadAll(r)
		t.Errorf("a list of other files is a film: %q", b)
	}
}

// TestCoordinates: places as films have them.
func TestCoordinates(t *testing.T) {
	for s, want := range map[string]string{"+40.4000-003.7146/": "40.400000, -3.714600", "+40.4000-003.7146+634.000/": "40.400000, -3.714600", "-33.8-070.5": "-33.800000, -70.500000",
		"": "", "+": "", "/": "", "40": "", "+91.0+000.0/": "", "+1+2+3+4": "", "nonsense": ""} {
		if got := coordinates(s); got != want {
			t.Errorf("%q is %q, not %q", s, got, want)
		}
	}
	if got := fmt.Sprint(seconds("1.5"), seconds("-1"), seconds("x"), seconds("NaN"), seconds("1e300")); got != "1.5s 0s 0s 0s 0s" {
		t.Error(got)
	}
}
