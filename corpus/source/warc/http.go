package warc

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"sluice/internal/limits"
)

// Message is an answer over HTTP as a record holds it.
type Message struct {
	Status int
	Header Header
	Raw    []byte // the body as it was sent
}

// ParseMessage takes an answer apart.
func ParseMessage(block []byte) (*Message, error) {
	first, m, err := splitMessage(block)
	if err != nil {
		return nil, fmt.Errorf("the answer of the web server: %w", err)
	}
	version, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	m.Status, err = strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/") || err != nil {
		return nil, fmt.Errorf("the answer of the web server: %w", errHead)
	}
	return m, nil
}

// splitMessage takes a request or an answer apart.
func splitMessage(block []byte) (first string, m *Message, err error) {
	r := bytes.NewReader(block)
	b := bufio.NewReader(r)
	first, h, err := readHead(b)
	if err != nil {
		return "", nil, err
	}
	return first, &Message{Header: h, Raw: block[len(block)-r.Len()-b.Buffered():]}, nil
}

// unchunked is the body without the lengths that are sent between its parts; the body itself where
// there are none, which happens: some who write the file take them out and leave the header.
func (m *Message) unchunked() []byte {
	if !strings.Contains(strings.ToLower(m.Header["transfer-encoding"]), "chunked") {
		return m.Raw
	}
	var body []byte
	for rest := m.Raw; ; {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		size, _, _ := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 40)])), ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		switch {
		case !ok || err != nil || int(n) > len(after):
			return m.Raw
		case n == 0:
			return body
		}
		body = append(body, after[:n]...)
		rest = bytes.TrimPrefix(bytes.TrimPrefix(after[n:], []byte("\r")), []byte("\n"))
	}
}

// errEncoding says that a body is compressed in a way that is not read here.
var errEncoding = errors.New("compressed in a way that is not known")

// Body is the body as its author wrote it, of at most limits.FileBytesDefault bytes.
func (m *Message) Body() ([]byte, error) {
	body := m.unchunked()
	for _, name := range backwards(m.Header["content-encoding"]) {
		var err error
		if body, err = decoded(name, body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// backwards lists the names of a comma-separated list, the last one first.
func backwards(list string) (names []string) {
	for name := range strings.SplitSeq(strings.ToLower(list), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append([]string{name}, names...)
		}
	}
	return names
}

// decoded undoes one encoding. A body that is not in it, although the header says so, is itself:
// some who write the file decode it and leave the header.
func decoded(encoding string, body []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch encoding {
	case "identity", "none", "utf-8":
		return body, nil
	case "gzip", "x-gzip":
		if !bytes.HasPrefix(body, gzipMagic) {
			return body, nil
		}
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		return nil, fmt.Errorf("%s: %w", encoding, errEncoding)
	}
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, limits.FileBytesDefault+1))
	if len(out) > limits.FileBytesDefault {
		return nil, ErrTooLarge
	}
	return out, err
}

// MediaType is what the answer says that its body is, without parameters and in lower case, and the
// character set that it names.
func MediaType(contentType string) (media, charset string) {
	media, params, _ := strings.Cut(contentType, ";")
	for p := range strings.SplitSeq(params, ";") {
		if name, value, ok := strings.Cut(p, "="); ok && strings.EqualFold(strings.TrimSpace(name), "charset") {
			charset = strings.ToLower(strings.Trim(strings.TrimSpace(value), `"'`))
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), charset
}
