package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

// each calls back for every file of the page.
func each(t *testing.T, do func(name, text string)) {
	t.Helper()
	entries, err := fs.ReadDir(assets, "assets")
	if err != nil || len(entries) < 5 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		b, err := assets.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		do(e.Name(), string(b))
	}
}

// TestEveryFileIsGuarded: each file comes with its type, the policy, and a tag by which a browser
// asks whether it has it already.
func TestEveryFileIsGuarded(t *testing.T) {
	each(t, func(name, text string) {
		w := get("/" + name)
		h := w.Header()
		if w.Code != 200 || w.Body.String() != text {
			t.Errorf("%s: %d, %d bytes of %d", name, w.Code, w.Body.Len(), len(text))
		}
		kind := map[string]string{"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}[name[strings.LastIndexByte(name, '.')+1:]]
		if kind == "" || h.Get("Content-Type") != kind {
			t.Errorf("%s is sent as %q", name, h.Get("Content-Type"))
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache", "Cross-Origin-Opener-Policy": "same-origin"} {
			if h.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, h.Get(name), want)
			}
		}
		again := get("/"+name, "If-None-Match", h.Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s is sent again to who has it: %d", name, again.Code)
		}
	})
	if w := get("/"); w.Code != 200 || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("/: %d", w.Code)
	}
	for _, path := range []string{"/nothing", "/assets/main.js", "/../web.go", "/%2e%2e/web.go", "//main.js"} {
		if w := get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestThePolicyForbids what a document could make a page do.
func TestThePolicyForbids(t *testing.T) {
	given := map[string]string{}
	for _, d := range strings.Split(get("/").Header().Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		given[name] = value
	}
	for name, want := range map[string]string{"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "img-src": "'self' data:",
		"base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'"} {
		if given[name] != want {
			t.Errorf("%s %q, want %q", name, given[name], want)
		}
	}
}

var (
	elsewhere = regexp.MustCompile(`(?i)\b(?:https?|wss?|ftp):|["'(=]//\w|@import|(?-i:\burl\()`)
	inline    = regexp.MustCompile(`(?i)<script(?:[^>]*[^>a-z]src=)?[^>]*>[^<]|<style|\sstyle=|\son\w+=|javascript:|<iframe|<object|<embed|<base|<form[^>]*action=`)
	parses    = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\(|new Function|setAttribute\('(?:style|on)|setTimeout\(['"]|import\(`)
	imports   = regexp.MustCompile(`(?m)^(?:import|export)\b[^'\n]*\bfrom '([^']+)'`)
	ids       = regexp.MustCompile(`byId\('([^']+)'\)`)
)

// TestNothingFromElsewhere: no file names another host, nothing in them is a script or a style
// inside of markup, and no text is made into markup.
func TestNothingFromElsewhere(t *testing.T) {
	page, err := assets.ReadFile("assets/index.html")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(name, text string) {
		text = strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "") // the name of a language
		if m := elsewhere.FindString(text); m != "" {
			t.Errorf("%s names another place: %q", name, m)
		}
		if m := inline.FindString(text); m != "" && !strings.HasSuffix(name, ".js") {
			t.Errorf("%s has %q inside", name, m)
		}
		if m := parses.FindString(text); m != "" {
			t.Errorf("%s makes markup or a program of text: %s", name, m)
		}
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			if _, err := assets.ReadFile("assets/" + strings.TrimPrefix(m[1], "./")); err != nil {
				t.Errorf("%s imports %s, which is not there", name, m[1])
			}
		}
		for _, m := range ids.FindAllStringSubmatch(text, -1) {
			if !bytes.Contains(page, []byte(`id="`+m[1]+`"`)) {
				t.Errorf("%s looks for #%s, which the page does not have", name, m[1])
			}
		}
	})
}

// TestThePageIsLight: all of it, as it would be compressed.
func TestThePageIsLight(t *testing.T) {
	const bytesMax = 300_000
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	plain := 0
	each(t, func(_, text string) {
		plain += len(text)
		_, _ = zip.Write([]byte(text))
	})
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", plain, packed.Len())
	if packed.Len() > bytesMax {
		t.Errorf("the page weighs %d bytes compressed, more than %d", packed.Len(), bytesMax)
	}
}

func TestPassageURL(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:7117":  "http://127.0.0.1:7117/?read=ab%26c",
		"http://127.0.0.1:7117/": "http://127.0.0.1:7117/?read=ab%26c",
	} {
		if got := PassageURL(base, "ab&c"); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}
