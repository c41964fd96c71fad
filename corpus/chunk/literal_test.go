package chunk

import (
	"bytes"
	"strings"
	"testing"
)

// TestEnds holds where literals and comments end: the bar stands there, and they start at the first
// byte.
func TestEnds(t *testing.T) {
	line := func(text []byte) int { return quoteEnd(text, 0, false) }
	lines := func(text []byte) int { return quoteEnd(text, 0, true) }
	char := func(text []byte) int { return charEnd(text, 0) }
	triple := func(text []byte) int { return tripleEnd(text, 0) }
	nested := func(text []byte) int { return nestedRemarkEnd(text, 0) }
	for _, c := range []struct {
		name string
		end  func(text []byte) int
		text string
	}{
		{"a string", line, `"a"| "b"`},
		{"an empty string", line, `""|"`},
		{"an escaped quote", line, `"a\"b"|`},
		{"an escaped backslash", line, `"a\\"|b"`},
		{"another quote", line, `"it's"|'`},
		{"a character", line, `'a'|b`},
		{"a string left open", line, "\"a|\nb\""},
		{"a line that goes on", line, "\"a\\\nb\"|"},
		{"a line of two bytes' end that goes on", line, "\"a\\\r\nb\"|c"},
		{"the text's end", line, `"a|`},
		{"the text's end after a backslash", line, `"a\|`},
		{"a string of lines", lines, "\"a\nb\"|c"},
		{"a string of lines left open", lines, "\"a\nb\n|"},

		{"a character", char, `'a'|'`},
		{"a letter of two bytes", char, `'é'|`},
		{"a letter of four bytes", char, `'😀'|`},
		{"an escape", char, `'\n'|`},
		{"an escaped quote", char, `'\''|'`},
		{"a long escape", char, `'\u{1F600}'|`},
		{"an escape left open", char, `'|\n `},
		{"a lifetime", char, `'|a, 'b`},
		{"a lifetime of one letter", char, `'|a `},
		{"two letters", char, `'|ab'`},
		{"nothing", char, `'|`},
		{"an escape of nothing", char, `'|\`},

		{"three quotes", triple, `"""a"""|b`},
		{"three quotes over lines", triple, "\"\"\"a\nb\"\"\"|\""},
		{"quotes within", triple, `"""a ""b" c"""|`},
		{"an escaped quote", triple, `"""a\""""|`},
		{"other quotes", triple, `'''a"""b'''|`},
		{"six quotes", triple, `""""""|"`},
		{"three left open", triple, `"""a""|`},
		{"a quote before the end's", triple, `"""a\"""|`},
		{"quotes apart", triple, `"""a" ""b"""|`},

		{"a comment", nested, `/* a */|*/`},
		{"a comment in a comment", nested, `/* a /* b */ c */| d */`},
		{"marks that share a byte", nested, `/*/ a */|`},
		{"a comment left open", nested, `/* a /* b */|`},
		{"the shortest", nested, `/**/|/`},
	} {
		at := strings.IndexByte(c.text, '|')
		text := []byte(c.text[:at] + c.text[at+1:])
		if got := c.end(text); got != at {
			t.Errorf("%s ends at %d, want %d: %s", c.name, got, at, c.text)
		}
	}
}

// TestSentenceEnds holds after which bytes a sentence may end.
func TestSentenceEnds(t *testing.T) {
	for _, text := range []string{"a.", "a!", "a?", "a.)", "a!\"", "a?'", "。", "a！", "？", "。)", "."} {
		if !sentenceEnds([]byte(text)) {
			t.Errorf("no sentence ends after %q", text)
		}
	}
	for _, text := range []string{"", "a", ")", "\"", "a)", "a.))", "a,", "\x82", "\x81", "あ", "ぁ", "\xE3\x80", "a:", "a. "} {
		if sentenceEnds([]byte(text)) {
			t.Errorf("a sentence ends after %q", text)
		}
	}
}

// TestBreakIn holds where a text is cut that its scanner says nothing of: at the bar, between the
// fourth byte and the twelfth.
func TestBreakIn(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int32
	}{
		{"the last line", "aaa\nbbb\nc\n|d eee", penaltyLine},
		{"a line rather than a sentence", "aaaab\n|c. d. eeee", penaltyLine},
		{"the last sentence", "aaaa b. c.| d eee", penaltySentence},
		{"a sentence rather than a space", "aaaa bb.| c d eee", penaltySentence},
		{"the last space", "aaaa b c d| eeeee", penaltySpace},
		{"no space", "aaaaaaaaaaaa|aaaaa", penaltyRune},
		{"a character", "aaaaaaaaaa|漢漢", penaltyRune},
		{"two bytes of a character", "aaaaaaaaaaa|漢漢", penaltyRune},
		{"between two characters", "aaaaaaaaa漢|漢", penaltyRune},
		{"a space too early", "a aaaaaaaaaa|aaaaa", penaltyRune},
		{"no UTF-8", strings.Repeat("\x80", 12) + "|\x80\x80\x80", penaltyRune},
	} {
		at := strings.IndexByte(c.text, '|')
		got, penalty := breakIn([]byte(c.text[:at]+c.text[at+1:]), 4, 12)
		if got != at || penalty != c.want {
			t.Errorf("%s: %d at %d, want %d at %d: %s", c.name, penalty, got, c.want, at, c.text)
		}
	}
}

// TestEmptyBefore holds which line says nothing: the last of each text.
func TestEmptyBefore(t *testing.T) {
	for text, want := range map[string]bool{
		"a\n\n": true, "a\n \t\n": true, "a\n *\n": true, "a\n//\n": true, "a\n#\r\n": true, "a\n///!\n": true,
		"a\nb\n": false, "a\n * b\n": false, "a\n": false, "\n": false, "": false, "//\n": false,
	} {
		if got := emptyBefore([]byte(text)); got != want {
			t.Errorf("the last line of %q is empty: %v", text, got)
		}
	}
}

// TestRegexAllowed holds after what a slash starts a regular expression: the last one of each text.
func TestRegexAllowed(t *testing.T) {
	for text, want := range map[string]bool{
		"/": true, "x = /": true, "(/": true, ", /": true, "return /": true, "typeof /": true, "\tcase\n/": true, "{ /": true, "x + /": true,
		"a /": false, "a/": false, ") /": false, "] /": false, "} /": false, "\"a\" /": false, "'a'/": false, "`a`/": false,
		"</": false, "returns /": false, "2 /": false, "_return /": false,
	} {
		b := &braces{splitter: &splitter{text: []byte(text)}, lang: braceLangs["javascript"]}
		if got := b.regexAllowed(len(text) - 1); got != want {
			t.Errorf("a regular expression may start at the end of %q: %v", text, got)
		}
	}
}

// TestDefinitions holds which names are defined, and what they are, where a brace opens.
func TestDefinitions(t *testing.T) {
	for _, c := range []struct {
		lang, text, name string
		kind             scopeKind
	}{
		{"c", "int a[] = {", "a", kindVar},
		{"c", "a += {", "", kindBlock},
		{"c", "x == {", "", kindBlock},
		{"c", "struct a b[] __initdata = {", "b", kindVar},
		{"c", "struct a {", "a", kindType},
		{"c", "struct __packed a {", "a", kindType},
		{"c", "typedef struct {", "", kindType},
		{"c", "enum {", "", kindType},
		{"c", "SYSCALL_DEFINE3(open, int, b) {", "open", kindFunc},
		{"c", "SYSCALL_DEFINE3(4, int, b) {", "SYSCALL_DEFINE3", kindFunc},
		{"c", "define3(open, int, b) {", "define3", kindFunc},
		{"c", "static int a(int b[2]) {", "a", kindFunc},
		{"c", "if (a) {", "", kindBlock},
		{"c", "do {", "", kindBlock},
		{"c", "extern \"C\" {", "", kindNamespace},
		{"c", "case 1: {", "", kindBlock},
		{"cpp", "namespace a::b {", "a::b", kindNamespace},
		{"cpp", "class a final : public b<c> {", "a", kindType},
		{"cpp", "bool a::operator==(const a &b) const {", "a::operator==", kindFunc},
		{"cpp", "void a::operator()(int b) {", "a::operator()", kindFunc},
		{"cpp", "a::~a() {", "a::~a", kindFunc},
		{"cpp", "template <class T> T a(T b) noexcept {", "a", kindFunc},
		{"cpp", "std::map<a, b> c() {", "c", kindFunc},
		{"go", "func a(b func() int) {", "a", kindFunc},
		{"go", "type a[T any] struct {", "a", kindType},
		{"go", "for a := range b {", "", kindBlock},
		{"java", "public static <T> List<T> a(T b) throws C {", "a", kindFunc},
		{"java", "@A(b = 1) class c extends d {", "c", kindType},
		{"rust", "impl<T> A for B<T> where T: C {", "B", kindType},
		{"rust", "impl A {", "A", kindType},
		{"rust", "pub fn a<T>(b: T) -> C {", "a", kindFunc},
		{"rust", "macro_rules! a {", "a", kindFunc},
		{"rust", "mod a {", "a", kindNamespace},
		{"rust", "match a {", "", kindBlock},
		{"javascript", "const a = async (b) => {", "a", kindFunc},
		{"javascript", "a: function (b) {", "a", kindFunc},
		{"javascript", "a(b) {", "a", kindFunc},
		{"javascript", "get a() {", "a", kindFunc},
		{"javascript", "get() {", "get", kindFunc},
		{"javascript", "const a = {", "a", kindVar},
		{"javascript", "a.b = function () {", "a.b", kindFunc},
		{"javascript", "const a = class {", "a", kindType},
		{"javascript", "f((a) => {", "", kindBlock},
		{"typescript", "interface a<B> extends c {", "a", kindType},
		{"typescript", "declare module \"a\" {", "", kindNamespace},
	} {
		text := []byte(c.text)
		h := braceLangs[c.lang].parse(text, 0, bytes.LastIndexByte(text, '{'))
		if got := string(text[h.name.lo:h.name.hi]); got != c.name || h.kind != c.kind {
			t.Errorf("%s: %s\n\tdefines %s %q, want %s %q", c.lang, c.text, kindNames[h.kind], got, kindNames[c.kind], c.name)
		}
	}
}
