package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// hubOf serves a folder as the hub's model acme/tiny and names the hub in HF_ENDPOINT: hub FOLDER
func hubOf(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	const commit = "0123456789abcdef"
	mux := http.NewServeMux()
	mux.HandleFunc("/api/models/acme/tiny/revision/main", func(w http.ResponseWriter, _ *http.Request) {
		var siblings []map[string]any
		for _, name := range []string{"config.json", "vocab.txt", "README.md", "1_Pooling/config.json", "model.safetensors"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			siblings = append(siblings, map[string]any{"rfilename": name, "size": len(b), "lfs": map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(b)), "size": len(b)}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": siblings})
	})
	resolve := "/acme/tiny/resolve/" + commit + "/"
	mux.Handle(resolve, http.StripPrefix(resolve, http.FileServerFS(os.DirFS(dir))))
	s := httptest.NewServer(mux)
	ts.Defer(s.Close)
	ts.Setenv("HF_ENDPOINT", s.URL)
}

// embedder is a service that speaks OpenAI's API: a text's vector counts its letters. EMBEDDER is
// its address: embedder
func embedder(ts *testscript.TestScript, _ bool, _ []string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Model string
			Input []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Model != "letters" || r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "who asks?", http.StatusUnauthorized)
			return
		}
		var rows []map[string]any
		for i, text := range in.Input {
			v := make([]int, 64)
			for _, c := range []byte(text) {
				v[c%64]++
			}
			rows = append(rows, map[string]any{"index": i, "embedding": v})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": rows})
	}))
	ts.Defer(s.Close)
	ts.Setenv("EMBEDDER", s.URL+"/v1")
}
