package mail

import (
	"bytes"
	"strings"
	"unicode"

	"sluice/corpus/source"
)

// header are the fields of a message or of a part of it, as they stand there, unfolded.
type header []field

type field struct{ name, value string }

const (
	// headerBytesMax is how much of a message may be its header.
	headerBytesMax = 1 << 20
	fieldsMax      = 5000
)

// parseHeader reads the fields at the beginning of b, and returns what follows them. It takes what
// mail programs have written, not what the standard says they should: a line that is no field and
// continues none ends the header and belongs to the body.
func parseHeader(b []byte) (h header, body []byte) {
	rest := b
	for len(rest) > 0 && len(b)-len(rest) < headerBytesMax && len(h) < fieldsMax {
		line, after := cutLine(rest)
		switch {
		case len(line) == 0:
			return h, after
		case line[0] == ' ' || line[0] == '\t':
			if len(h) == 0 {
				return h, rest
			}
			h[len(h)-1].value += " " + string(bytes.TrimSpace(line))
		case len(h) == 0 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
			// how an mbox begins a message
		default:
			name, value, ok := bytes.Cut(line, []byte{':'})
			name = bytes.TrimRight(name, " \t")
			if !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
				return h, rest
			}
			h = append(h, field{string(name), string(bytes.TrimSpace(value))})
		}
		rest = after
	}
	return h, rest
}

// cutLine takes the first line off, without its end, which may be of any system.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte("\r")), nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

// get returns the first field of a name, as it stands.
func (h header) get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// text returns a field in words: encoded words are decoded, and so is what is in no encoding that a
// header may have.
func (h header) text(name string) string { return decodeWords(h.get(name), h.charset()) }

// charset is the encoding of the body, which is a hint for what stands raw in the header.
func (h header) charset() string {
	_, params := parseParams(h.get("Content-Type"))
	return params["charset"]
}

// decodeWords decodes the encoded words of a field (RFC 2047) and puts it on one line. Neighbours
// in one encoding are decoded together: programs cut words where they like, within a character too.
func decodeWords(s, charset string) string {
	var out strings.Builder
	var pending []byte
	in := ""
	flush := func() {
		if len(pending) > 0 {
			text, _ := source.Decode(pending, in)
			out.WriteString(text)
		}
		pending = nil
	}
	for s != "" {
		before, word, after, ok := nextWord(s)
		if !ok {
			break
		}
		if strings.TrimSpace(before) != "" || len(pending) == 0 {
			flush()
			out.WriteString(raw(before, charset))
		}
		if !strings.EqualFold(in, word.charset) {
			flush()
		}
		in, pending, s = word.charset, append(pending, word.bytes...), after
	}
	flush()
	out.WriteString(raw(s, charset))
	return oneLine(out.String())
}

// raw is what stands in a header as it is.
func raw(s, charset string) string {
	text, _ := source.Decode([]byte(s), charset)
	return text
}

// oneLine puts a text on one line, without control characters.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

type encodedWord struct {
	charset string
	bytes   []byte
}

// nextWord finds the first encoded word: =?charset?encoding?text?=.
func nextWord(s string) (before string, word encodedWord, after string, ok bool) {
	for at := 0; ; {
		i := strings.Index(s[at:], "=?")
		if i < 0 {
			return s, word, "", false
		}
		i += at
		charset, rest, ok1 := strings.Cut(s[i+2:], "?")
		encoding, rest, ok2 := strings.Cut(rest, "?")
		end := strings.Index(rest, "?=")
		if !ok1 || !ok2 || end < 0 || len(encoding) != 1 || charset == "" || strings.ContainsAny(charset, " \t") {
			at = i + 2
			continue
		}
		charset, _, _ = strings.Cut(charset, "*") // a language may follow (RFC 2231)
		word.charset = charset
		switch encoding[0] {
		case 'b', 'B':
			word.bytes = decodeBase64([]byte(rest[:end]))
		case 'q', 'Q':
			word.bytes = decodeQuoted([]byte(strings.ReplaceAll(rest[:end], "_", " ")))
		default:
			at = i + 2
			continue
		}
		return s[:i], word, rest[end+2:], true
	}
}

// parseParams reads a value with parameters: "text/plain; charset=utf-8". Those that are continued
// or encoded (RFC 2231) are put together.
func parseParams(s string) (value string, params map[string]string) {
	params = map[string]string{}
	parts := splitParams(s)
	if len(parts) == 0 {
		return "", params
	}
	value = strings.ToLower(strings.TrimSpace(parts[0]))
	pieces := map[string][]string{} // which come in order
	for _, p := range parts[1:] {
		name, v, ok := strings.Cut(p, "=")
		if !ok || len(params) > fieldsMax {
			continue
		}
		name, v = strings.ToLower(strings.TrimSpace(name)), unquote(strings.TrimSpace(v))
		base, _, starred := strings.Cut(name, "*")
		if !starred {
			if _, had := params[name]; !had {
				params[name] = v
			}
			continue
		}
		if strings.HasSuffix(name, "*") {
			v = "\x00" + v // encoded
		}
		pieces[base] = append(pieces[base], v)
	}
	for base, all := range pieces {
		params[base] = joinPieces(all)
	}
	return value, params
}

// joinPieces decodes the pieces of a parameter: charset'language'text, where %XX is a byte.
func joinPieces(all []string) string {
	charset := ""
	var b []byte
	for i, p := range all {
		encoded := strings.HasPrefix(p, "\x00")
		p = strings.TrimPrefix(p, "\x00")
		if i == 0 && encoded {
			if cs, rest, ok := strings.Cut(p, "'"); ok {
				charset = cs
				_, p, _ = strings.Cut(rest, "'")
			}
		}
		if encoded {
			b = append(b, decodeQuoted([]byte(strings.ReplaceAll(strings.ReplaceAll(p, "=", "=3D"), "%", "=")))...)
		} else {
			b = append(b, p...)
		}
	}
	text, _ := source.Decode(b, charset)
	return text
}

// splitParams splits at semicolons outside of quotes.
func splitParams(s string) (parts []string) {
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				parts, start = append(parts, s[start:i]), i+1
			}
		}
	}
	if start < len(s) {
		parts = append(parts, s[start:])
	}
	return parts
}

func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// decodeBase64 reads base64 and passes over all that is none, as what a gateway put between lines.
// After an end it goes on: some programs put pieces together.
func decodeBase64(b []byte) (out []byte) {
	out = make([]byte, 0, len(b)*3/4)
	var bits, n uint32
	for _, c := range b {
		v := base64Value(c)
		switch {
		case v >= 0:
			bits, n = bits<<6|uint32(v), n+6 //nolint:gosec // 6 bits
			if n >= 8 {
				n -= 8
				out = append(out, byte(bits>>n))
			}
		case c == '=':
			bits, n = 0, 0
		}
	}
	return out
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// decodeQuoted reads quoted-printable; what is none stands as it is.
func decodeQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		line, rest := b, []byte(nil)
		end := ""
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, rest, end = b[:i], b[i+1:], "\n"
		}
		line = bytes.TrimRight(line, "\r")
		if end != "" {
			line = bytes.TrimRight(line, " \t")
			if soft := bytes.TrimSuffix(line, []byte("=")); len(soft) < len(line) {
				line, end = soft, ""
			}
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				if hi, lo := unhex(line[i+1]), unhex(line[i+2]); hi >= 0 && lo >= 0 {
					out = append(out, byte(hi<<4|lo))
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		out = append(out, end...)
		b = rest
	}
	return out
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
