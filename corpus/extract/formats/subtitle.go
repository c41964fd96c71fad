package formats

import (
	"bytes"

	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	nethtml "golang.org/x/net/html"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
)

// subtitle is what is said in a film, cue by cue, with the time of each: SubRip, WebVTT, SubStation
// Alpha, SubViewer.
var subtitle = extract.Format{
	Name: "subtitle", Endings: []string{".srt", ".vtt", ".ass", ".ssa", ".sbv"}, Media: []string{"application/x-subrip", "text/vtt", "text/x-ssa"},
	Text: true, Version: 1, Read: readSubtitle,
}

const subtitleBytesMax = 16 << 20

// cueTimes is the line of a cue that says from when to when it is shown.
var cueTimes = regexp.MustCompile(`^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?\s*(?:-+>|,)\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?`)

// styling is what stands in a cue and is not said: tags, and positions in braces.
var styling = regexp.MustCompile(`<v(?:\.[^ >]*)? ([^>]*)>|</?[a-zA-Z0-9.:][^<>]*>|\{\\[^}]*\}`)

func readSubtitle(f extract.File, w *extract.Writer) error {
	text, err := io.ReadAll(source.NewText(io.NewSectionReader(f, 0, min(f.Size, subtitleBytesMax)), f.Name))
	if err != nil {
		return extract.Refusef("it is no text: %v", err)
	}
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	s := &cues{w: w}
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		s.line(line)
	}
	s.end()
	if s.n == 0 {
		return extract.Refusef("no cue with a time is in it")
	}
	return nil
}

// cues reads a file of subtitles line by line.
type cues struct {
	w      *extract.Writer
	n      int
	said   []string // the lines of a cue
	mark   corpus.Mark
	inside bool
}

func (s *cues) line(line string) {
	switch t := cueTimes.FindStringSubmatch(line); {
	case strings.HasPrefix(line, "Dialogue:"):
		s.dialogue(line)
	case t != nil:
		if n := len(s.said); s.inside && n > 0 && isNumber(s.said[n-1]) { // no empty line stood before this cue's number
			s.said = s.said[:n-1]
		}
		s.end()
		from, to := clockOf(t[1:5]), clockOf(t[5:9])
		s.inside, s.mark = true, corpus.Offset(from, max(to-from, 0))
	case strings.TrimSpace(line) == "":
		s.end()
	case s.inside:
		s.said = append(s.said, line)
	case strings.HasPrefix(line, "Title:"):
		s.w.Title(strings.TrimPrefix(line, "Title:"))
	}
}

// dialogue reads a line of SubStation Alpha: start and end are its second and third field, who
// speaks its fifth, and the text what follows the ninth comma.
func (s *cues) dialogue(line string) {
	f := strings.SplitN(line, ",", 10)
	if len(f) < 10 {
		return
	}
	t := cueTimes.FindStringSubmatch(f[1] + "," + f[2])
	if t == nil {
		return
	}
	from, to := clockOf(t[1:5]), clockOf(t[5:9])
	s.mark = corpus.Offset(from, max(to-from, 0))
	if who := strings.TrimSpace(f[4]); who != "" {
		f[9] = who + ": " + f[9]
	}
	s.inside, s.said = true, strings.Split(strings.ReplaceAll(strings.ReplaceAll(f[9], `\n`, `\N`), `\h`, " "), `\N`)
	s.end()
}

// end writes the cue that was read.
func (s *cues) end() {
	if s.inside {
		s.n++
		s.w.Marked(s.mark, func() {
			for _, l := range s.said {
				s.w.String(nethtml.UnescapeString(styling.ReplaceAllStringFunc(l, speaker)))
				s.w.Space()
			}
		})
		s.w.Break()
	}
	s.inside, s.said = false, nil
}

// speaker keeps of a tag who speaks.
func speaker(tag string) string {
	if m := styling.FindStringSubmatch(tag); m != nil && m[1] != "" {
		return m[1] + ": "
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(strings.TrimSpace(s))
	return err == nil
}

// clockOf is a time of hours, minutes, seconds and a fraction.
func clockOf(part []string) time.Duration {
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(part[i])
	}
	fraction, _ := strconv.Atoi((part[3] + "000")[:3])
	return time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second + time.Duration(fraction)*time.Millisecond
}
