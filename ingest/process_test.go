package ingest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// childEnv makes the test binary a process that syncs its own source of a shared store, round after
// round.
const childEnv = "SLUICE_TEST_CHILD"

const (
	childDocs   = 12
	childRounds = 6
)

// childSource is what child n holds after a round. The same round gives the same documents.
func childSource(n, round int) *testkit.Source {
	src := testkit.NewSource(fmt.Sprintf("child%d", n))
	testkit.Fill(src, uint64(100*n), childDocs)
	for r := range round {
		src.Put(fmt.Sprintf("dir%d/doc%03d.txt", r%3, r%3*3), testkit.Text(uint64(1000*n+r), 25))
	}
	return src
}

func TestMain(m *testing.M) {
	run := child
	switch dir := os.Getenv(readerEnv); {
	case dir != "":
		run = func() error { return readUntilTold(dir) }
	case os.Getenv(childEnv) == "":
		os.Exit(m.Run())
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child() error {
	var n, host int
	var dir string
	if _, err := fmt.Sscanf(os.Getenv(childEnv), "%d %d %s", &n, &host, &dir); err != nil {
		return err
	}
	files := vfs.OS(dir)
	if host > 0 {
		files = faultfs.NewHost(files, faultfs.EveryHost, uint64(host), 2*time.Millisecond)
	}
	s, err := create(files, Options{SegmentBytes: smallSegments}, index.Options{Wait: time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	for round := range childRounds + 1 {
		src := childSource(n, round)
		info := src.Info()
		if err := s.AddSource(context.Background(), index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root}); err != nil {
			return err
		}
		if _, err := s.Sync(context.Background(), src, SyncOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// TestProcessesShareAStore: several processes write to one store at once, and some of them are
// killed. What the others committed stands, nothing is damaged, and when the killed ones have run
// again the store is what one process alone would have made.
func TestProcessesShareAStore(t *testing.T) {
	c := promise.For(t, 23, "killed process", "killed process, locks of each host")
	for kind, hosts := range map[string]bool{"killed process": false, "killed process, locks of each host": true} {
		t.Run(kind, func(t *testing.T) { c.Reached(kind, shareAStore(t, hosts)) })
	}
}

// shareAStore runs the processes; with hosts their locks do not reach each other.
func shareAStore(t *testing.T, hosts bool) (killed int) {
	const children, victims = 4, 2
	dir := t.TempDir()
	start := func(n int) *exec.Cmd {
		host := 0
		if hosts {
			host = n + 1
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", childEnv, n, host, dir))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	var running []*exec.Cmd
	for n := range children {
		running = append(running, start(n))
	}
	for n := range victims {
		waitForGenerations(t, dir, uint64(3+5*n))
		_ = running[n].Process.Kill()
		_ = running[n].Wait()
	}
	for n := victims; n < children; n++ {
		if err := running[n].Wait(); err != nil {
			t.Fatalf("child %d: %v", n, err)
		}
	}
	s := newStore(t, vfs.OS(dir))
	defer s.Close() // Windows removes no file that is mapped
	checkClean(t, s, "after kills")
	for n := range victims {
		if err := start(n).Wait(); err != nil {
			t.Fatalf("child %d, again: %v", n, err)
		}
	}
	alone := newStore(t, vfs.Mem())
	for n := range children {
		src := childSource(n, childRounds)
		addSource(t, alone, src)
		syncSource(t, alone, src)
	}
	if state(t, alone) != state(t, s) {
		t.Fatal("the shared store differs from what one process would have made")
	}
	checkClean(t, s, "at the end")
	return victims
}

// waitForGenerations waits until the store in dir has come that far.
func waitForGenerations(t *testing.T, dir string, generation uint64) {
	t.Helper()
	for range 3000 {
		if reached(dir) >= generation {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("generation %d was never reached", generation)
}

// reached is the newest generation of the store in dir; 0 while there is none.
func reached(dir string) uint64 {
	s, err := index.Open(vfs.OS(dir), index.Options{})
	if err != nil {
		return 0
	}
	defer s.Close()
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		return 0
	}
	defer sn.Close()
	return sn.Generation()
}
