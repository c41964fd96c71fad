package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"sluice/api"
	"sluice/index"
	"sluice/internal/faultfs"
	"sluice/internal/promise"
	"sluice/internal/vfs"
	"sluice/serve"
	"sluice/serve/mcp"
)

// sweep asks every question of damaged stores and judges the answers.
type sweep struct {
	*golden
	t       *testing.T
	named   map[string]int // outcomes by verb
	equal   map[string]int
	refused map[string]int
}

func newSweep(t *testing.T) *sweep {
	return &sweep{golden: newGolden(t, 1), t: t, named: map[string]int{}, equal: map[string]int{}, refused: map[string]int{}}
}

// judge tells what is wrong with the answers of a damaged store: each must be the clean one, or
// name what it could not see, or refuse and name the file. names lists what the damage may be
// called; none: anything goes.
func (s *sweep) judge(got []outcome, names []string) (wrong []string) {
	for i, o := range got {
		v, clean := s.verbs[i].name, s.clean[i]
		switch {
		case o.err == nil && o.json == clean.json:
			s.equal[v]++
		case o.err != nil && strings.HasPrefix(o.err.Error(), "PANIC"):
			wrong = append(wrong, fmt.Sprintf("%s: %v", v, o.err))
		case o.json == "":
			s.refused[v]++
			if why := refusal(o.err, names); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s", v, why))
			}
		default:
			s.named[v]++
			if why := s.partial(v, o, names); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s: %s", v, why))
			}
		}
	}
	return wrong
}

// refusal tells what is wrong with an error in place of an answer.
func refusal(err error, names []string) string {
	switch {
	case err == nil:
		return "neither an answer nor an error"
	case serve.ClassOf(err) != serve.Partly && !errors.Is(err, index.ErrCorrupt) && !errors.Is(err, faultfs.ErrIO):
		return fmt.Sprintf("an error that is not of damage: %v", err)
	case !mentions(err.Error(), names):
		return fmt.Sprintf("an error that does not name what is damaged (%s): %v", strings.Join(names, " or "), err)
	}
	return ""
}

// partial tells what is wrong with an answer that differs from the clean one: it must say so, name
// the damage, and show no text that its document does not hold.
func (s *sweep) partial(v string, o outcome, names []string) string {
	if serve.ClassOf(o.err) != serve.Partly {
		return fmt.Sprintf("another answer than the clean one, and the error is %v", o.err)
	}
	var all strings.Builder
	for _, d := range o.degraded {
		if d.What == "" || d.Why == "" {
			return fmt.Sprintf("it does not say what or why: %+v", o.degraded)
		}
		all.WriteString(d.What + " " + d.Why + "\n")
	}
	if v == "sources" { // it has no list of its own
		all.WriteString(o.err.Error())
	}
	if !mentions(all.String(), names) {
		return fmt.Sprintf("what is not seen does not name what is damaged (%s): %q", strings.Join(names, " or "), all.String())
	}
	return s.foreignText(v, o)
}

func mentions(text string, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return strings.Contains(text, n) })
}

// foreignText finds a shown text that is not what its document holds there.
func (s *sweep) foreignText(v string, o outcome) string {
	if v == "why" { // it shows passages without their spans
		return ""
	}
	var shown struct {
		Results   []api.Result   `json:"results"`
		Passages  []api.Citation `json:"passages"`
		Citations []api.Citation `json:"citations"`
	}
	if json.Unmarshal([]byte(o.json), &shown) != nil {
		return "" // not an answer that shows passages
	}
	for _, c := range append(shown.Passages, shown.Citations...) {
		shown.Results = append(shown.Results, c.Result)
	}
	for _, r := range shown.Results {
		doc, ok := s.texts[r.Source+"\x00"+r.Path]
		if !ok {
			return fmt.Sprintf("%s of %s is shown, which is no document", r.Path, r.Source)
		}
		from, to := r.Bytes[0], r.Bytes[1]
		if from < 0 || to > int64(len(doc)) || from > to ||
			!slices.Equal(strings.Fields(doc[from:to]), strings.Fields(r.Text)) {
			return fmt.Sprintf("%s bytes %v are shown as %q", r.Path, r.Bytes, r.Text)
		}
	}
	return ""
}

// report tells how often which outcome was met.
func (s *sweep) report(n int) {
	for _, v := range s.verbs {
		s.t.Logf("%-16s %6d equal, %5d named, %5d refused", v.name, s.equal[v.name], s.named[v.name], s.refused[v.name])
	}
	s.t.Logf("%d damages, %d questions each, a store of %d bytes in %d files", n, len(s.verbs), s.bytes(), len(s.files))
}

// everyByte is the environment variable that makes the sweep denser: 1 flips a bit of every byte, 4
// of every fourth one.
const everyByte = "SLUICE_EVERY_BYTE"

// stride is how many bytes apart the flips of a file are.
func stride() int {
	if n, err := strconv.Atoi(os.Getenv(everyByte)); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 997
	}
	return 401
}

// TestAFlipUnderEveryVerb flips bits all over every file of a store, and puts every question to it:
// the answer is the clean one or names what it could not see. SLUICE_EVERY_BYTE=1 flips a bit of
// each byte.
func TestAFlipUnderEveryVerb(t *testing.T) {
	promise.Sweep(t)
	t.Parallel()
	s := newSweep(t)
	if s.bytes() > 1<<20 {
		t.Fatalf("a golden store of %d bytes is not small", s.bytes())
	}
	c := promise.For(t, 1, "flip under every verb")
	r := rand.New(rand.NewPCG(9, 1))
	n := 0
	for _, name := range s.sorted() {
		good := s.files[name]
		step := min(stride(), max(1, len(good)/8)) // small files are not passed over
		for at := 0; at < len(good); at += step {
			bad := slices.Clone(good)
			i, bit := min(at+r.IntN(step), len(good)-1), r.IntN(8)
			bad[i] ^= 1 << bit
			n++
			c.Reached("flip under every verb", 1)
			for _, wrong := range s.judge(s.ask(s.disk(map[string][]byte{name: bad})), s.names[name]) {
				c.Missed("flip under every verb", "%s, byte %d, bit %d: %s", name, i, bit, wrong)
			}
		}
	}
	s.report(n)
	for _, v := range s.verbs {
		if s.named[v.name]+s.refused[v.name] == 0 {
			t.Errorf("vacuous: no flip mattered to %s", v.name)
		}
	}
}

// TestAFileOfAnother: files that are cut, removed, swapped, or taken from another store, under
// every question.
func TestAFileOfAnother(t *testing.T) {
	promise.Sweep(t)
	t.Parallel()
	s, other := newSweep(t), newGolden(t, 1000)
	cut := promise.For(t, 4, "cut file under every verb")
	place := promise.For(t, 9, "file removed", "files swapped", "file of another store")
	try := func(c *promise.Count, kind string, change map[string][]byte, names []string) {
		c.Reached(kind, 1)
		for _, wrong := range s.judge(s.ask(s.disk(change)), names) {
			c.Missed(kind, "%s %s: %s", kind, strings.Join(names, ", "), wrong)
		}
	}
	all := s.sorted()
	for _, a := range all {
		if strings.HasPrefix(a, "locks/") {
			continue
		}
		for _, n := range []int{0, 63, len(s.files[a]) / 2, len(s.files[a]) - 1} {
			if n >= 0 && n < len(s.files[a]) {
				try(cut, "cut file under every verb", map[string][]byte{a: s.files[a][:n]}, s.names[a])
			}
		}
		if a != "scrub" { // without its record a store says that it never was scrubbed, and is
			try(place, "file removed", map[string][]byte{a: nil}, s.names[a])
		}
		for _, b := range all {
			if a < b && path.Ext(a) == path.Ext(b) && path.Dir(a) == path.Dir(b) {
				try(place, "files swapped", map[string][]byte{a: s.files[b], b: s.files[a]}, append(slices.Clip(s.names[a]), s.names[b]...))
			}
		}
		for _, b := range other.sorted() {
			if path.Ext(a) == path.Ext(b) && strings.HasPrefix(a, "files/") && strings.HasPrefix(b, "files/") {
				try(place, "file of another store", map[string][]byte{a: other.files[b]}, s.names[a])
			}
		}
	}
	s.report(len(all))
}

// TestAFlipOverMCP: what an agent is told of a damaged store is what the command is told.
func TestAFlipOverMCP(t *testing.T) {
	promise.Sweep(t)
	s := newSweep(t)
	c := promise.For(t, 1, "flip under the tools of MCP")
	clean := s.tools(t, s.disk(nil))
	named := 0
	for _, name := range s.sorted() {
		if !strings.HasPrefix(name, "files/") && !strings.HasPrefix(name, "manifest") {
			continue
		}
		for k := range 3 {
			bad := slices.Clone(s.files[name])
			bad[(2*k+1)*len(bad)/6] ^= 0x10
			c.Reached("flip under the tools of MCP", 1)
			for i, got := range s.tools(t, s.disk(map[string][]byte{name: bad})) {
				if got == clean[i] {
					continue
				}
				named++
				if !strings.Contains(got, "Not seen: ") && !strings.Contains(got, "IsError") || !mentions(got, s.names[name]) {
					c.Missed("flip under the tools of MCP", "%s, tool %d: %.300q", name, i, got)
				}
			}
		}
	}
	if named == 0 {
		t.Error("vacuous: no flip mattered to any tool")
	}
}

// tools calls every tool over the protocol and returns what each answered.
func (s *sweep) tools(t *testing.T, disk vfs.FS) (answers []string) {
	t.Helper()
	svc, err := s.open(disk)
	if err != nil {
		return nil // it says so where the agent starts it
	}
	defer svc.Close()
	client, server := sdk.NewInMemoryTransports()
	done := make(chan error, 1)
	go func() { done <- mcp.NewServer(svc, mcp.Options{Version: "test"}).Run(context.Background(), server) }()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = session.Close()
		<-done
	}()
	const question = "how is a torn write of the manifest noticed"
	for _, call := range []sdk.CallToolParams{
		{Name: "search", Arguments: map[string]any{"query": question}},
		{Name: "context", Arguments: map[string]any{"query": question}},
		{Name: "why", Arguments: map[string]any{"query": question, "path": "dir2/doc05.txt"}},
		{Name: "read", Arguments: map[string]any{"target": "report.pdf:3-9"}},
	} {
		res, err := session.CallTool(t.Context(), &call)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if res.IsError {
			b.WriteString("IsError ")
		}
		for _, part := range res.Content {
			if text, ok := part.(*sdk.TextContent); ok {
				b.WriteString(text.Text)
			}
		}
		answers = append(answers, b.String())
	}
	return answers
}

// TestAReadThatFails fails the i-th read of every kind, once and from then on, for every question.
func TestAReadThatFails(t *testing.T) {
	promise.Sweep(t)
	t.Parallel()
	s := newSweep(t)
	c := promise.For(t, 5, "read error, once", "read error, from then on")
	for i := range s.verbs {
		only := &sweep{golden: s.golden, t: t, named: s.named, equal: s.equal, refused: s.refused}
		for _, sticky := range []bool{false, true} {
			only.failReads(c, i, sticky)
		}
	}
	s.report(0)
}

// failReads fails the k-th read of one question, for k = 1, 2, ... until none is reached.
func (s *sweep) failReads(c *promise.Count, verb int, sticky bool) {
	kind := "read error, once"
	if sticky {
		kind = "read error, from then on"
	}
	const reads = faultfs.Open | faultfs.Read | faultfs.ReadAt | faultfs.Map | faultfs.List | faultfs.Stat
	step := 1
	if testing.Short() {
		step = 7
	}
	for k := 1; ; k += step {
		disk := faultfs.New(s.disk(nil), uint64(k), faultfs.Rule{Ops: reads, Nth: k, Sticky: sticky, Mode: faultfs.Fail})
		got := outcome{}
		svc, err := s.open(disk)
		if err != nil {
			got.err = err
		} else {
			got = s.verbs[verb].ask(svc)
			svc.Close()
		}
		if len(disk.Missed()) > 0 {
			return
		}
		c.Reached(kind, 1)
		all := slices.Clone(s.clean)
		all[verb] = got
		for _, wrong := range s.judge(all, nil) {
			c.Missed(kind, "read %d (%s): %s", k, kind, wrong)
		}
	}
}

// TestAFileCutWhileMapped cuts files that are open and mapped, as another program may: what was
// read answers, what was not is named, and the process lives.
func TestAFileCutWhileMapped(t *testing.T) {
	s := newSweep(t)
	c := promise.For(t, 4, "file cut while it is mapped")
	for _, name := range s.sorted() {
		if !strings.HasPrefix(name, "files/") {
			continue
		}
		for _, warm := range []bool{false, true} {
			got, ok := s.cutMapped(t, name, warm)
			if !ok {
				t.Skip("this system cuts no file that is mapped")
			}
			c.Reached("file cut while it is mapped", 1)
			for _, wrong := range s.judge(got, s.names[name]) {
				c.Missed("file cut while it is mapped", "%s (warm: %v): %s", name, warm, wrong)
			}
		}
	}
	s.report(0)
}

// cutMapped opens a store on a real disk, cuts a file of it, and asks. warm: everything was asked
// before.
func (s *sweep) cutMapped(t *testing.T, name string, warm bool) (got []outcome, ok bool) {
	t.Helper()
	dir := t.TempDir()
	disk := vfs.OS(dir)
	copyOut(t, s.golden, disk)
	svc, err := s.open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	if warm {
		for _, v := range s.verbs {
			v.ask(svc)
		}
	} else if _, err := svc.Status(context.Background()); err != nil { // it is open, and little of it is read
		t.Fatal(err)
	}
	if err := os.Truncate(path.Join(dir, name), 0); err != nil {
		return nil, false
	}
	for _, v := range s.verbs {
		got = append(got, v.ask(svc))
	}
	return got, true
}

// makePipe makes a pipe that has a name; nil where the system has none.
var makePipe func(name string) error

// TestWhatIsNoFile puts a folder, and a pipe that nobody writes to, where the store keeps a file:
// nothing waits for it, what can be made anew is, and the rest names it.
func TestWhatIsNoFile(t *testing.T) {
	s := newSweep(t)
	kinds := map[string]func(string) error{"folder in a file's place": func(name string) error { return os.Mkdir(name, 0o700) }}
	if makePipe != nil {
		kinds["pipe in a file's place"] = makePipe
	}
	c := promise.For(t, 9, slices.Collect(maps.Keys(kinds))...)
	for kind, put := range kinds {
		for _, name := range s.sorted() {
			if strings.HasPrefix(name, "locks/") || name == "scrub" { // who only reads does without them
				continue
			}
			dir := t.TempDir()
			disk := vfs.OS(dir)
			copyOut(t, s.golden, disk)
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := errors.Join(os.Remove(path), put(path)); err != nil {
				t.Fatal(err)
			}
			c.Reached(kind, 1)
			for _, wrong := range s.judge(s.ask(disk), s.names[name]) {
				c.Missed(kind, "%s %s: %s", kind, name, wrong)
			}
		}
	}
}

// copyOut writes the store to a disk.
func copyOut(t *testing.T, g *golden, disk vfs.FS) {
	t.Helper()
	for _, d := range g.dirs {
		if err := disk.MkdirAll(d); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range g.files {
		f, err := disk.Create(name)
		if err == nil {
			_, err = f.Write(b)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
