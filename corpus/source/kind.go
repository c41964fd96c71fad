package source

import (
	"strings"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/internal/vfs"
)

// Kind is a connector as it introduces itself: all that the program knows of one. The folder alone
// is wired by hand, because its rules decide what is even looked at.
type Kind struct {
	// Name is the Info.Kind of its sources, and what a user types before the colon: "mail:DIR".
	Name string
	// Usage is what follows the colon, and Short what is read there, in a few words.
	Usage, Short string
	// Claims tells whether what a user typed is of this kind without its name before it, as
	// "https://..." is; nil: nothing is.
	Claims func(typed string) bool
	// Locate turns what a user typed, without the name of the kind, into root and label; Label
	// makes one. absolute completes a path. nil: it is the path of a file or a folder, and the
	// label is its name.
	Locate func(typed string, absolute func(string) string) (root, label string, err error)
	// Remote says that roots are no paths of this machine.
	Remote bool
	// Options are the names that `add --option NAME=VALUE` takes, and what each does.
	Options map[string]string
	// Open makes the source. It need not look at the rules but to save work: Source does.
	Open func(Setting) (corpus.Source, error)
}

// Setting is what a source is made of.
type Setting struct {
	corpus.Info
	Rules Rules
	// Extract reads documents that are not plain text: attachments, photos. See extract.Text.
	Extract extract.Runner
	// State is a folder of the store in which the source may keep what it would have to fetch
	// again. It goes with the source. Whoever keeps words there implements Forgetful. nil: nothing
	// can be kept.
	State vfs.FS
}

// Forgetful is a source that keeps copies of its documents in Setting.State.
type Forgetful interface {
	// Forget removes the copies of all documents that drop tells of. No byte of them may stay.
	Forget(drop func(corpus.Item) bool) error
}

// Source opens the source of a setting, under its rules.
func (k Kind) Source(s Setting) (corpus.Source, error) {
	if err := s.Rules.check(k); err != nil {
		return nil, err
	}
	src, err := k.Open(s)
	if err != nil {
		return nil, err
	}
	return s.Rules.Over(src), nil
}

// Label makes a name what a label may be.
func Label(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:`, r) {
			return '-'
		}
		return r
	}, name)
	if name == "" || strings.Trim(name, ".") == "" {
		return "root"
	}
	return name[:min(len(name), labelBytesMax)]
}

// labelBytesMax keeps a label that was made short enough to be typed.
const labelBytesMax = 80
