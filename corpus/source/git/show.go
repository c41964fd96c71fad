package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/internal/limits"
	"sluice/internal/tool"
)

const (
	// aheadMax is how many documents one run of git reads: starting it takes longer than reading
	// one.
	aheadMax = 64
	// batchBytes is how much one run may write before it is ended and the rest asked for anew.
	batchBytes = 8 << 20
	// changeBytesMax is how much of a commit's change is kept.
	changeBytesMax = 48 << 10
	filesMax       = 500 // that are named of one commit
)

// show returns the document at a place of the listing, and reads those behind it too: a sync asks
// for them next.
func (g *Git) show(ctx context.Context, l *listing, i int) (*shown, error) {
	e := &l.entries[i]
	g.mu.Lock()
	if s := g.ahead[e.path]; s != nil && g.known == l {
		delete(g.ahead, e.path)
		g.size -= len(s.text)
		g.mu.Unlock()
		return s, nil
	}
	g.mu.Unlock()
	if e.what == tag {
		return g.repo.showTag(ctx, e)
	}
	n := i
	for bytes := int64(0); n < len(l.entries) && n-i < aheadMax && l.entries[n].what == e.what && (bytes < batchBytes/2 || n == i); n++ {
		bytes += l.entries[n].size
	}
	read := g.repo.showCommits
	if e.what == file {
		read = g.repo.showFiles
	}
	all, err := read(ctx, l.entries[i:n])
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for k, s := range all[1:] {
		if path := l.entries[i+1+k].path; g.known == l && g.size < batchBytes && g.ahead[path] == nil {
			g.ahead[path] = s
			g.size += len(s.text)
		}
	}
	return all[0], nil
}

// commitFormat is what git writes of a commit: a NUL, and its id, so that one is told from what
// another one changes; then the fields.
const commitFormat = "%x00%H%x1f%an%x1f%ae%x1f%at%x1f%ad%x1f%cn%x1f%P%x1f%B%x1f"

// showCommits reads commits, at least the first one.
func (r *repo) showCommits(ctx context.Context, entries []entry) ([]*shown, error) {
	args := []string{"show", "--no-walk=unsorted", "--date=format:%z", "--format=" + commitFormat, "--encoding=UTF-8", "--no-color", "--no-ext-diff", "--no-textconv",
		"--no-notes", "--no-show-signature", "--diff-merges=off", "--numstat", "--patch", "-M", "--src-prefix=a/", "--dst-prefix=b/", "--end-of-options"}
	for _, e := range entries {
		args = append(args, e.id)
	}
	c := r.command(append(args, "--")...)
	c.OutMax = batchBytes
	out, err := c.Output(ctx)
	cut := errors.Is(err, tool.ErrLong)
	if err != nil && !cut {
		return nil, err
	}
	var all []*shown
	for i, e := range entries {
		head := []byte("\x00" + e.id + unit)
		if !bytes.HasPrefix(out, head) {
			break
		}
		out = out[len(head):]
		end, last := len(out), true
		if i+1 < len(entries) {
			if n := bytes.Index(out, []byte("\x00"+entries[i+1].id+unit)); n >= 0 {
				end, last = n, false
			}
		}
		if last && cut && i > 0 {
			break // it is asked for again
		}
		all = append(all, commitText(&e, out[:end]))
		out = out[end:]
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("git does not show %s", entries[0].id)
	}
	return all, nil
}

// commitText makes the text of a commit. The marks of what is changed are the files.
func commitText(e *entry, b []byte) *shown {
	f := bytes.SplitN(b, []byte(unit), 8)
	if len(f) < 8 {
		return &shown{text: []byte(e.title + "\n")}
	}
	s := &shown{}
	s.text = fmt.Appendf(nil, "%s\n\nCommit %s by %s <%s> on %s.\n", bytes.TrimSpace(f[6]), e.id[:12], f[0], f[1], dated(number(string(f[2])), string(f[3])))
	if !bytes.Equal(f[0], f[4]) {
		s.text = fmt.Appendf(s.text, "Committed by %s.\n", f[4])
	}
	if parents := strings.Fields(string(f[5])); len(parents) > 1 {
		s.text = fmt.Appendf(s.text, "Merge of %s.\n", strings.Join(short(parents), " and "))
	}
	s.change(f[7])
	s.text = bytes.ReplaceAll(s.text, []byte{0}, []byte(" "))
	s.text = bytes.ToValidUTF8(s.text, []byte("\uFFFD"))
	s.marks, _ = corpus.Marks(s.marks).Clean(len(s.text))
	return s
}

// short are ids as people read them.
func short(ids []string) []string {
	for i, id := range ids {
		ids[i] = id[:min(len(id), 12)]
	}
	return ids
}

// dated writes a time in words, in the zone in which it was written down.
func dated(unix int64, zone string) string {
	at := time.Unix(unix, 0).UTC()
	if z, err := time.Parse("-0700", strings.TrimSpace(zone)); err == nil {
		_, seconds := z.Zone()
		at = at.In(time.FixedZone(strings.TrimSpace(zone), seconds))
	}
	return at.Format("Monday, 2 January 2006, 15:04 -0700")
}

// change adds what a commit changes: the files with their counts, then the lines, as many of them
// as are kept.
func (s *shown) change(b []byte) {
	b = bytes.TrimLeft(b, "\n")
	files := 0
	for {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		n := strings.SplitN(string(line), "\t", 3)
		if len(n) != 3 {
			break
		}
		if files++; files == 1 {
			s.text = append(s.text, "\nFiles:\n"...)
		}
		switch b = rest; {
		case files > filesMax:
		case n[0] == "-":
			s.text = fmt.Appendf(s.text, "%s (binary)\n", n[2])
		default:
			s.text = fmt.Appendf(s.text, "%s +%s -%s\n", n[2], n[0], n[1])
		}
	}
	if files > filesMax {
		s.text = fmt.Appendf(s.text, "and %d more\n", files-filesMax)
	}
	s.lines(bytes.TrimLeft(b, "\n"))
}

// lines adds the lines that a commit changes, under the name of their file.
func (s *shown) lines(b []byte) {
	begun, from, name := len(s.text), 0, ""
	head := false // between "diff --git" and the first hunk
	end := func() {
		if name != "" {
			s.marks = append(s.marks, corpus.Heading(0, name).Over(from, len(s.text)))
		}
	}
	for line := range bytes.Lines(b) {
		switch {
		case bytes.HasPrefix(line, []byte("diff --git ")):
			end()
			head, name = true, ""
		case head && (bytes.HasPrefix(line, []byte("+++ ")) || bytes.HasPrefix(line, []byte("--- "))):
			if n := strings.TrimSpace(string(line[4:])); n != "/dev/null" {
				name = strings.Trim(n, `"`)[2:]
			}
		case head && !bytes.HasPrefix(line, []byte("@@ ")):
		default:
			if head {
				head = false
				s.text = append(s.text, '\n')
				from = len(s.text)
				s.text = append(append(s.text, name...), '\n')
			}
			s.text = append(s.text, line...)
		}
		if len(s.text)-begun > changeBytesMax {
			end()
			s.text = append(s.text, "\nThe rest of this change is not kept: it is long.\n"...)
			return
		}
	}
	end()
}

// showTag reads a tag.
func (r *repo) showTag(ctx context.Context, e *entry) (*shown, error) {
	format := "--format=%(objecttype)%1f%(objectname)%1f%(*objectname)%1f%(taggername)%1f%(creatordate:unix)%1f%(creatordate:format:%z)%1f%(subject)%1f%(*subject)%1f%(contents)"
	out, err := r.command("for-each-ref", "--count=1", format, "refs/"+e.path).Output(ctx)
	if err != nil {
		return nil, err
	}
	f := strings.SplitN(strings.ToValidUTF8(string(out), "\uFFFD"), unit, 9)
	if len(f) != 9 {
		return nil, fmt.Errorf("%w", corpus.ErrGone)
	}
	name, when := strings.TrimPrefix(e.path, "tags/"), dated(number(f[4]), f[5])
	if f[0] != "tag" {
		return &shown{text: fmt.Appendf(nil, "Tag %s of commit %.12s of %s:\n\n%s\n", name, f[1], when, strings.TrimSpace(f[8]))}, nil
	}
	return &shown{text: fmt.Appendf(nil, "Tag %s of commit %.12s (%s), by %s on %s:\n\n%s\n", name, f[2], f[7], f[3], when, strings.TrimSpace(f[8]))}, nil
}

// showFiles reads files.
func (r *repo) showFiles(ctx context.Context, entries []entry) ([]*shown, error) {
	var ids bytes.Buffer
	total := 0
	for _, e := range entries {
		fmt.Fprintln(&ids, e.id)
		total += int(e.size) + 200
	}
	c := r.command("cat-file", "--batch=%(objectname) %(objectsize)")
	c.Stdin, c.OutMax = &ids, total
	out, err := c.Output(ctx)
	if err != nil {
		return nil, err
	}
	var all []*shown
	for _, e := range entries {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		var size int
		if n, _ := fmt.Sscanf(string(line), e.id+" %d", &size); n != 1 || size > len(rest) || size > limits.FileBytesDefault {
			break
		}
		all = append(all, &shown{text: rest[:size:size]})
		out = bytes.TrimPrefix(rest[size:], []byte("\n"))
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("git does not show %s", entries[0].id)
	}
	return all, nil
}
