package secret

import (
	"bytes"
	"unicode/utf8"
)

// lines looks at a file whose name says that it holds secrets, line by line: what looks like a
// credential counts there whatever stands before it.
func (f *finder) lines() {
	for start := 0; start < len(f.text); {
		end := len(f.text)
		if i := bytes.IndexByte(f.text[start:], '\n'); i >= 0 {
			end = start + i
		}
		f.value(start, end)
		if f.file.list {
			f.cells(start, end)
		}
		start = end + 1
	}
}

// value looks at the value of a line that is a pair.
func (f *finder) value(start, end int) {
	if end-start > lineLook {
		return
	}
	line := f.text[start:end]
	at := bytes.IndexAny(line, ":=")
	if at < 0 {
		return
	}
	if eq := bytes.IndexByte(line, '='); line[at] == ':' && eq > at && at+1 < len(line) && !isBlank[line[at+1]] { // //registry/:_auth=value
		at = eq
	}
	key := plainName(bytes.TrimPrefix(bytes.TrimSpace(f.text[start:start+at]), []byte("export ")))
	from, to, _, ok := f.valueAt(f.run(start+at+1, &isBlank), end)
	if !ok || saysNoSecret[key] {
		return
	}
	v := f.text[from:to]
	switch {
	case isPlaceholder(v) || isCode(v) || isAddress(v) || isHandle(v) || bytes.ContainsAny(v, " \t"):
	case f.file.list && len(v) >= 6 && (isChosen(v) || classes(v) >= 3) && !isFile(v), isRandom(v):
		f.add(from, from, to)
	}
}

// cells looks at the words of a line.
func (f *finder) cells(start, end int) {
	for at := start; at < end; {
		if cellGap[f.text[at]] {
			at++
			continue
		}
		to := at
		for to < end && !cellGap[f.text[to]] {
			to++
		}
		v := bytes.TrimRight(bytes.TrimLeft(f.text[at:to], "`(*"), "`).,:;*")
		lead := bytes.Index(f.text[at:to], v)
		if len(v) >= 8 && isText(v) && !isHash(v) && !isPlaceholder(v) && !isCode(v) && !isAddress(v) && (classes(v) >= 3 && isChosen(v) && !isName(v) && !isFile(v) || isRandom(v)) {
			f.add(at+lead, at+lead, at+lead+len(v))
		}
		at = to
	}
}

var cellGap = bytesOf(" \t\r\n|\",'<>")

// isText tells that a value can be typed.
func isText(v []byte) bool {
	return utf8.Valid(v) && !bytes.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// isHandle tells that a value is a name with an @ before it, as people and scopes of packages have
// them.
func isHandle(v []byte) bool {
	return len(v) > 1 && v[0] == '@' && len(bytes.Trim(v[1:], lower+upper+"-_./")) == 0
}

// isHash tells that a value is as long as a hash and has nothing but hexadecimal digits: lists name
// versions of things by them.
func isHash(v []byte) bool {
	if len(v) != 32 && len(v) != 40 && len(v) != 64 {
		return false
	}
	for _, c := range v {
		if !isHex[c] {
			return false
		}
	}
	return true
}

// isFile tells that a value is the name of a file: it ends like one.
func isFile(v []byte) bool {
	dot := bytes.LastIndexByte(v, '.')
	return dot > 0 && len(v)-dot <= 5 && len(v)-dot > 1 && len(bytes.Trim(v[dot+1:], lower)) == 0
}

// saysNoSecret are keys whose values are known to everybody who may read the file.
var saysNoSecret = func() map[string]bool {
	m := map[string]bool{}
	for _, k := range []string{
		"user", "username", "login", "email", "mail", "account", "accountid", "url", "uri", "host", "hostname", "server", "site", "website", "domain", "port", "name",
		"database", "db", "dbname", "region", "version", "apiversion", "date", "created", "updated", "expires", "note", "notes", "comment", "description", "title",
		"path", "image", "namespace", "kind", "type", "phone", "iban", "id", "clientid", "tenantid", "class", "module", "http", "https", "awsdefaultregion", "projectid",
	} {
		m[k] = true
	}
	return m
}()
