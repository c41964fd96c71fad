package web

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluice/corpus"
	"sluice/internal/vfs"
)

// TestHostileSite: whatever a site sends, it costs its own page, and the crawl ends.
func TestHostileSite(t *testing.T) {
	pages := hostilePages()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/":
			for path := range pages {
				fmt.Fprintf(w, "<a href=%q>x</a>", path)
			}
		case "/robots.txt":
			_, _ = io.WriteString(w, "Sitemap: file:///etc/passwd\nSitemap: http://127.0.0.1:1/x\nSitemap: /map.xml\nDisallow\n"+strings.Repeat("\x00:\n", 1000))
		case "/map.xml":
			_, _ = io.WriteString(w, `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&f;&b;/ok</loc></url>`+strings.Repeat("<x>", 100_000))
		case "/never":
			t.Error("a link in a script was followed")
		default:
			if page := pages[r.URL.Path]; page != nil {
				page(w)
				return
			}
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	w := open(t, vfs.Mem(), newWaiter(), server.URL, map[string]string{"pages": "200"})
	if err := w.Fetch(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "more than 200 pages") {
		t.Errorf("a page with 100,000 links: %v", err)
	}
	all, report := items(t, w)
	for _, path := range []string{"/ok", "/deep", "/links", "/refreshed", "/script", "/base", "/attr", "/newlines"} {
		if _, ok := all[server.URL+path]; !ok {
			t.Errorf("%s is missing", path)
		}
	}
	for _, path := range []string{"/endless", "/bomb", "/lies", "/nowhere", "/file", "/inside", "/strange", "/badgzip"} {
		if _, ok := all[server.URL+path]; ok {
			t.Errorf("%s is a document", path)
		}
	}
	if report.FailureN == 0 || report.LeftOut[corpus.Binary].Files < 2 {
		t.Errorf("%+v", report)
	}
}

// hostilePages are what the site answers.
func hostilePages() map[string]func(w http.ResponseWriter) {
	return map[string]func(w http.ResponseWriter){
		"/endless": func(w http.ResponseWriter) {
			for {
				if _, err := io.WriteString(w, strings.Repeat("no end ", 10_000)); err != nil {
					return
				}
			}
		},
		"/bomb": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 100 {
				_, _ = z.Write(make([]byte, 1<<20))
			}
			_ = z.Close()
		},
		"/lies": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "short")
		},
		"/deep":    func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<p>deep"+strings.Repeat("<div><b>", 500_000)) },
		"/links":   func(w http.ResponseWriter) { fanOut(w, 100_000) },
		"/nowhere": func(w http.ResponseWriter) { w.WriteHeader(302) },
		"/file":    func(w http.ResponseWriter) { w.Header().Set("Location", "file:///etc/passwd"); w.WriteHeader(302) },
		"/inside":  func(w http.ResponseWriter) { w.Header().Set("Location", "http://127.0.0.1:1/"); w.WriteHeader(302) },
		"/strange": func(w http.ResponseWriter) { w.WriteHeader(799) },
		"/attr": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `<p>attr <a href="`+strings.Repeat("a", 5<<20)+`">x`)
		},
		"/base": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `<base href="http://127.0.0.1:1/"><p>base <a href="x">x`)
		},
		"/refresh": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `<meta http-equiv=refresh content="0; url=/refreshed">go on`)
		},
		"/ok": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<p>this one is fine") },
		"/badgzip": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "\x1f\x8b\x08nonsense")
		},
		"/script": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `<p>script <script>"<a href=/never>"</script><!-- <a href=/never> -->`)
		},
		"/newlines": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "<p>lines <a href='/ok\r\nSet-Cookie: x'>x</a><a href='/ok\x00'>x</a>")
		},
		"/refreshed": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<p>where the other one leads") },
	}
}

// fanOut writes a page with many links.
func fanOut(w io.Writer, n int) {
	_, _ = io.WriteString(w, "<p>links")
	for i := range n {
		fmt.Fprintf(w, "<a href=/x%d>x</a>", i)
	}
}
