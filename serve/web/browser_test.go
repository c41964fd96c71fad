package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/internal/clock"
	"sluice/internal/testkit"
	"sluice/internal/vfs"
	"sluice/serve"
	"sluice/serve/httpapi"
	"sluice/serve/web"
)

// site is the page on a store in memory.
type site struct {
	t     *testing.T
	files vfs.FS
	notes *testkit.Source
	svc   *serve.Service
	http  *httptest.Server
}

// start opens the store, which makes it at first, and serves it.
func (s *site) start() {
	s.t.Helper()
	store, err := index.Open(s.files, index.Options{})
	if err != nil {
		store, err = index.Create(s.files, index.Options{})
		if err == nil {
			info := s.notes.Info()
			err = store.AddSource(s.t.Context(), index.SourceConfig{Label: info.Label, Kind: info.Kind, Root: info.Root})
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	open := func(index.SourceConfig) (corpus.Source, error) { return s.notes, nil }
	s.svc = serve.New(serve.Options{Store: store, Clock: clock.System{}, LongLived: true, Connectors: map[string]serve.Connector{s.notes.Info().Kind: {Open: open}}})
	if _, err := s.svc.Sync(s.t.Context(), api.SyncRequest{}, true); err != nil {
		s.t.Fatal(err)
	}
	s.http = httptest.NewServer(httpapi.New(s.svc, httpapi.Options{Private: true, Page: web.Handler()}))
}

func (s *site) stop() {
	s.http.Close()
	s.svc.Close()
}

// node runs a program of browsertest. The test is skipped where it cannot.
func node(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	for _, module := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat(filepath.Join("browsertest", "node_modules", module)); err != nil {
			t.Skip("the page is not tried in a browser: run npm install in serve/web/browsertest")
		}
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if _, err := exec.LookPath("node"); err != nil || browser == "" {
		t.Skip("the page is not tried in a browser: node and chromium are not here")
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = "browsertest"
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String() + stderr.String(), err
}

// torn is long enough to be a passage of its own.
const torn = "# Torn writes\n\nA torn write is noticed because the checksum of its block fails. Nobody is told of it by the disk.\n\n" +
	"Half of a sector may be new and half of it old, and which half is which depends on where the head was when the power went. " +
	"A journal does not help who never reads it, and a file system that orders what it writes may be lied to by the drive below.\n\n" +
	"What helps is to say of every block what must stand in it, and to look each time.\n"

// library fills the source: what the flows look for, and documents that attack the page.
func library(t *testing.T, src *testkit.Source) {
	out, err := node(t, "--input-type=module", "-e", "import('./vectors.mjs').then(m => console.log(JSON.stringify(m.vectors)))")
	var vectors []string
	if err != nil || json.Unmarshal([]byte(out), &vectors) != nil || len(vectors) < 200 {
		t.Fatalf("vectors: %v %s", err, out)
	}
	src.Put("torn.md", torn)
	src.Put("fruit.md", "# Fruit\n\nBananas are yellow and bend towards the sun.\n")
	src.Put("deep/er/log.go", "package log\n\n// Append adds a record. A torn write at the end is cut off.\nfunc Append(b []byte) error {\n\treturn nil\n}\n")
	src.Put("عقد.md", "# عقد الإيجار\n\nينتهي عقد الإيجار في الحادي والثلاثين من مارس. يجب إرسال الإشعار قبل ثلاثة أشهر.\n")
	src.Put("契約.md", "# 賃貸契約\n\nこの賃貸契約は三月に終了します。解約の通知は三か月前までに送らなければなりません。\n")
	chance := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		var w strings.Builder
		for range 3 {
			fmt.Fprintf(&w, "%c%c", "bdfgklmnprstvz"[chance.IntN(14)], "aeiou"[chance.IntN(5)])
		}
		return w.String()
	}
	for i := range 1300 {
		text := "filler"
		for range 14 {
			text += " " + word()
		}
		src.Put(fmt.Sprintf("filler/%04d.txt", i), text+".\n")
	}
	var long strings.Builder
	long.WriteString("package long\n")
	for i := range 3000 {
		fmt.Fprintf(&long, "\nfunc f%d() string { return %q }", i, word()+word())
		if i == 1500 {
			long.WriteString("\n\n// needle is what the test looks for.\nfunc needle() {}\n")
		}
	}
	src.Put("long.go", long.String())
	names := strings.NewReplacer("/", "∕", "\x00", "", "\u2028", "", "\u2029", "")
	for i := 0; i < len(vectors); i += 20 {
		group := vectors[i:min(i+20, len(vectors))]
		src.Put(fmt.Sprintf("hostile/%d %s.md", i, names.Replace(group[0])), "# hostile "+group[1%len(group)]+"\n\nhostile "+strings.Join(group, "\n\nhostile ")+"\n")
	}
}

// TestThePageInABrowser goes through every flow, looks for what people cannot use, and lets
// documents, answers and addresses attack the page. SLUICE_PAGE names another server to try.
func TestThePageInABrowser(t *testing.T) {
	s := &site{t: t, files: vfs.Mem(), notes: testkit.NewSource("notes")}
	library(t, s.notes)
	s.start()
	out, err := node(t, "flows.mjs", s.http.URL+"/")
	s.stop()
	t.Log(out)
	flows := regexp.MustCompile(`(?m)^(ok|not ok) `).FindAllString(out, -1)
	if err != nil || len(flows) < 20 || strings.Contains(out, "not ok ") {
		t.Errorf("%d flows, %v", len(flows), err)
	}
	cited := regexp.MustCompile(`(?m)^citation (\S+)$`).FindStringSubmatch(out)
	if cited == nil {
		t.Fatal("no citation was printed")
	}
	// The document has grown above the sentence, and the server is another one.
	s.notes.Put("torn.md", "# Disks\n\nDisks lie, and they do so quietly. What is written to them is not what is read, now and then.\n\n"+strings.Repeat("They lie about heads and about sectors.\n\n", 40)+torn)
	s.start()
	defer s.stop()
	if out, err := node(t, "flows.mjs", s.http.URL+"/", cited[1]); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
