package serve_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/api"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/vfs"
	"sluice/serve"
)

// check checks a store.
func (g *golden) check(t *testing.T, disk vfs.FS, r api.CheckRequest) (*api.Check, error) {
	t.Helper()
	svc, err := g.open(disk)
	if err != nil {
		return &api.Check{}, err
	}
	defer svc.Close()
	return svc.Check(t.Context(), r, nil)
}

// names tells whether a check's findings name a file.
func namesFile(c *api.Check, name string) bool {
	return slices.ContainsFunc(c.Bad, func(b api.BadBlock) bool { return strings.HasSuffix(name, b.File) })
}

// TestCheckFindsWhatNobodyReads: a flip anywhere in what the generations count on, the copies of
// the manifest and the fallback's files among it, is found and named; what a crash left is told
// apart.
func TestCheckFindsWhatNobodyReads(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 1, "flip under check")
	clean, err := g.check(t, g.disk(nil), api.CheckRequest{})
	if err != nil || len(clean.Bad) > 0 || clean.Generations < 3 {
		t.Fatalf("%+v, %v", clean, err)
	}
	left := map[string]string{}
	for _, u := range clean.Unnamed {
		left[u.File] = u.Kind
	}
	for _, name := range g.sorted() {
		dir, _, _ := strings.Cut(name, "/")
		if dir == "locks" || dir == "CACHEDIR.TAG" || left[name] != "" ||
			dir == "seen" { // its end may be torn, and what cannot be read of it is read again at the source
			continue
		}
		good := g.files[name]
		for k := range 5 {
			bad := slices.Clone(good)
			bad[(2*k+1)*len(bad)/10] ^= 4
			c.Reached("flip under check", 1)
			found, err := g.check(t, g.disk(map[string][]byte{name: bad}), api.CheckRequest{})
			if serve.ClassOf(err) != serve.Corrupt || !namesFile(found, name) {
				c.Missed("flip under check", "%s, byte %d: %+v, %v", name, (2*k+1)*len(bad)/10, found, err)
			}
		}
		found, err := g.check(t, g.disk(map[string][]byte{name: nil}), api.CheckRequest{})
		if dir == "files" && (serve.ClassOf(err) != serve.Corrupt || !namesFile(found, name)) {
			t.Errorf("%s is removed: %+v, %v", name, found, err)
		}
	}
	pending := slices.ContainsFunc(clean.Unnamed, func(u api.Unnamed) bool { return u.Kind == "pending" && u.Bytes > 0 })
	stray, err := g.check(t, g.disk(map[string][]byte{"files/stray.text": []byte("x")}), api.CheckRequest{})
	if !pending || err != nil || !slices.Contains(stray.Unnamed, api.Unnamed{File: "files/stray.text", Kind: "orphan", Bytes: 1}) {
		t.Errorf("%+v, %v; clean: %+v", stray.Unnamed, err, clean.Unnamed)
	}
}

// TestCheckInParts: all parts together read all of the data, and what is damaged is found by
// exactly those that read it.
func TestCheckInParts(t *testing.T) {
	g := newGolden(t, 1)
	all, err := g.check(t, g.disk(nil), api.CheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var name string
	for _, n := range g.sorted() {
		if strings.HasSuffix(n, ".text") && len(g.files[n]) > len(g.files[name]) && strings.HasPrefix(n, "files/") {
			name = n
		}
	}
	bad := slices.Clone(g.files[name])
	bad[200] ^= 1
	for _, parts := range []int{1, 2, 5} {
		var bytes, blocks int64
		found := 0
		for part := 1; part <= parts; part++ {
			one, err := g.check(t, g.disk(nil), api.CheckRequest{Part: part, Parts: parts})
			if err != nil {
				t.Fatal(err)
			}
			bytes, blocks = bytes+one.Bytes, blocks+one.Blocks
			one, err = g.check(t, g.disk(map[string][]byte{name: bad}), api.CheckRequest{Part: part, Parts: parts})
			if serve.ClassOf(err) == serve.Corrupt && namesFile(one, name) {
				found++
			}
		}
		if bytes != all.Bytes || blocks != all.Blocks || found != 1 {
			t.Errorf("%d parts read %d of %d bytes, %d of %d blocks; %d found the damage", parts, bytes, all.Bytes, blocks, all.Blocks, found)
		}
	}
	for _, wrong := range []api.CheckRequest{{Part: 0, Parts: 2}, {Part: 3, Parts: 2}, {Part: -1, Parts: -1}} {
		if _, err := g.check(t, g.disk(nil), wrong); serve.ClassOf(err) != serve.Usage {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// TestCheckTellsOnceFromForGood: bytes that are wrong when they are read first and right when they
// are read again are no damage of the disk, and are not passed over.
func TestCheckTellsOnceFromForGood(t *testing.T) {
	g := newGolden(t, 1)
	c := promise.For(t, 5, "wrong once, right on retry", "wrong for good")
	clean, err := g.check(t, g.disk(nil), api.CheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for k := 1; ; k++ {
		once := faultfs.New(g.disk(nil), uint64(k), faultfs.Rule{Ops: faultfs.ReadAt, Path: "files/", Nth: k, Mode: faultfs.Flip})
		out, err := g.check(t, once, api.CheckRequest{})
		if len(once.Missed()) > 0 {
			break
		}
		c.Reached("wrong once, right on retry", 1)
		lasting := slices.ContainsFunc(out.Bad, func(b api.BadBlock) bool { return !b.Once })
		switch {
		case serve.ClassOf(err) == serve.Partly && len(out.Bad) > 0 && !lasting:
			told++
		case err != nil || len(out.Bad) > 0: // else a read to open the store, which was read again there
			c.Missed("wrong once, right on retry", "read %d: %+v, %v", k, out, err)
		}
	}
	if told < clean.Files {
		t.Errorf("a wrong read was told %d times of %d files", told, clean.Files)
	}
	bad := faultfs.New(g.disk(nil), 1, faultfs.Rule{Ops: faultfs.ReadAt, Path: ".text", Mode: faultfs.Fail})
	out, err := g.check(t, bad, api.CheckRequest{})
	c.Reached("wrong for good", 1)
	if serve.ClassOf(err) != serve.Corrupt || slices.ContainsFunc(out.Bad, func(b api.BadBlock) bool { return b.Once }) {
		c.Missed("wrong for good", "%+v, %v", out, err)
	}
	if len(out.Bad) == 0 || !strings.Contains(fmt.Sprint(out.Bad), faultfs.ErrIO.Error()) {
		t.Errorf("the disk's own error is not told: %+v", out.Bad)
	}
}
