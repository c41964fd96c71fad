package serve

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"sluice/api"
	"sluice/index"
)

// readBytesMax is how much text one read returns when the caller names no smaller cap.
const readBytesMax = 1 << 20

// lineMax is the largest line number that can be asked for: spans are 32 bits.
const lineMax = 1<<32 - 1

// Read returns one passage by its id, or lines of a document as the store holds them.
func (s *Service) Read(ctx context.Context, r api.ReadRequest) (*api.Read, error) {
	out, notices, err := whole(ctx, s, 0, func() (*api.Read, error) { return s.readOnce(ctx, r) })
	if out != nil {
		out.Notices = append(out.Notices, notices...)
	}
	return out, err
}

// readOnce is one try of Read.
func (s *Service) readOnce(ctx context.Context, r api.ReadRequest) (*api.Read, error) {
	if err := enough(r.MaxBytes); err != nil {
		return nil, err
	}
	var reach []string
	if r.Source != "" {
		reach = []string{r.Source}
	}
	session, err := s.begin(ctx, reach)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var out *api.Read
	if id, ierr := index.ParseID(r.Target); ierr == nil {
		out, err = session.readID(ctx, r.Target, id)
	} else {
		out, err = session.readLines(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	session.only(out.Source)
	if r.MaxBytes > 0 && len(out.Text) > r.MaxBytes {
		cutRead(&out.Result, r.MaxBytes)
	}
	out.Target = r.Target
	out.Degraded = degraded(session.unopened())
	out.Notices = session.notices
	return out, incomplete(out.Degraded)
}

// cutRead keeps the lines that fit, and says where to go on. A first line that is too long is cut
// within.
func cutRead(r *api.Result, maxBytes int) {
	r.Flags = append(r.Flags, cutFlag)
	if end := strings.LastIndexByte(r.Text[:maxBytes+1], '\n'); end > 0 {
		r.Text = r.Text[:end]
	} else {
		r.Text = cutText(r.Text, maxBytes)
	}
	last := r.Lines[0] + strings.Count(r.Text, "\n")
	if last < r.Lines[1] {
		r.Continue = fmt.Sprintf("%s:%d-%d", r.Path, last+1, r.Lines[1])
	}
	r.Lines[1] = last
}

// readID finds a passage, or what stands where it stood.
func (s *session) readID(ctx context.Context, target string, id [10]byte) (*api.Read, error) {
	p, live, dead, err := s.sn.Lookup(id)
	if err != nil {
		return nil, err
	}
	status := "ok"
	if !live {
		if !dead {
			return nil, s.unfound(Nothingf("no passage of this store has the id %s: it is from another store, or its text has changed since; search again", target))
		}
		status = "changed"
		next, ok, err := s.sn.Successor(p)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, s.unfound(Nothingf("the passage %s is gone and so is its document; search again", target))
		}
		p = next
	}
	rec, err := s.sn.Passage(p)
	if err != nil {
		return nil, err
	}
	body, err := s.sn.CitedText(&rec)
	if err != nil {
		return nil, err
	}
	out := &api.Read{Status: status, Result: place(rec, string(body))}
	s.stamp(ctx, rec, &out.Result)
	return out, nil
}

// stamp says whether a result is fresh.
func (s *session) stamp(ctx context.Context, p index.Passage, r *api.Result) {
	check := s.newChecker()
	check.ask(ctx, []index.Passage{p})
	r.Fresh = string(check.of(p))
}

// readLines puts lines of a document together from its passages.
func (s *session) readLines(ctx context.Context, r api.ReadRequest) (*api.Read, error) {
	name, first, last := SplitLines(r.Target)
	found, err := s.resolve(s.sn, r.Source, name, false)
	if err == nil && len(found) == 0 { // a file's name may hold a colon
		name, first, last = r.Target, 1, lineMax
		found, err = s.resolve(s.sn, r.Source, name, false)
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		var base string
		if base, first, last, err = splitLines(r.Target); err != nil {
			return nil, err
		}
		if found, err = s.calledSo(r.Source, base); err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, s.unfound(s.notFound(ctx, s.sn, base))
		}
	}
	if len(found) > 1 {
		var names []string
		for _, n := range found {
			names = append(names, n.source)
		}
		return nil, Usagef("%s is in several sources: %s; say which with --source", name, strings.Join(names, ", "))
	}
	sortPlaces(found[0].places)
	rec, text, span, err := assemble(s.sn, found[0].places, first, last)
	if err != nil {
		return nil, err
	}
	if span[1] < span[0] {
		return nil, s.unfound(Nothingf("%s has no line %d", name, first))
	}
	out := &api.Read{Status: "ok", Result: place(rec, text)}
	out.Lines = [2]int{span[0], span[1]}
	s.stamp(ctx, rec, &out.Result)
	return out, nil
}

// sameNames is how many files of one name are listed.
const sameNames = 8

// calledSo finds the document whose path ends with a name, where only one does.
func (s *session) calledSo(source, name string) ([]named, error) {
	name = strings.TrimPrefix(filepath.ToSlash(name), "./")
	var all []named
	err := s.sn.EachDocument(source, func(d index.Document) error {
		if strings.HasSuffix(d.Path, "/"+name) {
			all = append(all, named{source: s.sn.Segments()[d.Segment].Label(), path: d.Path})
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(all) > 1 {
		var paths []string
		for _, n := range all[:min(len(all), sameNames)] {
			paths = append(paths, n.path)
		}
		if len(all) > sameNames {
			paths = append(paths, fmt.Sprintf("and %d more", len(all)-sameNames))
		}
		return nil, Usagef("%s are called %s: %s; say which", Plural(int64(len(all)), "file"), name, strings.Join(paths, ", "))
	}
	hit, err := lookup(s.sn, all[0], false)
	return []named{hit}, err
}

// assemble joins the passages that hold the lines. What lies between passages is white space, and
// is restored as line ends; what was forgotten is missing in the same way. It returns the record of
// the first passage with the byte span of all.
func assemble(sn *index.Snapshot, places []index.Place, first, last int) (rec index.Passage, text string, span [2]int, err error) {
	var b strings.Builder
	start, line := 0, 0 // of b: the line that it starts with, the line that it has come to
	var end uint32
	for _, p := range places {
		r, err := sn.Passage(p)
		if err != nil {
			return rec, "", span, err
		}
		if int(r.Line)+int(r.Lines) <= first || int(r.Line) > last || b.Len() > readBytesMax {
			continue
		}
		body, err := sn.CitedText(&r)
		if err != nil {
			return rec, "", span, err
		}
		shown := r.Marks.Within(linesOf(r, string(body), first, last))
		if start == 0 {
			rec, start, line = r, int(r.Line), int(r.Line)
			rec.Marks = nil
		} else {
			b.WriteString(gap(int(r.Line)-line, int64(r.Start)-int64(end)))
			line = max(line, int(r.Line))
		}
		b.Write(body)
		line += strings.Count(string(body), "\n")
		end = r.Start + r.Bytes
		rec.Marks = append(rec.Marks, shown...)
	}
	if start == 0 {
		return rec, "", [2]int{1, 0}, nil
	}
	rec.Bytes = end - rec.Start
	text, from, to := pickLines(b.String(), start, first, last)
	return rec, text, [2]int{from, to}, nil
}

// linesOf returns where lines first to last of the document stand, as far as the passage holds
// them.
func linesOf(p index.Passage, body string, first, last int) (start, end uint32) {
	line, at := int(p.Line), p.Start
	start = p.Start
	for l := range strings.Lines(body) {
		if line > last {
			break
		}
		at += uint32(len(l))
		if line++; line == first {
			start = at
		}
	}
	return start, at
}

// gap is what stands between two passages that are so many lines and bytes apart.
func gap(lines int, bytes int64) string {
	if lines > 0 {
		return strings.Repeat("\n", min(lines, readBytesMax))
	}
	if bytes > 0 {
		return strings.Repeat(" ", int(min(bytes, 80)))
	}
	return ""
}

// pickLines takes lines first to last of a text that starts with line start.
func pickLines(text string, start, first, last int) (picked string, from, to int) {
	var b strings.Builder
	from, to, line := max(start, first), 0, start
	for l := range strings.Lines(text) {
		if line >= first && line <= last {
			b.WriteString(l)
			to = line
		}
		line++
	}
	return strings.TrimRight(b.String(), "\n"), from, to
}

// SplitLines reads PATH:10-42, PATH:10, PATH:10- and PATH. Lines start at 1 and both ends count.
// What cannot be lines is part of the name.
func SplitLines(target string) (path string, first, last int) {
	path, first, last, _ = splitLines(target)
	return path, first, last
}

// splitLines is SplitLines; where lines are meant that cannot be, the error says why.
func splitLines(target string) (path string, first, last int, wrong error) {
	i := strings.LastIndexByte(target, ':')
	if i <= 0 {
		return target, 1, lineMax, nil
	}
	from, to, ranged := strings.Cut(target[i+1:], "-")
	first, err := strconv.Atoi(from)
	switch {
	case err != nil:
		return target, 1, lineMax, nil //nolint:nilerr // it is part of the name
	case first < 1:
		return target, 1, lineMax, Usagef("%s: lines are counted from 1", target)
	case !ranged:
		return target[:i], first, first, nil
	case to == "":
		return target[:i], first, lineMax, nil
	}
	last, err = strconv.Atoi(to)
	switch {
	case err != nil:
		return target, 1, lineMax, nil //nolint:nilerr // the same
	case last < first:
		return target, 1, lineMax, Usagef("%s: the lines end before they begin; write %s:%d-%d", target, target[:i], last, first)
	}
	return target[:i], first, last, nil
}
