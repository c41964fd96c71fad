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
// may end in "/". The name of a name is the name.
func ForgottenName(path string) string {
	if strings.HasPrefix(path, forgottenMark) {
		return path
	}
	sum := sha256.Sum256([]byte(strings.Trim(path, "/")))
	return forgottenMark + hex.EncodeToString(sum[:16])
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
	for end := len(path); end > 0 && len(f) > 0; end = strings.LastIndexByte(path[:end], '/') {
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
