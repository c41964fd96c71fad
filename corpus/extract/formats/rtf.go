package formats

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"sluice/corpus/extract"
)

var rtf = extract.Format{
	Name: "rtf", Endings: []string{".rtf"}, Media: []string{"application/rtf", "text/rtf"}, Version: 1,
	Magic: extract.HasPrefix(`{\rtf`), Text: true, Read: readRTF,
}

// rtfGroup is what holds until a group ends.
type rtfGroup struct {
	skip   bool // its text is none of the document
	hidden bool
	font   int
	bytes  int    // that stand for a character behind \u
	into   string // a property that is being read: "title", "creatim"
}

// rtfText reads RTF from front to back.
type rtfText struct {
	w     *extract.Writer
	in    *bufio.Reader
	group rtfGroup
	outer []rtfGroup
	fonts map[int]encoding.Encoding
	page  encoding.Encoding // of the document
	title strings.Builder
	when  [6]int
	drop  int    // bytes that stand for the character before
	raw   []byte // bytes of text that are not decoded yet
	half  rune   // the first half of a character of two
}

// rtfUnshown are groups whose text is none of the document.
var rtfUnshown = map[string]bool{
	"fonttbl": true, "colortbl": true, "stylesheet": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "generator": true,
	"info": true, "pict": true, "object": true, "themedata": true, "colorschememapping": true, "datastore": true, "latentstyles": true,
	"fldinst": true, "xmlnstbl": true, "filetbl": true, "revtbl": true, "nonshppict": true, "mmathPr": true, "datafield": true,
	"bkmkstart": true, "bkmkend": true, "template": true, "objdata": true, "pgptbl": true, "wgrffmtfilter": true, "panose": true,
}

var rtfCharsets = map[int]string{
	77: "macintosh", 128: "shift_jis", 129: "euc-kr", 134: "gbk", 136: "big5", 161: "windows-1253", 162: "windows-1254",
	163: "windows-1258", 177: "windows-1255", 178: "windows-1256", 186: "windows-1257", 204: "windows-1251", 222: "windows-874", 238: "windows-1250",
}

var rtfPages = map[int]string{932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5", 10000: "macintosh", 874: "windows-874", 65001: "utf-8"}

func codePage(n int) encoding.Encoding {
	name := rtfPages[n]
	if name == "" {
		name = "windows-" + strconv.Itoa(n)
	}
	if e, err := htmlindex.Get(name); err == nil {
		return e
	}
	e, _ := htmlindex.Get("windows-1252")
	return e
}

func readRTF(f extract.File, w *extract.Writer) error {
	t := &rtfText{w: w, in: bufio.NewReader(io.NewSectionReader(f, 0, f.Size)), fonts: map[int]encoding.Encoding{}, page: codePage(1252)}
	t.group.bytes = 1
	for {
		c, err := t.in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch c {
		case '{':
			t.flush()
			if len(t.outer) > depthMax {
				return extract.Refusef("its groups are nested more than %d deep", depthMax)
			}
			t.outer = append(t.outer, t.group)
		case '}':
			t.flush()
			if n := len(t.outer); n > 0 {
				t.group, t.outer = t.outer[n-1], t.outer[:n-1]
			}
		case '\\':
			t.control()
		case '\r', '\n':
		default:
			t.byte(c)
		}
	}
	t.flush()
	w.Title(t.title.String())
	if t.when[0] > 0 {
		w.Time(time.Date(t.when[0], time.Month(t.when[1]), t.when[2], t.when[3], t.when[4], 0, 0, time.UTC))
	}
	return nil
}

// byte takes one byte of text.
func (t *rtfText) byte(c byte) {
	switch {
	case t.drop > 0:
		t.drop--
	case t.group.into == "title" || !t.group.skip && !t.group.hidden:
		if t.raw = append(t.raw, c); len(t.raw) >= 4<<10 && c == ' ' {
			t.flush()
		}
	}
}

// flush decodes the bytes that were collected.
func (t *rtfText) flush() {
	if len(t.raw) == 0 {
		return
	}
	e := t.fonts[t.group.font]
	if e == nil {
		e = t.page
	}
	s, err := e.NewDecoder().Bytes(t.raw)
	if err != nil {
		s = t.raw
	}
	t.raw = t.raw[:0]
	t.put(string(s))
}

func (t *rtfText) put(s string) {
	if t.group.into == "title" {
		t.title.WriteString(s)
		return
	}
	if !t.group.skip && !t.group.hidden {
		t.w.String(s)
	}
}

// control reads a control word or symbol.
func (t *rtfText) control() {
	c, err := t.in.ReadByte()
	if err != nil {
		return
	}
	if c|0x20 < 'a' || c|0x20 > 'z' {
		t.symbol(c)
		return
	}
	name := []byte{c}
	for {
		if c, err = t.in.ReadByte(); err != nil || c|0x20 < 'a' || c|0x20 > 'z' || len(name) > 40 {
			break
		}
		name = append(name, c)
	}
	n, has, sign := 0, false, 1
	if err == nil && c == '-' {
		sign = -1
		c, err = t.in.ReadByte()
	}
	for ; err == nil && c >= '0' && c <= '9'; c, err = t.in.ReadByte() {
		if has = true; n < 1<<40 {
			n = n*10 + int(c-'0')
		}
	}
	if err == nil && c != ' ' {
		_ = t.in.UnreadByte()
	}
	if string(name) == "bin" && n > 0 {
		_, _ = t.in.Discard(min(n, 1<<30))
		return
	}
	t.word(string(name), n*sign, has)
}

func (t *rtfText) symbol(c byte) {
	switch c {
	case '\'':
		var hex [2]byte
		if _, err := io.ReadFull(t.in, hex[:]); err != nil {
			return
		}
		if n, err := strconv.ParseUint(string(hex[:]), 16, 8); err == nil {
			t.byte(byte(n))
		}
	case '*':
		t.flush()
		t.group.skip = true // what is not known to be text is none
	case '~':
		t.byte(' ')
	case '_':
		t.byte('-')
	case '\\', '{', '}':
		t.byte(c)
	case '\r', '\n':
		t.word("par", 0, false)
	}
}

// word follows a control word.
func (t *rtfText) word(name string, n int, has bool) {
	if name == "u" {
		t.unicode(n)
		return
	}
	t.flush()
	if rtfUnshown[name] {
		t.group.skip = true
	}
	switch name {
	case "title":
		t.group.into = "title"
	case "creatim", "revtim":
		t.group.into = name
	case "yr", "mo", "dy", "hr", "min":
		if t.group.into == "creatim" {
			t.when[map[string]int{"yr": 0, "mo": 1, "dy": 2, "hr": 3, "min": 4}[name]] = n
		}
	case "ansicpg":
		t.page = codePage(n)
	case "mac":
		t.page = codePage(10000)
	case "f":
		t.group.font = n
	case "fcharset":
		if e, err := htmlindex.Get(rtfCharsets[n]); err == nil && len(t.fonts) < 10_000 {
			t.fonts[t.group.font] = e
		}
	case "uc":
		t.group.bytes = min(max(n, 0), 16)
	case "v":
		t.group.hidden = !has || n != 0
	case "plain":
		t.group.hidden = false
	case "shptxt", "result", "fldrslt", "footnote", "shppict":
		t.group.skip = false
	default:
		if !t.group.skip && !t.group.hidden {
			t.layout(name)
		}
	}
}

// layout follows a control word that stands for something between words.
func (t *rtfText) layout(name string) {
	switch name {
	case "par", "sect":
		t.w.Line()
	case "line":
		t.w.Line()
	case "page":
		t.w.Block()
	case "tab":
		t.w.Space()
	case "cell", "nestcell":
		t.w.Cell()
	case "row", "nestrow":
		t.w.Break()
	case "emdash":
		t.w.String("—")
	case "endash":
		t.w.String("–")
	case "lquote":
		t.w.String("‘")
	case "rquote":
		t.w.String("’")
	case "ldblquote":
		t.w.String("“")
	case "rdblquote":
		t.w.String("”")
	case "bullet":
		t.w.String("•")
	case "emspace", "enspace", "qmspace":
		t.w.Space()
	}
}

// unicode takes a character that is told by its number, and skips the bytes that stand for it where
// it is not known.
func (t *rtfText) unicode(n int) {
	t.flush()
	c := rune(n & 0xffff)
	t.drop = t.group.bytes
	switch {
	case c >= 0xd800 && c < 0xdc00:
		t.half = c
		return
	case c >= 0xdc00 && c < 0xe000 && t.half != 0:
		c = (t.half-0xd800)<<10 + (c - 0xdc00) + 0x10000
	}
	t.half = 0
	t.put(string(c))
}
