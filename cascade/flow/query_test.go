package flow

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sluice/index"
)

// want is what becomes of a question.
type want struct {
	text             string
	phrases, exclude []string
	paths, types     []string
}

// typed are questions with what a person typed on purpose in them.
var typed = []struct {
	raw string
	want
}{
	{"", want{}},
	{" \t", want{}},
	{"how is a torn write noticed", want{text: "how is a torn write noticed"}},
	{"  two\t words \u00a0here ", want{text: "two words here"}},

	{`"torn write" lock`, want{text: "torn write lock", phrases: []string{"torn write"}}},
	{`lock "torn write"`, want{text: "lock torn write", phrases: []string{"torn write"}}},
	{`what is a "torn write"?`, want{text: "what is a torn write ?", phrases: []string{"torn write"}}},
	{`("torn write", "lost write")`, want{text: "( torn write , lost write )", phrases: []string{"torn write", "lost write"}}},
	{`"x"`, want{text: "x", phrases: []string{"x"}}},
	{`"->"`, want{text: "->", phrases: []string{"->"}}},
	{`"==" "C++" "p->next"`, want{text: "== C++ p->next", phrases: []string{"==", "C++", "p->next"}}},
	{`"{" "a | b" "x = 1;"`, want{text: "{ a | b x = 1;", phrases: []string{"{", "a | b", "x = 1;"}}},
	{`"-not path:here"`, want{text: "-not path:here", phrases: []string{"-not path:here"}}},
	{`error code -1 "torn write"`, want{text: "error code -1 torn write", phrases: []string{"torn write"}}},
	{`"" lock`, want{text: `"" lock`}},
	{`lock ""`, want{text: `lock ""`}},
	{`"  " lock`, want{text: `" " lock`}},
	{`"never closed`, want{text: `"never closed`}},
	{`"`, want{text: `"`}},
	{`5" disk and 3" disk`, want{text: `5" disk and 3" disk`}},
	{"“torn write” lock", want{text: "torn write lock", phrases: []string{"torn write"}}},
	{"„torn write“ lock", want{text: "torn write lock", phrases: []string{"torn write"}}},
	{"«torn write» lock", want{text: "torn write lock", phrases: []string{"torn write"}}},
	{"lock ”torn write”", want{text: "lock torn write", phrases: []string{"torn write"}}},
	{"“torn write\" lock", want{text: "torn write lock", phrases: []string{"torn write"}}},
	{"什么是“原子写”", want{text: "什么是 原子写", phrases: []string{"原子写"}}},
	{"don’t panic", want{text: "don’t panic"}},

	{"lock -mutex", want{text: "lock", exclude: []string{"mutex"}}},
	{"-test retry policy", want{text: "retry policy", exclude: []string{"test"}}},
	{"lock -mutex -spinlock", want{text: "lock", exclude: []string{"mutex", "spinlock"}}},
	{`retry "exponential backoff" -test`, want{text: "retry exponential backoff", phrases: []string{"exponential backoff"}, exclude: []string{"test"}}},
	{"jaguar -car", want{text: "jaguar", exclude: []string{"car"}}},
	{"python snake -programming", want{text: "python snake", exclude: []string{"programming"}}},
	{"cat food -dog", want{text: "cat food", exclude: []string{"dog"}}},
	{"invoice -PDF", want{text: "invoice", exclude: []string{"PDF"}}},
	{"music -mp3", want{text: "music", exclude: []string{"mp3"}}},
	{"Wetter -Über", want{text: "Wetter", exclude: []string{"Über"}}},
	{"天気 -日本", want{text: "天気", exclude: []string{"日本"}}},
	{"x -foo-bar", want{text: "x", exclude: []string{"foo-bar"}}},
	{"foo->bar -baz", want{text: "foo->bar", exclude: []string{"baz"}}},
	{"C++ -templates", want{text: "C++", exclude: []string{"templates"}}},
	{"-40 degrees -celsius", want{text: "-40 degrees", exclude: []string{"celsius"}}},

	{"lock path:kernel/** x", want{text: "lock x", paths: []string{"kernel/**"}}},
	{"path:a path:b", want{paths: []string{"a", "b"}}},
	{"lang:Go lock", want{text: "lock", types: []string{"go"}}},
	{"lang:go lang:C path:A -mutex", want{text: "-mutex", types: []string{"go", "c"}, paths: []string{"A"}}},
	{"path: lang: x", want{text: "path: lang: x"}},
	{"lock -mutex path:kernel", want{text: "lock", exclude: []string{"mutex"}, paths: []string{"kernel"}}},
	{"PATH:a xpath:b", want{text: "PATH:a xpath:b"}},
}

// TestTypedOperators holds what is read of each, in full: nothing else may be set.
func TestTypedOperators(t *testing.T) {
	for _, c := range typed {
		q := ParseQuery(c.raw, index.Filter{})
		got := want{q.Text, q.Phrases, q.Exclude, q.Filter.Paths, q.Filter.Types}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q\n\tis   %+v\n\twant %+v (as text: %q)", c.raw, got, c.want, q.AsText)
		}
		if n := len(q.Phrases) + len(q.Exclude) + len(q.Filter.Paths) + len(q.Filter.Types); q.Raw != c.raw || len(q.Read) != n {
			t.Errorf("%q: raw %q, %d operators, told of %q", c.raw, q.Raw, n, q.Read)
		}
	}
}

// TestPastedTextStaysText: what people paste is searched for and not obeyed, and where it looks
// like an operator, the question says why it is none.
func TestPastedTextStaysText(t *testing.T) {
	for kind, texts := range map[string][]string{
		"command": {
			"how does tar -xzf work", "tar -xzf", "tar -xzf backup.tar.gz", "git commit -m", `git commit -m "fix the lock"`,
			"git push --force", "git rebase -i", "rm -rf", "ls -la", "ls -lah /tmp", "kubectl get pods -n kube-system",
			"docker run -it --rm alpine", "grep -rn TODO .", `grep -rn "torn write" src`, "find . -name '*.go'", "find -name",
			`find . -name "*.go" -mtime -7`, "gcc -Wall -O2", "gcc -std=c99", "curl -sSL https://example.com", "ssh -L 8080:localhost:80 host",
			"make -j8", "go test -race", "go build -trimpath ./...", "java -jar app.jar", "java -version", "sort -u", "head -n 5", "xargs -0",
			"what does grep -v do", "sudo apt-get install -y jq", "chmod -R 755 dir", "ps -ef", "python -m venv", "node -e",
			"$ npm install -g left-pad", "./configure -prefix", "/usr/bin/env -i", "systemctl status -l", "restic -v", "rsync -avz a b",
			`echo "hello" | wc -c`, `printf("torn write")`, `FOO="bar baz" make`, "the option -verbose", "flag -race",
			"terraform plan -out tfplan", "Get-ChildItem -Recurse", "find /etc -name", "cat ./a -number", "openssl x509 -noout", "ffmpeg -i in.mp4", "psql -d shop", "%~dp0 -x",
		},
		"number": {"error code -1", "exit status -9", "temperature -40", "-273.15 degrees", "errno -22", "returns -EINVAL", "x -1 y"},
		"diff": {
			"--- a/limits.py\n+++ b/limits.py\n@@ -1,2 +1,2 @@\n-MAX_RETRIES = 3\n+MAX_RETRIES = 5", "-MAX_RETRIES = 3", "@@ -1,2 +1,2 @@ -x",
			"diff --git a/x b/x", "-\tx := \"torn write\"\n+\ty", "+++ b/limits.py -x",
		},
		"traceback": {
			"Traceback (most recent call last):\n  File \"a.py\", line 3, in f\nKeyError: \"name\"", `File "/srv/a.py", line 12, in load -x`,
			`KeyError: "name"`, `panic: open "foo.txt" -x`, "\tat com.shop.Cart.total(Cart.java:17)\n\tat \"x\"", `error: relation "users" does not exist`,
			`npm ERR! Cannot find module "left-pad"` + "\n", `java.lang.NullPointerException: "x" is null`, `fatal: pathspec "x" did not match`,
		},
		"json":   {`{"name": "left-pad", "version": -1}`, `["a", "b"]`, `"name": "left-pad"`, `{"a":1}`, "{\n  \"k\": \"v\"\n}", `'{"query": "torn write"}'`},
		"sql":    {`SELECT name FROM users WHERE name = "bob" -x`, "UPDATE t -x", `insert into t values ("a", "b");`},
		"log":    {`2031-04-02 12:00:01 job "nightly" -x`, `2031-04-02T12:00:01Z "x"`, `12:00:01 "x" -x`, `[12:00:01] "x"`, `Apr  2 12:00:01 host sshd "x"`, `level=info msg="torn write"`, `INFO started "x"`, `WARN "x" -y`, `10.0.0.1 - - [02/Apr/2031] "GET / HTTP/1.1" 200`},
		"mail":   {"> did you see -this", "> \"torn write\" is new", "On Monday Ann wrote:\n> lock -mutex", ">> -x y"},
		"path":   {`C:\Users\ann -x`, `\\srv\share "x"`, `type C:\a "b c"`, "~/src -x", "../a -x"},
		"regex":  {`^foo.*bar$ "x"`, `\d+ -x`, `(a|b)+ "x"`, `[a-z]+ -x`},
		"list":   {"- buy milk -now", "- one\n- two\n- \"three\"", "* call \"Bob\" -today", "1. lock -mutex", "2) \"x\"", "# Title -x", "- [ ] call \"Bob\""},
		"code":   {`x = "torn write";`, `if a == b "x"`, `fmt.Println("x")`, `List<String> -x`, "a[i] -x", `return "x";`, "`ls` -x", "a && b -c", "foo(); -x", `<a href="x">`, `"a","b"`, `"a b""c d"e`},
		"long":   {strings.Repeat("a long text that somebody pasted ", 8) + `with "quotes" -and dashes`, "two\nlines -x", "lock -mutex\n\"torn write\""},
		"prose":  {"well-known -_x", "x - y", "p -> next", "twenty -odd years", "up -to -date news"},
		"alone":  {"-mutex", "-mutex -lock", "-verbose", "--force", "-"},
		"option": {"-fPIC code", "what does -Wall mean", "lock -m", "lock -O2 x"},
	} {
		for _, raw := range texts {
			q := ParseQuery(raw, index.Filter{})
			if len(q.Phrases)+len(q.Exclude)+len(q.Filter.Paths)+len(q.Filter.Types)+len(q.Read) > 0 {
				t.Errorf("%s: %q is obeyed: %q", kind, raw, q.Read)
			}
			if want := strings.Fields(raw); !reflect.DeepEqual(strings.Fields(q.Text), want) {
				t.Errorf("%s: of %q the text is %q", kind, raw, q.Text)
			}
		}
	}
	for raw, why := range map[string]string{
		"error code -1":                       "it is no word",
		"how does tar -xzf work":              "because of tar",
		"twenty -odd years":                   "between other words",
		"-mutex":                              "nothing else",
		"a\n\"b c\"":                          "several lines",
		`printf("x y")`:                       "code",
		`git commit -m "x y"`:                 "command",
		`panic: "x y"`:                        "message of a program",
		"- \"milk\"":                          "list",
		strings.Repeat("word ", 40) + `"x y"`: "long",
	} {
		if q := ParseQuery(raw, index.Filter{}); len(q.AsText) != 1 || !strings.Contains(q.AsText[0], why) {
			t.Errorf("%q: told %q, want %q", raw, q.AsText, why)
		}
	}
}

// TestOperatorsOnAndOff: who asks for operators gets them wherever they stand, and who wants none
// has none.
func TestOperatorsOnAndOff(t *testing.T) {
	const raw = "git commit -amend\n\"torn write\" path:src lang:go"
	on := Reading{Operators: OperatorsOn}.Parse(raw, index.Filter{})
	if on.Text != "git commit torn write" || !reflect.DeepEqual(on.Phrases, []string{"torn write"}) || !reflect.DeepEqual(on.Exclude, []string{"amend"}) ||
		!reflect.DeepEqual(on.Filter, index.Filter{Paths: []string{"src"}, Types: []string{"go"}}) || len(on.Read) != 4 {
		t.Errorf("on: %+v", on)
	}
	off := Reading{Operators: OperatorsOff}.Parse(`lock -mutex "torn write"`, index.Filter{})
	if off.Text != off.Raw || len(off.Phrases)+len(off.Exclude)+len(off.Read) > 0 || len(off.AsText) != 1 {
		t.Errorf("off: %+v", off)
	}
}

// TestTypesOfOperators: lang: takes the names that filters take, and what names no type is text.
func TestTypesOfOperators(t *testing.T) {
	r := Reading{Type: func(name string) (string, bool) { return "python", name == "py" }}
	q := r.Parse("lock lang:py lang:en", index.Filter{})
	if q.Text != "lock lang:en" || !reflect.DeepEqual(q.Filter.Types, []string{"python"}) || len(q.AsText) != 1 {
		t.Errorf("%+v", q)
	}
}

// TestParseQueryAddsToTheFilters: what the caller set stays, and the caller's own slices too, even
// where they have room.
func TestParseQueryAddsToTheFilters(t *testing.T) {
	paths, types := make([]string, 1, 4), make([]string, 1, 4)
	paths[0], types[0] = "docs/**", "markdown"
	base := index.Filter{Sources: []string{"notes"}, Paths: paths, Types: types, After: time.Unix(7, 0)}
	first := ParseQuery("path:a lang:go", base)
	second := ParseQuery("path:b lang:c", base)
	want := base
	want.Paths, want.Types = []string{"docs/**", "a"}, []string{"markdown", "go"}
	if !reflect.DeepEqual(first.Filter, want) {
		t.Errorf("filters are %+v, want %+v", first.Filter, want)
	}
	want.Paths, want.Types = []string{"docs/**", "b"}, []string{"markdown", "c"}
	if !reflect.DeepEqual(second.Filter, want) {
		t.Errorf("filters are %+v, want %+v", second.Filter, want)
	}
}
