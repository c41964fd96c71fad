package shelf

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sluice/internal/faultfs"
	"sluice/internal/vfs"
	"sluice/model"
)

func tiny(t *testing.T) *model.Files {
	t.Helper()
	f, err := model.Open(t.Context(), vfs.OS("../testdata"), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestShelf: a model is kept exact and rounded, found by its name, used, and still there for
// another process.
func TestShelf(t *testing.T) {
	fsys := vfs.Mem()
	s, f := New(fsys, 0), tiny(t)
	if all, err := s.List(); len(all) > 0 || err != nil {
		t.Fatalf("an empty folder lists %v, %v", all, err)
	}
	e, err := s.Add(t.Context(), "tiny", f, Rounded, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Add(t.Context(), "tiny", f, Rounded, nil)
	if err != nil || !slices.Equal(again.Files, e.Files) {
		t.Errorf("added again it is %+v, %v", again, err)
	}
	for _, kind := range []Kind{Exact, Rounded} {
		back, err := New(fsys, 0).Open(t.Context(), e, kind)
		if err != nil {
			t.Fatal(err)
		}
		if back.ID != f.ID || back.Config != f.Config || back.Card != f.Card {
			t.Errorf("%s: read back it is %s %+v", kind, back.ID, back.Config)
		}
		if _, err := model.New(back, model.Options{}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		back.Close()
	}
	if all, err := New(fsys, 0).List(); len(all) != 1 || all[0].ID != f.ID || err != nil {
		t.Errorf("another process finds %+v, %v", all, err)
	}
	if left := names(t, fsys); slices.ContainsFunc(left, func(n string) bool { return strings.HasSuffix(n, partSuffix) }) {
		t.Errorf("files are left over: %q", left)
	}
}

func names(t *testing.T, fsys vfs.FS) (all []string) {
	t.Helper()
	list, err := fsys.List("")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		all = append(all, e.Name)
	}
	return all
}

// TestAddedAgain: a model with another card takes its own place, and what nobody names any more
// goes, but not what another model has too.
func TestAddedAgain(t *testing.T) {
	fsys := vfs.Mem()
	s, f := New(fsys, 0), tiny(t)
	other := *f
	other.Card = "# other\n"
	for _, one := range []struct {
		name  string
		files *model.Files
		want  int
	}{{"a", f, 2}, {"b", f, 2}, {"a", &other, 4}, {"b", &other, 2}} {
		if _, err := s.Add(t.Context(), one.name, one.files, Rounded, nil); err != nil {
			t.Fatal(err)
		}
		weights := slices.DeleteFunc(names(t, fsys), func(n string) bool { return !strings.HasSuffix(n, model.WeightsSuffix) })
		if len(weights) != one.want {
			t.Errorf("with %s there are %d files, not %d", one.name, len(weights), one.want)
		}
	}
}

func TestShelfRefuses(t *testing.T) {
	s := New(vfs.Mem(), 0)
	f := tiny(t)
	if _, err := s.AddEndpoint(t.Context(), "taken", Endpoint{URL: "http://localhost/v1"}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"": ErrName, "../x": ErrName, "a b": ErrName, ".hidden": ErrName, strings.Repeat("n", 101): ErrName, "taken": ErrTaken} {
		if _, err := s.Add(t.Context(), name, f, Rounded, nil); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.Find("nobody"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

// TestVerify: each file that changed or is gone is named.
func TestVerify(t *testing.T) {
	fsys := vfs.Mem()
	s := New(fsys, 0)
	e, err := s.Add(t.Context(), "tiny", tiny(t), Rounded, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, bad, err := s.Verify(t.Context(), e); len(bad) > 0 || err != nil || n != e.Files[0].Bytes+e.Files[1].Bytes {
		t.Fatalf("%d bytes, bad: %v, %v", n, bad, err)
	}
	out, err := fsys.OpenRW(e.File(Exact))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.WriteAt([]byte{0xaa}, e.Files[0].Bytes/2); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := fsys.Remove(e.File(Rounded)); err != nil {
		t.Fatal(err)
	}
	_, bad, err := s.Verify(t.Context(), e)
	if err != nil || len(bad) != 2 || !errors.Is(bad[0].Err, model.ErrDamaged) || bad[1].File != e.File(Rounded) {
		t.Errorf("bad: %v, %v", bad, err)
	}
}

// TestTableDamaged: a table that cannot be read is said to be so, and never taken for an empty one
// that the next addition would replace.
func TestTableDamaged(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":0}`, `{"version":2}`, `{"version":1,"in_use":{"name":"x"}}`, `{"version":1,"models":[{"name":"x","files":[{"name":"../../etc/passwd"}]}]}`} {
		fsys := vfs.Mem()
		f, err := fsys.Create(tableName)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		s := New(fsys, 0)
		if _, err := s.List(); err == nil || strings.Contains(err.Error(), "%!") {
			t.Errorf("%q is read: %v", text, err)
		}
		if _, err := s.Add(t.Context(), "tiny", tiny(t), Rounded, nil); err == nil {
			t.Errorf("%q was replaced", text)
		}
	}
}

// TestInUse: which model is in use is kept with the models, and whoever is killed while it is
// changed leaves the one before or the new one, never none.
func TestInUse(t *testing.T) {
	before := Use{Name: "a", Path: "a", Dim: 1}
	for k, dead := 1, true; dead; k++ {
		disk := vfs.Mem()
		s := New(disk, 0)
		if u, chosen, err := s.InUse(); u != nil || chosen || err != nil {
			t.Fatalf("in use before anything is: %v, %v", u, err)
		}
		if err := s.Use(t.Context(), &before); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddEndpoint(t.Context(), "there", Endpoint{URL: "http://localhost/v1"}); err != nil {
			t.Fatal(err)
		}
		faulty := faultfs.New(disk, uint64(k), faultfs.Rule{Ops: faultfs.WritePoints, Nth: k, Mode: faultfs.Kill})
		after := Use{Name: "b", Path: "b", Dim: 2}
		err := New(faulty, 0).Use(t.Context(), &after)
		if dead = faulty.Dead(); !dead && err != nil {
			t.Fatal(err)
		}
		if u, _, err := s.InUse(); err != nil || u == nil || *u != after && (!dead || *u != before) {
			t.Fatalf("killed at write %d, in use: %+v, %v", k, u, err)
		}
		if _, err := s.Find("there"); err != nil {
			t.Error(err)
		}
		if err := s.Use(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if u, chosen, err := s.InUse(); u != nil || !chosen || err != nil {
			t.Errorf("in use when none is to be: %v, %v", u, err)
		}
		if err := s.Unchoose(t.Context()); err != nil {
			t.Fatal(err)
		}
		if u, chosen, err := s.InUse(); u != nil || chosen || err != nil {
			t.Errorf("in use when the choice is taken back: %v, %v", u, err)
		}
	}
}
