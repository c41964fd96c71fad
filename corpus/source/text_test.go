package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sluice/corpus"
	"sluice/internal/limits"
)

func textOf(r io.Reader) (string, error) {
	t := NewText(r, "a.txt")
	defer t.Close()
	out, err := io.ReadAll(t)
	return string(out), err
}

func TestText(t *testing.T) {
	long := strings.Repeat("long line ", 20_000)
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ascii", "plain", "plain"},
		{"utf-8", "grün", "grün"},
		{"utf-8 with mark", "\xef\xbb\xbfgrün", "\xef\xbb\xbfgrün"},
		{"mark, then latin", "\xef\xbb\xbfgr\xfcn", "\xef\xbb\xbfgr\xfcn"},
		{"mostly utf-8", "grün grün \xff", "grün grün \xff"},
		{"cut at the end", "gr\xc3", "grÃ"},
		{"latin", "gr\xfcn", "grün"},
		{"latin beside one utf-8", "é \xfc \xfc", "Ã© ü ü"},
		{"windows", "\x93quoted\x94 \x80", "“quoted” €"},
		{"latin late", long + "gr\xfcn", long + "grün"},
		{"utf-8 late", long + "grün", long + "grün"},
		{"cut where the look ahead ends", "aü" + strings.Repeat("ü", blockBytes/2), "aü" + strings.Repeat("ü", blockBytes/2)},
		{"utf-16 little", "\xff\xfeg\x00\xfc\x00", "gü"},
		{"utf-16 big", "\xfe\xff\x00g\x00\xfc", "gü"},
		{"utf-16 odd", "\xff\xfeg\x00x", "g\ufffd"},
		{"utf-16 pair", "\xff\xfe\x3d\xd8\x00\xde", "😀"},
		{"utf-16 half a pair", "\xff\xfe\x3d\xd8g\x00", "\ufffdg"},
		{"utf-16 half a pair at the end", "\xff\xfe\x3d\xd8", "\ufffd"},
		{"utf-16 wrong half", "\xff\xfe\x00\xdeg\x00", "\ufffdg"},
		{"utf-16 mark alone", "\xff\xfe", ""},
		{"utf-32 little", "\xff\xfe\x00\x00g\x00\x00\x00\x00\xf6\x01\x00", "g😀"},
		{"utf-32 big", "\x00\x00\xfe\xff\x00\x00\x00g", "g"},
		{"utf-32 beyond", "\x00\x00\xfe\xff\xff\xff\xff\xff", "\ufffd"},
		{"late nul", strings.Repeat("a", HeadBytes) + "\x00b", strings.Repeat("a", HeadBytes) + "\x00b"},
		{"page of nuls in a log", strings.Repeat("a", blockBytes) + strings.Repeat("\x00", 4096) + long, strings.Repeat("a", blockBytes) + strings.Repeat("\x00", 4096) + long},
	} {
		for how, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.in), "by bytes": iotest.OneByteReader(strings.NewReader(c.in)), "with the end": iotest.DataErrReader(strings.NewReader(c.in)),
		} {
			if got, err := textOf(r); err != nil || got != c.want {
				t.Errorf("%s, %s: got %.60q (%d bytes), %v", c.name, how, got, len(got), err)
			}
		}
	}
}

func TestTextLeftOut(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     corpus.Reason
	}{
		{"nul at once", "a\x00", corpus.Binary},
		{"nul in the head", strings.Repeat("a", HeadBytes-1) + "\x00", corpus.Binary},
		{"nul in utf-16", "\xff\xfea\x00\x00\x00", corpus.Binary},
		{"hole", strings.Repeat("a", blockBytes) + strings.Repeat("\x00", blockBytes), corpus.Binary},
		{"noise", strings.Repeat("text ", 50_000) + noise(100<<10), corpus.Binary},
	} {
		_, err := textOf(strings.NewReader(c.in))
		var out *corpus.LeftOutError
		if !errors.As(err, &out) || out.Reason != c.want || out.Path != "a.txt" {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestTextErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, in := range []string{"", "a", "grün", "gr\xfcn and more", "\xff\xfea\x00"} {
		_, err := textOf(io.MultiReader(strings.NewReader(in), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%q, then an error: %v", in, err)
		}
	}
	text := NewText(strings.NewReader("abc"), "a")
	if err := text.Check(); err != nil {
		t.Error(err)
	}
	text.Close()
	text.Close()
	if n, err := text.Read(make([]byte, 3)); n != 0 || err == nil {
		t.Errorf("a read after close gives %d bytes, %v", n, err)
	}
}

// endless is a line without an end.
type endless struct {
	letter string
	read   int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, strings.Repeat(e.letter, len(p)/len(e.letter)))
	e.read += int64(n)
	return n, nil
}

// TestEndless reads documents that do not end: memory stays, and so does the time.
func TestEndless(t *testing.T) {
	for _, letter := range []string{"a", "ü", "\xfc"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		src := &endless{letter: letter}
		text := NewText(src, "a")
		n, err := io.Copy(io.Discard, text)
		text.Close()
		runtime.ReadMemStats(&after)
		var out *corpus.LeftOutError
		if !errors.As(err, &out) || out.Reason != corpus.TooLarge || n > limits.DocumentBytesMax || src.read > limits.DocumentBytesMax+4*blockBytes {
			t.Errorf("%q for ever: %d bytes, %v", letter, n, err)
		}
		if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
			t.Errorf("%q for ever: memory grew by %d MiB", letter, grown>>20)
		}
	}
}

// TestUTF8Offsets: a line that is mostly UTF-8 passes through byte for byte.
func TestUTF8Offsets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(rapid.StringMatching(`[a-z \n]*[äöü€😀]{10}[a-zäöü€😀 \n]{0,300}`).Draw(t, "text"))
		for range rapid.IntRange(0, 4).Draw(t, "damages") {
			in[rapid.IntRange(0, len(in)-1).Draw(t, "at")] = byte(rapid.IntRange(1, 255).Draw(t, "byte"))
		}
		for line := range bytes.Lines(in) {
			if unicodeMark(in) != nil || !mostlyUTF8(line) {
				t.Skip("the damage made it something else")
			}
		}
		got, err := textOf(bytes.NewReader(in))
		if err != nil || got != string(in) {
			t.Fatalf("%q became %q, %v", in, got, err)
		}
	})
}

// TestUTF16RoundTrip compares with the standard library's decoder.
func TestUTF16RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOf(rapid.Uint16Range(1, 0xffff)).Draw(t, "units")
		in := []byte("\xfe\xff")
		for _, u := range units {
			in = binary.BigEndian.AppendUint16(in, u)
		}
		got, err := textOf(iotest.HalfReader(bytes.NewReader(in)))
		if want := string(utf16.Decode(units)); err != nil || got != want {
			t.Fatalf("%x: got %q, want %q, %v", units, got, want, err)
		}
	})
}

// FuzzText: whatever comes in, it ends, and how the bytes arrive makes no difference.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "gr\xfcn", "\xff\xfea", "\xff\xfe\x00\x00", "\xef\xbb\xbf", "a\x00", "é\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		a, errA := textOf(bytes.NewReader(in))
		b, errB := textOf(iotest.OneByteReader(bytes.NewReader(in)))
		if a != b || (errA == nil) != (errB == nil) {
			t.Fatalf("%q: at once %q, %v; by bytes %q, %v", in, a, errA, b, errB)
		}
		if !utf8.ValidString(a) && a != string(in) {
			t.Fatalf("%q became %q: neither the document nor UTF-8", in, a)
		}
	})
}

func noise(n int) string {
	out, x := make([]byte, n), uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x >> 32)
	}
	return string(out)
}

func BenchmarkText(b *testing.B) {
	for name, in := range map[string]string{
		"ascii": strings.Repeat("plain text of a line\n", 50_000), "utf8": strings.Repeat("grüner text of a line\n", 50_000),
		"latin": strings.Repeat("gr\xfcner text of a line\n", 50_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				t := NewText(strings.NewReader(in), "a.txt")
				io.Copy(io.Discard, t)
				t.Close()
			}
		})
	}
}
