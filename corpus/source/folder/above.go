package folder

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sluice/corpus/source/folder/gitignore"
)

// above is what stands outside the root and yet counts in it: the user's own gitignore and, where
// the root lies inside a repository, the ignore files of the folders up to the repository's top.
// Ignore files of folders outside any repository are not looked for. These are the only files
// beyond the root that are opened, and nothing of them is kept but patterns.
type above struct {
	up     string // path of the root from the top of its repository, with a slash at its end, or ""
	rules  rules
	global *gitignore.List // core.excludesFile
	linked *gitignore.List // info/exclude of the repository that the root is a worktree of
}

// readAbove reads what counts from outside the root. What cannot be read does not count, as with
// git.
func (f *Folder) readAbove() *above {
	a := &above{}
	if f.opts.NoIgnore {
		return a
	}
	root := filepath.FromSlash(f.info.Root)
	a.global = gitignore.Parse(readOutside(globalIgnoreFile()))
	if exists(filepath.Join(root, gitDir)) {
		a.linked = excludeOf(root)
		return a
	}
	top, ok := repositoryTop(root)
	if !ok {
		return a
	}
	rel, err := filepath.Rel(top, root)
	if err != nil {
		return a
	}
	a.up = filepath.ToSlash(rel) + "/"
	a.rules.beginRepository(0, a.global)
	a.rules.exclude = level{list: excludeOf(top)}
	a.readLevels(top)
	return a
}

// readLevels reads the ignore files from top down to the parent of the root.
func (a *above) readLevels(top string) {
	for base := 0; ; {
		for kind, name := range ignoreFiles {
			a.rules.add(kind, readOutside(filepath.Join(top, filepath.FromSlash(a.up[:base]), name)), base)
		}
		next := strings.IndexByte(a.up[base:], '/') + 1
		if base += next; base == len(a.up) {
			return
		}
	}
}

// repositoryTop finds the folder above root that holds a .git.
func repositoryTop(root string) (string, bool) {
	for dir := filepath.Dir(root); ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, gitDir)) {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

// excludeOf reads info/exclude of the repository whose top is given; a worktree's is that of its
// main repository.
func excludeOf(top string) *gitignore.List {
	dir := filepath.Join(top, gitDir)
	if to, ok := strings.CutPrefix(string(readOutside(dir)), "gitdir:"); ok {
		dir = join(top, strings.TrimSpace(to))
		if common := strings.TrimSpace(string(readOutside(filepath.Join(dir, "commondir")))); common != "" {
			dir = join(dir, common)
		}
	}
	return gitignore.Parse(readOutside(filepath.Join(dir, "info", "exclude")))
}

// globalIgnoreFile is core.excludesFile of the user's configuration, or git's default for it.
func globalIgnoreFile() string {
	home := gitHome(onWindows, os.Getenv)
	if home == "" {
		return ""
	}
	xdg := os.Getenv("XDG_CONFIG_HOME")
	if xdg == "" {
		xdg = filepath.Join(home, ".config")
	}
	file := filepath.Join(xdg, "git", "ignore")
	for _, config := range []string{filepath.Join(xdg, "git", "config"), filepath.Join(home, ".gitconfig")} {
		if named := excludesFile(readOutside(config)); named != "" {
			file = named
			if rest, ok := strings.CutPrefix(named, "~/"); ok {
				file = filepath.Join(home, rest)
			}
		}
	}
	return file
}

// gitHome is the folder that git takes for the user's own: HOME, and where Windows has none the
// home drive and path, if they lead anywhere, else the profile.
func gitHome(windows bool, getenv func(string) string) string {
	home := getenv("HOME")
	if home != "" || !windows {
		return home
	}
	home = getenv("HOMEDRIVE") + getenv("HOMEPATH")
	if info, err := os.Stat(home); err == nil && info.IsDir() {
		return home
	}
	return getenv("USERPROFILE")
}

// excludesFile finds core.excludesFile in a git configuration. Inclusion of other files and values
// over several lines are not understood.
func excludesFile(config []byte) (found string) {
	inCore := false
	for line := range strings.Lines(string(config)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section, rest, _ := strings.Cut(line[1:], "]")
			inCore = strings.EqualFold(strings.TrimSpace(section), "core")
			line = strings.TrimSpace(rest)
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && inCore && strings.EqualFold(strings.TrimSpace(key), "excludesfile") {
			found = configValue(strings.TrimSpace(value))
		}
	}
	return found
}

// configValue takes quotes, escapes and a comment off a value.
func configValue(s string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(s):
			i++
			out.WriteByte(s[i])
		case (c == '#' || c == ';') && !quoted:
			return strings.TrimSpace(out.String())
		default:
			out.WriteByte(c)
		}
	}
	return strings.TrimSpace(out.String())
}

// readOutside reads a small regular file by its name; nil when there is none.
func readOutside(name string) []byte {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(file, ignoreFileBytesMax)); err != nil {
		return nil
	}
	return text.Bytes()
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}

func join(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
