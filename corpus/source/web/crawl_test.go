package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/warc"
	"sluice/internal/vfs"
)

// TestWholeSite: every page of a site is fetched once, whatever loops, traps, redirects and
// failures lie on the way, as its robots.txt asks, and after a kill the crawl goes on where it was.
func TestWholeSite(t *testing.T) {
	s, root := newSiteServer(t)
	fsys := vfs.Mem()
	ctx, kill := context.WithCancel(t.Context())
	s.after = func(n int) {
		if n == 700 {
			kill()
		}
	}
	w := open(t, fsys, s.clock, root, nil)
	if err := w.Fetch(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("the crawl that was killed ends with %v", err)
	}
	if all, report := items(t, open(t, fsys, s.clock, root, nil)); len(all) < 500 || len(all) > 700 || report.FailureN == 0 {
		t.Errorf("after the kill %d pages are there, and %d failures: nobody is told that the crawl is not over", len(all), report.FailureN)
	}
	w = open(t, fsys, s.clock, root, nil)
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	all, report := items(t, w)
	for i := range pagesOfSite {
		address := fmt.Sprintf("%s/p/%d", root, i)
		if i == 0 {
			address = root + "/"
		}
		if _, ok := all[address]; !ok {
			t.Errorf("%s is missing", address)
		}
		delete(all, address)
	}
	for _, path := range []string{"/orphan/1", "/orphan/2", "/list?a=2&b=1"} {
		if _, ok := all[root+path]; !ok {
			t.Errorf("%s is missing", path)
		}
		delete(all, root+path)
	}
	rest := map[string]int{}
	for address := range all {
		rest[strings.TrimRight(strings.TrimPrefix(address, root), "0123456789")]++
	}
	if len(all) > 120 || rest["/p/"] != 0 || rest["/calendar?month="] > rowMax+2 || rest["/calendar?month="] == 0 {
		t.Errorf("pages of traps: %v", rest)
	}
	if report.FailureN != 1 || report.Failures[0].Path != root+"/broken" {
		t.Errorf("failures: %+v", report.Failures)
	}
	checkRequests(t, s)
	t.Logf("%d requests for %d addresses, %s of a polite clock", len(s.times), len(s.asked), s.clock.Now().Sub(newWaiter().t))
}

// checkRequests checks what the site was asked for: nothing twice, nothing that is private, and
// never faster than it asks for.
func checkRequests(t *testing.T, s *testSite) {
	t.Helper()
	twice := 0 // the kill cut off one answer
	for path, n := range s.given {
		if n > 1 && !strings.HasPrefix(path, "/calendar") && !strings.HasPrefix(path, "/deep") {
			if twice += n - 1; twice > 1 {
				t.Errorf("%s was given %d times", path, n)
			}
		}
	}
	for _, never := range []string{"/private/a", "/never", "/photo.jpg"} {
		if s.asked[never] != 0 {
			t.Errorf("%s was asked for", never)
		}
	}
	if n := s.asked["/broken"]; n < triesMax || n > 2*triesMax { // the process after the kill begins to count anew
		t.Errorf("what is broken was asked for %d times", n)
	}
	if n := len(s.asked); n > pagesOfSite+200 {
		t.Errorf("%d addresses were asked for", n)
	}
	for i := 2; i < len(s.times); i++ {
		if d := s.times[i].Sub(s.times[i-1]); d < 2*time.Second && i != 700 { // a new process asks at once
			t.Fatalf("request %d came %s after the one before", i, d)
		}
	}
}

// small is a site of few pages.
func small(t *testing.T, set map[string]string) (*testSite, *Web) {
	s, root := newSiteServer(t)
	for i := range pagesOfSite {
		s.text[i] = fmt.Sprintf("<html>page %s", word(i))
		if i < 3 {
			s.text[i] += fmt.Sprintf(" <a href=/p/%d>a</a> <a href=/p/%d>b</a>", 2*i+1, 2*i+2)
		}
	}
	return s, open(t, vfs.Mem(), s.clock, root, set)
}

// TestRevisit: what has not changed is not sent again, what has is, what is gone goes, and a page
// is not asked again before it is due.
func TestRevisit(t *testing.T) {
	s, w := small(t, nil)
	fetch := func() (all map[string]corpus.Item, asked int) {
		t.Helper()
		n := len(s.times)
		s.given = map[string]int{}
		if err := w.Fetch(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		all, _ = items(t, w)
		return all, len(s.times) - n
	}
	before, _ := fetch()
	if len(before) != 9 {
		t.Fatalf("%d pages", len(before))
	}
	again, asked := fetch()
	if asked != 3 || len(again) != len(before) || len(s.given) != 0 { // robots.txt, the site map, the start
		t.Errorf("a sync a moment later asked %d times and was given %v", asked, s.given)
	}
	s.clock.t = s.clock.t.Add(48 * time.Hour)
	s.text[3] = "<html>page three says something else"
	root := w.info.Root
	later, _ := fetch()
	if s.given["/p/3"] != 1 || s.given["/p/1"] != 0 {
		t.Errorf("two days later it was given %v", s.given)
	}
	if a, b := before[root+"/p/3"], later[root+"/p/3"]; a == b || before[root+"/p/1"] != later[root+"/p/1"] {
		t.Errorf("page 3 was %+v and is %+v; page 1 was %+v and is %+v", a, b, before[root+"/p/1"], later[root+"/p/1"])
	}
}

// TestDown: a site that does not answer takes nothing away, and is not asked for ever.
func TestDown(t *testing.T) {
	s, w := small(t, map[string]string{"revisit": "0s"})
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before, _ := items(t, w)
	s.down = true
	n := len(s.times)
	if err := w.Fetch(t.Context(), nil); !errors.Is(err, errNoAnswer) || len(s.times)-n > 20 {
		t.Errorf("%v after %d requests", err, len(s.times)-n)
	}
	after, report := items(t, w)
	if len(after) != len(before) || report.FailureN == 0 {
		t.Errorf("%d pages of %d are left; %+v", len(after), len(before), report)
	}
	s.down = false
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if all, report := items(t, w); len(all) != len(before) || report.FailureN != 0 {
		t.Errorf("%d pages of %d; %+v", len(all), len(before), report)
	}
}

// TestDamagedCopy: a body that is damaged on the disk is never read as one, and the next crawl
// fetches it again.
func TestDamagedCopy(t *testing.T) {
	_, w := small(t, nil)
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	victim := w.info.Root + "/p/5"
	f, err := w.fs.OpenRW(fileOf(victim))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	size, _ := f.Size()
	_, _ = f.ReadAt(b, size-60)
	_, _ = f.WriteAt([]byte{b[0] ^ 4}, size-60)
	f.Close()
	if r, _, err := w.Open(t.Context(), victim); !errors.Is(err, errDamaged) {
		t.Fatalf("%v, %v", r, err)
	}
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r, _, err := w.Open(t.Context(), victim)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || !strings.Contains(string(b), word(5)) {
		t.Errorf("%q, %v", b, err)
	}
}

// TestForgottenPage: no byte of it stays, and it is not fetched again.
func TestForgottenPage(t *testing.T) {
	s, w := small(t, nil)
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	victim := w.info.Root + "/p/5"
	if err := w.Forget(func(it corpus.Item) bool { return it.Path == victim }); err != nil {
		t.Fatal(err)
	}
	if _, err := w.fs.Stat(fileOf(victim)); err == nil {
		t.Error("its body is still there")
	}
	if b := readAll(t, w.fs, journalName); strings.Contains(b, victim+`"`) {
		t.Error("its address is still in the journal")
	}
	n := s.asked["/p/5"]
	again := open(t, w.fs, s.clock, w.info.Root, nil)
	again.opts.skip = func(address string) corpus.Reason {
		if address == victim {
			return corpus.Forgotten
		}
		return ""
	}
	again.opts.revisit = 0
	if err := again.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if all, _ := items(t, again); s.asked["/p/5"] != n || len(all) != 8 {
		t.Errorf("it was asked for again; %d pages", len(all))
	}
}

func readAll(t *testing.T, fsys vfs.FS, name string) string {
	t.Helper()
	f, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTornJournal: a line that was written in part, or damaged, costs itself.
func TestTornJournal(t *testing.T) {
	_, w := small(t, nil)
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	whole := readAll(t, w.fs, journalName)
	pages := strings.Count(whole, "\n") - 2 // the crawl's beginning and its end
	for cut := 0; cut < len(whole); cut += 7 {
		fsys := vfs.Mem()
		f, _ := fsys.Create(journalName)
		_, _ = f.Write([]byte(whole[:cut]))
		f.Close()
		j, err := loadJournal(fsys)
		if err != nil || len(j.pages) != min(max(0, strings.Count(whole[:cut], "\n")-1), pages) {
			t.Fatalf("cut after %d bytes: %d pages, %v", cut, len(j.pages), err)
		}
	}
	fsys := vfs.Mem()
	f, _ := fsys.Create(journalName)
	_, _ = f.Write([]byte(strings.Replace(whole, "/p/4", "/q/4", 1)))
	f.Close()
	if j, err := loadJournal(fsys); err != nil || j.bad != 1 || len(j.pages) != pages-1 {
		t.Errorf("%+v, %v", j, err)
	}
}

// TestAddresses: one page has one address, and what is no page of the site has none.
func TestAddresses(t *testing.T) {
	for _, c := range []struct{ root, ref, want string }{
		{"https://a.example", "/x", "https://a.example/x"},
		{"https://a.example", "", "https://a.example/base/page"},
		{"https://a.example", "x", "https://a.example/base/x"},
		{"https://a.example", "HTTPS://A.Example:443/x#y", "https://a.example/x"},
		{"https://a.example", "http://a.example/x", "https://a.example/x"},
		{"https://a.example", "https://www.a.example/x", "https://a.example/x"},
		{"https://www.a.example", "https://a.example/x", "https://www.a.example/x"},
		{"https://a.example", "/x?b=2&a=1&utm_source=q&PHPSESSID=7", "https://a.example/x?a=1&b=2"},
		{"https://a.example", "/x;jsessionid=8?a", "https://a.example/x?a"},
		{"https://a.example", "/%7Euser/%61", "https://a.example/~user/a"},
		{"https://a.example", "/a%2Fb", "https://a.example/a%2Fb"},
		{"https://a.example", "//b.example/x", ""},
		{"https://a.example", "https://a.example.evil.test/x", ""},
		{"https://a.example", "https://a.example:8443/x", ""},
		{"https://a.example", "https://u:p@a.example/x", ""},
		{"https://a.example", "ftp://a.example/x", ""},
		{"https://a.example", "mailto:x@a.example", ""},
		{"https://a.example", "javascript:alert(1)", ""},
		{"https://a.example", "data:text/html,x", ""},
		{"https://a.example", "file:///etc/passwd", ""},
		{"https://a.example", "/a/b/a/b/a/b/a/b/", ""},
		{"https://a.example", "/" + strings.Repeat("y", 2100), ""},
		{"https://a.example", "/photo.JPG", ""},
		{"https://a.example/docs", "/docs/x", "https://a.example/docs/x"},
		{"https://a.example/docs", "/docs", "https://a.example/docs"},
		{"https://a.example/docs", "/docsx", ""},
		{"https://a.example/docs", "/docs/../other", ""},
		{"https://a.example/docs/index.html", "/docs/x", "https://a.example/docs/x"},
		{"https://[2001:db8::1]:8080", "/x", "https://[2001:db8::1]:8080/x"},
	} {
		s, err := newSite(c.root, false)
		if err != nil {
			t.Fatal(err)
		}
		base, _ := s.root.Parse("/base/page")
		if got, _ := s.address(base, c.ref); got != c.want {
			t.Errorf("%s on %s is %q, not %q", c.ref, c.root, got, c.want)
		}
	}
	for _, bad := range []string{"", "a.example", "ftp://a.example", "https://u:p@a.example", "https://"} {
		if _, err := newSite(bad, false); err == nil {
			t.Errorf("%q is a site", bad)
		}
	}
}

// TestKeptIsWARC: what is kept of a site, file behind file, is a WARC file of all its pages, which
// the connector of such files and other programs read.
func TestKeptIsWARC(t *testing.T) {
	_, w := small(t, nil)
	if err := w.Fetch(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	all, _ := items(t, w)
	var file []byte
	for address := range all {
		file = append(file, readAll(t, w.fs, fileOf(address))...)
	}
	seen := map[string]bool{}
	for f, at := warc.NewFile(bytes.NewReader(file), int64(len(file))), int64(0); ; {
		rec, next, err := f.Next(at)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		m, err := warc.ParseMessage(rec.Block)
		if err != nil || int64(len(m.Raw)) != all[rec.URI].Size || rec.Type != "response" || m.Status != 200 || rec.Header["warc-payload-digest"] == "" {
			t.Errorf("%s: %+v, %v", rec.URI, m, err)
		}
		seen[rec.URI] = true
		at = next
	}
	if len(seen) != len(all) || len(all) != 9 {
		t.Errorf("%d records of %d pages", len(seen), len(all))
	}
}

// TestASiteWithoutAStart: a site whose first page cannot be had, and that has no other, says why.
func TestASiteWithoutAStart(t *testing.T) {
	for status, want := range map[int]string{404: "no such page", 410: "no such page", 403: "403"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := open(t, vfs.Mem(), newWaiter(), server.URL, nil).Fetch(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
}
