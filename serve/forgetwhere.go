package serve

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
)

// Where selects by who wrote something and when.
type Where = corpus.Where

// whereOf reads what a request selects.
func (s *Service) whereOf(r api.ForgetRequest) (w Where, err error) {
	w.From = strings.TrimSpace(r.From)
	if w.After, err = ParseTime(r.After, s.clock.Now()); err != nil {
		return w, err
	}
	if w.Before, err = ParseTime(r.Before, s.clock.Now()); err == nil && !w.Before.IsZero() && !w.Before.After(w.After) {
		err = Usagef("--before %s is not after --after %s: nothing lies between", r.Before, r.After)
	}
	return w, err
}

// planWhere plans to forget what was written by a sender, or in a time, in all versions that the
// store holds. A document of which only a part is meant, a day of a conversation for example, goes
// as a whole and is read again without it.
func (s *Service) planWhere(sn *index.Snapshot, r api.ForgetRequest, p *forgetPlan, passages map[index.Place]bool) error {
	if p.where == (Where{}) {
		return nil
	}
	for _, label := range r.Source {
		if _, ok := p.configs[label]; !ok {
			return Usagef("there is no source %q; this store has: %s", label, labels(sn.Sources()))
		}
	}
	known := false
	for label, c := range p.configs {
		if len(r.Source) > 0 && !slices.Contains(r.Source, label) || slices.Contains(p.what.Sources, label) {
			continue
		}
		con := s.opts.Connectors[c.Kind]
		m := meaning{where: p.where, files: con.ForgetWhere == nil, undated: map[string]bool{}}
		paths, found, err := m.selected(sn, label)
		if err != nil {
			return err
		}
		p.counts.Undated += int64(len(m.undated))
		if !found.Any() && !found.Unsure {
			continue
		}
		known = true
		p.found("", found, false, passages)
		p.what.Paths[label] = append(append([]string{}, p.what.Paths[label]...), paths...)
		if !m.files {
			p.again = append(p.again, label)
			for _, path := range paths {
				p.whole[label+"\x00"+path] = true
			}
		}
	}
	if !known && p.names(0) && len(p.counts.Unknown) == 0 {
		without := ""
		if n := p.counts.Undated; n > 0 {
			without = " (" + Plural(n, "document") + " without a date stay)"
		}
		return Nothingf("nothing in this store is of that sender and time%s: `sluice sources` lists what it holds", without)
	}
	return nil
}

// meaning is which documents of a source are meant.
type meaning struct {
	where   Where
	files   bool            // a document is a file, whose time is its own
	undated map[string]bool // paths of those that would be, and have no date
}

// selected finds the documents of a source that are meant, live and dead: what lies below a message
// that is meant goes with it.
func (m *meaning) selected(sn *index.Snapshot, label string) ([]string, *index.Found, error) {
	meant := map[string]bool{}
	for {
		before := len(meant)
		paths, found, err := sn.StoredWhere(label, func(d index.Stored) (bool, error) {
			for at := len(d.Path); at > 0; at = strings.LastIndexByte(d.Path[:at], '/') {
				if meant[d.Path[:at]] {
					delete(m.undated, d.Path)
					return true, nil
				}
			}
			return m.takes(d)
		})
		if err != nil {
			return nil, nil, err
		}
		for _, path := range paths {
			meant[path] = true
		}
		if len(meant) == before || m.where.From == "" {
			return paths, found, nil
		}
	}
}

// takes tells whether a document is meant by itself. One that has no date is of no time.
func (m *meaning) takes(d index.Stored) (bool, error) {
	if m.files && d.Time.IsZero() {
		d.Time = d.ModTime
	}
	undated := d.Time.IsZero() && !(m.where.After.IsZero() && m.where.Before.IsZero())
	if !undated && !inTime(d, m.where) {
		return false, nil
	}
	ok, err := sentBy(d, m.where.From)
	if ok && undated {
		m.undated[d.Path] = true
	}
	return ok && !undated, err
}

const (
	headRead  = 8 << 10
	wholeRead = 64 << 20
)

// days are the types of documents that hold the messages of a day.
var days = map[string]bool{"chat": true, "visits": true, "activity": true}

// sentBy tells whether a document, or a part of it, is of a sender; all are of "".
func sentBy(d index.Stored, who string) (bool, error) {
	if who == "" {
		return true, nil
	}
	b, err := d.Text(headRead)
	if err == nil && !days[d.Type] {
		return writtenBy(b, who), nil
	}
	if err == nil {
		b, err = d.Text(wholeRead)
	}
	return err == nil && saidBy(b, who), err
}

// inTime tells whether a document, or a part of one that holds a day, may be of the time.
func inTime(d index.Stored, w Where) bool {
	w.From = ""
	if w == (Where{}) {
		return true
	}
	if days[d.Type] {
		day := d.Time.Truncate(24 * time.Hour)
		return (w.Before.IsZero() || day.Before(w.Before)) && (w.After.IsZero() || day.Add(24*time.Hour).After(w.After))
	}
	return w.Holds("", d.Time)
}

// writtenBy tells whether a document names a sender as its writer.
func writtenBy(head []byte, who string) bool {
	for line := range bytes.Lines(head) {
		for _, field := range []string{"From: ", "Organizer: "} {
			if from, ok := bytes.CutPrefix(line, []byte(field)); ok && corpus.SameSender(who, strings.TrimSpace(string(from))) {
				return true
			}
		}
	}
	return false
}

// saidBy tells whether somebody said anything in a conversation: a message is a line that begins
// with the time and the name.
func saidBy(b []byte, who string) bool {
	for line := range bytes.Lines(b) {
		if len(line) < clockBytes || line[2] != ':' || line[5] != ' ' {
			continue
		}
		name, _, ok := bytes.Cut(line[clockBytes:], []byte(": "))
		if ok && corpus.SameSender(who, string(name)) {
			return true
		}
	}
	return false
}

// clockBytes is how long the time before a message is: "14:32 ".
const clockBytes = 6

// keepOutAll keeps out what a plan takes out of a source: by rules what they select, and by their
// paths all other documents.
func (s *Service) keepOutAll(p *forgetPlan, c index.SourceConfig, paths []string) (index.SourceConfig, bool, error) {
	byPath := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return p.whole[c.Label+"\x00"+path] })
	byRule := slices.Contains(p.again, c.Label)
	var added bool
	var err error
	if len(byPath) > 0 {
		if c, added, err = s.keepOut(c, byPath); err != nil {
			return c, false, err
		}
	}
	if !byRule {
		return c, added, nil
	}
	con := s.opts.Connectors[c.Kind]
	if con.ForgetWhere == nil {
		return c, added, errors.New("BUG: a rule for a source that has none")
	}
	was := c.Options
	rule := p.where
	if rule.From != "" {
		rule.From = corpus.SenderName(rule.From)
	}
	c.Options, err = con.ForgetWhere(c.Options, rule)
	return c, added || !bytes.Equal(was, c.Options), err
}
