package folder

import (
	"io/fs"
	"strings"
	"unicode/utf8"

	"sluice/internal/limits"
)

// A path of a document is valid UTF-8, and a name on disk need not be. A byte that belongs to no
// character stands as a character of the private use area, U+F700 + byte; a name that really holds
// one of these characters has its three bytes written so. So every name has exactly one spelling.
const byteRune = 0xF700

// encodeName spells a name of the file system as a path element.
func encodeName(name string) string {
	if plain(name) {
		return name
	}
	var out strings.Builder
	for i := 0; i < len(name); {
		c, size := utf8.DecodeRuneInString(name[i:])
		if isByteRune(c) || c == utf8.RuneError && size == 1 {
			for _, b := range []byte(name[i : i+size]) {
				out.WriteRune(byteRune + rune(b))
			}
		} else {
			out.WriteString(name[i : i+size])
		}
		i += size
	}
	return out.String()
}

func isByteRune(c rune) bool { return c >= byteRune+utf8.RuneSelf && c <= byteRune+0xff }

// plain tells that a name stands for itself.
func plain(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] >= utf8.RuneSelf {
			return utf8.ValidString(name) && strings.IndexFunc(name, isByteRune) < 0
		}
	}
	return true
}

// decodeName is the inverse of encodeName. It refuses what encodeName never writes.
func decodeName(name string) (string, bool) {
	if plain(name) {
		return name, true
	}
	var out strings.Builder
	for _, c := range name {
		if isByteRune(c) {
			out.WriteByte(byte(c - byteRune))
		} else {
			out.WriteRune(c)
		}
	}
	raw := out.String()
	return raw, encodeName(raw) == name
}

// split takes a path apart into the names of the file system. It refuses absolute paths, "..", and
// all that Walk would not list under this spelling.
func split(path string) ([]string, error) {
	refuse := &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
	if len(path) > limits.PathBytesMax || path == "." || !fs.ValidPath(path) || strings.IndexByte(path, 0) >= 0 {
		return nil, refuse
	}
	names := strings.Split(path, "/")
	for i, name := range names {
		raw, ok := decodeName(name)
		if !ok || strings.ContainsAny(raw, "/\x00") || raw == ".." || onWindows && strings.ContainsAny(raw, `\:`) {
			return nil, refuse
		}
		names[i] = raw
	}
	return names, nil
}
