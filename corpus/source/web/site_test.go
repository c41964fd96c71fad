package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/internal/vfs"
)

// waiter is a clock that passes at once and remembers.
type waiter struct {
	mu sync.Mutex
	t  time.Time
}

func newWaiter() *waiter { return &waiter{t: time.Date(2024, 5, 3, 10, 0, 0, 0, time.UTC)} }

func (w *waiter) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.t
}

func (w *waiter) Wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = w.t.Add(d)
	return ctx.Err()
}

// pagesOfSite is how many pages the site has that are worth reading.
const pagesOfSite = 2000

// testSite is a site with everything that a crawler meets.
type testSite struct {
	clock *waiter
	mu    sync.Mutex
	asked map[string]int // requests, by address
	given map[string]int // of them answered with a body
	times []time.Time
	after func(n int) // told of every request
	text  map[int]string
	down  bool
}

func (s *testSite) page(w http.ResponseWriter, r *http.Request, i int) {
	body := s.body(i)
	tag := fmt.Sprintf(`"%x"`, corpus.Digest([]byte(body)))
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.given[r.URL.Path]++
	_, _ = io.WriteString(w, body)
}

func (s *testSite) body(i int) string {
	if t := s.text[i]; t != "" {
		return t
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<html><head><title>Page %d</title></head><body><p>This page is about %s.</p>", i, word(i))
	for _, k := range []int{2*i + 1, 2*i + 2} {
		if k < pagesOfSite {
			form := []string{"/p/%d", "../p/%d#part", "%d?utm_source=x&sid=" + fmt.Sprint(len(s.asked)), "//SITE/p/%d", "./../p//%d"}[k%5]
			fmt.Fprintf(&b, `<a href="%s">on</a>`, strings.ReplaceAll(fmt.Sprintf(form, k), "SITE", "127.0.0.1:1"))
			fmt.Fprintf(&b, `<a href='/p/%d;jsessionid=%d'>on</a>`, k, len(s.asked))
		}
	}
	switch i {
	case 3:
		b.WriteString(`<a href="/calendar?month=1">calendar</a> <a href="/deep/a/">deep</a> <a href="/list?b=1&a=2">x</a> <a href="/list?a=2&b=1">x</a>`)
	case 4:
		b.WriteString(`<a href="/moved/1">r</a><a href="/circle/1">r</a><a href="/far">r</a><a href="/r/0">r</a>`)
	case 5:
		b.WriteString(`<a href="/private/a">no</a><a href="/broken">500</a><a href="/nowhere">404</a><a href="/login">401</a><a href="/photo.jpg">photo</a><a href="/film">film</a>`)
	case 6:
		b.WriteString(`<a href="http://elsewhere.example/">out</a><a href="mailto:a@b">m</a><a href="javascript:x()">j</a><a href="http://user:pw@127.0.0.1/">u</a>
			<a rel="nofollow" href="/never">n</a><a href="/copy/1">c</a><a href="/hidden">h</a><a href="` + strings.Repeat("x", 3000) + `">long</a><a href="http://[::1">bad</a><a href="%zz">bad</a>`)
	}
	b.WriteString(`<a href="/">home</a><a href="">self</a></body></html>`)
	return b.String()
}

// word is one that no other page has.
func word(i int) string {
	var b []byte
	for i += 26; i > 0; i /= 26 {
		b = append(b, byte('a'+i%26))
	}
	return "quz" + string(b)
}

func (s *testSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.URL.RequestURI()]++
	s.times = append(s.times, s.clock.Now())
	if s.after != nil {
		s.after(len(s.times))
	}
	html := func(text string, args ...any) {
		w.Header().Set("Content-Type", "text/html")
		s.given[r.URL.Path]++
		fmt.Fprintf(w, text, args...)
	}
	var i int
	path := r.URL.Path
	scan := func(format string) bool {
		n, _ := fmt.Sscanf(path, format, &i)
		return n == 1
	}
	switch {
	case s.down:
		w.WriteHeader(503)
	case path == "/robots.txt":
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /private/\nCrawl-delay: 2\nSitemap: http://"+r.Host+"/map.xml\n")
	case path == "/map.xml":
		fmt.Fprintf(w, "<?xml version='1.0'?><urlset><url><loc>http://%s/orphan/1</loc></url><url><loc>http://elsewhere.example/</loc></url><url><loc> /orphan/2 </loc></url></urlset>", r.Host)
	case path == "/":
		s.page(w, r, 0)
	case scan("/p/%d") && i < pagesOfSite:
		if i%100 == 50 && s.asked[r.URL.RequestURI()] <= 2 { // gives itself up twice
			w.WriteHeader(500)
			return
		}
		s.page(w, r, i)
	case scan("/orphan/%d"):
		html("nobody links to me, says orphan %s", word(5000+i))
	case path == "/calendar":
		fmt.Sscan(r.URL.Query().Get("month"), &i)
		html("<p>No events in %s %d.</p><a href='/calendar?month=%d'>next</a><a href='/calendar?month=%d'>before</a>", time.Month(i%12+1), 2000+i/12, i+1, i-1)
	case strings.HasPrefix(path, "/deep/"):
		html("deeper and deeper %s <a href='a/'>more</a><a href='b/'>more</a>", strings.ReplaceAll(path, "/", " x"))
	case path == "/list":
		html("a list %s", r.URL.RawQuery)
	case scan("/moved/%d"):
		http.Redirect(w, r, "/p/7?utm_campaign=x", http.StatusMovedPermanently)
	case scan("/circle/%d"):
		http.Redirect(w, r, fmt.Sprintf("/circle/%d", 3-i), http.StatusFound)
	case scan("/r/%d"):
		http.Redirect(w, r, fmt.Sprintf("/r/%d", i+1), http.StatusFound)
	case path == "/far":
		http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
	case path == "/broken":
		w.WriteHeader(500)
	case path == "/login":
		w.WriteHeader(401)
	case path == "/film":
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = w.Write(bytes.Repeat([]byte{0, 1}, 1<<10))
	case scan("/copy/%d"):
		html("<link rel=canonical href='/p/9'>a copy of page nine")
	case path == "/hidden":
		html("<meta name=robots content='NoIndex'>hidden <a href='/p/10'>ten</a>")
	default:
		http.NotFound(w, r)
	}
}

func newSiteServer(t testing.TB) (*testSite, string) {
	t.Helper()
	s := &testSite{clock: newWaiter(), asked: map[string]int{}, given: map[string]int{}, text: map[int]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

// open makes a source of a site.
func open(t testing.TB, fsys vfs.FS, clock *waiter, root string, set map[string]string) *Web {
	t.Helper()
	w, err := newWeb(source.Setting{Info: corpus.Info{Label: "site", Kind: Kind, Root: root}, State: fsys, Rules: source.Rules{Set: set}}, clock, plainText)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func plainText(_ context.Context, address, _ string, body []byte) (io.ReadCloser, extract.About, error) {
	return source.NewText(bytes.NewReader(body), address), extract.About{}, nil
}

// items walks.
func items(t testing.TB, w *Web) (map[string]corpus.Item, *corpus.Report) {
	t.Helper()
	all := map[string]corpus.Item{}
	report, err := w.Walk(t.Context(), func(it corpus.Item) error { all[it.Path] = it; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, report
}
