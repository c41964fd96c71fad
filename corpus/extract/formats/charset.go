package formats

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"sluice/corpus/source"
)

// charsetReader reads an encoding that a document names.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	if e, err := htmlindex.Get(strings.TrimSpace(name)); err == nil && !isUTF8(name) {
		return e.NewDecoder().Reader(r), nil
	}
	return r, nil
}

func isUTF8(name string) bool {
	name = strings.ToLower(name)
	return name == "utf-8" || name == "utf8" || strings.HasPrefix(name, "utf-16")
}

var metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})`)

// webText makes UTF-8 of a web page: by its byte-order mark, by what it declares, else by what it
// looks like.
func webText(b []byte, media string) []byte {
	declared := ""
	if _, rest, ok := strings.Cut(strings.ToLower(media), "charset="); ok {
		declared = strings.Trim(rest, `"' ;`)
	} else if m := metaCharset.FindSubmatch(b[:min(len(b), 4<<10)]); m != nil {
		declared = string(m[1])
	}
	if declared != "" && !isUTF8(declared) && !bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		r, _ := charsetReader(declared, bytes.NewReader(b))
		if text, err := io.ReadAll(r); err == nil {
			return text
		}
	}
	t := source.NewText(bytes.NewReader(b), "")
	defer t.Close()
	if text, err := io.ReadAll(t); err == nil {
		return text
	}
	return b
}
