package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sluice/internal/clock"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain\n\ttext", "plain\n\ttext"},
		{"über 漢字 👩‍💻", "über 漢字 👩‍💻"},
		{"\x1b[31mred", `\x1b[31mred`},
		{"\x1b]0;title\x07", `\x1b]0;title\x07`},
		{"a\u009bb", `a\x9bb`},
		{"if \u202e}admin", `if \u202e}admin`},
		{"\u2066x\u2069", `\u2066x\u2069`},
		{"line\r\nnext", "line\nnext"},
		{"over\rwrite", `over\x0dwrite`},
		{"bad\xff", "bad\uFFFD"},
		{"\xff\x1b", "\uFFFD\\x1b"},
		{"ends\r", `ends\x0d`},
		{"a\u2028b", `a\u2028b`},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanLeavesNothingHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "string")
		got := Clean(in)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is no UTF-8", got)
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%U of %q is left", r, in)
			}
		}
		if Clean(got) != got {
			t.Fatalf("cleaning %q again changes it", got)
		}
	})
}

func TestStyleOnlyOnTerminals(t *testing.T) {
	if s := NewStyle(&bytes.Buffer{}, "", "xterm"); s.On {
		t.Error("a buffer is painted")
	}
	if got := (Style{On: true}).Hit("x"); !strings.HasPrefix(got, "\x1b[") || !strings.HasSuffix(got, "\x1b[0m") {
		t.Errorf("painted: %q", got)
	}
	if got := (Style{}).Hit("x"); got != "x" {
		t.Errorf("unpainted: %q", got)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		s    State
		took time.Duration
		want string
	}{
		{State{Phase: "looking"}, 0, "looking"},
		{State{Phase: "looking", Files: 1204}, 0, "looking  1,204 files"},
		{State{Phase: "reading notes", Files: 3, FilesTotal: 10, Done: 1_000_000, Total: 5_000_000}, 2 * time.Second,
			"reading notes  3 of 10 files  1.00 MB of 5.00 MB  500 kB/s  8 s left"},
		{State{Phase: "x\x1b", Done: 10}, time.Millisecond, `x\x1b  10 B`},
		{State{Phase: "done", Done: 10, Total: 10}, time.Second, "done  10 B of 10 B  10 B/s"},
	} {
		if got := Line(c.s, c.took); got != c.want {
			t.Errorf("Line(%+v) = %q, want %q", c.s, got, c.want)
		}
	}
}

func TestProgressDrawsOverItself(t *testing.T) {
	var out bytes.Buffer
	c := &clock.Fake{T: time.Unix(1000, 0)}
	p := &Progress{w: &out, clock: c, width: 20}
	p.Show(State{Phase: "reading a long name of a source", Done: 1, Total: 2})
	p.Show(State{Phase: "reading a long name of a source", Done: 2, Total: 2}) // too soon
	p.Clear()
	p.Clear()
	if got, want := out.String(), "\r\x1b[Kreading a long name\r\x1b[K"; got != want {
		t.Errorf("drawn %q, want %q", got, want)
	}
	var none *Progress
	none.Show(State{Phase: "x"})
	none.Clear()
	if NewProgress(&out, c) != nil {
		t.Error("a buffer gets a progress line")
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.00 kB", 12345: "12.3 kB", 999_499: "999 kB", 999_600: "1.00 MB", 123_456_789: "123 MB", 7e15: "7.00 PB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{time.Second: "1 s", 200 * time.Second: "3 min 20 s", 125 * time.Minute: "2 h 5 min"} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a b.md": "a b.md", "a\nb": `a\x0ab`, "a\r\nb": `a\x0d\x0ab`, "a\tb": `a\x09b`, "\x1b[2J": `\x1b[2J`, "a\u2028b\u202e": `a\u2028b\u202e`, "é": "é",
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
