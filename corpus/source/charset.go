package source

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// Decode turns bytes into UTF-8, of which it is said in what encoding they are. What is said is
// often wrong, so the bytes have the last word: what is UTF-8 beyond ASCII is read so, and what
// cannot be in the encoding that is named, or is in one that nobody knows, is guessed. guess names
// what it was taken to be where that is not what was said, or not all could be read so; "": it is
// certain.
func Decode(b []byte, charset string) (text, guess string) {
	name := strings.ToLower(strings.Trim(strings.TrimSpace(charset), `"'`))
	multibyte := strings.Contains(name, "2022") || strings.Contains(name, "utf-7") || strings.Contains(name, "utf-16") || strings.HasPrefix(name, "hz")
	if !multibyte && utf8.Valid(b) {
		return string(b), ""
	}
	if strings.Contains(name, "utf-7") {
		return decodeUTF7(b)
	}
	if enc, err := htmlindex.Get(alias(name)); err == nil && name != "utf-8" && name != "us-ascii" {
		out, err := enc.NewDecoder().Bytes(b)
		if err == nil && !bytes.ContainsRune(out, utf8.RuneError) {
			return string(out), ""
		}
		if err == nil && bytes.Count(out, []byte("\uFFFD"))*tolerated < utf8.RuneCount(out) {
			return string(out), name
		}
	}
	t := NewText(bytes.NewReader(b), "")
	defer t.Close()
	out, err := io.ReadAll(t)
	if err != nil {
		out = b
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), cmp.Or(t.Guessed(), "unknown")
}

// tolerated: where fewer than one character in so many is wrong, the rest is right.
const tolerated = 50

// alias gives names of encodings that the Web does not know, and mails do.
func alias(name string) string {
	switch name {
	case "cp932", "ms932", "windows-31j", "shift-jis", "shift_jisx0213":
		return "shift_jis"
	case "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-ms", "cp50220", "cp50221":
		return "iso-2022-jp"
	case "cp936", "x-gbk", "gb_2312-80":
		return "gbk"
	case "cp949", "ks_c_5601-1987", "x-windows-949":
		return "euc-kr"
	case "cp950", "x-x-big5":
		return "big5"
	case "iso-8859-8-i":
		return "iso-8859-8"
	case "latin1", "latin-1", "iso8859-1", "8859-1":
		return "windows-1252"
	}
	if n, ok := strings.CutPrefix(name, "cp125"); ok {
		return "windows-125" + n
	}
	if n, ok := strings.CutPrefix(name, "iso8859-"); ok {
		return "iso-8859-" + n
	}
	return name
}

// decodeUTF7 reads UTF-7 (RFC 2152), which mails of the nineties are in and the Web never was.
func decodeUTF7(b []byte) (text, guess string) {
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			out.Write(b)
			break
		}
		out.Write(b[:i])
		b = b[i+1:]
		end := 0
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		word := b[:end]
		if b = b[end:]; len(b) > 0 && b[0] == '-' {
			b = b[1:]
			if end == 0 {
				out.WriteByte('+')
			}
		}
		raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(word)))
		n, err := base64.RawStdEncoding.Decode(raw, word)
		if err != nil {
			guess = "utf-7"
		}
		units := make([]uint16, 0, n/2)
		for k := 0; k+1 < n; k += 2 {
			units = append(units, uint16(raw[k])<<8|uint16(raw[k+1]))
		}
		out.WriteString(string(utf16.Decode(units)))
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD"), guess
}

func isBase64(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/'
}
