package folder

import (
	"io/fs"
	"slices"
	"strings"

	"sluice/corpus"
	"sluice/corpus/secret"
	"sluice/corpus/source/folder/gitignore"
	"sluice/internal/limits"
)

// The ignore files of a folder, the strongest first. As in ripgrep, what a stronger file says
// anywhere above a path outweighs what a weaker one says next to it; among files of one name the
// deepest counts.
var ignoreFiles = [...]string{".sluiceignore", ".rgignore", ".ignore", gitIgnore}

const (
	gitDir     = ".git"
	gitIgnore  = ".gitignore"
	gitExclude = ".git/info/exclude"
	ofGit      = len(ignoreFiles) - 1
)

// level is one ignore file and where it stands.
type level struct {
	list *gitignore.List
	base int // length of the folder's path from the top of the repository, with its slash
}

func (l level) match(path string, isDir bool) gitignore.Verdict {
	return l.list.Match(path[l.base:], isDir)
}

// rules are all ignore files that hold in one folder. They are inherited and never changed in
// place.
type rules struct {
	levels  [len(ignoreFiles)][]level // from the top down
	exclude level                     // .git/info/exclude
	global  level                     // the user's core.excludesFile
	inGit   bool                      // below the top of a repository: else .gitignore does not count
}

// match says what the rules make of a path from the top of the repository.
func (r *rules) match(path string, isDir bool) gitignore.Verdict {
	for kind := range r.levels {
		if kind == ofGit && !r.inGit {
			return gitignore.None
		}
		for _, l := range slices.Backward(r.levels[kind]) {
			if v := l.match(path, isDir); v != gitignore.None {
				return v
			}
		}
	}
	if v := r.exclude.match(path, isDir); v != gitignore.None {
		return v
	}
	return r.global.match(path, isDir)
}

// add puts an ignore file of the present folder over those that were inherited.
func (r *rules) add(kind int, text []byte, base int) {
	if list := gitignore.Parse(text); list != nil {
		r.levels[kind] = append(slices.Clip(r.levels[kind]), level{list, base})
	}
}

// beginRepository forgets what another repository around this one says.
func (r *rules) beginRepository(base int, global *gitignore.List) {
	r.inGit = true
	r.levels[ofGit] = nil
	r.exclude = level{}
	r.global = level{global, base}
}

// readRules reads the ignore files of d. present tells which names d holds, as far as that is
// known.
func (f *Folder) readRules(d *dir, present func(string) bool) {
	d.read = f.clock.Now()
	if f.opts.NoIgnore {
		return
	}
	base := len(d.above.up) + len(d.raw)
	if present(gitDir) {
		if info, err := d.root.Lstat(gitDir); err == nil && (info.IsDir() || info.Mode().IsRegular()) {
			d.rules.beginRepository(base, d.above.global)
			if d.raw == "" && !info.IsDir() {
				d.rules.exclude = level{d.above.linked, base}
			} else if text := f.readRule(d, gitExclude); text != nil {
				d.rules.exclude = level{gitignore.Parse(text), base}
			}
		}
	}
	for kind, name := range ignoreFiles {
		if present(name) {
			d.rules.add(kind, f.readRule(d, name), base)
		}
	}
}

// readRule reads one ignore file and notes what must be looked at to know that it still holds.
func (f *Folder) readRule(d *dir, name string) []byte {
	text, stamp, err := d.readSmall(name)
	if err != nil {
		d.errs = append(d.errs, corpus.FailureOf(d.path+name, err))
	}
	if stamp != nil {
		d.files = append(d.files, *stamp)
	}
	return text
}

// anything is for callers of readRules that have not listed the folder.
func anything(string) bool { return true }

// decision is what becomes of an entry.
type decision struct {
	why      corpus.Reason // why it is left out; "" for what is taken
	rule     corpus.Reason // the same, but for Include
	included bool          // an Include pattern matches it, or a folder above it
	own      bool          // an Include pattern matches it itself
}

// decide applies all rules that need no look inside to an entry of d: path and raw are what d.child
// says of it, info is its own and not that of what a symbolic link leads to.
func (f *Folder) decide(d *dir, name, path, raw string, info fs.FileInfo) decision {
	isDir := info.IsDir()
	var v decision
	switch {
	case strings.EqualFold(name, gitDir):
		v.why = corpus.Git
	case info.Mode()&fs.ModeSymlink != 0:
		v.why = corpus.Symlink
	case !isDir && !info.Mode().IsRegular():
		v.why = corpus.Special
	}
	if v.why != "" {
		return v
	}
	said := f.include.Match(raw, isDir)
	v.own = said == gitignore.Ignore
	v.included = v.own || d.included && said == gitignore.None
	v.rule = f.leaveOut(d, name, path, raw, isDir)
	switch {
	case !isDir && !v.own && secret.Name(raw):
		v.why = corpus.Secret
	case !v.included, v.rule == corpus.Forgotten && !f.names(path): // a wildcard brings nothing back that was forgotten
		v.why = v.rule
	}
	if v.why == "" && !isDir && (info.Size() > f.sizeMax() && !v.included || info.Size() > limits.DocumentBytesMax) {
		v.why = corpus.TooLarge
	}
	return v
}

// leaveOut applies the rules that Include overrides.
func (f *Folder) leaveOut(d *dir, name, path, raw string, isDir bool) corpus.Reason {
	if d.outside != "" {
		return d.outside
	}
	if f.forgotten.Has(path) && !f.names(path) && !f.names(path+"/") {
		return corpus.Forgotten
	}
	if f.exclude.Match(raw, isDir) == gitignore.Ignore {
		return corpus.Excluded
	}
	said := d.rules.match(d.above.up+raw, isDir)
	if said == gitignore.Ignore {
		return corpus.Ignored
	}
	if name[0] == '.' && !f.opts.Hidden && said != gitignore.Keep {
		return corpus.Hidden
	}
	return ""
}

// pursue tells whether a folder is to be read: because nothing leaves it out, or because Include
// may bring something in it back.
func (f *Folder) pursue(v decision, raw string) bool {
	switch v.why {
	case "":
		return true
	case corpus.Git, corpus.Symlink, corpus.Special:
		return false
	}
	return f.include.MayMatchBelow(raw)
}
