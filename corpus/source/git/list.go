package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sluice/corpus"
	"sluice/internal/limits"
)

// what kinds of documents there are.
type what uint8

const (
	commit what = iota
	tag
	file
)

// entry is a document.
type entry struct {
	path     string
	what     what
	id       string // of the object
	title    string
	authored int64 // unix seconds: when the author wrote it
	made     int64 // when it came to be in this form
	size     int64
}

// commitBytes is what a change is taken to be long, before anybody has looked at it: what is read
// at once is counted in bytes.
const commitBytes = 4 << 10

func (e *entry) item() corpus.Item {
	it := corpus.Item{Path: e.path, Size: e.size, ModTime: time.Unix(e.made, 0).UTC(), Title: e.title, FileID: corpus.Digest([]byte(e.id))}
	if e.what != file {
		it.Time = time.Unix(e.authored, 0).UTC()
		it.Type = []string{"commit", "tag"}[e.what]
	}
	it.Changed = max(it.ModTime.UnixNano(), 1)
	return it
}

// listing is all that a repository holds, in the order of paths.
type listing struct {
	state   uint64
	entries []entry
	leftOut map[corpus.Reason]int
}

const (
	recordMax = 64 << 20 // a subject has no bound
	titleMax  = 200
	unit      = "\x1f" // between the fields of a record
)

// list asks git for everything.
func (r *repo) list(ctx context.Context, rev string) (*listing, error) {
	l := &listing{leftOut: map[corpus.Reason]int{}}
	revs := []string{"--end-of-options", rev}
	if rev == "" {
		revs = []string{"--branches", "--tags", "--remotes"}
		if _, err := r.command("rev-parse", "--verify", "--quiet", "HEAD^{commit}").Output(ctx); err == nil {
			revs = append(revs, "HEAD")
		}
		if err := r.listTags(ctx, l); err != nil {
			return nil, err
		}
	} else if !strings.Contains(rev, "..") {
		if err := r.listFiles(ctx, rev, l); err != nil {
			return nil, err
		}
	}
	args := append([]string{"log", "-z", "--date=short", "--format=%H%x1f%ad%x1f%at%x1f%ct%x1f%s"}, revs...)
	err := r.command(append(args, "--")...).Pieces(ctx, 0, recordMax, func(b []byte) error {
		f := strings.SplitN(strings.ToValidUTF8(string(b), "\uFFFD"), unit, 5)
		if len(f) != 5 || len(f[0]) < 12 {
			return fmt.Errorf("git lists a commit as %q", b)
		}
		e := entry{what: commit, id: f[0], title: titled(f[4]), authored: number(f[2]), made: number(f[3]), size: int64(len(f[4])) + commitBytes}
		e.path = "commits/" + f[1] + "-" + f[0][:12]
		if s := slug(f[4]); s != "" {
			e.path += "-" + s
		}
		l.entries = append(l.entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	l.entries = slices.CompactFunc(l.entries, func(a, b entry) bool { return a.path == b.path })
	return l, nil
}

// titled is as much of a subject as a title has room for.
func titled(subject string) string {
	for i := range subject {
		if i > titleMax {
			return subject[:i] + "…"
		}
	}
	return strings.ToValidUTF8(subject, "\uFFFD")
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n
}

const slugBytesMax = 60

// slug is a subject as a part of a path: its letters and digits.
func slug(subject string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(strings.ToLower(subject), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if b.Len()+len(w)+1 > slugBytesMax {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(w)
	}
	return b.String()
}

// listTags lists the tags.
func (r *repo) listTags(ctx context.Context, l *listing) error {
	format := "--format=%(refname)%1f%(objectname)%1f%(*objectname)%1f%(creatordate:unix)%1f%(contents:size)%1f%(subject)"
	return r.command("for-each-ref", format, "refs/tags").Pieces(ctx, '\n', recordMax, func(b []byte) error {
		f := strings.SplitN(string(b), unit, 6)
		if len(f) != 6 {
			return nil
		}
		path := strings.TrimPrefix(f[0], "refs/")
		if !utf8.ValidString(path) || len(path) > limits.PathBytesMax {
			l.leftOut[corpus.Unread]++
			return nil
		}
		at := number(f[3])
		l.entries = append(l.entries, entry{path: path, what: tag, id: f[1] + f[2], title: titled(path + ": " + f[5]), authored: at, made: at, size: number(f[4]) + int64(len(path))})
		return nil
	})
}

// listFiles lists the files of a revision.
func (r *repo) listFiles(ctx context.Context, rev string, l *listing) error {
	at, err := r.command("log", "-1", "--format=%ct", "--end-of-options", rev, "--").Output(ctx)
	if err != nil {
		return err
	}
	made := number(string(at))
	err = r.command("ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", rev).Pieces(ctx, 0, recordMax, func(b []byte) error {
		info, path, ok := strings.Cut(string(b), "\t")
		f := strings.Fields(info)
		if !ok || len(f) != 4 {
			return errors.New("git lists a file in a way that is not known")
		}
		size := number(f[3])
		why := corpus.Reason("")
		switch {
		case f[0] == "120000":
			why = corpus.Symlink
		case f[1] != "blob": // a submodule
			why = corpus.Git
		case size > limits.FileBytesDefault:
			why = corpus.TooLarge
		case !utf8.ValidString(path) || len(path)+6 > limits.PathBytesMax:
			why = corpus.Unread
		}
		if why != "" {
			l.leftOut[why]++
			return nil
		}
		l.entries = append(l.entries, entry{path: "files/" + path, what: file, id: f[2], made: made, size: size})
		return nil
	})
	return err
}
