package sim

import (
	"crypto/sha256"
	"maps"
	"slices"

	"sluice/index"
	"sluice/internal/testkit"
)

// version is what a store may hold of a document: the SHA-256 of its text, or absent.
type version [32]byte

var absent version

func versionOf(src *testkit.Source, path string) version {
	text, ok := src.Text(path)
	if !ok {
		return absent
	}
	return sha256.Sum256([]byte(text))
}

// acked is what one source was acknowledged to hold, and what an operation that did not end may
// have made of it.
type acked struct {
	source    *testkit.Source             // as it was at the last complete sync, less what was forgotten
	maybe     map[string]map[version]bool // other versions that a path may have
	out       []string                    // what must stay out: paths, and folders that end in "/"
	uncertain bool                        // an operation on it did not end
	synced    bool                        // a sync has ended since it was added
}

func newAcked(label string) *acked {
	return &acked{source: testkit.NewSource(label), maybe: map[string]map[version]bool{}}
}

// may adds a version that the store may hold from now on, beside the acknowledged one.
func (a *acked) may(path string, v version) {
	if a.maybe[path] == nil {
		a.maybe[path] = map[version]bool{}
	}
	a.maybe[path][v] = true
	a.uncertain = true
}

// mayBeAsAt says that a sync with the source as it is now has begun and not ended.
func (a *acked) mayBeAsAt(now *testkit.Source) {
	a.uncertain = true
	for _, path := range a.paths(now) {
		v := versionOf(now, path)
		if a.isOut(path) {
			v = absent
		}
		a.may(path, v)
	}
}

// is says that a sync with the source as it is now has ended.
func (a *acked) is(now *testkit.Source) {
	a.source = now.Clone()
	a.leaveOut()
	a.maybe, a.uncertain, a.synced = map[string]map[version]bool{}, false, true
}

// paths are those that either source has.
func (a *acked) paths(now *testkit.Source) []string {
	all := map[string]bool{}
	for _, p := range slices.Concat(a.source.Paths(), now.Paths(), slices.Collect(maps.Keys(a.maybe))) {
		all[p] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// allows tells whether the store may hold that version of a path.
func (a *acked) allows(path string, v version) bool {
	if a.isOut(path) {
		return v == absent
	}
	return versionOf(a.source, path) == v || a.maybe[path][v]
}

// isOut tells whether a path was forgotten.
func (a *acked) isOut(path string) bool {
	return slices.ContainsFunc(a.out, func(name string) bool { return index.PathNames(name, path) })
}

// leaveOut takes what was forgotten from what is acknowledged.
func (a *acked) leaveOut() {
	for _, path := range a.source.Paths() {
		if a.isOut(path) {
			a.source.Remove(path)
		}
	}
}
