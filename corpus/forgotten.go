package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// forgottenMark begins the name of a path that was forgotten.
const forgottenMark = "sha256:"

// ForgottenName is how a path is written down that its owner told the store to forget: it must be
// known again when its source lists it, and the store is not to go on spelling it. A folder's path
// may end in "/"; in a page's address it is part of the name. The name of a name is the name.
func ForgottenName(path string) string {
	if strings.HasPrefix(path, forgottenMark) {
		return path
	}
	if AddressAt(path) < 0 {
		path = strings.Trim(path, "/")
	}
	sum := sha256.Sum256([]byte(path))
	return forgottenMark + hex.EncodeToString(sum[:16])
}

// AddressAt is where in a path the address of a page begins, which goes to the path's end: at its
// beginning, or behind the archive that holds the page; -1 where none does. One page's
// address is no folder of another's; that of all below ends in "/*".
func AddressAt(path string) int {
	scheme := strings.Index(path, "://")
	if scheme <= 0 {
		return -1
	}
	return strings.LastIndexByte(path[:scheme], '/') + 1
}

// Forgetting are the names of what is to stay out.
type Forgetting map[string]bool

// NewForgetting makes the set of names or paths.
func NewForgetting(all []string) Forgetting {
	f := Forgetting{}
	for _, p := range all {
		f[ForgottenName(p)] = true
	}
	return f
}

// Has tells whether this very path was forgotten.
func (f Forgetting) Has(path string) bool { return len(f) > 0 && f[ForgottenName(path)] }

// Holds tells whether a path, or a folder above it, was forgotten.
func (f Forgetting) Holds(path string) bool {
	if len(f) == 0 {
		return false
	}
	if at := AddressAt(path); at >= 0 {
		if f.Has(path) {
			return true
		}
		for i := at; i < len(path); i++ {
			if path[i] == '/' && f.Has(path[:i+1]+"*") {
				return true
			}
		}
		path = path[:max(at-1, 0)] // the archive
	}
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if f[ForgottenName(path[:end])] {
			return true
		}
	}
	return false
}

// ForgetPaths adds paths to the names of what stays out. What was included by its name is forgotten
// all the same, until it is named again.
func ForgetPaths(forgotten, include, paths []string) (names, included []string) {
	had := Forgetting{}
	for _, p := range append(append([]string(nil), forgotten...), paths...) {
		if name := ForgottenName(p); !had[name] {
			had[name] = true
			names = append(names, name)
		}
	}
	gone := NewForgetting(paths)
	for _, i := range include {
		if !gone.Has(i) {
			included = append(included, i)
		}
	}
	return names, included
}
