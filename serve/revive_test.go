package serve_test

import (
	"bytes"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sluice/internal/promise"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
)

// notices are what an answer may say beside what the clean one says.
var notices = regexp.MustCompile(`,"notices":\[[^]]*\]`)

// TestDamageIsMadeAnew flips bits all over texts and arms' files, cuts them, empties them and takes
// arms' files away: every question has the clean answer, nothing is degraded, and what was met is
// written back as it was before the service is closed.
func TestDamageIsMadeAnew(t *testing.T) {
	promise.Sweep(t)
	s := newSweep(t)
	s.rebuild = 0
	kinds := []string{"flip in a text", "flip in an arm's file", "text cut by 4 %", "arm's file cut", "arm's file gone", "arm's file of another segment"}
	c := promise.For(t, 1, append(slices.Clone(kinds), "written back")...)
	r := rand.New(rand.NewPCG(3, 8))
	n := 0
	try := func(kind, name string, bad []byte) {
		n++
		c.Reached(kind, 1)
		disk := s.disk(map[string][]byte{name: bad})
		met, wrong := s.whole(disk, n)
		for _, w := range wrong {
			c.Missed(kind, "%s, %s: %s", kind, name, w)
		}
		if !met {
			return
		}
		c.Reached("written back", 1)
		if !there(disk, name) || !bytes.Equal(testkit.ReadFile(t, disk, name), s.files[name]) {
			c.Missed("written back", "%s, %s: it is not as it was", kind, name)
		}
	}
	lexical := ""
	for _, name := range s.sorted() {
		good := s.files[name]
		kind, cut := "flip in a text", "text cut by 4 %"
		switch path.Ext(name) {
		case ".text":
			try(cut, name, good[:len(good)-len(good)/25])
		case ".lexical":
			kind = "flip in an arm's file"
			try("arm's file cut", name, good[:len(good)/2])
			try("arm's file gone", name, nil)
			if lexical != "" {
				try("arm's file of another segment", name, s.files[lexical])
			}
			lexical = name
		default:
			continue
		}
		step := min(3*stride(), max(1, len(good)/8))
		for at := 0; at < len(good); at += step {
			bad := slices.Clone(good)
			bad[min(at+r.IntN(step), len(good)-1)] ^= 1 << r.IntN(8)
			try(kind, name, bad)
		}
	}
	t.Logf("%d damages", n)
}

func there(disk vfs.FS, name string) bool {
	_, err := disk.Stat(name)
	return err == nil
}

// whole puts every question to a store, beginning with another one each time, and tells what is not
// the clean answer, and whether any of them met the damage.
func (s *sweep) whole(disk vfs.FS, first int) (met bool, wrong []string) {
	svc, err := s.open(disk)
	if err != nil {
		return false, []string{err.Error()}
	}
	defer svc.Close()
	for i := range s.verbs {
		v := (first + i) % len(s.verbs)
		if name := s.verbs[v].name; name == "status" || name == "sources" { // they make nothing anew
			continue
		}
		o := s.verbs[v].ask(svc)
		said := notices.FindString(o.json)
		met = met || said != ""
		if got := strings.Replace(o.json, said, "", 1); got != s.clean[v].json || o.err != nil {
			wrong = append(wrong, s.verbs[v].name+": another answer than the clean one: "+diffAt(got, s.clean[v].json))
		}
	}
	return met, wrong
}

// diffAt shows where two texts begin to differ.
func diffAt(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-40)
	return a[min(from, len(a)):min(i+160, len(a))] + " | " + b[min(from, len(b)):min(i+60, len(b))]
}
