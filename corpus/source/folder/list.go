package folder

import (
	"cmp"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// windowNames is how many names of one folder are held at once. A folder that holds more is read
// several times: each pass keeps the next ones in order, so memory does not grow with the folder.
var windowNames = 1 << 16 // a variable for tests

// entry is one name of a folder.
type entry struct {
	name string // as the file system spells it
	key  string // as a path spells it, which is what the order goes by
}

func byKey(a, b entry) int { return cmp.Compare(a.key, b.key) }

// listing reads the names of a folder in order.
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
	var window []entry
	more := false
	l.err = l.each(func(name string) {
		e := entry{name, encodeName(name)}
		if e.key <= l.after {
			return
		}
		if len(window) == 2*windowNames {
			window, more = cut(window), true
		}
		window = append(window, e)
	})
	if len(window) > windowNames {
		window, more = cut(window), true
	}
	l.done = !more || l.err != nil
	slices.SortFunc(window, byKey)
	if len(window) > 0 {
		l.after = window[len(window)-1].key
	}
	return window
}

// cut keeps the first names of the order.
func cut(w []entry) []entry {
	slices.SortFunc(w, byKey)
	return w[:windowNames]
}

// each hands on every name as the file system lists them, and notes those that rules ask for.
func (l *listing) each(use func(name string)) error {
	file, err := l.d.root.Open(".")
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		names, err := file.Readdirnames(1024)
		for _, name := range names {
			if name[0] == '.' && (name == gitDir || slices.Contains(ignoreFiles[:], name)) {
				l.note(name)
			}
			use(name)
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

// present tells whether a name that rules ask for is in the folder; the first window must have been
// read.
func (l *listing) present(name string) bool { return l.seen[name] }

// pending are folders whose turn has not come. In the order of whole paths a folder stands where
// its name with a slash belongs, which is behind files like "name-x" and "name.c" that are listed
// after it.
type pending []subfolder

type subfolder struct {
	entry
	info fs.FileInfo
}

// add puts a folder in its place of the order.
func (p *pending) add(e entry, info fs.FileInfo) {
	s := subfolder{entry{e.name, e.key + "/"}, info}
	i, _ := slices.BinarySearchFunc(*p, s, func(a, b subfolder) int { return strings.Compare(a.key, b.key) })
	*p = slices.Insert(*p, i, s)
}

// before takes out the first folder if its turn comes before key; "" is the end of the listing.
func (p *pending) before(key string) (s subfolder, ok bool) {
	if len(*p) == 0 || key != "" && (*p)[0].key >= key {
		return subfolder{}, false
	}
	s = (*p)[0]
	*p = slices.Delete(*p, 0, 1)
	return s, true
}
