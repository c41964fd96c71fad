package folder

import (
	"io"
	"slices"
	"strings"
)

// windowEntries is how many entries of one folder are held at once. A folder that holds more is read
// several times: each pass keeps the next ones in order, so memory does not grow with the folder.
var windowEntries = 1 << 16 // a variable for tests

// entry is one name of a folder.
type entry struct {
	name  string
	key   string // what its place in the order is: the spelling in a path, a folder's with its slash
	isDir bool
}

// listing reads a folder in order. Names that are equal but for being a file or a folder cannot be.
type listing struct {
	d     *dir
	after string          // the key of the last entry given out
	done  bool            // nothing is left behind the present window
	seen  map[string]bool // of the names that rules ask for, those that are there
	err   error           // what kept the folder from being read whole
}

// next returns the next window of entries, in order; none at the end.
func (l *listing) next() []entry {
	if l.done {
		return nil
	}
	window := make([]entry, 0, 64)
	more := false
	l.err = l.each(func(e entry) {
		if e.key <= l.after {
			return
		}
		if len(window) == 2*windowEntries {
			window, more = cut(window), true
		}
		window = append(window, e)
	})
	if len(window) > windowEntries {
		window, more = cut(window), true
	}
	l.done = !more || l.err != nil
	order(window)
	if len(window) > 0 {
		l.after = window[len(window)-1].key
	}
	return window
}

// each hands on every entry as the file system lists them, and notes the names that rules ask for.
func (l *listing) each(use func(entry)) error {
	file, err := l.d.root.Open(".")
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		list, err := file.ReadDir(1024)
		for _, e := range list {
			name := e.Name()
			if name[0] == '.' && (name == gitDir || slices.Contains(ignoreFiles[:], name)) {
				l.note(name)
			}
			key := encodeName(name)
			if e.IsDir() {
				key += "/"
			}
			use(entry{name, key, e.IsDir()})
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (l *listing) note(name string) {
	if l.seen == nil {
		l.seen = make(map[string]bool)
	}
	l.seen[name] = true
}

// present tells whether a name that rules ask for is in the folder; the first window must have been read.
func (l *listing) present(name string) bool { return l.seen[name] }

func order(w []entry) {
	slices.SortFunc(w, func(a, b entry) int { return strings.Compare(a.key, b.key) })
}

// cut keeps the first entries of the order.
func cut(w []entry) []entry {
	order(w)
	return w[:windowEntries]
}
