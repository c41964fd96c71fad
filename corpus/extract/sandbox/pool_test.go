package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/corpus/extract"
	"sluice/corpus/extract/formats"
)

// TestMain makes a child of the test's own program where a pool started it. In it, some formats do
// what no reader should.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Verb {
		formats.Table = append(formats.Table, rogue("memory", eatMemory), rogue("time", eatTime), rogue("panic", func(*extract.Writer) error { panic("broken") }),
			rogue("exit", func(*extract.Writer) error { os.Exit(9); return nil }), rogue("stack", func(*extract.Writer) error { return sink(0) }),
			rogue("file", openFile), rogue("net", openSocket), rogue("exec", startProgram), rogue("write", writeFile), rogue("flood", flood))
		formats.Refresh()
		cpuMax = time.Second / 2
		os.Exit(Child(os.Args[2:], os.Stdin, os.Stdout, os.Exit))
	}
	os.Exit(m.Run())
}

func rogue(name string, do func(*extract.Writer) error) extract.Format {
	return extract.Format{Name: name, Endings: []string{"." + name}, Read: func(_ extract.File, w *extract.Writer) error { return do(w) }}
}

var kept [][]byte

func eatMemory(*extract.Writer) error {
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i)
		}
		kept = append(kept, b)
	}
}

func eatTime(*extract.Writer) error {
	for {
	}
}

func sink(n int) error {
	var pad [1 << 10]byte
	pad[n&1023] = 1
	err := sink(n + int(pad[n&1023]))
	return errors.Join(err, nil)
}

// allowed says what a child could do that it should not.
func allowed(w *extract.Writer, what error) error {
	if what == nil {
		w.String("allowed")
		return nil
	}
	w.String("forbidden")
	return nil
}

func openFile(w *extract.Writer) error {
	_, err := os.Open("/etc/passwd")
	return allowed(w, err)
}

func writeFile(w *extract.Writer) error {
	return allowed(w, os.WriteFile("/tmp/sluice-rogue", nil, 0o600))
}

func openSocket(w *extract.Writer) error {
	_, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Second)
	if err != nil && strings.Contains(err.Error(), "refused") { // it got as far as asking
		err = nil
	}
	return allowed(w, err)
}

func startProgram(w *extract.Writer) error { return allowed(w, exec.Command("/bin/true").Run()) }

func flood(w *extract.Writer) error {
	for {
		w.String(strings.Repeat("word ", 1000))
	}
}

func file(name, text string) extract.File {
	return extract.File{Name: name, Size: int64(len(text)), ReaderAt: strings.NewReader(text)}
}

func pool(t *testing.T) *Pool {
	p := New(os.Executable)
	t.Cleanup(func() { p.Close() })
	return p
}

const letter = `{\rtf1\ansi{\info{\title A letter}}Dear \b reader\b0 ,\par this is page one.\par}`

// read reads a good document, to see that a pool still does.
func read(t *testing.T, p *Pool) {
	t.Helper()
	d, err := extract.Text(t.Context(), p, file("a.rtf", letter))
	if err != nil || string(d.Text) != "Dear reader,\nthis is page one.\n" || d.Title != "A letter" {
		t.Errorf("a good document: %+v, %v", d, err)
	}
}

// TestARogueCostsItself: whatever a reader does, the process that asked goes on, the document is
// named with its reason, and the next one is read.
func TestARogueCostsItself(t *testing.T) {
	p := pool(t)
	read(t, p)
	for name, want := range map[string]error{
		"memory": extract.ErrMemory, "panic": nil, "exit": extract.ErrDied, "stack": nil, "flood": extract.ErrExpands,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := extract.Text(t.Context(), p, file("x."+name, "x"))
			var no *extract.Refusal
			if !errors.As(err, &no) || want != nil && err.Error() != want.Error() {
				t.Errorf("%v, want a refusal, %v", err, want)
			}
			read(t, p)
		})
	}
}

// TestTimeIsLimited: a reader that does not end is ended.
func TestTimeIsLimited(t *testing.T) {
	p := pool(t)
	if _, err := extract.Text(t.Context(), p, file("x.time", "x")); err == nil || err.Error() != extract.ErrTime.Error() {
		t.Errorf("%v, want %v", err, extract.ErrTime)
	}
	read(t, p)
}

// TestCancelled: who asked does not wait for a reader that does not end.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := extract.Text(ctx, pool(t), file("x.time", "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want cancelled", err)
	}
}

// TestFilesAreReadThroughThePipe reads an archive that is larger than what a child may have, and a
// file that fails.
func TestFilesAreReadThroughThePipe(t *testing.T) {
	p := pool(t)
	long := strings.Repeat("All work and no play makes Jack a dull boy.\n", 100)
	var tar bytes.Buffer
	if err := extract.Flatten(t.Context(), p, gzipped(t, "jack.txt", long), &tar); err != nil {
		t.Fatal(err)
	}
	flat := extract.File{Name: "flat.tar", Size: int64(tar.Len()), ReaderAt: bytes.NewReader(tar.Bytes())}
	all, err := extract.List(t.Context(), p, flat)
	if err != nil || len(all) != 1 || all[0].Path != "jack.txt" || all[0].Size != int64(len(long)) {
		t.Fatalf("%+v, %v", all, err)
	}
	var text strings.Builder
	if err := extract.CopyMember(t.Context(), p, flat, all[0], &text); err != nil || text.String() != long {
		t.Errorf("%d bytes, %v", text.Len(), err)
	}
	bad := extract.File{Name: "a.rtf", Size: 100, ReaderAt: failing{}}
	if _, err := extract.Text(t.Context(), p, bad); err == nil || !strings.Contains(err.Error(), "disk is on fire") || errors.As(err, new(*extract.Refusal)) {
		t.Errorf("a file that cannot be read: %v, want its error and no refusal", err)
	}
	full := errors.New("no space left")
	if err := extract.CopyMember(t.Context(), p, flat, all[0], failing{full}); !errors.Is(err, full) {
		t.Errorf("who takes it fails: %v", err)
	}
	read(t, p)
}

type failing struct{ err error }

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is on fire") }
func (f failing) Write([]byte) (int, error)       { return 0, f.err }

// TestConcurrent reads from several goroutines.
func TestConcurrent(t *testing.T) {
	p := pool(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				read(t, p)
			}
		})
	}
	all.Wait()
}

// TestNoProgram: a program that is gone is the machine's misfortune, and no document's.
func TestNoProgram(t *testing.T) {
	for _, p := range []*Pool{New(func() (string, error) { return "/nowhere/sluice", nil }), New(func() (string, error) { return "", io.ErrUnexpectedEOF })} {
		if _, err := extract.Text(t.Context(), p, file("a.rtf", letter)); err == nil || errors.As(err, new(*extract.Refusal)) {
			t.Errorf("%v", err)
		}
	}
}

func BenchmarkPool(b *testing.B) {
	p := New(os.Executable)
	defer p.Close()
	for b.Loop() {
		if _, err := extract.Text(b.Context(), p, file("a.rtf", letter)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p := New(os.Executable)
		if _, err := extract.Text(b.Context(), p, file("a.rtf", letter)); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}
