package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// TestForgetSaysWhoReads: while a reader holds an older generation, what is forgotten is gone when
// it ends, and that is said; the reader that ends removes it.
func TestForgetSaysWhoReads(t *testing.T) {
	count := promise.For(t, 26, "reader of this process")
	for _, c := range forgetCases() {
		t.Run(c.name, func(t *testing.T) {
			f := startForget(t, c)
			disk := f.clone()
			reader := newStore(t, disk)
			held, err := reader.Snapshot(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			s := newStore(t, disk)
			want := fmt.Sprintf("gone when the readers of generation %d end", held.Generation())
			if rep := mustForget(t, s, f.what); rep.Remains.String() != want {
				t.Errorf("%s, want %s", rep.Remains, want)
			}
			if len(spelled(t, disk, unique)) == 0 {
				t.Fatal("vacuous: the reader keeps nothing")
			}
			count.Reached("reader of this process", 1)
			_ = reader.Close() // what it kept for the next question
			_ = held.Close()
			if r, err := s.Remains(); err != nil || !r.Gone() {
				t.Errorf("the reader has ended, and it is %v, %v", r, err)
			}
			goneFrom(t, disk, "the reader has ended")
		})
	}
}

// TestForgetDoesNotWaitForTheIdle: what a process keeps open for its next question it lets go by
// itself, soon after there is a newer generation.
func TestForgetDoesNotWaitForTheIdle(t *testing.T) {
	f := startForget(t, forgetCases()[0])
	disk := f.clone()
	reader := newStore(t, disk)
	asked, err := reader.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_ = asked.Close()                                                                                                        // the question is answered, and the generation kept for the next one
	s, err := create(disk, Options{SegmentBytes: smallSegments, ReadersWait: time.Minute}, index.Options{Wait: time.Minute}) // the reader tidies up too
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if rep := mustForget(t, s, f.what); !rep.Remains.Gone() {
		t.Errorf("%s", rep.Remains)
	}
	goneFrom(t, disk, "an idle process")
}

// readerEnv makes the test binary a process that holds a generation of the store in a folder until
// its input ends.
const readerEnv = "SLUICE_TEST_READER"

func readUntilTold(dir string) error {
	s, err := index.Open(vfs.OS(dir), index.Options{})
	if err != nil {
		return err
	}
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		return err
	}
	fmt.Println(sn.Generation())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return errors.Join(sn.Close(), s.Close())
}

// TestForgetBesideAnotherProcess: the same with a reader in another process, which ends or is
// killed; after a kill the next sync removes what it kept.
func TestForgetBesideAnotherProcess(t *testing.T) {
	for _, kill := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed=%t", kill), func(t *testing.T) {
			dir := t.TempDir()
			s := newStore(t, vfs.OS(dir))
			src := testkit.NewSource("notes")
			testkit.Fill(src, 11, 5)
			src.Put(unique+"name.md", plantedText("only"))
			addSource(t, s, src)
			syncSource(t, s, src)
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), readerEnv+"="+dir)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			generation, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			src.Remove(unique + "name.md") // the connector of a test keeps nothing out
			want := "gone when the readers of generation " + strings.TrimSpace(generation) + " end"
			rep := mustForget(t, s, Forget{Paths: map[string][]string{"notes": {unique + "name.md"}}})
			if rep.Remains.String() != want && !rep.Remains.Left { // on Windows a mapped file is left, whoever maps it
				t.Errorf("%s, want %s", rep.Remains, want)
			}
			if kill {
				_ = cmd.Process.Kill()
			}
			_ = in.Close()
			_ = cmd.Wait()
			if kill {
				syncSource(t, s, src)
			}
			if r, err := s.Resume(context.Background()); err != nil || !r.Gone() {
				t.Errorf("the reader has ended, and it is %v, %v", r, err)
			}
			for _, where := range spelled(t, vfs.OS(dir), unique) {
				t.Errorf("the reader has ended, and %s spells it", where)
			}
		})
	}
}

// TestForgetWhatAKilledAddLeft: a document that no generation ever named lies in what a killed
// sync left. To forget it takes it away.
func TestForgetWhatAKilledAddLeft(t *testing.T) {
	count := promise.For(t, 26, "killed add")
	src := testkit.NewSource("notes")
	src.Put(unique+"name.md", plantedText("only"))
	testkit.Fill(src, 11, 3)
	empty := vfs.Mem()
	s := newStore(t, empty)
	addSource(t, s, src)
	_ = s.Close()
	for k := 1; ; k += stride() {
		disk := empty.CrashClone(1)
		faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1})
		if err == nil {
			_, _ = s.Sync(context.Background(), src, SyncOptions{})
			_ = s.Close()
		}
		if !faulty.Dead() {
			break
		}
		if len(spelled(t, disk, unique)) > 0 {
			count.Reached("killed add", 1)
		}
		after := newStore(t, disk)
		if rep := mustForget(t, after, Forget{Paths: map[string][]string{"notes": {unique + "name.md"}}}); !rep.Remains.Gone() {
			t.Errorf("point %d: %s", k, rep.Remains)
		}
		if where := spelled(t, disk, unique); len(where) > 0 {
			count.Missed("killed add", "point %d: %s spells it", k, where[0])
		}
	}
}

// TestForgetInADamagedSegment: what cannot be read cannot be rewritten. The segment goes as a
// whole, that is said and named, and the next sync reads its other documents again.
func TestForgetInADamagedSegment(t *testing.T) {
	promise.Sweep(t)
	count := promise.For(t, 26, "damaged segment")
	for _, c := range forgetCases() {
		if c.label != "" || c.name == "merged" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			f := startForget(t, c)
			for n := 0; n < 24; n += stride() {
				disk := f.clone()
				damagePlanted(t, disk, n)
				s := newStore(t, disk)
				rep := mustForget(t, s, f.what)
				if where := spelled(t, disk, unique); len(where) > 0 {
					count.Missed("damaged segment", "damage %d: it is %s, and %s spells it", n, rep.Remains, where[0])
				}
				count.Reached("damaged segment", 1)
				if sn := snapshot(t, s); len(rep.Dropped) > 0 && len(sn.Degraded()) == 0 {
					t.Errorf("damage %d: a segment went, and no answer says so", n)
				}
				for _, p := range f.src.Paths() { // the connector of a test keeps nothing out
					if newPaths(f.what.Paths["notes"]).name(p) {
						f.src.Remove(p)
					}
				}
				syncSource(t, s, f.src)
				if got := state(t, s); got != f.left {
					t.Errorf("damage %d: after a sync the rest is not what it was", n)
				}
				_ = s.Close()
			}
		})
	}
}

// damagePlanted flips a bit of one of the text files that spell what was planted, or takes the file
// away.
func damagePlanted(t *testing.T, disk *vfs.MemFS, n int) {
	t.Helper()
	var texts []string
	for _, where := range spelled(t, disk, unique) {
		if name, _, _ := strings.Cut(where, ","); strings.HasSuffix(name, ".text") && (len(texts) == 0 || texts[len(texts)-1] != name) {
			texts = append(texts, name)
		}
	}
	name := texts[n%len(texts)]
	if n < len(texts) {
		if err := disk.Remove(name); err != nil {
			t.Fatal(err)
		}
		return
	}
	b := testkit.ReadFile(t, disk, name)
	b[(n*7919+64)%len(b)] ^= 1 << (n % 8)
	testkit.Overwrite(t, disk, name, b)
}

// TestASyncBeginsAgainAfterAForget: a source that was opened before a forget does not know what
// stays out. Its sync is refused, and nothing comes back.
func TestASyncBeginsAgainAfterAForget(t *testing.T) {
	s := newStore(t, vfs.Mem())
	src := testkit.NewSource("notes")
	src.Put(unique+".md", plantedText("only"))
	src.Put("other.md", testkit.Text(1, 10))
	addSource(t, s, src)
	syncSource(t, s, src)
	before, err := s.Sources(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	what := Forget{Paths: map[string][]string{"notes": {unique + ".md"}}}
	what.KeepOut = func(c index.SourceConfig, paths []string) (index.SourceConfig, bool, error) {
		c.Options = []byte(`{"forgotten":1}`)
		return c, true, nil
	}
	mustForget(t, s, what)
	_, err = s.Sync(context.Background(), src, SyncOptions{Opened: &before[0].SourceConfig})
	if !errors.Is(err, ErrOptions) {
		t.Fatalf("%v", err)
	}
	if len(spelled(t, s.files, unique)) > 0 {
		t.Error("it came back")
	}
}
