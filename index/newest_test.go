package index

import (
	"context"
	"fmt"
	"testing"

	"sluice/internal/vfs"
)

// TestAStoreThatHasLookedBefore: who has the newest generation open and looks again does not decode
// what is as it was. Whatever becomes of the slots and copies meanwhile, it shows and names what
// somebody does who looks for the first time.
func TestAStoreThatHasLookedBefore(t *testing.T) {
	changes := map[string]func(t *testing.T, files *vfs.MemFS, g uint64){
		"nothing":            func(*testing.T, *vfs.MemFS, uint64) {},
		"the next one":       func(t *testing.T, files *vfs.MemFS, _ uint64) { mustCommit(t, newTestStore(t, files)) },
		"the older one back": func(t *testing.T, files *vfs.MemFS, g uint64) { restore(t, files, g) },
		"another state":      func(t *testing.T, files *vfs.MemFS, g uint64) { again(t, files, generationName(g), g) },
		"a newer copy alone": func(t *testing.T, files *vfs.MemFS, g uint64) {
			if err := writeFile(files, generationName(g+1), nil); err != nil {
				t.Fatal(err)
			}
			again(t, files, generationName(g+1), g+1)
		},
		"a newer copy that is damaged": func(t *testing.T, files *vfs.MemFS, g uint64) {
			if err := writeFile(files, generationName(g+1), []byte("SLUICEMF")); err != nil {
				t.Fatal(err)
			}
		},
	}
	for how, spoil := range spoils {
		changes["newest slot "+how] = func(t *testing.T, files *vfs.MemFS, g uint64) { spoil(t, files, slotName(g)) }
		changes["older slot "+how] = func(t *testing.T, files *vfs.MemFS, g uint64) { spoil(t, files, slotName(g-1)) }
		changes["copy "+how] = func(t *testing.T, files *vfs.MemFS, g uint64) { spoil(t, files, generationName(g)) }
	}
	for what, change := range changes {
		t.Run(what, func(t *testing.T) {
			files, g := twoSources(t)
			s, err := Open(files, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got := shown(s); got != fmt.Sprint(g, []Degraded(nil)) || s.recent.shows().slots[0] == nil {
				t.Fatalf("at first it shows %s", got)
			}
			change(t, files, g)
			first, err := Open(files, Options{})
			if err != nil {
				if sn, serr := s.Snapshot(context.Background()); serr == nil || serr.Error() != err.Error() {
					t.Errorf("who looks first is told %v, and who looks again %v, %v", err, sn, serr)
				}
				return
			}
			defer first.Close()
			if want, got := shown(first), shown(s); got != want {
				t.Errorf("who looks first sees %s, and who looks again %s", want, got)
			}
		})
	}
}

// shown is what a snapshot of the store shows and names.
func shown(s *Store) string {
	sn, err := s.Snapshot(context.Background())
	if err != nil {
		return err.Error()
	}
	defer sn.Close()
	return fmt.Sprint(sn.Generation(), sn.Degraded())
}
