package index

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

var rounds = flag.Int("rounds", 200, "how often each of the writers commits that locks do not keep apart")

// history records what became a generation.
type history struct {
	mu     sync.Mutex
	parent map[string]string // by hash
	number map[string]uint64
}

// renamed is called for each rename of a host.
func (h *history) renamed(name string, b []byte) {
	if !strings.HasPrefix(name, generationsDir+"/") {
		return
	}
	m, hash, err := decodeManifest(b)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		hash = name + ": " + err.Error()
		m = &Manifest{Parent: "damaged"}
	}
	h.parent[hash], h.number[hash] = m.Parent, m.Generation
}

// chain fails unless the generations are one chain.
func (h *history) chain(t *testing.T, c *promise.Count, kind string) {
	t.Helper()
	children := map[string][]string{}
	for hash, parent := range h.parent {
		children[parent] = append(children[parent], fmt.Sprint(h.number[hash]))
		if _, ok := h.parent[parent]; parent != "" && !ok {
			c.Missed(kind, "generation %d follows none that was ever there", h.number[hash])
		}
	}
	for parent, all := range children {
		if len(all) > 1 {
			c.Missed(kind, "generation %d is followed by %v", h.number[parent], all)
		}
	}
}

// sharers is a store with writers on several hosts.
type sharers struct {
	t      *testing.T
	files  *vfs.MemFS
	fault  faultfs.LockFault
	noLock bool
	seed   uint64
	h      history

	acknowledged [2]atomic.Int64 // the last round of each writer
}

func newSharers(t *testing.T, fault faultfs.LockFault, noLock bool, seed uint64) *sharers {
	s := &sharers{t: t, files: vfs.Mem(), fault: fault, noLock: noLock, seed: seed}
	s.h = history{parent: map[string]string{}, number: map[string]uint64{}}
	return s
}

// host opens the store from one more machine.
func (s *sharers) host(n uint64, wait time.Duration) (*Store, error) {
	h := faultfs.NewHost(s.files, s.fault, s.seed<<8+n, wait)
	h.Renamed = s.h.renamed
	return Create(h, Options{Wait: time.Minute, NoLock: s.noLock})
}

// write commits round after round and notes the last one that was acknowledged.
func (s *sharers) write(st *Store, writer int, rounds int) (failed int) {
	for r := range rounds {
		c := SourceConfig{Label: fmt.Sprint("w", writer), Kind: "memory", Root: fmt.Sprint(r + 1)}
		err := st.AddSource(context.Background(), c)
		switch {
		case err == nil:
			s.acknowledged[writer].Store(int64(r + 1))
		case errors.Is(err, ErrContended), errors.As(err, new(*LostFileError)):
			failed++
		default:
			s.t.Errorf("seed %d: %s at %d: %v", s.seed, c.Label, r+1, err)
		}
	}
	return failed
}

// read takes snapshots until stop, each of which must show all that was acknowledged before it was
// asked for, whole.
func (s *sharers) read(st *Store, stop *atomic.Bool, c *promise.Count, kind string) {
	for n := 0; !stop.Load(); n++ {
		want := [2]int64{s.acknowledged[0].Load(), s.acknowledged[1].Load()}
		sn, err := st.Snapshot(context.Background())
		if err != nil {
			c.Missed(kind, "seed %d: a reader gets %v", s.seed, err)
			return
		}
		s.shows(sn, want, c, kind)
		_ = sn.Close()
		time.Sleep(time.Millisecond)
	}
}

// shows fails unless the snapshot shows what was acknowledged, or says what it cannot see.
func (s *sharers) shows(sn *Snapshot, want [2]int64, c *promise.Count, kind string) {
	s.t.Helper()
	for w, round := range want {
		src, _ := sn.Source(fmt.Sprint("w", w))
		if have, _ := strconv.ParseInt(src.Root, 10, 64); have < round && len(sn.Degraded()) == 0 {
			c.Missed(kind, "seed %d: generation %d holds round %d of writer %d, and %d was acknowledged before", s.seed, sn.Generation(), have, w, round)
		}
	}
}

// TestTwoWritersWithoutLocks: two processes on machines whose locks do not reach each other, or say
// yes to everybody, commit at once. The generations are one chain, what was acknowledged is there,
// readers see it at any time, and nothing is damaged.
func TestTwoWritersWithoutLocks(t *testing.T) {
	promise.Sweep(t)
	c := promise.For(t, 23, "round with locks of each host", "round with locks that lie", "round with locks that are refused")
	for name, how := range map[string]struct {
		fault  faultfs.LockFault
		noLock bool
	}{
		"locks of each host":     {faultfs.EveryHost, false},
		"locks that lie":         {faultfs.Lying, true},
		"locks that are refused": {faultfs.Refused, true},
	} {
		t.Run(name, func(t *testing.T) {
			for i, wait := range []time.Duration{0, 400 * time.Microsecond, 20 * time.Millisecond} {
				seed := uint64(time.Now().UnixNano())&0xffff<<8 + uint64(i)
				n := *rounds
				if wait > patiencePollMin<<patienceLocked { // slower than anybody waits for
					n /= 10
				}
				twoWriters(t, c, "round with "+name, newSharers(t, how.fault, how.noLock, seed), n, wait)
			}
		})
	}
}

func twoWriters(t *testing.T, c *promise.Count, kind string, s *sharers, rounds int, wait time.Duration) {
	var writers, readers sync.WaitGroup
	var stop atomic.Bool
	var failed atomic.Int64
	host := func(n uint64) *Store {
		st, err := s.host(n, wait)
		if err != nil {
			t.Fatalf("seed %d: %v", s.seed, err)
		}
		t.Cleanup(func() { _ = st.Close() })
		return st
	}
	for w := range 2 {
		st := host(uint64(w))
		writers.Go(func() { failed.Add(int64(s.write(st, w, rounds))) })
	}
	reader := host(9)
	readers.Go(func() { s.read(reader, &stop, c, kind) })
	writers.Wait()
	stop.Store(true)
	readers.Wait()
	c.Reached(kind, 2*rounds)
	t.Logf("seed %d, waits of %s: of %d commits %d gave up; %d generations", s.seed, wait, 2*rounds, failed.Load(), len(s.h.parent))
	if int(failed.Load()) > rounds/4 {
		t.Errorf("seed %d: %d of %d gave up", s.seed, failed.Load(), 2*rounds)
	}
	s.h.chain(t, c, kind)
	s.whole(t, c, kind)
}

// whole fails unless the store holds what was acknowledged and nothing is damaged.
func (s *sharers) whole(t *testing.T, c *promise.Count, kind string) {
	t.Helper()
	st := newTestStore(t, s.files)
	sn, err := st.Snapshot(context.Background())
	if err != nil {
		t.Fatalf("seed %d: %v", s.seed, err)
	}
	if d := sn.Degraded(); len(d) > 0 {
		c.Missed(kind, "seed %d: degraded: %v", s.seed, d)
	}
	s.shows(sn, [2]int64{s.acknowledged[0].Load(), s.acknowledged[1].Load()}, c, kind)
	_ = sn.Close()
	if err := st.Settle(context.Background()); err != nil {
		t.Fatalf("seed %d: %v", s.seed, err)
	}
	rep, err := st.Check(context.Background(), CheckOptions{})
	if err != nil || len(rep.Bad) > 0 {
		c.Missed(kind, "seed %d: check: %+v, %v", s.seed, rep, err)
	}
	if orphans, err := st.Orphans(); err != nil || len(orphans) > 0 {
		c.Missed(kind, "seed %d: orphans %v, %v", s.seed, orphans, err)
	}
}

// TestLocksThatDoNothing: where the system refuses to lock, or gives one lock to two, reading works
// and writing says what to do.
func TestLocksThatDoNothing(t *testing.T) {
	c := promise.For(t, 23, "lock refused", "lock given to two")
	for kind, fault := range map[string]faultfs.LockFault{"lock refused": faultfs.Refused, "lock given to two": faultfs.Lying} {
		files := vfs.Mem()
		good := newTestStore(t, files)
		if err := good.AddSource(context.Background(), SourceConfig{Label: "one", Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
		_ = good.Close()
		host := faultfs.NewHost(files, fault, 1, 0)
		s, err := Open(host, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.Reached(kind, 1)
		if all, err := s.Sources(context.Background()); err != nil || len(all) != 1 {
			c.Missed(kind, "%s: a reader gets %v, %v", kind, all, err)
		}
		err = s.AddSource(context.Background(), SourceConfig{Label: "two", Kind: "memory"})
		if !errors.Is(err, vfs.ErrNoLocks) || !strings.Contains(err.Error(), "--no-lock") {
			c.Missed(kind, "%s: a writer gets %v", kind, err)
		}
		_ = s.Close()
		if s, err = Open(host, Options{NoLock: true}); err == nil {
			err = s.AddSource(context.Background(), SourceConfig{Label: "two", Kind: "memory"})
		}
		if err != nil {
			c.Missed(kind, "%s: with --no-lock: %v", kind, err)
		}
		_ = s.Close()
	}
}

// TestAStaleClaim: a claim of a process that died holds nobody up, whatever the clock says, and one
// that stands when its owner comes back is lost to it.
func TestAStaleClaim(t *testing.T) {
	c := promise.For(t, 23, "stale claim")
	for _, noLock := range []bool{false, true} {
		files := vfs.Mem()
		s, err := Create(files, Options{NoLock: noLock})
		if err != nil {
			t.Fatal(err)
		}
		now := mustCommit(t, s)
		m, hash, err := readManifest(files)
		if err != nil {
			t.Fatal(err)
		}
		slow, f, err := s.claim(context.Background(), parentOf{now, hash})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddSource(context.Background(), SourceConfig{Label: "one", Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
		c.Reached("stale claim", 1)
		m.Generation, m.Parent = slow.number, hash // its owner wakes up
		b, err := m.encode()
		if err = errors.Join(err, s.fill(f, b), f.Close()); err != nil {
			t.Fatal(err)
		}
		if err := s.enter(slow, m, b); !errors.Is(err, errOvertaken) {
			c.Missed("stale claim", "the owner of a claim that was given up for lost gets %v", err)
		}
		if all, err := s.Sources(context.Background()); err != nil || len(all) != 1 {
			c.Missed("stale claim", "then the store holds %v, %v", all, err)
		}
		if claims, err := listClaims(files); err != nil || len(claims) > 0 {
			c.Missed("stale claim", "claims are left: %v, %v", claims, err)
		}
		_ = s.Close()
	}
}

// TestASlowSlot: a slot that a slower writer overwrites with an older generation hides nothing.
func TestASlowSlot(t *testing.T) {
	c := promise.For(t, 23, "slot overwritten by a slower writer")
	files := vfs.Mem()
	s := newTestStore(t, files)
	old := mustCommit(t, s)
	older := testkit.ReadFile(t, files, slotName(old))
	for _, label := range []string{"one", "two"} {
		if err := s.AddSource(context.Background(), SourceConfig{Label: label, Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Overwrite(t, files, slotName(old), older)
	c.Reached("slot overwritten by a slower writer", 1)
	if all, err := s.Sources(context.Background()); err != nil || len(all) != 2 {
		c.Missed("slot overwritten by a slower writer", "the newest generation is hidden: %v, %v", all, err)
	}
	if err := s.AddSource(context.Background(), SourceConfig{Label: "three", Kind: "memory"}); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(2) {
		if m, _, err := readSlot(files, slotName(i)); err != nil || m.Generation < old+2 {
			c.Missed("slot overwritten by a slower writer", "the next commit leaves slot %d at %+v, %v", i, m, err)
		}
	}
}
