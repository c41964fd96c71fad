package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sluice/internal/faultfs"
	"sluice/internal/promise"
)

// TestEveryFailedSync fails each sync of a file once, which also loses what it should have kept,
// and each sync of a folder. What the operation then says that it did survives a power cut, what it
// does not say leaves a state of its way, and no file is synced again without being written again:
// the second sync would succeed and keep nothing.
func TestEveryFailedSync(t *testing.T) {
	promise.Sweep(t)
	for _, c := range crashes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			count := promise.For(t, 6, "failed sync of a file", "failed sync of a folder")
			st := startOf(t, c)
			for kind, rule := range map[string]faultfs.Rule{
				"failed sync of a file":   {Ops: faultfs.Sync, Mode: faultfs.DropUnsynced},
				"failed sync of a folder": {Ops: faultfs.SyncDir, Mode: faultfs.Fail, Err: faultfs.ErrIO},
			} {
				for rule.Nth = 1; st.failedSync(t, kind, rule, count); rule.Nth += stride() {
				}
			}
		})
	}
}

func (st *start) failedSync(t *testing.T, kind string, rule faultfs.Rule, count *promise.Count) (reached bool) {
	t.Helper()
	ok := t.Run(fmt.Sprintf("%s,nth=%d", strings.ReplaceAll(kind, " ", "-"), rule.Nth), func(t *testing.T) {
		disk := st.base.CrashClone(1)
		faulty := faultfs.New(disk, uint64(rule.Nth), rule)
		s, err := open(faulty, Options{SegmentBytes: smallSegments, Jobs: 1, Clock: still})
		if err == nil {
			err = st.run(s, st.src.Clone())
			_ = s.Close()
		}
		if reached = len(faulty.Missed()) == 0; !reached {
			return
		}
		count.Reached(kind, 1)
		if err != nil && !errors.Is(err, faultfs.ErrIO) {
			t.Errorf("it does not say what failed: %v", err)
		}
		if again := syncedAgain(faulty.Log(), rule); again != "" {
			t.Errorf("%s failed and was tried again with nothing written between", again)
		}
		from := 0
		if err == nil {
			from = len(st.states) - 1
		}
		for seed := range uint64(3) {
			if bad := st.recovers(t, disk.CrashClone(seed), from, later); bad != nil {
				t.Errorf("power cut %d, the operation said %v: %v", seed, err, bad)
			}
		}
		if bad := st.recovers(t, disk, from, still); bad != nil {
			t.Errorf("the operation said %v: %v", err, bad)
		}
	})
	if !ok {
		count.Missed(kind, "%s: %s, number %d", st.name, kind, rule.Nth)
	}
	return reached
}

// syncedAgain returns the file of the nth sync in a log if the log has another one of it before a
// change to it.
func syncedAgain(log []string, rule faultfs.Rule) string {
	if rule.Ops != faultfs.Sync {
		return "" // a folder's later sync covers later changes, and keeps the earlier ones with them
	}
	failed, n := "", 0
	for _, line := range log {
		op, name, _ := strings.Cut(line, " ")
		switch {
		case failed == "" && op == "sync":
			if n++; n == rule.Nth {
				failed = name
			}
		case failed != "" && name == failed && op == "sync":
			return failed
		case failed != "" && name == failed && op != "rename":
			return ""
		}
	}
	return ""
}
