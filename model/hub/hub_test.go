package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/internal/clock"
	"sluice/internal/netx"
	"sluice/internal/vfs"
	"sluice/model"
)

const (
	commit = "0123456789abcdef0123456789abcdef01234567"
	repo   = "acme/tiny"
)

// fakeHub is a hub of one model.
type fakeHub struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte
	asked []string // method, path and range of each request
	auth  []string
	cut   map[string]int                                                 // bytes after which an answer breaks off, once
	alter func(w http.ResponseWriter, r *http.Request, name string) bool // answers by itself
	list  func(list map[string]any)
}

func newFakeHub(t *testing.T) *fakeHub {
	t.Helper()
	h := &fakeHub{files: map[string][]byte{"pytorch_model.bin": []byte("evil"), "modeling.py": []byte("evil")}, cut: map[string]int{}}
	for _, name := range []string{"config.json", "vocab.txt", "README.md", "1_Pooling/config.json", "model.safetensors"} {
		b, err := os.ReadFile(filepath.Join("../testdata/tiny", name))
		if err != nil {
			t.Fatal(err)
		}
		h.files[name] = b
	}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *fakeHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	h.auth = append(h.auth, r.Header.Get("Authorization"))
	if strings.HasPrefix(r.URL.Path, "/api/models/"+repo+"/revision/") {
		h.serveList(w)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/"+repo+"/resolve/"+commit+"/")
	if h.alter != nil && h.alter(w, r, name) {
		return
	}
	b, there := h.files[name]
	if !ok || !there {
		http.NotFound(w, r)
		return
	}
	if n, ok := h.cut[name]; ok {
		delete(h.cut, name)
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		_, _ = w.Write(b[:n])
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

func (h *fakeHub) serveList(w http.ResponseWriter) {
	var siblings []map[string]any
	for name, b := range h.files {
		s := map[string]any{"rfilename": name, "size": len(b)}
		if strings.HasSuffix(name, ".safetensors") || strings.HasSuffix(name, ".onnx") {
			s["lfs"] = map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(b)), "size": len(b)}
		}
		siblings = append(siblings, s)
	}
	list := map[string]any{"sha": commit, "siblings": siblings}
	if h.list != nil {
		h.list(list)
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (h *fakeHub) pull(t *testing.T, ctx context.Context, fsys vfs.FS, name string, o Options) (Pulled, error) {
	t.Helper()
	o.Endpoint, o.Clock = h.URL+"/", &clock.Fake{}
	hub, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	return hub.Pull(ctx, fsys, name)
}

func (h *fakeHub) askedFor(what string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.asked {
		if strings.Contains(a, what) {
			n++
		}
	}
	return n
}

// TestPull: what is wanted of a model comes, and nothing else is asked for.
func TestPull(t *testing.T) {
	h, fsys := newFakeHub(t), vfs.Mem()
	var last, total int64
	p, err := h.pull(t, t.Context(), fsys, repo, Options{Token: "secret", Progress: func(_ string, done, all int64) {
		if done < last || done > all {
			t.Errorf("progress from %d to %d of %d", last, done, all)
		}
		last, total = done, all
	}})
	if err != nil {
		t.Fatal(err)
	}
	if last != p.Bytes || total != p.Bytes || p.Origin != h.URL+"/"+repo+"@"+commit {
		t.Errorf("progress ends at %d of %d; pulled %+v", last, total, p)
	}
	f, err := model.Open(t.Context(), fsys, p.Folder)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if h.askedFor("evil")+h.askedFor(".bin")+h.askedFor(".py") > 0 {
		t.Errorf("it was asked for %q", h.asked)
	}
	if slices.Contains(h.auth, "") || h.auth[0] != "Bearer secret" {
		t.Errorf("tokens: %q", h.auth)
	}
	before := len(h.asked)
	if _, err := h.pull(t, t.Context(), fsys, repo+"@"+commit, Options{}); err != nil || h.askedFor("safetensors") != 1 {
		t.Errorf("pulled again: %v, asked for %q", err, h.asked[before:])
	}
	if err := Discard(fsys, p.Folder); err != nil {
		t.Error(err)
	}
	if left, _ := fsys.List(""); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// TestPullGoesOn: a connection that breaks off is taken up where it broke, in this process and in
// the next one.
func TestPullGoesOn(t *testing.T) {
	h, fsys := newFakeHub(t), vfs.Mem()
	h.cut["model.safetensors"], h.cut["vocab.txt"] = 5000, 0
	if _, err := h.pull(t, t.Context(), fsys, repo, Options{}); err != nil {
		t.Fatal(err)
	}
	if h.askedFor("safetensors bytes=5000-") != 1 {
		t.Errorf("it was asked for %q", h.asked)
	}

	h, fsys = newFakeHub(t), vfs.Mem()
	h.cut["model.safetensors"] = 7000
	ctx, cancel := context.WithCancel(t.Context())
	_, err := h.pull(t, ctx, fsys, repo, Options{Progress: func(name string, done, _ int64) {
		if name == "model.safetensors" && done > 5000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	p, err := h.pull(t, t.Context(), fsys, repo, Options{})
	if err != nil || h.askedFor("safetensors bytes=7000-") != 1 {
		t.Fatalf("%v; it was asked for %q", err, h.asked)
	}
	f, err := model.Open(t.Context(), fsys, p.Folder)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// TestPullRefuses: what is not what the hub promised is not kept, and what is wrong is said.
func TestPullRefuses(t *testing.T) {
	weights := "model.safetensors"
	answers := func(name string, f func(http.ResponseWriter, *http.Request)) func(*fakeHub) {
		return func(h *fakeHub) {
			h.alter = func(w http.ResponseWriter, r *http.Request, n string) bool {
				if n == name {
					f(w, r)
				}
				return n == name
			}
		}
	}
	lists := func(f func(map[string]any)) func(*fakeHub) { return func(h *fakeHub) { h.list = f } }
	sibling := func(list map[string]any, name string) map[string]any {
		all := list["siblings"].([]map[string]any)
		return all[slices.IndexFunc(all, func(s map[string]any) bool { return s["rfilename"] == name })]
	}
	for what, c := range map[string]struct {
		name string
		hub  func(*fakeHub)
		want error
	}{
		"other bytes": {repo, answers(weights, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 14344))
		}), ErrDamaged},
		"more bytes": {repo, answers(weights, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 1<<20))
		}), ErrDamaged},
		"always fewer": {repo, answers(weights, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "14344")
			panic(http.ErrAbortHandler)
		}), netx.ErrBroken},
		"another range": {repo, answers("vocab.txt", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 3-9/10")
			w.WriteHeader(206)
		}), ErrDamaged},
		"a foreign host": {repo, answers(weights, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/weights", http.StatusFound)
		}), netx.ErrHost},
		"this machine's other port": {repo, answers(weights, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/weights", http.StatusFound)
		}), netx.ErrHost},
		"a file of this machine": {repo, answers(weights, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		}), nil},
		"a busy hub":       {repo, answers(weights, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), errBusy},
		"forbidden":        {repo, answers(weights, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }), ErrRefused},
		"another model":    {"acme/other", nil, ErrRefused},
		"no hash":          {repo, lists(func(l map[string]any) { delete(sibling(l, weights), "lfs") }), ErrDamaged},
		"a hash of dots":   {repo, lists(func(l map[string]any) { sibling(l, weights)["lfs"] = map[string]any{"sha256": "../../x", "size": 9} }), ErrDamaged},
		"a large text":     {repo, lists(func(l map[string]any) { sibling(l, "config.json")["size"] = 1 << 40 }), ErrDamaged},
		"a commit of dots": {repo, lists(func(l map[string]any) { l["sha"] = "../../x" }), ErrDamaged},
		"no weights":       {repo, func(h *fakeHub) { delete(h.files, weights) }, ErrNotOurs},
	} {
		t.Run(what, func(t *testing.T) {
			h, fsys := newFakeHub(t), vfs.Mem()
			if c.hub != nil {
				c.hub(h)
			}
			p, err := h.pull(t, t.Context(), fsys, c.name, Options{})
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, not %v", err, c.want)
			}
			if _, err := fsys.Stat(p.Folder + "/" + weights); p.Folder != "" && err == nil {
				t.Error("the weights are there")
			}
		})
	}
}

// TestOffline: a hub that is not reached is said to be so, and what to do.
func TestOffline(t *testing.T) {
	h := newFakeHub(t)
	h.Close()
	_, err := h.pull(t, t.Context(), vfs.Mem(), repo, Options{})
	if !errors.Is(err, netx.ErrOffline) || !strings.Contains(err.Error(), "HTTPS_PROXY") {
		t.Error(err)
	}
}

func TestEndpoints(t *testing.T) {
	h := newFakeHub(t)
	for _, name := range []string{"tiny", "../tiny", "acme/..", "acme/a/b", "", "acme/", "/tiny", repo + "@../x", repo + "@", "acme/a?b"} {
		if _, err := h.pull(t, t.Context(), vfs.Mem(), name, Options{}); name != repo+"@" && !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, bad := range []string{"", "hub", "ftp://hub", "http://user:password@hub", "file:///etc"} {
		if _, err := New(Options{Endpoint: bad}); err == nil {
			t.Errorf("%q was taken for a hub", bad)
		}
	}
}
