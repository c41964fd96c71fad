package serve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluice/api"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// counted is a clock that counts how long it was waited by, and ends a context when it has been
// waited by so many times.
type counted struct {
	clock.Fake
	waits, stopAt int
	total         time.Duration
	stop          func()
}

func (c *counted) Wait(ctx context.Context, d time.Duration) error {
	c.waits++
	c.total += d
	if c.waits == c.stopAt {
		c.stop()
		return ctx.Err()
	}
	return c.Fake.Wait(ctx, d)
}

// scrubOnce runs a scrub on a store that was just opened.
func scrubOnce(ctx context.Context, disk vfs.FS, c clock.Waiter, rate int64) (found []index.Damage, worked bool, err error) {
	s, err := index.Open(disk, index.Options{})
	if err != nil {
		return nil, false, err
	}
	defer s.Close()
	s.OnDamage(func(d index.Damage) { found = append(found, d) })
	worked, err = s.Scrub(ctx, index.ScrubOptions{Clock: c, Rate: rate})
	return found, worked, err
}

func scrubbed(t *testing.T, disk vfs.FS) index.Scrubbed {
	t.Helper()
	s, err := index.Open(disk, index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.Scrubbed()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unscrubbed is the golden store as if it never was scrubbed, with a file of it damaged.
func unscrubbed(g *golden) (disk *vfs.MemFS, damaged string) {
	for name := range g.files {
		if strings.HasPrefix(name, "files/") && strings.HasSuffix(name, ".parity") && name > damaged && len(g.names[name]) > 1 {
			damaged = name // nothing reads it while the text is well
		}
	}
	bad := slices.Clone(g.files[damaged])
	bad[len(bad)/3] ^= 8
	return g.disk(map[string][]byte{damaged: bad, "scrub": nil}), damaged
}

// TestAScrubReadsAllOfItOnceAWeek: it finds what no question meets, at the rate that it is allowed,
// tells it, and begins again after seven days and not before.
func TestAScrubReadsAllOfItOnceAWeek(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 1, "flip under a scrub")
	disk, damaged := unscrubbed(g)
	tick := &counted{Fake: clock.Fake{T: goldenNow}}
	const rate = 1000
	found, worked, err := scrubOnce(t.Context(), disk, tick, rate)
	c.Reached("flip under a scrub", 1)
	if !worked || err != nil || len(found) != 1 || !strings.HasSuffix(damaged, found[0].File) {
		c.Missed("flip under a scrub", "%+v, %v, %v", found, worked, err)
	}
	rec := scrubbed(t, disk)
	if rec.FoundN != 1 || rec.Pass != nil || !rec.Began.Equal(goldenNow) || !rec.Finished.Equal(tick.T) {
		t.Errorf("%+v", rec)
	}
	var bytes int64
	for name, b := range g.files {
		if strings.HasPrefix(name, "files/") && len(g.names[name]) > 1 {
			bytes += int64(len(b))
		}
	}
	want := time.Duration(bytes) * time.Second / rate
	if diff := tick.total - want; diff < -want/10 || diff > want/10 {
		t.Errorf("%d bytes at %d a second took %s", bytes, rate, tick.total)
	}
	tick.T = goldenNow.Add(index.ScrubEvery - time.Second)
	if _, worked, err := scrubOnce(t.Context(), disk, tick, rate); worked || err != nil {
		t.Errorf("before it is due: %v, %v", worked, err)
	}
	tick.T = goldenNow.Add(index.ScrubEvery)
	if found, worked, err := scrubOnce(t.Context(), disk, tick, rate); !worked || err != nil || len(found) != 1 {
		t.Errorf("after a week: %v, %v, %v", found, worked, err)
	}
	tick.T = goldenNow.Add(-1000 * time.Hour)
	if _, worked, err := scrubOnce(t.Context(), disk, tick, rate); !worked || err != nil {
		t.Errorf("by a clock that was set back: %v, %v", worked, err)
	}
}

// TestAScrubGoesOn: wherever it is stopped, the next process reads the rest and no file again.
func TestAScrubGoesOn(t *testing.T) {
	g := newGolden(t, 1)
	whole := &counted{Fake: clock.Fake{T: goldenNow}}
	clean, _ := unscrubbed(g)
	if _, _, err := scrubOnce(t.Context(), clean, whole, 1000); err != nil || whole.waits < 5 {
		t.Fatal(whole.waits, err)
	}
	for k := 1; k <= whole.waits; k++ {
		disk, damaged := unscrubbed(g)
		ctx, cancel := context.WithCancel(t.Context())
		one := &counted{Fake: clock.Fake{T: goldenNow}, stopAt: k, stop: cancel}
		first, _, err := scrubOnce(ctx, disk, one, 1000)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", k, err)
		}
		if r := scrubbed(t, disk); r.Pass == nil || !r.Finished.IsZero() {
			t.Fatalf("stopped at %d: %+v", k, r)
		}
		two := &counted{Fake: clock.Fake{T: one.T}}
		second, _, err := scrubOnce(t.Context(), disk, two, 1000)
		if err != nil || one.waits-1+two.waits != whole.waits {
			t.Errorf("stopped at %d: %d and %d of %d chunks, %v", k, one.waits-1, two.waits, whole.waits, err)
		}
		if all := append(first, second...); len(all) != 1 || !strings.HasSuffix(damaged, all[0].File) {
			t.Errorf("stopped at %d: found %+v", k, all)
		}
		if r := scrubbed(t, disk); r.FoundN != 1 || r.Finished.IsZero() {
			t.Errorf("stopped at %d: %+v", k, r)
		}
	}
}

// TestAKilledScrubLosesMinutes: killed at any change of the disk, it begins again where it was a
// minute before at most, or with a record that says nothing wrong.
func TestAKilledScrubLosesMinutes(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 7, "scrub killed")
	for k := 1; ; k++ {
		disk, _ := unscrubbed(g)
		dying := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		one := &counted{Fake: clock.Fake{T: goldenNow}}
		_, _, err := scrubOnce(t.Context(), dying, one, 100) // so slow that it saves after each file
		if len(dying.Missed()) > 0 {
			break
		}
		c.Reached("scrub killed", 1)
		if r := scrubbed(t, disk); !r.Finished.IsZero() && r.FoundN != 1 {
			c.Missed("scrub killed", "write point %d (%v): %+v", k, err, r)
		}
		found, _, err := scrubOnce(t.Context(), disk, &counted{Fake: clock.Fake{T: one.T}}, 1000)
		if r := scrubbed(t, disk); err != nil || r.FoundN != 1 || r.Finished.IsZero() {
			c.Missed("scrub killed", "write point %d: %+v, %v, then %v", k, r, err, found)
		}
	}
}

// TestOneProcessScrubs: while one does it, another is told so.
func TestOneProcessScrubs(t *testing.T) {
	disk, _ := unscrubbed(newGolden(t, 1))
	lock, err := disk.Lock("locks/scrub", vfs.Exclusive, 0, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, worked, err := scrubOnce(t.Context(), disk, &counted{}, 1000); worked || !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("%v, %v", worked, err)
	}
	_ = lock.Close()
	if _, worked, err := scrubOnce(t.Context(), disk, &counted{}, 1000); !worked || err != nil {
		t.Errorf("%v, %v", worked, err)
	}
}

// TestADamagedRecordIsNotBelieved: status names it, and the next scrub reads everything.
func TestADamagedRecordIsNotBelieved(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 2, "flip in the record of the scrubs")
	good := g.files["scrub"]
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1 << (i % 8)
		c.Reached("flip in the record of the scrubs", 1)
		disk := g.disk(map[string][]byte{"scrub": bad})
		svc, err := g.open(disk)
		if err != nil {
			t.Fatal(err)
		}
		st, err := svc.Status(t.Context())
		svc.Close()
		if serve.ClassOf(err) != serve.Partly || st.LastFullScrub != "" {
			c.Missed("flip in the record of the scrubs", "byte %d: last %q, %v", i, st.LastFullScrub, err)
		}
	}
	disk := g.disk(map[string][]byte{"scrub": good[:len(good)-1]})
	if _, worked, err := scrubOnce(t.Context(), disk, &clock.Fake{T: goldenNow}, 1000); !worked || err != nil {
		t.Errorf("over a damaged record: %v, %v", worked, err)
	}
	testkit.ReadFile(t, disk, "scrub")
}

// TestStatusTellsOfTheScrub, and of what it found.
func TestStatusTellsOfTheScrub(t *testing.T) {
	g := newGolden(t, 1)
	disk, damaged := unscrubbed(g)
	status := func() *api.Status {
		svc, err := g.open(disk)
		if err != nil {
			t.Fatal(err)
		}
		defer svc.Close()
		st, err := svc.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	if st := status(); st.LastFullScrub != "" || st.Scrub.FoundN != 0 || st.Scrub.Found == nil {
		t.Errorf("before: %+v", st.Scrub)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, err := scrubOnce(ctx, disk, &counted{Fake: clock.Fake{T: goldenNow}, stopAt: 4, stop: cancel}, 1000); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if st := status(); st.LastFullScrub != "" || st.Scrub.Since != "2026-05-01T12:00:00Z" || st.Scrub.Bytes == 0 {
		t.Errorf("under way: %+v", st.Scrub)
	}
	if _, _, err := scrubOnce(t.Context(), disk, &clock.Fake{T: goldenNow.Add(time.Hour)}, 1<<30); err != nil {
		t.Fatal(err)
	}
	st := status()
	if st.LastFullScrub != "2026-05-01T13:00:00Z" || st.Scrub.Since != "" || st.Scrub.FoundN != 1 || !strings.HasSuffix(damaged, st.Scrub.Found[0].File) {
		t.Errorf("after: %s %+v", st.LastFullScrub, st.Scrub)
	}
}

// still is a clock by which no time passes: whoever waits by it waits for the end.
type still struct {
	clock.Fake
	waiting, ended atomic.Int32
}

func (s *still) Wait(ctx context.Context, _ time.Duration) error {
	s.waiting.Add(1)
	<-ctx.Done()
	s.ended.Add(1)
	return ctx.Err()
}

// TestTheScrubEndsBeforeClose: nothing of a service goes on when Close has returned.
func TestTheScrubEndsBeforeClose(t *testing.T) {
	g := newGolden(t, 1)
	store, err := index.Open(g.disk(nil), index.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tick := &still{Fake: clock.Fake{T: goldenNow}}
	svc := serve.New(serve.Options{Store: store, Clock: tick})
	svc.KeepScrubbed(1000)
	svc.Close()
	if tick.waiting.Load() != tick.ended.Load() {
		t.Errorf("%d waits, %d of them ended when Close returned", tick.waiting.Load(), tick.ended.Load())
	}
}
