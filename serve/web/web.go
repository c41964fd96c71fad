// Package web is the page at /: files that are part of the binary, without a build step, which ask
// nothing of any other host. What a document or a model says is text in it and never markup.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"strings"
)

//go:embed assets
var assets embed.FS

// policy lets the page load its own files and call its own server, and nothing else. With trusted
// types no text can become markup or a script, whoever makes a mistake.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// types are the kinds of files that there are. The machine is not asked what it takes them for: a
// script of a wrong type is one that no browser runs.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// file is one file of the page, ready to be sent.
type file struct {
	bytes     []byte
	kind, tag string
}

// Handler serves the page.
func Handler() http.Handler {
	files := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-cache") // a newer binary's page is used at once
		header.Set("ETag", f.tag)
		if r.Header.Get("If-None-Match") == f.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		header.Set("Content-Type", f.kind)
		if r.Method != http.MethodHead {
			_, _ = w.Write(f.bytes)
		}
	})
}

// load reads all files, which are few and small.
func load() map[string]file {
	entries, err := assets.ReadDir("assets")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	files := map[string]file{}
	for _, e := range entries {
		b, err := assets.ReadFile("assets/" + e.Name())
		if err != nil {
			panic("BUG: " + err.Error())
		}
		sum := sha256.Sum256(b)
		files[e.Name()] = file{bytes: b, kind: types[path.Ext(e.Name())], tag: `"` + hex.EncodeToString(sum[:16]) + `"`}
	}
	files[""] = files["index.html"]
	return files
}

// PassageURL is where the page at base shows a passage, at its place in its document. It lasts as
// long as the passage's id does.
func PassageURL(base, id string) string {
	return strings.TrimSuffix(base, "/") + "/?" + url.Values{"read": {id}}.Encode()
}
