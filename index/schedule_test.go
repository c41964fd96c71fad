package index

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sluice/internal/promise"
	"sluice/internal/vfs"
)

// interleaved is a disk on which something happens just before a claim is made on it, once.
type interleaved struct {
	vfs.FS
	before func()
}

// Create implements vfs.FS.
func (d *interleaved) Create(name string) (vfs.File, error) {
	if before := d.before; before != nil && strings.HasPrefix(name, generationsDir+"/"+claimPrefix) {
		d.before = nil
		before()
	}
	return d.FS.Create(name)
}

// interleave opens one store twice, without locks. before runs where the first one has looked at
// the newest generation and at the claims, and has not made its own.
func interleave(t *testing.T, before func(second *Store)) (first, second *Store) {
	t.Helper()
	files := vfs.Mem()
	disk := &interleaved{FS: files}
	var err error
	if first, err = Create(disk, Options{NoLock: true}); err == nil {
		second, err = Open(files, Options{NoLock: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = first.Close(), second.Close() })
	disk.before = func() { before(second) }
	return first, second
}

// TestACommitInBetween: of two processes that follow one generation, the one that claims when the
// other has committed begins again.
func TestACommitInBetween(t *testing.T) {
	const kind = "commit between another's look and its claim"
	c := promise.For(t, 23, kind)
	add := func(s *Store, label string) error {
		return s.AddSource(context.Background(), SourceConfig{Label: label, Kind: "memory"})
	}
	var between error
	first, second := interleave(t, func(second *Store) {
		between = add(second, "second")
		c.Reached(kind, 1)
	})
	if err := errors.Join(add(first, "first"), between); err != nil {
		t.Fatal(err)
	}
	if all, err := second.Sources(context.Background()); err != nil || len(all) != 2 {
		c.Missed(kind, "both were acknowledged, and the store holds %v, %v", all, err)
	}
}

// TestAClaimInBetween: of two claims on one generation at most one becomes it, whichever is the
// greater, and though both had looked before either was made.
func TestAClaimInBetween(t *testing.T) {
	c := promise.For(t, 23, "lesser claim between another's look and its claim", "greater claim between another's look and its claim")
	for order, nonce := range map[string]string{"lesser": "0", "greater": "~"} {
		kind := order + " claim between another's look and its claim"
		var slow claim
		var file vfs.File
		var m *Manifest
		var hash string
		first, second := interleave(t, func(second *Store) {
			var err error
			if m, hash, err = readManifest(second.fs); err != nil {
				t.Fatal(err)
			}
			slow = claim{m.Generation + 1, nonce}
			if file, err = second.fs.Create(slow.name()); err != nil {
				t.Fatal(err)
			}
			c.Reached(kind, 1)
		})
		if err := first.AddSource(context.Background(), SourceConfig{Label: "first", Kind: "memory"}); err != nil {
			t.Fatal(err)
		}
		m.Generation, m.Parent = slow.number, hash // its owner goes on
		b, err := m.encode()
		if err = errors.Join(err, second.fill(file, b), file.Close()); err != nil {
			t.Fatal(err)
		}
		if err := second.enter(slow, m, b); !errors.Is(err, errOvertaken) {
			c.Missed(kind, "the owner of the other claim gets %v", err)
		}
		if all, err := second.Sources(context.Background()); err != nil || len(all) != 1 {
			c.Missed(kind, "one was acknowledged, and the store holds %v, %v", all, err)
		}
	}
}
