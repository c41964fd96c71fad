package secret

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// accepts tells whether a value of a pair looks like a credential. What it must have depends on the
// file: in one that is named after its secrets, to be no placeholder; in configuration, to be more
// than a word; in programs and prose, to look as only credentials look.
func (f *finder) accepts(v []byte, want promised, quoted bool) bool {
	if len(v) < 4 || len(v) > lineLook || isPlaceholder(v) || isCode(v) {
		return false
	}
	blank := bytes.ContainsAny(v, " \t")
	switch {
	case f.file.suspect && want == password:
		return quoted || !blank
	case blank || isAddress(v):
		return false
	case f.file.suspect:
		return len(v) >= 6
	case f.file.kind == config && want == password:
		return len(v) >= 6 && isChosen(v)
	case want == password:
		return len(v) >= 8 && len(v) <= 128 && classes(v) >= 3 && isChosen(v) && !isName(v) || isRandom(v)
	}
	return isRandom(v)
}

// isPlaceholder tells that a value only stands for one: a variable, a word that everybody writes
// there, a row of equal or of consecutive characters.
func isPlaceholder(v []byte) bool {
	if len(v) > 512 {
		return false
	}
	s := strings.ToLower(string(bytes.TrimSpace(v)))
	if trivial[strings.Trim(s, "[]()<>{}*_.-!")] {
		return true
	}
	if c := s[0]; c == '<' || c == '{' || c == '[' || c == '$' && len(s) > 1 && (s[1] == '{' || s[1] == '(' || isWord[s[1]] && isName(v[1:])) || c == '%' || c == '@' && (strings.HasSuffix(s, "@") || len(bytes.Trim(v[1:], upper+digits+"_")) == 0) {
		return true
	}
	for _, word := range showing {
		if strings.Contains(s, word) {
			return true
		}
	}
	return distinct(v) <= 3 || consecutive(v) || onlyMask(v)
}

// showing are words that stand in values that are shown and not used.
var showing = []string{
	"${", "$(", "{{", "<%", "%{", "#{", "%s", "%d", "%v", "example", "changeme", "change_me", "change-me", "change me", "placeholder", "your", "dummy",
	"xxxx", "****", "....", "redacted", "insert", "replace", "sample", "foobar", "foo-bar", "notreal", "not-real", "not_real", "fake", "mock", "foo_", "bar_", "<your",
	"s3cr3t", "s3cret", "secret123", "password1", "mypass", "my-pass", "my_pass", "mysecret", "my-secret", "my_secret", "mytoken", "my-token", "my_token",
	"supersecret", "super-secret", "super_secret", "correcthorse", "correct horse", "deadbeef", "cafebabe", "testtest", "test-", "test_", "-test", "_test",
	"testpass", "testsecret", "testtoken", "testkey", "todo", "fixme",
}

// trivial are values that say nothing, or that everybody knows.
var trivial = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`none null nil true false yes no on off undefined empty unset test testing admin administrator root user username guest default
		postgres mysql mariadb mongo redis rabbit rabbitmq oracle string str text bytes int integer number bool boolean optional required hidden masked
		password passwd pass passphrase pwd secret secrets token tokens key apikey credentials credential foo bar baz qux abc abcd abcdef abc123 qwerty letmein
		hunter2 1234 12345 123456 1234567 12345678 123456789 1234567890 changeit welcome public private value enabled disabled disable auto any all sha256 sha512 md5 bcrypt
		plain plaintext basic bearer jwt oauth oauth2 ed25519 rsa file env environment vault prompt ask generate generated random unknown invalid wrong bad good`) {
		m[w] = true
	}
	m[""] = true
	return m
}()

func onlyMask(v []byte) bool { return len(bytes.Trim(v, "*")) == 0 }

func distinct(v []byte) (n int) {
	var seen [256]bool
	for _, c := range v {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// consecutive tells that most characters follow the one before: 0123456789abcdef.
func consecutive(v []byte) bool {
	n := 0
	for i := 1; i < len(v); i++ {
		if d := int(v[i]) - int(v[i-1]); d == 1 || d == -1 {
			n++
		}
	}
	return n > len(v)/2
}

// isCode tells that a value is an expression and not a literal.
func isCode(v []byte) bool {
	return bytes.ContainsAny(v, "()") && bytes.IndexByte(v, '(') >= 0 || bytes.Contains(v, []byte("::")) || bytes.Contains(v, []byte("->")) || bytes.HasPrefix(v, []byte("os.")) ||
		bytes.HasPrefix(v, []byte("process.env")) || bytes.HasPrefix(v, []byte("env.")) || bytes.HasPrefix(v, []byte("var.")) || bytes.HasPrefix(v, []byte("!"))
}

// isAddress tells that a value says where something is: a URL, a path, a mail address.
func isAddress(v []byte) bool {
	switch {
	case bytes.Contains(v, []byte("://")), bytes.HasPrefix(v, []byte("/")) && bytes.Count(v, []byte("/")) > 1, bytes.HasPrefix(v, []byte("./")), bytes.HasPrefix(v, []byte("../")), bytes.HasPrefix(v, []byte("~/")):
		return true
	}
	at := bytes.IndexByte(v, '@')
	return at > 0 && bytes.IndexByte(v[at:], '.') > 0 && classes(v) < 4
}

// isName tells that a value reads like the name of something: words, with separators between them.
func isName(v []byte) bool {
	n := 0
	for _, c := range v {
		if !isPath[c] && c != ':' {
			return false
		}
		if isDigit[c] {
			n++
		}
	}
	return n == 0 || n <= 2 && n < len(v)/5 || upperName(v)
}

// upperName tells that a value reads like the name of a constant.
func upperName(v []byte) bool {
	for _, c := range v {
		if !isUpper[c] && c != '_' {
			return false
		}
	}
	return bytes.IndexByte(v, '_') > 0
}

// isChosen tells that a value is more than words: it has digits among letters, or signs that names
// do not have.
func isChosen(v []byte) bool {
	var letters, numbers, signs int
	for _, c := range v {
		switch {
		case isDigit[c]:
			numbers++
		case isAlnum[c]:
			letters++
		case c != '-' && c != '_' && c != '.' && c != '/' && c != ':' && c != ' ' && c != ',':
			signs++
		}
	}
	return letters > 0 && numbers+signs > 0 && !(isVersion(v))
}

// isVersion tells that a value is a number with points, as of a version or a date.
func isVersion(v []byte) bool {
	v = bytes.TrimPrefix(v, []byte("v"))
	return len(v) > 0 && isDigit[v[0]] && len(bytes.Trim(v, digits+".-:TZ")) == 0
}

// classes counts the kinds of characters: lower case, upper case, digits, signs.
func classes(v []byte) (n int) {
	var has [4]bool
	for _, c := range v {
		switch {
		case 'a' <= c && c <= 'z':
			has[0] = true
		case 'A' <= c && c <= 'Z':
			has[1] = true
		case isDigit[c]:
			has[2] = true
		case strings.IndexByte("!#$%^&*+=?@~", c) >= 0:
			has[3] = true
		}
	}
	for _, h := range has {
		if h {
			n++
		}
	}
	return n
}

// isUUID tells that a value is an identifier in the form of a UUID: some are secrets, most are not.
func isUUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash && c != '-' || !dash && !isHex[c] {
			return false
		}
	}
	return true
}

// varied tells that a token's variable part is one: digits among many different characters.
func varied(v []byte) bool {
	return distinct(v) >= min(8, len(v)/2) && slices.ContainsFunc(v, func(c byte) bool { return isDigit[c] }) && !consecutive(v)
}

const (
	randomBytesMin = 16
	// entropyMin is in bits a character. English words have 2.5 to 3 at these lengths, hexadecimal
	// digits 3.3 and more, base64 4.
	entropyMin = 3.0
)

// isRandom tells that a value looks as if a machine had drawn it: one run of letters and digits
// that change places often.
func isRandom(v []byte) bool {
	if len(v) < randomBytesMin || len(v) > lineLook || isAddress(v) || isVersion(v) || isName(v) || isUUID(v) {
		return false
	}
	numbers, switches := 0, 0
	for i, c := range v {
		if !isBase64[c] && !isURL64[c] && strings.IndexByte(".!#$%^&*~?@:", c) < 0 {
			return false
		}
		if isDigit[c] {
			numbers++
		}
		if i > 0 && kindOf(c) != kindOf(v[i-1]) {
			switches++
		}
	}
	return numbers >= 2 && switches >= len(v)/4 && entropy(v) >= entropyMin
}

// kindOf is the kind of a character: in what a machine drew, neighbours are of different kinds.
func kindOf(c byte) int {
	switch {
	case isDigit[c]:
		return 0
	case 'a' <= c && c <= 'z':
		return 1
	case 'A' <= c && c <= 'Z':
		return 2
	}
	return 3
}

// entropy is Shannon's, of the characters.
func entropy(v []byte) (bits float64) {
	var n [256]int
	for _, c := range v {
		n[c]++
	}
	for _, k := range n {
		if k > 0 {
			p := float64(k) / float64(len(v))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
