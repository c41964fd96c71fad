package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/sourcetest"
	"sluice/internal/vfs"
)

// texts is a site of plain texts, which its site map lists. Whoever changes it crawls it.
type texts struct {
	mu   sync.Mutex
	at   map[string]string
	root string
	web  *Web
}

func (s *texts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/sitemap.xml" {
		_, _ = io.WriteString(w, "<urlset>")
		for path := range s.at {
			_, _ = io.WriteString(w, "<url><loc>"+s.root+path+"</loc></url>")
		}
		_, _ = io.WriteString(w, "</urlset>")
		return
	}
	text, ok := s.at[r.URL.EscapedPath()]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
}

func (s *texts) crawl(t testing.TB) {
	t.Helper()
	if err := s.web.Fetch(t.Context(), nil); err != nil && !errors.Is(err, errNoPage) {
		t.Fatal(err)
	}
}

func (s *texts) Put(t testing.TB, name, text string) string {
	path := (&url.URL{Path: "/" + name}).EscapedPath()
	s.mu.Lock()
	s.at[path] = text
	s.mu.Unlock()
	s.crawl(t)
	return s.root + path
}

func (s *texts) Remove(t testing.TB, path string) {
	s.mu.Lock()
	delete(s.at, strings.TrimPrefix(path, s.root))
	s.mu.Unlock()
	s.crawl(t)
}

func (s *texts) RemoveRoot(t testing.TB) {
	if err := s.web.fs.Remove(journalName); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) (corpus.Source, sourcetest.Editor) {
		s := &texts{at: map[string]string{}}
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		s.root = server.URL
		s.web = open(t, vfs.Mem(), newWaiter(), s.root, map[string]string{"revisit": "0s", "delay": "10ms"})
		s.web.opts.retry = time.Millisecond
		s.crawl(t)
		return s.web, s
	})
}
