package formats

import (
	"cmp"
	"fmt"
	"image"
	_ "image/gif"  // sizes of pictures
	_ "image/jpeg" // sizes of pictures
	_ "image/png"  // sizes of pictures
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bep/imagemeta"

	"sluice/corpus/extract"
)

// photo is what a camera and its owner wrote into a picture, in words: when, where, with what, and
// of whom. It is asked for by the media type alone: in a folder of code pictures are icons.
var photo = extract.Format{
	Name: "photo", Media: slices.Sorted(maps.Keys(photoFormats)), Version: 1, Read: readPhoto,
}

var photoFormats = map[string]imagemeta.ImageFormat{
	"image/jpeg": imagemeta.JPEG, "image/png": imagemeta.PNG, "image/webp": imagemeta.WebP, "image/tiff": imagemeta.TIFF,
	"image/heic": imagemeta.HEIF, "image/heif": imagemeta.HEIF, "image/avif": imagemeta.AVIF,
	"image/x-adobe-dng": imagemeta.DNG, "image/x-canon-cr2": imagemeta.CR2, "image/x-nikon-nef": imagemeta.NEF, "image/x-sony-arw": imagemeta.ARW, "image/x-pentax-pef": imagemeta.PEF,
}

// pictureOf tells by its first bytes what a picture is: cameras and people name them wrongly.
func pictureOf(told string, head []byte) imagemeta.ImageFormat {
	h := string(head[:min(len(head), 16)])
	raw := photoFormats[told]
	switch {
	case strings.HasPrefix(h, "\xff\xd8"):
		return imagemeta.JPEG
	case strings.HasPrefix(h, "\x89PNG"):
		return imagemeta.PNG
	case strings.HasPrefix(h, "RIFF") && len(h) >= 12 && h[8:12] == "WEBP":
		return imagemeta.WebP
	case len(h) >= 12 && h[4:8] == "ftyp" && strings.HasPrefix(h[8:], "avi"):
		return imagemeta.AVIF
	case len(h) >= 12 && h[4:8] == "ftyp":
		return imagemeta.HEIF
	case (strings.HasPrefix(h, "II*\x00") || strings.HasPrefix(h, "MM\x00*")) && raw < imagemeta.DNG:
		return imagemeta.TIFF
	}
	return raw
}

// mediaOf is the media type of a format.
func mediaOf(format imagemeta.ImageFormat) string {
	for _, m := range slices.Sorted(maps.Keys(photoFormats)) {
		if photoFormats[m] == format {
			return m
		}
	}
	return "unknown"
}

// told is what a picture tells of itself: the tags of each kind, by name.
type told map[imagemeta.Source]map[string]string

// first is the first of the tags that says something. A tag is written "EXIF:Make".
func (t told) first(names ...string) string {
	for _, n := range names {
		kind, name, _ := strings.Cut(n, ":")
		source := map[string]imagemeta.Source{"EXIF": imagemeta.EXIF, "IPTC": imagemeta.IPTC, "XMP": imagemeta.XMP}[kind]
		if v := extract.Tidy(t[source][name]); v != "" {
			return v
		}
	}
	return ""
}

// all are the different things that the tags say.
func (t told) all(names ...string) (values []string) {
	for _, n := range names {
		if v := t.first(n); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

func readPhoto(f extract.File, w *extract.Writer) error {
	format := pictureOf(strings.ToLower(strings.TrimSpace(f.Type)), head(f))
	if format == imagemeta.ImageFormatAuto {
		return extract.Refusef("it is no picture of a known format")
	}
	tags, all := imagemeta.Tags{}, told{imagemeta.EXIF: {}, imagemeta.IPTC: {}, imagemeta.XMP: {}}
	size, err := imagemeta.Decode(imagemeta.Options{
		R: io.NewSectionReader(f, 0, f.Size), ImageFormat: format, Sources: imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP | imagemeta.CONFIG,
		LimitTagSize: 64 << 10,
		HandleXMP:    func(r io.Reader) error { return readXMP(r, all[imagemeta.XMP]) },
		HandleTag: func(tag imagemeta.TagInfo) error {
			tags.Add(tag)
			if had := all[tag.Source]; had != nil && had[tag.Tag] == "" {
				had[tag.Tag] = valueOf(tag.Value)
			}
			return nil
		},
	})
	width, height := size.ImageConfig.Width, size.ImageConfig.Height
	if c, _, e := image.DecodeConfig(io.NewSectionReader(f, 0, f.Size)); e == nil {
		width, height = c.Width, c.Height
	}
	if err != nil && len(tags.All()) == 0 && width == 0 {
		return extract.Refusef("what the picture says of itself cannot be read: %v", err)
	}
	all.write(w, tags)
	w.String("Format: " + mediaOf(format))
	w.Break()
	if width > 0 && height > 0 {
		w.String(fmt.Sprintf("Size: %d x %d pixels\n", width, height))
	}
	return nil
}

// valueOf writes the value of a tag.
func valueOf(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimRight(v, "\x00 ")
	case []string:
		return strings.Join(v, ", ")
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = valueOf(one)
		}
		return strings.Join(parts, ", ")
	case []byte:
		return ""
	}
	return fmt.Sprint(v)
}

// write writes a picture in words, so that a question for "the lake in May" has some to meet.
func (t told) write(w *extract.Writer, tags imagemeta.Tags) {
	line := func(name, value string) {
		if value != "" {
			w.String(name + ": " + value)
			w.Break()
		}
	}
	w.Title(t.first("XMP:title", "IPTC:ObjectName", "IPTC:Headline", "XMP:Headline", "EXIF:ImageDescription"))
	w.String("Photo")
	if at, zone := t.taken(); !at.IsZero() {
		w.Time(at)
		w.String(" taken on " + at.Format("Monday, 2 January 2006, 15:04:05"))
		if zone {
			w.String(at.Format(" -07:00"))
		}
		w.String(fmt.Sprintf(" (in the %s)", dayPart(at.Hour())))
	}
	w.Break()
	for _, caption := range t.all("XMP:title", "IPTC:ObjectName", "XMP:Headline", "IPTC:Headline", "XMP:description", "IPTC:Caption-Abstract", "IPTC:CaptionAbstract", "EXIF:ImageDescription", "EXIF:UserComment", "EXIF:XPTitle", "EXIF:XPComment", "EXIF:XPSubject") {
		w.String(caption)
		w.Break()
	}
	line("Keywords", strings.Join(t.all("XMP:subject", "IPTC:Keywords", "EXIF:XPKeywords", "XMP:HierarchicalSubject"), ", "))
	line("People", strings.Join(t.all("XMP:PersonInImage", "XMP:Name", "XMP:PersonDisplayName"), ", "))
	line("Place", strings.Join(t.all("IPTC:Sub-location", "IPTC:SubLocation", "XMP:Location", "IPTC:City", "XMP:City", "IPTC:Province-State", "IPTC:ProvinceState", "XMP:State", "IPTC:Country-PrimaryLocationName", "IPTC:CountryPrimaryLocationName", "XMP:Country"), ", "))
	if lat, long, ok := t.place(tags); ok {
		line("Coordinates", fmt.Sprintf("%.6f, %.6f", lat, long))
		if height := t.first("EXIF:GPSAltitude"); height != "" {
			line("Altitude", fmt.Sprintf("%.0f m", ratio(height)))
		}
	}
	camera := t.first("EXIF:Model", "XMP:Model")
	if brand := t.first("EXIF:Make", "XMP:Make"); !strings.HasPrefix(strings.ToLower(camera), strings.ToLower(brand)) {
		camera = strings.TrimSpace(brand + " " + camera)
	}
	line("Camera", camera)
	line("Lens", t.first("EXIF:LensModel", "XMP:Lens", "XMP:LensModel"))
	line("By", strings.Join(t.all("EXIF:Artist", "XMP:creator", "IPTC:By-line", "IPTC:Byline"), ", "))
	line("Rights", cmp.Or(t.first("EXIF:Copyright"), t.first("XMP:rights", "IPTC:CopyrightNotice")))
	line("Orientation", t.first("EXIF:Orientation"))
}

// place is where a picture was taken.
func (t told) place(tags imagemeta.Tags) (lat, long float64, ok bool) {
	lat, long, err := tags.GetLatLong()
	if err != nil || lat == 0 && long == 0 {
		lat, long = degrees(t.first("XMP:GPSLatitude")), degrees(t.first("XMP:GPSLongitude"))
	}
	return lat, long, (lat != 0 || long != 0) && math.Abs(lat) <= 90 && math.Abs(long) <= 180
}

// degrees reads an angle as XMP writes it: degrees and minutes, and seconds or not, with the
// direction behind them.
func degrees(s string) (sum float64) {
	unit := 1.0
	for part := range strings.SplitSeq(strings.TrimRight(s, "NSEWnsew"), ",") {
		sum += ratio(part) / unit
		unit *= 60
	}
	if strings.ContainsAny(s, "SWsw") {
		return -sum
	}
	return sum
}

// ratio reads a number, or two with a stroke between them; 0 for anything else.
func ratio(s string) float64 {
	over, under, ok := strings.Cut(strings.TrimSpace(s), "/")
	n, _ := strconv.ParseFloat(over, 64)
	if d, _ := strconv.ParseFloat(under, 64); ok && d != 0 {
		return n / d
	}
	return n
}

// dayPart is the part of the day in which an hour lies.
func dayPart(hour int) string {
	switch {
	case hour < 5:
		return "night"
	case hour < 12:
		return "morning"
	case hour < 18:
		return "afternoon"
	case hour < 22:
		return "evening"
	}
	return "night"
}

// taken is when a picture was taken, and whether its zone is known: else it is the time that a
// clock on the wall showed.
func (t told) taken() (at time.Time, zone bool) {
	offset := t.first("EXIF:OffsetTimeOriginal", "EXIF:OffsetTime", "EXIF:OffsetTimeDigitized")
	for _, name := range []string{"EXIF:DateTimeOriginal", "XMP:DateTimeOriginal", "EXIF:DateTimeDigitized", "XMP:CreateDate", "XMP:DateCreated", "EXIF:DateTime", "EXIF:ModifyDate"} {
		text := t.first(name)
		for _, form := range []string{"2006:01:02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02"} {
			at, err := time.Parse(form, text)
			if err != nil || at.Year() < 1800 {
				continue
			}
			if z, err := time.Parse("-07:00", offset); err == nil && !strings.Contains(form, "Z07") {
				_, seconds := z.Zone()
				return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.FixedZone(offset, seconds)), true
			}
			return at, strings.Contains(form, "Z07")
		}
	}
	if day := t.first("IPTC:DateCreated"); day != "" {
		for _, form := range []string{"20060102", "2006:01:02", "2006-01-02"} {
			if at, err := time.Parse(form, day); err == nil {
				return at, false
			}
		}
	}
	return time.Time{}, false
}
