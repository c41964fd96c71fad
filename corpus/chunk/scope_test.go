package chunk

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestScopes holds which declarations are seen, with their first and last line, in texts that
// scanners get wrong: what looks like a brace, a quote or a declaration and is none.
func TestScopes(t *testing.T) {
	for _, c := range []struct{ name, lang, text, want string }{
		{"both branches of an #if open", "c", "int f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t\tx();\n\t}\n}\n\nint g(void)\n{\n}\n", "f:1-10 g:12-14"},
		{"one branch closes", "c", "int f(void)\n{\n\tif (a) {\n#if A\n\t}\n#else\n\t}\n#endif\n}\nint g(void)\n{\n}\n", "f:1-9 g:10-12"},
		{"a macro hides a brace", "c", "int f(void)\n{\n\tBEGIN(x) {\n\tEND\n\treturn 0;\n\nint g(void)\n{\n}\n\nint h(void)\n{\n}\n", "f:1-6 g:7-9 h:11-13"},
		{"a closing brace at the margin", "c", "int f(void)\n{\n\tif (a) {\n\treturn 0;\n}\n\nint g(void)\n{\n}\n", "f:1-5 g:7-9"},
		{"a bracket left open", "c", "MACRO(x\n\nint f(void)\n{\n}\n\nint g(void)\n{\n}\n", "f:1-5 g:7-9"},
		{"quotes in #error", "c", "#error don't { do \"this\nint f(void)\n{\n}\n", "f:2-4"},
		{"a comment after a directive", "c", "#define X 1 /* {\n { */\nint f(void)\n{\n}\n", "X:1-2 f:3-5"},
		{"a line that goes on", "c", "// a comment \\\n   { of two lines\nint f(void)\n{\n}\n", "f:1-5"},
		{"characters", "c", "int f(void)\n{\n\tg('{', '\\'', '\"', L'}');\n}\n", "f:1-4"},
		{"attributes", "c", "static int __init __attribute__((cold)) f(struct a *b) __acquires(b)\n{\n}\n", "f:1-3"},
		{"a function that returns one", "c", "int (*f(void))(int)\n{\n}\n", "f:1-3"},
		{"a label at the margin", "c", "int f(void)\n{\nout:\n\tfor_each(x) {\n\t}\n\treturn 0;\n}\n", "f:1-7"},
		{"doc comment and a blank line", "c", "int a;\n\n/**\n * f - x\n */\n\nint f(void)\n{\n}\n", "f:3-9"},
		{"digits", "cpp", "int n = 1'000'000; char c = '{';\nint f() {\n}\n", "f:2-3"},
		{"raw string", "cpp", "auto s = R\"--(} \" )\" {)--\";\nint f() {\n}\n", "f:2-3"},
		{"initialisers", "cpp", "A::A() : b{1}, c({2}) {\n}\nint f() {\n}\n", "A::A:1-2 f:3-4"},
		{"lifetimes", "rust", "fn f<'a>(x: &'a str, c: char) -> &'a str {\n    if c == '{' || c == '\\'' { x } else { \"}\" }\n}\n", "f:1-3"},
		{"nested comments", "rust", "/* { /* } */ { */\nfn f() {\n}\n", "f:1-3"},
		{"raw strings", "rust", "const A: &str = r##\"}\"# \"##;\nfn f() {\n}\n", "f:2-3"},
		{"a hash before a string", "rust", "fn f() { m!(#\"a\\\"}\") }\nfn g() {\n}\n", "f:1-1 g:2-3"},
		{"regular expressions", "javascript", "const r = /[/{'\"]/g\nfunction f(a) { return a / 2 / 3 }\n", "f:2-2"},
		{"an unclosed regular expression", "javascript", "x = [a\n/ b]\nfunction f() {\n}\n", "f:3-4"},
		{"templates", "javascript", "let s = `{${f({a: `}`})}`\nfunction f() {\n}\n", "f:2-3"},
		{"apostrophes in text", "javascript", "function f() {\n  return <p>don't</p>\n}\nfunction g() {\n}\n", "f:1-3 g:4-5"},
		{"types with braces", "typescript", "function f(a: { b: number }): { c: string } {\n  return x\n}\nfunction g() {\n}\n", "f:1-3 g:4-5"},
		{"text blocks", "java", "class A {\n  String s = \"\"\"\n    \\\"\"\" }\n    \"\"\";\n  void f() {\n  }\n}\n", "A:1-7 f:5-6"},
		{"annotations", "java", "class A {\n  @B({\"x\", \"}\"})\n  @C\n  void f() {\n  }\n}\n", "A:1-6 f:2-5"},
		{"raw string in backticks", "go", "var s = `{ \" '`\n\nfunc f() {\n}\n", "f:3-4"},
		{"generic receiver", "go", "// C does.\nfunc (t *T[K, V]) C(x struct{}) (err error) {\n}\n", "T.C:1-3"},
		{"brackets that nothing opened", "java", "class A {\n  int x = 1)]);\n  void f() {\n  }\n}\n", "A:1-5 f:3-4"},
		{"brackets that nothing opened", "python", "x = 1)]\ndef f():\n    y = )(\ndef g():\n  pass\n)\n", "f:2-6"},
		{"multi-line strings", "python", "class A:\n    \"\"\"def x():\n\"\"\"\n    @d\n    async def f(a, b={\n'x': 1}):\n        pass\n\n    g = 1\nx = 1\n", "A:1-9 f:4-7"},
		{"a comment at the margin", "python", "def f():\n    a\n# note\n    b\nc\n", "f:1-4"},
		{"brackets over lines", "python", "x = [\n'def y():',\n]\ndef f(): pass\ndef g(): pass\n", "f:4-4 g:5-5"},
	} {
		t.Run(c.lang+" "+c.name, func(t *testing.T) {
			text := []byte(c.text)
			_, scopes, _ := run(c.lang, text)
			var got []string
			for _, s := range scopes {
				if s.kind != kindFunc && s.kind != kindType {
					continue
				}
				name := string(text[s.name.lo:s.name.hi])
				if !s.owner.empty() {
					name = string(text[s.owner.lo:s.owner.hi]) + "." + name
				}
				got = append(got, fmt.Sprintf("%s:%d-%d", name, 1+bytes.Count(text[:s.start], newline),
					1+bytes.Count(text[:s.end-1], newline)))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %s, want %s in\n%s", s, c.want, c.text)
			}
		})
	}
}
