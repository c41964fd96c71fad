package chunk

import (
	"strings"
	"testing"
)

// penaltyCase is a text with a bar where a cut is offered, and what that cut costs. A W stands for
// a word so long that the cut is not taken together with the one before it.
type penaltyCase struct {
	name, lang, text string
	want             int32
}

// TestPenalties holds what keeps the lines of a language together.
func TestPenalties(t *testing.T) {
	const dense = penaltyTight + penaltyDense
	checkPenalties(t, []penaltyCase{
		// Between declarations.
		{"a blank line", "c", "int W(void)\n{\n}\n\n|int f(void)\n{\n}\n", 0},
		{"no blank line", "c", "int W;\n|int f;\n", penaltyTight},
		{"a slash that ends the text", "c", "int W;\n|/", penaltyTight},
		{"parameters", "c", "int f(int W,\n\t|int b)\n{\n}\n", penaltyTight + penaltyParams},
		{"a group of declarations", "go", "var (\n\tW int\n\t|b int\n)\n", penaltyTight + penaltyParen},
		{"the first of a group", "go", "var ( /* W */\n\t|b int\n", penaltyTight + penaltyParen + penaltyFirst},
		{"a list goes on", "c", "int W,\n\t|b;\n", penaltyTight},
		{"a statement goes on", "c", "int W =\n\t|5;\n", penaltyTight + penaltyInside},
		{"a call after a comma", "java", "class A {\n\tint a = W,\n\t|.f();\n", penaltyType + penaltyTight + penaltyInside},
		{"the other branch", "c", "#if A\nint W;\n|#else\n", penaltyTight + penaltyAfter},
		{"the other branch of no preprocessor", "javascript", "class A {\n  W = 1;\n  |#e = 2;\n}\n", penaltyType + penaltyTight},
		{"a macro after its block", "c", "int f(void) {\n\tW();\n}\n|EXPORT_SYMBOL2(f);\n", penaltyTight + penaltyAfter},
		{"a macro of four letters", "c", "int f(void) {\n\tW();\n}\n|ABCD(f);\n", penaltyTight + penaltyAfter},
		{"a macro of three letters", "c", "int f(void) {\n\tW();\n}\n|ABC(f);\n", penaltyTight},
		{"a macro and a blank line", "c", "int f(void) {\n\tW();\n}\n\n|EXPORT_SYMBOL(f);\n", 0},
		{"a macro after no block", "c", "int W;\n|EXPORT_SYMBOL(f);\n", penaltyTight},
		{"capitals that are no macro", "c", "int f(void) {\n\tW();\n}\n|EXPORT f;\n", penaltyTight},
		{"small letters", "c", "int f(void) {\n\tW();\n}\n|export(f);\n", penaltyTight},
		{"a macro where there are none", "java", "class A {\n\tvoid f() {\n\t\tW();\n\t}\n\t|ABCD(f);\n}\n", penaltyType + penaltyTight},

		// Comments.
		{"a comment goes on", "c", "// W\n|// more\nint f;\n", penaltyTight + penaltyRemark},
		{"a comment after a sentence", "c", "// W.\n|// More\nint f;\n", penaltyTight + (penaltyRemark+penaltyPause)/2},
		{"a comment after an empty line of it", "c", "// W\n//\n|// more\nint f;\n", penaltyTight + penaltyPause},
		{"a block comment", "c", "/* W\n |* more\n */\n", penaltyRemark},
		{"a block comment after a sentence", "c", "/* W.\n |* More\n */\n", (penaltyRemark + penaltyPause) / 2},
		{"a block comment after an empty line", "c", "/* W\n *\n |* more\n */\n", penaltyPause},
		{"a comment in a body", "c", "void f(void) {\n\t/* W\n\t |* more\n\t */\n", penaltyBody + penaltyRemark/3},
		{"a declaration after its comment", "c", "// W\n|int f;\n", penaltyTight + penaltyGap},
		{"a statement after its comment", "c", "void f(void) {\n\t// W\n\t|x();\n}\n", penaltyBody + dense + penaltyGap/3},
		{"a doc comment and a blank line", "c", "/**\n * W\n */\n\n|int f;\n", penaltyDoc},
		{"another comment and a blank line", "c", "int a;\n\n/*\n * W\n */\n\n|int f;\n", 0},
		{"a doc comment and a directive", "c", "int a;\n\n/**\n * W\n */\n\n|#define A 1\n", 0},
		{"a doc comment and the next one", "c", "int a;\n\n/**\n * W\n */\n\n|/* other */\n", 0},

		// Inside.
		{"a field", "c", "struct A {\n\tint W;\n\t|int b;\n};\n", penaltyType + penaltyTight},
		{"the first field", "c", "struct W {\n\t|int b;\n};\n", penaltyType + penaltyTight + penaltyFirst},
		{"a type ends", "c", "struct A {\n\tint W;\n|};\n", penaltyType + penaltyTight + penaltyClose},
		{"a namespace costs nothing", "cpp", "namespace A {\nint W;\n\n|int b;\n}\n", 0},
		{"a paragraph of a body", "c", "void f(void) {\n\tW();\n\n\t|x();\n}\n", penaltyBody},
		{"a line of a body", "c", "void f(void) {\n\tW();\n\t|x();\n}\n", penaltyBody + dense},
		{"the first line of a body", "c", "void W(void) {\n\t|x();\n}\n", penaltyBody + dense + penaltyFirst},
		{"after a label", "c", "void f(void) {\nW:\n\t|x();\n}\n", penaltyBody + dense + penaltyFirst},
		{"a block of a body", "c", "void f(void) {\n\tif (a) {\n\t\tW();\n\t\t|x();\n\t}\n}\n", penaltyBody + penaltyNest + dense},
		{"very deep", "c", "void f(void) {\n" + strings.Repeat("if (a) { ", 10) + "\nW();\n|x();\n", penaltyDeep},
		{"arguments", "c", "void f(void) {\n\tg(W,\n\t\t|x);\n}\n", penaltyBody + dense + penaltyParen},
		{"a bracket closes", "c", "void f(void) {\n\tg(W\n\t|);\n}\n", penaltyBody + dense + penaltyParen + penaltyClose},
		{"an index closes", "c", "void f(void) {\n\tg[W\n\t|];\n}\n", penaltyBody + dense + penaltyParen + penaltyClose},
		{"a statement of a body goes on", "c", "void f(void) {\n\tW =\n\t\t|x;\n}\n", penaltyBody + dense + penaltyInside/3},
		{"a list of a body goes on", "c", "void f(void) {\n\tW,\n\t\t|x;\n}\n", penaltyBody + dense},
		{"else", "c", "void f(void) {\n\tif (a) {\n\t\ty();\n\t} // W\n\t|else\n", penaltyBody + dense + penaltyClose},
		{"catch", "cpp", "void f() {\n\ttry {\n\t\ty();\n\t} // W\n\t|catch (...) {\n", penaltyBody + dense + penaltyClose},
		{"finally", "java", "class A {\n\tvoid f() {\n\t\ttry {\n\t\t\ty();\n\t\t} // W\n\t\t|finally {\n",
			penaltyType + penaltyBody + dense + penaltyClose},
		{"what does not go on", "c", "void f(void) {\n\tif (a) {\n\t\tW();\n\t}\n\t|x();\n}\n", penaltyBody + dense},
		{"finally without a block before it", "java", "class A {\n\tvoid f() {\n\t\tW();\n\t\t|finally_();\n\t}\n}\n",
			penaltyType + penaltyBody + dense},
		{"a string", "rust", "fn f() {\n    let a = \"W\n|and more\";\n}\n", penaltyBody + penaltyString},
		{"a macro's body", "c", "#define A(x) do { \\\n\tW(); \\\n\t|x(); \\\n", penaltyBody + 10},
	})
}

// TestIndentPenalties does so for a language that nests by indentation.
func TestIndentPenalties(t *testing.T) {
	const dense = penaltyTight + penaltyDense
	checkPenalties(t, []penaltyCase{
		{"a blank line", "python", "W = 1\n\n|b = 2\n", 0},
		{"no blank line", "python", "W = 1\n|b = 2\n", dense},
		{"a line of a body", "python", "def f():\n    W\n    |x\n", penaltyBody + dense},
		{"a paragraph of a body", "python", "def f():\n    W\n\n    |x\n", penaltyBody},
		{"the first line of a body", "python", "def W():\n    |x\n", penaltyBody + dense + penaltyFirst},
		{"a line of a class", "python", "class A:\n    W\n    |x\n", penaltyType + dense},
		{"a method", "python", "class A:\n    W\n\n    |def f():\n        x\n", penaltyType},
		{"a line of a method", "python", "class A:\n    def f():\n        W\n        |x\n", penaltyType + penaltyBody + dense},
		{"a block of a body", "python", "def f():\n    if a:\n        W\n        |x\n", penaltyBody + penaltyNest + dense},
		{"a block at the top", "python", "if a:\n    W\n    |x\n", penaltyBody + dense},
		{"after the body", "python", "def f():\n    W\n|x\n", dense},
		{"a tab is eight columns", "python", "def f():\n        W\n\t|x\n", penaltyBody + dense},
		{"elif", "python", "def f():\n    if a:\n        W\n    |elif b:\n        x\n", penaltyBody + dense + penaltyClose},
		{"else", "python", "def f():\n    if a:\n        W\n    |else:\n", penaltyBody + dense + penaltyClose},
		{"except", "python", "def f():\n    try:\n        W\n    |except:\n        x\n", penaltyBody + dense + penaltyClose},
		{"finally", "python", "def f():\n    try:\n        W\n    |finally:\n        x\n", penaltyBody + dense + penaltyClose},
		{"case", "python", "def f():\n    match a:\n        W\n        |case b:\n", penaltyBody + penaltyNest + dense + penaltyClose},
		{"a decorated function", "python", "@W\n|def f():\n    x\n", dense + penaltyGap},
		{"a decorator and a blank line", "python", "@W\n\n|def f():\n    x\n", 0},
		{"a second decorator", "python", "@W\n|@d\ndef f():\n    x\n", penaltyGap},
		{"a comment", "python", "x = W\n|# c\n", penaltyTight},
		{"a comment after a blank line", "python", "x = W\n\n|# c\n", 0},
		{"a comment goes on", "python", "# W\n|# more\n", penaltyRemark},
		{"a comment after a sentence", "python", "# W.\n|# More\n", (penaltyRemark + penaltyPause) / 2},
		{"a bracket's content", "python", "x = [W,\n  |y]\n", penaltyParams},
		{"a bracket closes", "python", "x = [W\n|]\n", penaltyParams + penaltyClose},
		{"a string", "python", "x = \"\"\"W\n|and more\"\"\"\n", penaltyRemark},
		{"a string after an empty line", "python", "x = \"\"\"W\n\n|and more\"\"\"\n", penaltyPause},
	})
}

// TestTextPenalties does so for markup and plain lines.
func TestTextPenalties(t *testing.T) {
	deep := strings.Repeat(" ", 50)
	checkPenalties(t, []penaltyCase{
		{"a heading", "markdown", "W\n\n|# H\n", markupHeading},
		{"a lower heading", "markdown", "W\n\n|### H\n", 3 * markupHeading},
		{"a heading below another", "markdown", "# W\n\n|## H\n", 2*markupHeading + markupPara/2},
		{"an underlined heading", "markdown", "W\n\n|H\n---\n", 2 * markupHeading},
		{"a paragraph", "markdown", "W\n\n|more\n", markupPara},
		{"an indented paragraph", "markdown", "W\n\n|  more\n", markupPara + 2*markupIndent},
		{"a deep paragraph", "markdown", "W\n\n|" + deep + "more\n", markupPara + markupIndentMax*markupIndent},
		{"a paragraph below a heading", "markdown", "# W\n\n|more\n", markupPara + markupTitle},
		{"an item", "markdown", "W\n|- more\n", markupPara + markupTight},
		{"a numbered item", "markdown", "W\n|123. more\n", markupPara + markupTight},
		{"a number", "markdown", "W\n|1234. more\n", markupFlow},
		{"a row", "markdown", "W\n|> more\n", markupPara + markupTight},
		{"a dash", "markdown", "W\n|-more\n", markupFlow},
		{"a line", "markdown", "W\n|more\n", markupFlow},
		{"a line after a sentence", "markdown", "W.\n|More\n", markupEnd - 10},
		{"a line after a dot", "markdown", "W.\n|more\n", markupFlow},
		{"a sentence", "markdown", "W. |More\n", markupEnd},
		{"code", "markdown", "```\nW\n|more\n```\n", markupCode},
		{"a paragraph of code", "markdown", "```\nW\n\n|more\n```\n", markupGap},
		{"code ends", "markdown", "```\nW\n|```\n", markupCode + penaltyClose},
		{"a shorter fence ends nothing", "markdown", "````\nW\n|```\n````\n", markupCode},
		{"a fence of tildes", "markdown", "~~~\nW\n|more\n~~~\n", markupCode},
		{"two marks are no fence", "markdown", "``\nW\n|more\n", markupFlow},
		{"marks around code are no fence", "markdown", "```W```\n|more\n", markupFlow},
		{"front matter", "markdown", "---\na: W\n|b: 1\n---\n", markupCode},

		{"a paragraph", "text", "W\n\n|more\n", linePara},
		{"an indented paragraph", "text", "W\n\n|  more\n", linePara + 2*lineIndent},
		{"a deep paragraph", "text", "W\n\n|" + deep + "more\n", linePara + lineIndentMax*lineIndent},
		{"a line", "text", "W\n|more\n", lineFlow},
		{"a line after a sentence", "text", "W.\n|more\n", lineSentence - 20},
		{"a sentence", "text", "W. |More\n", lineSentence},
		{"a sentence of a letter", "text", "W. |M\n", lineSentence},
		{"no sentence", "text", "W. more\n|x", lineFlow},
		{"a sentence in quotes", "text", "W!\" |More\n", lineSentence},
		{"an ideographic sentence", "text", "W。|日本\n", lineSentence},
		{"a line", "yaml", "W: 1\n|b: 2\n", lineTight},
		{"a deeper line", "yaml", "W:\n|  b: 2\n", lineTight + 2*lineIndent},
		{"a paragraph", "yaml", "W: 1\n\n|b: 2\n", linePara},
	})
}

func checkPenalties(t *testing.T, cases []penaltyCase) {
	t.Helper()
	for _, c := range cases {
		text := strings.Replace(c.text, "W", strings.Repeat("w", 2*cutSparse), 1)
		at := strings.IndexByte(text, '|')
		text = text[:at] + text[at+1:]
		got, ok := penaltyAt(c.lang, text, at)
		switch {
		case !ok:
			t.Errorf("%s: %s: no cut is offered at the bar of\n%s", c.lang, c.name, c.text)
		case got != c.want:
			t.Errorf("%s: %s: a cut costs %d, want %d at the bar of\n%s", c.lang, c.name, got, c.want, c.text)
		}
	}
}

// penaltyAt returns what a cut before text[at] costs: at the start of its line where that is
// indentation only.
func penaltyAt(lang, text string, at int) (int32, bool) {
	line := strings.LastIndexByte(text[:at], '\n') + 1
	if strings.TrimSpace(text[line:at]) == "" {
		at = line
	}
	s := new(splitter)
	s.reset(nil, []byte(text))
	s.begin()
	s.scan(lang)
	s.settle()
	for _, c := range s.cuts {
		if c.off == at {
			return c.penalty, true
		}
	}
	return 0, false
}
