package mcp

import (
	"fmt"
	"path"
	"strings"

	"sluice/api"
	"sluice/serve"
)

// frameBytes is what stands around a result's text, at least.
const frameBytes = len("```\n```\n")

// fit makes an answer as long as was asked for: the heads of results take up to half of it, the
// texts share the rest by their scores. It returns how many results had no room.
func fit(s *api.Search, maxBytes int) (left int) {
	heads := 0
	for i := range s.Results {
		n := len(head(s.Results, i)) + frameBytes
		if i > 0 && heads+n > maxBytes/2 {
			left = len(s.Results) - i
			s.Results = s.Results[:i]
			break
		}
		heads += n
	}
	serve.CutTexts(s.Results, max(maxBytes-heads, maxBytes/2), serve.HighlighterOf(s.Query, s.Funnel))
	return left
}

func more(left int) string {
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("And %d more: raise max_bytes, or ask for fewer with n.\n", left)
}

func searchText(s *api.Search) string {
	var b strings.Builder
	for i, r := range s.Results {
		b.WriteString(head(s.Results, i))
		if r.Text != "" {
			b.WriteString(fenced(r.Text))
		}
		b.WriteString(goOn(r))
	}
	if len(s.Results) == 0 {
		b.WriteString(nothing(s.Nothing))
	}
	return b.String() + notesText(s.Funnel) + noticesText(s.Notices) + degradedText(s.Degraded)
}

// head is a result's line above its text. The source is told where not all are of one.
func head(all []api.Result, i int) string {
	r := all[i]
	of := ""
	if several(all) {
		of = "  source " + line(r.Source)
	}
	return fmt.Sprintf("%d. %s  %.2f  %s%s%s\n", r.Rank, place(r), r.Score, line(r.URI), of, trust(r))
}

func several(all []api.Result) bool {
	for _, r := range all {
		if r.Source != all[0].Source {
			return true
		}
	}
	return false
}

// goOn says where to read on behind a cut.
func goOn(r api.Result) string {
	if r.Continue == "" {
		return ""
	}
	return "continue at " + line(r.Continue) + "\n"
}

// place says where a result's text stands: its lines, and where its original has pages or the like,
// where in it; and what its first lines are to be read with.
func place(r api.Result) string {
	shown := r.Lines
	if r.Shown != nil {
		shown = *r.Shown
	}
	lines := fmt.Sprintf("%s:%d-%d", line(r.Path), shown[0], shown[1])
	if shown[0] == shown[1] {
		lines = fmt.Sprintf("%s:%d", line(r.Path), shown[0])
	}
	for _, told := range []string{r.Where, serve.Lead(r)} {
		if told != "" {
			lines += " (" + line(told) + ")"
		}
	}
	return lines
}

// trust tells what a reader must know of a result before trusting it. That it is cut is told by
// where it goes on.
func trust(r api.Result) string {
	var m []string
	if r.Fresh != "fresh" {
		m = append(m, r.Fresh)
	}
	if r.Duplicates > 0 {
		m = append(m, fmt.Sprintf("+%d like it", r.Duplicates))
	}
	for _, f := range r.Flags {
		if f != "cut" || r.Continue == "" {
			m = append(m, f)
		}
	}
	if len(m) == 0 {
		return ""
	}
	return "  [" + strings.Join(m, ", ") + "]"
}

func contextText(c *api.Context) string {
	window := c.Window
	if window == "" {
		window = nothing(c.Nothing)
	}
	return window + rootsText(c.Passages) + notesText(c.Funnel) + noticesText(c.Notices) + degradedText(c.Degraded)
}

// rootsText says where the paths of a window lie.
func rootsText(all []api.Citation) string {
	var b strings.Builder
	told := map[string]bool{}
	for _, c := range all {
		root, ok := strings.CutSuffix(c.URI, "/"+c.Path)
		if !ok {
			root = path.Dir(c.URI)
		}
		if !told[root] {
			told[root] = true
			fmt.Fprintf(&b, "Paths of source %s lie below %s\n", line(c.Source), line(root))
		}
	}
	return b.String()
}

func readText(r *api.Read) string {
	head := fmt.Sprintf("%s  %s  id %s  source %s%s\n", place(r.Result), line(r.URI), r.ID, line(r.Source), trust(r.Result))
	if r.Status == "changed" {
		head = "The passage has changed; this is what stands in its place.\n" + head
	}
	return head + fenced(r.Text) + goOn(r.Result) + noticesText(r.Notices) + degradedText(r.Degraded)
}

func whyText(w *api.Why) string {
	var b strings.Builder
	for _, p := range w.Passages {
		fmt.Fprintf(&b, "%s:%d-%d  %s\n", line(p.Path), p.Lines[0], p.Lines[1], line(p.Said))
	}
	for _, advice := range w.Advice {
		b.WriteString(line(advice) + "\n")
	}
	if w.Note != "" {
		b.WriteString(line(w.Note) + "\n")
	}
	return b.String() + notesText(w.Funnel) + noticesText(w.Notices) + degradedText(w.Degraded)
}

// notesText is what the stages noted: that time or the question was cut.
func notesText(funnel []api.Stage) string {
	var b strings.Builder
	for _, s := range funnel {
		for _, o := range s.Operators {
			b.WriteString("Read: " + line(o) + "\n")
		}
		for _, o := range s.AsText {
			b.WriteString("Read as text: " + line(o) + "\n")
		}
		for _, n := range s.Notes {
			b.WriteString("Note: " + line(n) + "\n")
		}
	}
	return b.String()
}

// noticesText is what else there is to say.
func noticesText(all []string) string {
	var b strings.Builder
	for _, n := range all {
		b.WriteString("Note: " + line(n) + "\n")
	}
	return b.String()
}

func degradedText(all []api.Degraded) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "Not seen: %s (%s, %d documents)\n", line(d.What), line(d.Why), d.Documents)
	}
	return b.String()
}
