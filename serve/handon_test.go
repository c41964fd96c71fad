package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/api"
	"sluice/health"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
)

// recorder counts what it is told of.
type recorder struct {
	mu  sync.Mutex
	met map[health.Finding]int
}

// Damaged implements serve.Recorder.
func (r *recorder) Damaged(found ...health.Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.met == nil {
		r.met = map[health.Finding]int{}
	}
	for _, f := range found {
		r.met[f]++
	}
}

// Recent implements serve.Recorder.
func (r *recorder) Recent(time.Time) (health.Recent, error) { return health.Recent{}, nil }

// damages are flips, cuts and the loss of one file of each kind; every reader meets some.
func (g *golden) damages() (all []map[string][]byte) {
	done := map[string]bool{}
	for _, name := range g.sorted() {
		kind := path.Ext(name)
		if !slices.Contains([]string{".text", ".lexical", ".parity", ".sources"}, kind) || done[kind] || len(g.names[name]) < 2 {
			continue
		}
		done[kind] = true
		good := g.files[name]
		for i := range 10 {
			bad := slices.Clone(good)
			bad[len(bad)*(2*i+1)/20] ^= 4
			all = append(all, map[string][]byte{name: bad})
		}
		all = append(all, map[string][]byte{name: good[:len(good)*9/10]}, map[string][]byte{name: nil})
	}
	slot := slices.Clone(g.files["manifest.0"])
	slot[len(slot)/2] ^= 1
	return append(all, map[string][]byte{"manifest.0": slot})
}

// readers are all that may meet damage and does not mend it.
func (g *golden) readers() []verb {
	return append(slices.Clone(g.verbs),
		verb{"check", func(ctx context.Context, s *serve.Service) (any, error) { return s.Check(ctx, api.CheckRequest{}, nil) }},
		verb{"repair --dry-run", func(ctx context.Context, s *serve.Service) (any, error) { return s.Repair(ctx, true, nil) }})
}

// TestWhoeverMeetsDamageHandsItOn: each damaged part that a verb meets is recorded once, however
// often it is met, with its file; and where the process ends before it is mended, the next sync
// mends it without meeting it.
func TestWhoeverMeetsDamageHandsItOn(t *testing.T) {
	s := newSweep(t) // it makes nothing anew
	for _, v := range s.readers() {
		met := map[string]bool{}
		for _, damage := range s.damages() {
			name, bad := only(damage)
			how := fmt.Sprint(path.Ext(name), len(bad) == len(s.files[name]), bad == nil)
			if met[how] {
				continue
			}
			disk, rec := s.disk(damage), &recorder{}
			svc := s.openWith(t, disk, serve.Options{Health: rec})
			v.ask(svc)
			v.ask(svc)
			svc.Close()
			if len(rec.met) == 0 {
				continue
			}
			met[how] = true
			for f, times := range rec.met {
				if f.File != path.Base(name) || f.Corrected || times != 1 {
					t.Errorf("%s met damage of %s: %+v, %d times", v.name, name, f, times)
				}
			}
			note := "damaged/" + path.Base(name)
			if !there(disk, note) {
				t.Errorf("%s met damage of %s and left no note", v.name, name)
			}
			next := s.openWith(t, disk, serve.Options{Health: &recorder{}})
			if _, err := next.Sync(t.Context(), api.SyncRequest{}, false); err != nil {
				t.Errorf("sync after %s: %v", v.name, err)
			}
			next.Close()
			s.wholeAgain(t, disk, name)
			if there(disk, note) {
				t.Errorf("%s: the note of %s is still there", v.name, name)
			}
		}
		if len(met) < 5 { // flips, cuts and losses of three kinds or more
			t.Errorf("vacuous: %s met %v", v.name, met)
		}
	}
}

func only(m map[string][]byte) (name string, b []byte) {
	for name, b = range m {
	}
	return name, b
}

// wholeAgain fails unless a file is as it was, or a slot holds what its copy does.
func (g *golden) wholeAgain(t *testing.T, disk vfs.FS, name string) {
	t.Helper()
	if strings.HasPrefix(name, "manifest") || strings.HasSuffix(name, ".sources") {
		store, err := index.Open(disk, index.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if rep, err := store.Check(t.Context(), index.CheckOptions{}); err != nil || len(rep.Bad) > 0 {
			t.Errorf("%s: %+v, %v", name, rep, err)
		}
		return
	}
	if !there(disk, name) || !bytes.Equal(testkit.ReadFile(t, disk, name), g.files[name]) {
		t.Errorf("%s is not as it was", name)
	}
}

// TestWhatWasMendedIsCorrected: damage that the process itself makes good, or that is only in what
// it read, counts as corrected.
func TestWhatWasMendedIsCorrected(t *testing.T) {
	s := newSweep(t)
	s.rebuild = 0
	verbs := append(slices.Clone(s.verbs), verb{"repair", func(ctx context.Context, s *serve.Service) (any, error) { return s.Repair(ctx, false, nil) }})
	reached := 0
	for _, v := range verbs {
		for _, damage := range s.damages()[:10] {
			name, _ := only(damage)
			disk, rec := s.disk(damage), &recorder{}
			svc := s.openWith(t, disk, serve.Options{Health: rec})
			v.ask(svc)
			svc.Close()
			if !bytes.Equal(testkit.ReadFile(t, disk, name), s.files[name]) {
				continue // it was not met, or this verb mends nothing
			}
			reached++
			for f := range rec.met {
				if f.File != path.Base(name) || !f.Corrected {
					t.Errorf("%s mended %s: %+v", v.name, name, f)
				}
			}
			if len(rec.met) == 0 || there(disk, "damaged/"+path.Base(name)) {
				t.Errorf("%s mended %s: %d findings; a note is left: %t", v.name, name, len(rec.met), there(disk, "damaged/"+path.Base(name)))
			}
		}
	}
	if reached < 10 {
		t.Errorf("vacuous: %d", reached)
	}
}

// once is a clock by which one scrub runs: a later one waits until the end.
type once struct{ clock.Fake }

// Wait implements clock.Waiter.
func (once) Wait(ctx context.Context, d time.Duration) error {
	if d >= 10*time.Minute {
		<-ctx.Done()
	}
	return ctx.Err()
}

// TestALongLivedProcessMends what its scrub finds, and what others left, without a question.
func TestALongLivedProcessMends(t *testing.T) {
	s := newSweep(t)
	s.rebuild = 0
	for _, damage := range s.damages() {
		name, bad := only(damage)
		if len(bad) == len(s.files[name]) && path.Ext(name) != ".parity" && name != "manifest.0" {
			continue // questions meet these
		}
		for _, how := range []string{"scrub", "note"} {
			disk := s.disk(map[string][]byte{name: bad, "scrub": nil})
			if how == "note" {
				short := s.openWith(t, disk, serve.Options{})
				if _, err := short.Check(t.Context(), api.CheckRequest{}, nil); serve.ClassOf(err) != serve.Corrupt {
					t.Fatalf("%s: check says %v", name, err)
				}
				short.Close()
			}
			rec := &recorder{}
			svc := s.openWith(t, disk, serve.Options{LongLived: true, Health: rec, Clock: &once{clock.Fake{T: goldenNow}}})
			if how == "note" {
				svc.Mend()
			} else {
				svc.KeepScrubbed(1 << 40)
				for st, err := svc.Status(t.Context()); st.LastFullScrub == ""; st, err = svc.Status(t.Context()) {
					if err != nil && serve.ClassOf(err) != serve.Partly {
						t.Fatal(err)
					}
					time.Sleep(time.Millisecond)
				}
			}
			svc.Rest()
			svc.Close()
			s.wholeAgain(t, disk, name)
			if left, _ := disk.List("damaged"); len(left) > 0 {
				t.Errorf("%s by %s: %d notes are left", name, how, len(left))
			}
			if how == "scrub" && len(rec.met) == 0 {
				t.Errorf("%s: nothing was recorded", name)
			}
		}
	}
}

// TestStatusCountsErrors of the last days: a part that several processes met counts once a day.
func TestStatusCountsErrors(t *testing.T) {
	s := newSweep(t)
	disk := s.disk(s.damages()[5])
	tick := &clock.Fake{T: goldenNow}
	status := func(check bool) api.RecentErrors {
		svc := s.openWith(t, disk, serve.Options{Health: health.OpenLog(disk, tick), Clock: tick})
		defer svc.Close()
		if check {
			if _, err := svc.Check(t.Context(), api.CheckRequest{}, nil); serve.ClassOf(err) != serve.Corrupt {
				t.Fatal(err)
			}
		}
		out, err := svc.Status(t.Context())
		if out == nil {
			t.Fatal(err)
		}
		return out.Errors
	}
	if e := status(true); e != (api.RecentErrors{Days: 7}) {
		t.Errorf("before anything was met: %+v", e)
	}
	status(true)
	want := api.RecentErrors{Days: 7, Store: api.HealthCounts{Uncorrected: 1}, Last: "2026-05-01T12:00:00Z"}
	if e := status(false); e != want {
		t.Errorf("%+v, want %+v", e, want)
	}
	tick.T = tick.T.AddDate(0, 0, 8)
	if e := status(false); e != (api.RecentErrors{Days: 7}) {
		t.Errorf("eight days later: %+v", e)
	}
}
