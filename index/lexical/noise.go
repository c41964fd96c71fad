package lexical

import (
	"bytes"
	"path"
	"strings"

	"sluice/index/arm"
)

// What machines write for machines says little in many words. It is found when it is named, and
// stands behind prose and code that say the same: its passages count as longer than they are.
// Encoded bytes are no words at all.

// noiseLength is how many times its length a passage of noise counts.
const noiseLength = 12

// lockFiles are written by package managers. Anything that ends in .lock or .sum is one too.
var lockFiles = map[string]bool{"package-lock.json": true, "npm-shrinkwrap.json": true, "pnpm-lock.yaml": true,
	"packages.lock.json": true, "bun.lockb": true, "gradle.lockfile": true, "npm-debug.log": true}

// isNoise tells of a passage that it is of a lock file, minified, or a table of numbers.
func isNoise(f *arm.Fields) bool {
	base := strings.ToLower(path.Base(f.Path))
	switch ext := path.Ext(base); {
	case lockFiles[base], ext == ".lock", base == "go.sum", ext == ".map", strings.Contains(base, ".min."):
		return true
	}
	return isMinified(f.Body) || isTable(f.Body)
}

// minifiedBytes is the length of a line that nobody writes by hand without a space every few words.
const minifiedBytes = 400

// isMinified tells whether a passage is one long line with hardly any spaces.
func isMinified(body []byte) bool {
	if len(body) < minifiedBytes {
		return false
	}
	line := body
	if i := bytes.IndexByte(body, '\n'); i >= 0 {
		if line = body[:i]; i < len(body)/2 {
			line = body[i+1:]
		}
		if j := bytes.IndexByte(line, '\n'); j >= 0 {
			line = line[:j]
		}
	}
	if len(line) < minifiedBytes {
		return false
	}
	wide := 0
	for _, b := range line {
		wide += int(b >> 7)
	}
	return bytes.Count(line, []byte{' '})*12 < len(line) && wide*2 < len(line) // scripts without spaces are not meant
}

// isTable tells whether most of what a passage holds beside spaces is digits.
func isTable(body []byte) bool {
	var counts [classWide + 1]int
	for i := 0; i < len(body); i += tableStep {
		counts[byteClass[body[i]]]++
	}
	digits, others := counts[classDigit], counts[classLower]+counts[classUpper]+counts[classWide]
	return digits > tableDigits && digits > 2*others
}

const (
	tableStep   = 7  // of so many bytes one is looked at
	tableDigits = 30 // of those that were looked at
)

const (
	blobRun     = 16 // bytes of a run with both cases and digits, from which on it may be encoded
	blobBytes   = 60 // bytes of a line that are no words any more
	blobChanges = 2  // bytes between changes of class, at most, in the mean; random ones have 1.5
)

// blobEnd finds where bytes that are encoded in 64 signs end; start: they are none. Words, even
// joined ones, do not change between capitals, small letters and digits so often.
func blobEnd(text []byte, start int) int {
	changes, i := 0, start
	var last byte
	for ; i < len(text); i++ {
		c := byteClass[text[i]]
		if c&classWord == 0 {
			if b := text[i]; b != '+' && b != '/' && b != '-' && b != '=' {
				break
			}
		} else if c != last {
			changes++
		}
		last = c
	}
	if i-start < blobBytes || changes*blobChanges < i-start {
		return start
	}
	return i
}
