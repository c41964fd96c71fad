package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/api"
	"sluice/internal/promise"
)

// TestChaos runs the real program on a real store of real files for as long as SLUICE_CHAOS says
// (30m), while it is killed, bits of its store flip, sectors are scribbled over, and its disk fills
// up, and others read all the while. Every acknowledged document must be found, every answer be
// right or degraded, and degraded only while a fault is live.
//
//	SLUICE_CHAOS=30m go test ./internal/sim -run TestChaos -timeout 2h -v
func TestChaos(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("SLUICE_CHAOS"))
	if err != nil {
		t.Skip("SLUICE_CHAOS is not set to a duration, such as 30m")
	}
	c := newChaos(t)
	end := time.Now().Add(span)
	var readers sync.WaitGroup
	var stop atomic.Bool
	promise.Progress(t, c.soFar)
	for i := range 2 {
		readers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 2))
			for !stop.Load() && !t.Failed() {
				c.read(rng)
			}
		})
	}
	for time.Now().Before(end) && !t.Failed() {
		c.act()
	}
	stop.Store(true)
	readers.Wait()
	c.mend()
	c.all()
	for _, k := range slices.Sorted(maps.Keys(c.counts)) {
		t.Logf("%-40s %d", k, c.counts[k])
	}
}

// soFar tells what was done and seen until now.
func (c *chaos) soFar() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return fmt.Sprint(c.counts)
}

// chaos is a store on a disk of its own, the folder that it is made from, and what was
// acknowledged.
type chaos struct {
	t                   *testing.T
	rng                 *rand.Rand
	binary, docs, store string
	disk                bool // the store's disk is a small one, which can be filled
	paths               []string

	mu     sync.RWMutex
	acked  map[string]string          // path -> the marker that its text was acknowledged with
	maybe  map[string]map[string]bool // other markers that may be served
	gone   map[string]bool            // forgotten
	faults int                        // live ones: what they did is not mended yet
	counts map[string]int
	n      int
}

const chaosFiles = 600

func newChaos(t *testing.T) *chaos {
	dir := t.TempDir()
	c := &chaos{t: t, rng: rand.New(rand.NewPCG(1, 1)), binary: filepath.Join(dir, "sluice"), docs: filepath.Join(dir, "docs"),
		acked: map[string]string{}, maybe: map[string]map[string]bool{}, gone: map[string]bool{}, counts: map[string]int{}}
	build := exec.Command("go", "build", "-o", c.binary, "sluice/cmd/sluice")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	disk := filepath.Join(dir, "disk")
	c.must(os.Mkdir(disk, 0o755))
	c.store = filepath.Join(disk, "store")
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", disk).CombinedOutput(); err == nil {
		c.disk = true
		t.Cleanup(func() { _ = exec.Command("umount", "-l", disk).Run() })
	} else {
		t.Logf("no disk of its own, so it is never full: %s", bytes.TrimSpace(out))
	}
	c.copyFiles()
	if _, code, out := c.run(context.Background(), "add", c.docs, "--yes"); code != 0 {
		t.Fatalf("add: %d\n%s", code, out)
	}
	return c
}

func (c *chaos) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// copyFiles takes sources of the standard library as documents.
func (c *chaos) copyFiles() {
	goroot, err := exec.Command("go", "env", "GOROOT").Output() // a trimmed build does not know it
	c.must(err)
	root := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || len(c.paths) == chaosFiles {
			return err
		}
		if rel, _ := filepath.Rel(root, path); strings.HasSuffix(path, ".go") && !strings.Contains(path, "testdata") {
			c.paths = append(c.paths, rel)
		}
		return nil
	})
	c.must(err)
	for _, p := range c.paths {
		text, err := os.ReadFile(filepath.Join(root, p))
		c.must(err)
		c.must(os.MkdirAll(filepath.Dir(filepath.Join(c.docs, p)), 0o755))
		c.write(p, text)
	}
	for _, p := range c.paths {
		c.settled(p)
	}
}

// write gives a document a new text with a marker that no other has.
func (c *chaos) write(path string, text []byte) {
	c.n++
	marker := "zqmark" + letters(c.n) // one word, and nobody else's
	if text == nil {
		old, err := os.ReadFile(filepath.Join(c.docs, path))
		c.must(err)
		text, _, _ = bytes.Cut(old, []byte("\n// zqmark"))
	}
	c.must(os.WriteFile(filepath.Join(c.docs, path), fmt.Appendf(slices.Clone(text), "\n// %s\n", marker), 0o644))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maybe[path] == nil {
		c.maybe[path] = map[string]bool{}
	}
	c.maybe[path][marker] = true
}

// letters writes a number in six letters.
func letters(n int) string {
	b := make([]byte, 6)
	for i := range b {
		b[i] = "bcdfghjklmnpqrtvwxz"[n%19]
		n /= 19
	}
	return string(b)
}

// settled says that a document is in the store as it is at its source.
func (c *chaos) settled(path string) {
	text, err := os.ReadFile(filepath.Join(c.docs, path))
	c.must(err)
	_, marker, _ := bytes.Cut(text, []byte("\n// zqmark"))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked[path] = "zqmark" + strings.TrimSpace(string(marker))
	delete(c.maybe, path)
}

// run starts the program, kills it when the context says so, and returns what it printed and how it
// ended.
func (c *chaos) run(ctx context.Context, args ...string) (stdout []byte, code int, stderr string) {
	cmd := exec.CommandContext(ctx, c.binary, append(args, "--store", c.store, "--wait", "10m")...) // how fast the machine is must decide nothing
	cmd.Env = append(os.Environ(), "HOME="+filepath.Dir(c.binary))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	exit := new(exec.ExitError)
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case ctx.Err() != nil:
		code = -1 // its time was over before it began
	case err != nil:
		c.t.Error(err)
	}
	return out.Bytes(), code, errs.String()
}

func (c *chaos) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what]++
}

// fault says that one is live from now on.
func (c *chaos) fault(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts["fault: "+what]++
	c.faults++
}

// act does one thing to the store.
func (c *chaos) act() {
	switch c.rng.IntN(10) {
	case 0, 1, 2, 3:
		c.edit()
		c.sync(0)
	case 4, 5:
		c.edit()
		c.sync(time.Duration(c.rng.IntN(1500)) * time.Millisecond)
	case 6:
		c.forget()
	case 7:
		c.scribble()
	case 8:
		c.fill()
	case 9:
		c.mend()
	}
}

func (c *chaos) edit() {
	for range 1 + c.rng.IntN(20) {
		c.write(c.paths[c.rng.IntN(len(c.paths))], nil)
	}
}

// sync brings the store up to date; a process that lives longer than kill is killed.
func (c *chaos) sync(kill time.Duration) {
	ctx, stop := context.Background(), func() {}
	if kill > 0 {
		c.fault("sync that may be killed") // it may leave a slot half written
		ctx, stop = context.WithTimeout(ctx, kill)
	}
	defer stop()
	_, code, out := c.run(ctx, "sync", "--quiet")
	switch {
	case code == 0:
		c.count("sync acknowledged")
		for _, p := range c.paths {
			if !c.gone[p] {
				c.settled(p)
			}
		}
	case ctx.Err() != nil:
		c.count("sync killed")
	case c.faults == 0:
		c.t.Errorf("a sync without a fault exits with %d: %s", code, out)
	default:
		c.count("sync failed under a fault")
	}
}

// forget takes a document out until the program says that it is.
func (c *chaos) forget() {
	path := c.paths[c.rng.IntN(len(c.paths))]
	if c.gone[path] || c.faults > 0 || len(c.gone) > chaosFiles/4 {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Duration(c.rng.IntN(400))*time.Millisecond)
	defer stop()
	c.fault("forget that may be killed")
	c.mu.Lock()
	c.gone[path] = true // from here on it may be gone
	c.mu.Unlock()
	_, code, _ := c.run(ctx, "forget", filepath.Join(c.docs, path), "--yes")
	if code != 0 {
		c.count("forget killed")
		if _, code, out := c.run(context.Background(), "forget", filepath.Join(c.docs, path), "--yes"); code != 0 {
			c.t.Errorf("a forget that is repeated exits with %d: %s", code, out)
		}
	}
	c.count("forget acknowledged")
	if out, _, _ := c.run(context.Background(), "search", c.acked[path], "--json"); bytes.Contains(out, []byte("// "+c.acked[path])) {
		c.t.Errorf("%s was forgotten and is found", path)
	}
}

// scribble flips a bit, or writes a sector of noise, in some file of the store.
func (c *chaos) scribble() {
	names, err := filepath.Glob(filepath.Join(c.store, "files", "*"))
	if err != nil || len(names) == 0 {
		return
	}
	name := names[c.rng.IntN(len(names))]
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return
	}
	at := c.rng.Int64N(info.Size())
	b := []byte{0}
	if _, err := f.ReadAt(b, at); err != nil {
		return
	}
	c.fault("bit or sector of " + filepath.Ext(name))
	if b[0] ^= 1 << c.rng.IntN(8); c.rng.IntN(3) == 0 {
		at = at / 512 * 512
		b = make([]byte, min(512, info.Size()-at))
		for i := range b {
			b[i] = byte(c.rng.Uint32())
		}
	}
	_, _ = f.WriteAt(b, at)
}

// fill leaves a sync almost no room.
func (c *chaos) fill() {
	if !c.disk {
		return
	}
	c.fault("disk full")
	name := filepath.Join(filepath.Dir(c.store), "filler")
	defer os.Remove(name)
	f, err := os.Create(name)
	c.must(err)
	for chunk := 1 << 20; chunk >= 1<<12; {
		if _, err := f.Write(make([]byte, chunk)); err != nil {
			chunk /= 4
		}
	}
	info, err := f.Stat()
	c.must(err)
	c.must(f.Truncate(max(0, info.Size()-c.rng.Int64N(2<<20))))
	c.must(f.Close())
	c.edit()
	c.sync(0)
}

// mend repairs, brings up to date, and demands that no fault is left.
func (c *chaos) mend() {
	_, code, out := c.run(context.Background(), "repair")
	c.count(fmt.Sprintf("repair exits with %d", code))
	if code != 0 && code != 3 && code != 4 {
		c.t.Errorf("repair exits with %d: %s", code, out)
	}
	if _, code, out := c.run(context.Background(), "sync", "--quiet"); code != 0 {
		c.t.Errorf("a sync after a repair exits with %d: %s", code, out)
		return
	}
	for try := 0; ; try++ { // a reader may hold a generation, and its damaged files, a moment longer
		_, code, out := c.run(context.Background(), "check")
		if code == 0 {
			break
		}
		if try == 3 {
			c.t.Errorf("a check after a repair exits with %d: %s", code, out)
			break
		}
		time.Sleep(time.Second)
		_, _, _ = c.run(context.Background(), "repair")
	}
	for _, p := range c.paths {
		if !c.gone[p] {
			c.settled(p)
		}
	}
	c.mu.Lock()
	c.faults = 0
	c.mu.Unlock()
}

// all looks every document up.
func (c *chaos) all() {
	for _, p := range c.paths {
		c.lookUp(p)
	}
}

func (c *chaos) read(rng *rand.Rand) { c.lookUp(c.paths[rng.IntN(len(c.paths))]) }

// lookUp asks for a document by its marker. The model does not change meanwhile.
func (c *chaos) lookUp(path string) {
	c.mu.RLock()
	marker, gone, before := c.acked[path], c.gone[path], c.faults
	unsure := len(c.maybe[path]) > 0
	c.mu.RUnlock()
	out, code, errs := c.run(context.Background(), "search", marker, "--json", "-n", "5")
	c.mu.RLock()
	after := c.faults
	unsure = unsure || c.acked[path] != marker || c.gone[path] != gone || len(c.maybe[path]) > 0
	c.mu.RUnlock()
	var s api.Search
	if err := json.Unmarshal(out, &s); err != nil && code == 0 {
		c.t.Errorf("%s: %v", marker, err)
		return
	}
	found := slices.ContainsFunc(s.Results, func(r api.Result) bool { return r.Path == filepath.ToSlash(path) && strings.Contains(r.Text, marker) })
	switch {
	case code == 0 && (found || gone || unsure):
		c.count("answer right")
	case code == 3 && (found || gone || unsure) && newerOnly(s.Degraded):
		c.count("answer right, and files named that are newer")
	case code != 0 && before+after > 0:
		c.count(fmt.Sprintf("answer degraded, exit %d", code))
	case code == 0:
		why, _, _ := c.run(context.Background(), "why", marker, filepath.Join(c.docs, path))
		c.t.Errorf("%s of %s was acknowledged and is not found, and nothing is named:\n%s\n%.2000s", marker, path, out, why)
	default:
		c.t.Errorf("%s: exits with %d without a fault: %s %v", marker, code, errs, s.Degraded)
	}
}

// newerOnly tells whether all that an answer did not see is what somebody is writing meanwhile.
func newerOnly(all []api.Degraded) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(d api.Degraded) bool { return !strings.Contains(d.Why, "newer than this answer") })
}
