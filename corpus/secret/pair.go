package secret

import (
	"bytes"
	"slices"
)

// words is the table of everything that the scan stops at.
var words = newTable(slices.Concat(tokenAnchors(), []anchor{
	{"PRIVATE KEY", 4, true, keyBlock},
	{"private-lines:", 4, false, putty},
	{"t3blbkfj", 0, false, openAI},
	{"bearer ", 0, false, bearer},
	{"basic ", 1, false, basic},
	{`"auth"`, 1, false, basic},
	{"_auth=", 1, false, basic},
	{"kind: secret", 6, false, manifest},
	{`"kind"`, 0, false, manifest},
	// Keys of pairs.
	{"passw", 1, false, keyOf(password, "ords", "ord", "orts", "ort", "d")},
	{"passphrase", 1, false, keyOf(password, "s")},
	{"kennwort", 0, false, keyOf(password)},
	{"pwd=", 0, false, keyOf(password, "=")},
	{"pwd:", 0, false, keyOf(password, ":")},
	{`pwd"`, 0, false, keyOf(password, `"`)},
	{"pwd ", 0, false, keyOf(password, " ")},
	{"secret", 2, false, keyOf(made, "s")},
	{"token", 1, false, keyOf(made, "s")},
	{"credential", 0, false, keyOf(made, "s")},
	{"apikey", 1, false, keyOf(made, "s")},
	{"api_key", 2, false, keyOf(made, "s")},
	{"api-key", 2, false, keyOf(made, "s")},
	{"accesskey", 3, false, keyOf(made)},
	{"access_key", 4, false, keyOf(made)},
	{"access-key", 4, false, keyOf(made)},
	{"privatekey", 4, false, keyOf(made)},
	{"private_key", 5, false, keyOf(made)},
	{"private-key", 5, false, keyOf(made)},
	{"sharedkey", 2, false, keyOf(made)},
	{"shared_key", 3, false, keyOf(made)},
	{"pre-shared-key", 7, false, keyOf(made)},
	{"encryption_key", 8, false, keyOf(made)},
	{"encryptionkey", 7, false, keyOf(made)},
	{"signing_key", 5, false, keyOf(made)},
	{"signingkey", 4, false, keyOf(made)},
	{"master_key", 4, false, keyOf(made)},
	{"masterkey", 3, false, keyOf(made)},
	{"accountkey", 4, false, keyOf(made)},
	{"account_key", 5, false, keyOf(made)},
	{"client-key-data", 3, false, keyOf(made)},
	{"auth_key", 2, false, keyOf(made)},
	{"authkey", 1, false, keyOf(made)},
	{"presharedkey", 2, false, keyOf(made)},
}))

func tokenAnchors() (all []anchor) {
	for _, t := range tokens {
		all = append(all, t.anchor())
	}
	return append(all, anchor{"sk-", -1, true, plainSK}, anchor{"eyJ", -1, true, jwt})
}

// what a key promises of its value.
type promised int

const (
	password promised = iota // people choose it
	made                     // a machine made it
)

// endings are what may follow a key's word in its name: passwordProd is a key, passwordField is
// not.
var endings = map[string]bool{
	"": true, "key": true, "accesskey": true, "keybase": true, "id": false, "value": true, "val": true, "data": true, "string": true, "str": true, "base64": true,
	"b64": true, "hex": true, "plain": true, "cleartext": true, "prod": true, "production": true, "dev": true, "development": true, "staging": true,
	"stage": true, "test": true, "live": true, "old": true, "new": true, "current": true, "default": true, "admin": true, "root": true, "db": true,
}

// keyOf makes the rule of a key's word; more are the endings that belong to the word itself.
func keyOf(want promised, more ...string) rule {
	return func(f *finder, _ *anchor, start, end int) {
		for _, m := range more {
			if k := end + len(m); k <= len(f.text) && equalFold(f.text[end:k], m) && isWord[m[0]] {
				end = k
				break
			}
		}
		if !isWord[f.text[end-1]] && f.text[end-1] != '-' { // the separator was part of the word
			end--
		}
		last := end
		for last < len(f.text) && last-end < 32 && (isWord[f.text[last]] || f.text[last] == '-') {
			last++
		}
		if ending := plainName(f.text[end:last]); !endings[ending] {
			return
		}
		if from, to, quoted, ok := f.valueOf(start, last); ok && f.accepts(f.text[from:to], want, quoted) {
			f.add(from, from, to)
		}
	}
}

// plainName is a name in lower case without separators and numbers.
func plainName(b []byte) string {
	return string(bytes.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z':
			return r
		}
		return -1
	}, b))
}

// valueOf finds the value of the pair whose key's word begins at start and whose key ends at end.
func (f *finder) valueOf(start, end int) (from, to int, quoted, ok bool) {
	t := f.text
	_, eol := f.line(end)
	at := end
	if at < eol && t[at] == '>' && f.tagged(start) { // <password>value</password>
		at = f.run(at+1, &isBlank)
		n := bytes.IndexByte(t[at:eol], '<')
		return at, at + n, true, n > 0
	}
	flag := at < eol && t[at] == ' ' && f.flagged(start)
	for at < eol && (t[at] == '"' || t[at] == '\'' || t[at] == ']' || t[at] == '`' || t[at] == '*') {
		at++
	}
	at = f.run(at, &isBlank)
	if rest := t[at:eol]; bytes.HasPrefix(rest, []byte("value=")) {
		at += len("value")
	}
	if !flag {
		n := separator(t[at:eol])
		if n == 0 {
			return 0, 0, false, false
		}
		at += n
	}
	return f.valueAt(f.run(at, &isBlank), eol)
}

// separator is the length of what stands between a key and its value; a comparison is none.
func separator(b []byte) int {
	for _, s := range []string{":=", "=>", "?=", "+="} {
		if bytes.HasPrefix(b, []byte(s)) {
			return len(s)
		}
	}
	if len(b) == 0 || b[0] != '=' && b[0] != ':' || len(b) > 1 && (b[1] == '=' || b[1] == ':' || b[1] == '~') {
		return 0
	}
	return 1
}

// tagged tells whether the key is the name of an element, and flagged whether it is an option of a
// command.
func (f *finder) tagged(start int) bool {
	for start > 0 && (isWord[f.text[start-1]] || f.text[start-1] == ':' || f.text[start-1] == '-') {
		start--
	}
	return start > 0 && f.text[start-1] == '<'
}

func (f *finder) flagged(start int) bool {
	for start > 0 && (isWord[f.text[start-1]] || f.text[start-1] == '-') {
		start--
	}
	return bytes.HasPrefix(f.text[start:], []byte("--"))
}

// valueAt reads a value: what stands in quotes, or else up to a blank or a delimiter.
func (f *finder) valueAt(at, eol int) (from, to int, quoted, ok bool) {
	t := f.text
	if at < eol && (t[at] == 'b' || t[at] == 'r' || t[at] == 'u' || t[at] == '@' || t[at] == 'L') && at+1 < eol && (t[at+1] == '"' || t[at+1] == '\'') {
		at++
	}
	if at < eol && bytes.HasPrefix(t[at:eol], []byte(`\"`)) { // JSON in a string
		n := bytes.Index(t[at+2:eol], []byte(`\"`))
		return at + 2, at + 2 + n, true, n > 0
	}
	if at < eol && (t[at] == '"' || t[at] == '\'' || t[at] == '`') {
		for i := at + 1; i < eol; i++ {
			switch t[i] {
			case '\\':
				i++
			case t[at]:
				return at + 1, i, true, i > at+1
			}
		}
		return 0, 0, false, false
	}
	end := at
	for end < eol && !endsValue[t[end]] {
		end++
	}
	if f.file.kind == other && !f.file.suspect { // in prose a value ends its line, or it is a word of a sentence
		if rest := bytes.TrimRight(t[end:eol], " \t\r.,;)`*|"); len(rest) > 0 {
			return 0, 0, false, false
		}
	}
	for end > at && (t[end-1] == '.' || t[end-1] == '*') {
		end--
	}
	return at, end, false, end > at && f.file.kind != program
}

var endsValue = bytesOf(" \t\r\n,;\"'`<>&|{}")
