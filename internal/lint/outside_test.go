package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// plain are the standard packages that compute on what they are given: every package may import
// them. Everything else of the outside, standard or not, is in grants, or is forbidden.
var plain = []string{
	"bufio", "bytes", "cmp", "context", "encoding/binary", "encoding/hex", "errors", "fmt", "hash", "hash/crc32",
	"io", "iter", "maps", "math", "math/bits", "path", "slices", "sort", "strconv", "strings", "sync",
	"sync/atomic", "time", "unicode", "unicode/utf16", "unicode/utf8",
}

// grant lets some packages import one package of the outside, and says what for.
type grant struct {
	path    string
	holders []string
	why     string
}

var grants = []grant{
	// What touches the machine.
	{"os", []string{"internal/defence", "internal/promise", "internal/promise/prove", "internal/vfs", "corpus/source/folder", "cmd/sluice", "eval", "eval/background", "eval/fit", "internal/mutate", "eval/agent", "corpus/extract/sandbox", "eval/facts", "internal/tool", "corpus/source/git", "corpus/source/packed", "corpus/source/unpack", "model/light/make", "corpus/extract/formats", "eval/citations"},
		"files are opened by internal/vfs and the connectors only, so that faults can be injected and nothing outside a source is read; commands and measurements read what their user names"},
	{"os/exec", []string{"eval", "internal/mutate", "internal/promise/prove", "eval/agent", "corpus/extract/sandbox", "internal/tool"},
		"the command starts no other program: one static binary, which reads what strangers wrote in a process of its own (the sandbox); bench life measures itself in a fresh process, the mutation run starts go test"},
	{"os/signal", []string{"cmd/sluice", "internal/mutate", "internal/promise/prove"}, "a signal ends a command; packages are told by their context"},
	{"os/user", []string{"cmd/sluice"}, "finds the home folder that the system knows, where the environment names another one: all of it is read only when asked"},
	{"io/fs", []string{"corpus", "internal/vfs", "corpus/source/folder", "health", "index", "index/blockfile", "cmd/sluice", "eval", "model", "model/shelf", "model/hub", "corpus/source/web", "corpus/source/git", "corpus/source/packed", "learn/feedback"},
		"the errors and modes of files; whoever does not hold files has no use for them. health reads the counters of a system folder that the command hands it"},
	{"path/filepath", []string{"internal/vfs", "corpus/source/folder", "serve", "cmd/sluice", "eval", "eval/fit", "internal/mutate", "internal/promise", "internal/promise/prove", "eval/agent", "eval/facts", "corpus/source/git", "corpus/source/packed", "model/light/make", "corpus/source/photos", "corpus/extract/formats", "eval/citations"},
		"names inside the store and inside sources are slash-separated: package path; only who speaks to the system converts"},
	{"syscall", []string{"corpus/source/folder", "internal/faultfs", "internal/vfs", "quant/kernel", "cmd/sluice", "internal/mutate", "corpus/extract/sandbox", "corpus/source/packed"},
		"error numbers, O_NONBLOCK, signals and what os.FileInfo.Sys is on Windows; the kernels read SLUICE_KERNEL before os exists to them"},
	{"golang.org/x/sys/unix", []string{"internal/vfs", "internal/pages", "corpus/source/folder", "eval", "eval/roofline", "corpus/extract/sandbox", "internal/tool"}, "maps and locks files and pages; clocks of a thread and pages for measurements"},
	{"golang.org/x/sys/windows", []string{"internal/vfs", "internal/pages"}, "maps and locks files and pages"},
	{"golang.org/x/sys/cpu", []string{"quant/kernel"}, "chooses the kernels that the processor has"},
	{"golang.org/x/term", []string{"internal/term"}, "asks whether a terminal is there and how wide"},
	{"unsafe", []string{"internal/vfs", "internal/pages", "internal/tokens", "index/lexical", "corpus/extract/sandbox"},
		"views of mapped memory, and strings that share the bytes of a block; damage must not become a wild pointer anywhere else"},
	{"runtime", []string{"corpus/source/folder", "ingest", "cmd/sluice", "eval", "eval/lowbits", "eval/roofline", "eval/forward", "internal/mutate", "model", "internal/promise/prove"},
		"counts processors, names the system, reads memory figures; results must not depend on it"},
	{"runtime/debug", []string{"internal/vfs", "cmd/sluice", "corpus/extract/sandbox"}, "faults of mapped files, the memory limit and the version; one owner each"},

	{"net", []string{"internal/netx", "serve/httpapi"}, "nothing leaves the machine unasked: there is one door, and the picture of imports shows who has a key; httpapi reads addresses and opens nothing (see doors)"},
	{"net/http", []string{"internal/netx", "serve/httpapi", "serve/web", "serve/mcp"}, "as net; what answers requests has its types and opens nothing (see doors)"},
	{"net/url", []string{"internal/netx", "serve/httpapi", "serve/web", "corpus/extract/formats", "corpus/source/web"}, "as net; the origin of a page is an address, and so is the place of a passage on the page"},
	{"crypto/tls", []string{"internal/netx"}, "as net"},
	{"log", []string{"internal/netx"}, "silences the log of the library's server: nothing is logged"},

	// What depends on chance or on a run.
	{"math/rand/v2", []string{"health", "internal/vfs", "internal/faultfs", "internal/testkit", "eval", "eval/citations"},
		"temporary names, a machine's number, faults and samples; what is stored and ranked is a function of its inputs"},
	{"hash/fnv", []string{"answer/upstream", "index/lexical"}, "a number that stands for a question, or for the beginning of a prompt; not stored"},
	{"hash/maphash", []string{"index/lexical"}, "a table in memory only: its values differ from run to run and must not be stored"},

	// Formats, each where it is spoken.
	{"crypto/sha256", []string{"answer/talk", "corpus", "index", "index/blockfile", "index/parity", "index/text", "ingest", "cmd/sluice", "internal/mutate", "model", "model/shelf", "model/hub", "serve/httpapi", "serve/web", "corpus/source/warc", "corpus/source/packed"},
		"names and checks what is stored, tokens and the page's files; one hash in the house"},
	{"crypto/rand", []string{"cmd/sluice", "serve/httpapi"}, "tokens and the ids of answers are drawn by lot"},
	{"crypto/subtle", []string{"serve/httpapi"}, "tokens are compared in the same time whatever they are"},
	{"encoding/base64", []string{"corpus/secret", "serve/httpapi", "corpus/source/warc", "corpus/source", "corpus/source/history"}, "a user and a password in a header are base64 of one string; OpenAI's clients ask for vectors so"},
	{"encoding/base32", []string{"index/text", "corpus/source/warc"}, "passage ids are written in one place"},
	{"encoding/json", []string{"answer", "api", "cascade/judge", "index", "internal/vfs", "serve", "serve/args", "serve/httpapi", "serve/mcp", "cmd/sluice", "eval", "eval/fit", "eval/lowbits", "eval/roofline", "eval/forward", "internal/mutate", "internal/promise", "eval/agent", "model", "model/shelf", "model/hub", "model/remote", "corpus/extract/formats", "corpus/extract/sandbox", "eval/facts", "corpus/source/web", "learn/feedback", "corpus/source/chats", "answer/talk", "answer/upstream", "corpus/source/photos", "corpus/source/history", "corpus/source/takeout", "eval/citations"},
		"the contract, the manifest and weights, and JSON that is shown; stored blocks are binary"},
	{"golang.org/x/text/encoding", []string{"corpus/source", "corpus/extract/formats"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/encoding/charmap", []string{"corpus/source"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/encoding/japanese", []string{"corpus/source"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/encoding/korean", []string{"corpus/source"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/encoding/simplifiedchinese", []string{"corpus/source"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/encoding/traditionalchinese", []string{"corpus/source"}, "texts that are not UTF-8 are read where texts come in"},
	{"golang.org/x/text/unicode/norm", []string{"cascade/flow", "index", "index/lexical", "model"}, "one character may be stored in several ways: words, quotes and paths are compared in one"},
	{"embed", []string{"cascade/judge", "eval", "index/lexical", "internal/mutate", "internal/promise/prove", "internal/tokens", "model", "serve/web", "model/light"}, "weights, vocabularies and tables that are in the binary: each costs its size in every copy"},
	{"html", []string{"answer", "corpus/chunk", "index/lexical", "corpus/source/history", "corpus/source/packed"}, "headings of documents, words and sentences hold entities"},
	{"github.com/klippa-app/go-pdfium", []string{"corpus/extract/formats"}, "PDF, in the build full: the reader of Chromium, compiled to WebAssembly, which sees nothing but its document"},
	{"github.com/klippa-app/go-pdfium/errors", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/klippa-app/go-pdfium/references", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/klippa-app/go-pdfium/requests", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/klippa-app/go-pdfium/webassembly", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/tetratelabs/wazero", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/tetratelabs/wazero/api", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/tetratelabs/wazero/experimental", []string{"corpus/extract/formats"}, "as go-pdfium"},
	{"github.com/bodgit/sevenzip", []string{"corpus/extract/formats"}, "archives, in the build full"},
	{"github.com/nwaples/rardecode/v2", []string{"corpus/extract/formats"}, "archives, in the build full"},
	{"mime", []string{"answer", "serve/httpapi"}, "encoded words in a mail's header; the type of a request and of a page's files"},
	{"runtime/metrics", []string{"corpus/extract/sandbox"}, "a process that reads what strangers wrote watches its own memory"},
	{"encoding/xml", []string{"corpus/extract/formats", "corpus/source/web", "corpus/source/history"}, "office documents and books; entities of theirs are not resolved"},
	{"archive/zip", []string{"corpus/extract/formats", "corpus/source/packed"}, "office documents, books and archives"},
	{"archive/tar", []string{"corpus/extract/formats", "corpus/source/packed"}, "archives"},
	{"compress/bzip2", []string{"corpus/extract/formats"}, "archives"},
	{"github.com/klauspost/compress/gzip", []string{"corpus/extract/formats", "corpus/source/packed"}, "archives"},
	{"github.com/ulikunitz/xz", []string{"corpus/extract/formats"}, "archives"},
	{"golang.org/x/net/html", []string{"corpus/extract/formats", "corpus/source/web", "eval/facts"}, "the tree of a page, as browsers make it of anything; it opens no socket"},
	{"golang.org/x/net/html/atom", []string{"corpus/extract/formats", "corpus/source/web"}, "as golang.org/x/net/html"},
	{"codeberg.org/readeck/go-readability/v2", []string{"corpus/extract/formats"}, "which part of a page is its article, as Firefox finds it; it opens no socket"},
	{"golang.org/x/text/encoding/unicode", []string{"corpus/extract/formats"}, "office documents that are UTF-16, or not quite UTF-8"},
	{"golang.org/x/text/transform", []string{"corpus/extract/formats"}, "as golang.org/x/text/encoding/unicode"},
	{"golang.org/x/text/encoding/htmlindex", []string{"corpus/extract/formats", "corpus/source"}, "encodings by the names that documents give them"},
	{"encoding/csv", []string{"answer"}, "a row of a table is shown cell by cell"},
	{"math/big", []string{"internal/mutate"}, "constants of sources as they are written"},
	{"regexp", []string{"answer", "cascade/flow", "corpus/secret", "cmd/sluice", "eval", "eval/lowbits", "eval/agent", "model/hub", "corpus/extract/formats", "serve/httpapi", "answer/check", "serve", "eval/facts", "answer/weigh", "eval/citations"}, "slow: not on the way of a question but for its own words, 400 bytes at most, nor where every byte passes (secrets: only behind the words PRIVATE KEY; answers: only sentences that speak of what is asked)"},
	{"text/tabwriter", []string{"eval/lowbits", "eval/citations"}, "tables of a measurement"},
	{"flag", []string{"eval/fit", "internal/mutate", "internal/promise/prove", "eval/agent", "model/light/make", "eval/citations"}, "flags belong to commands; packages take options"},
	{"testing", []string{"corpus/source/sourcetest", "internal/promise"}, "the conformance suite of connectors is called from tests; nothing of the command may link testing"},
	{"go/ast", []string{"internal/mutate"}, "reads Go as a compiler does; the command has no use for it"},
	{"go/build", []string{"internal/mutate"}, "as go/ast"},
	{"go/parser", []string{"internal/mutate"}, "as go/ast"},
	{"go/token", []string{"internal/mutate"}, "as go/ast"},

	// What comes from the web, and as it is kept.
	{"github.com/bep/imagemeta", []string{"corpus/extract/formats"}, "what cameras write into pictures: EXIF, IPTC, HEIF and raw files"},
	{"image", []string{"corpus/extract/formats"}, "the size of a picture"},
	{"image/gif", []string{"corpus/extract/formats"}, "as image"},
	{"image/jpeg", []string{"corpus/extract/formats"}, "as image"},
	{"image/png", []string{"corpus/extract/formats"}, "as image"},
	{"crypto/sha1", []string{"corpus/source/warc"}, "the digest that WARC files tell: it is checked, and nothing of ours is named by it"},
	{"crypto/md5", []string{"corpus/source/warc"}, "as crypto/sha1"},
	{"crypto/sha512", []string{"corpus/source/warc"}, "as crypto/sha1"},
	{"compress/gzip", []string{"corpus/source/warc", "corpus/source/web"}, "how WARC files, pages and site maps are sent: one member a record, which must end where it ends"},
	{"compress/zlib", []string{"corpus/source/warc"}, "as compress/gzip"},
	{"compress/flate", []string{"corpus/source/warc", "corpus/extract/formats"}, "as compress/gzip; a file of a zip archive, where it lies"},
	{"github.com/temoto/robotstxt", []string{"corpus/source/web"}, "what a site asks of those who crawl it, as others read it"},

	// Modules of others, each behind one package, so that it can be replaced.
	{"github.com/spf13/cobra", []string{"cmd/sluice"}, "flags belong to the command; packages take options"},
	{"github.com/spf13/pflag", []string{"cmd/sluice"}, "the errors of the flag library, to be said in words"},
	{"github.com/google/jsonschema-go/jsonschema", []string{"serve/args"}, "schemas of the tools, in the form that the SDK of MCP takes"},
	{"github.com/adrg/xdg", []string{"cmd/sluice"}, "where stores lie is the command's decision; packages are given a folder"},
	{"github.com/modelcontextprotocol/go-sdk/mcp", []string{"serve/mcp", "eval/agent"}, "links net/http, so it stays at the edge, and what of it opens sockets is not used (see doors)"},
	{"github.com/modelcontextprotocol/go-sdk/jsonrpc", []string{"serve/mcp"}, "the messages of MCP"},
	{"github.com/RoaringBitmap/roaring/v2", []string{"index"}, "sets of passages are index's business; arms are given them as an interface"},
	{"github.com/bmatcuk/doublestar/v4", []string{"index"}, "globs of --path, where the filter is"},
	{"github.com/blevesearch/snowballstem", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/english", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/arabic", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/danish", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/dutch", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/finnish", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/french", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/german", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/hungarian", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/italian", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/norwegian", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/portuguese", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/romanian", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/russian", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/spanish", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/swedish", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/blevesearch/snowballstem/turkish", []string{"index/lexical"}, "stems belong to the lexical arm"},
	{"github.com/clipperhouse/uax29/v2/words", []string{"index/lexical"}, "word boundaries belong to the lexical arm"},
	{"github.com/klauspost/compress/zstd", []string{"index/text", "internal/tokens", "corpus/extract/formats", "corpus/source/warc"}, "text blocks and vocabularies; nothing else of ours is compressed; archives are unpacked"},
	{"github.com/klauspost/reedsolomon", []string{"index/parity"}, "codes that bring damaged text back; nothing else is stored twice"},
	{"golang.org/x/sync/errgroup", []string{"ingest", "eval/lowbits"}, "several at once, the first error ends all"},
}

// never says of packages that people reach for why no package of ours imports them. They are
// forbidden as all are that no grant names; only the message is better. Each stands also for
// everything below it.
var never = []grant{
	{path: "net", why: "sockets are opened by internal/netx only: nothing leaves the machine unasked, and README promises it"},
	{path: "crypto/tls", why: "whoever needs it has a socket; sockets are opened by internal/netx only"},
	{path: "golang.org/x/net", why: "whoever needs it has a socket; sockets are opened by internal/netx only"},
	{path: "log", why: "nothing is logged: return an error, or name it in degraded"},
	{path: "io/ioutil", why: "deprecated since Go 1.16: its functions are in io and os"},
	{path: "math/rand", why: "math/rand/v2, with a seed that is told"},
	{path: "reflect", why: "say the type; what is decided at run time cannot be read in the code"},
	{path: "plugin", why: "one static binary"},
	{path: "C", why: "CGO_ENABLED=0 everywhere"},
	{path: "runtime/cgo", why: "CGO_ENABLED=0 everywhere"},
	{path: "expvar", why: "it opens a page of an HTTP server"},
	{path: "html/template", why: "pages come with serve/web"},
	{path: "encoding/gob", why: "stored forms are written out, with a version and golden files"},
	{path: "github.com/tiktoken-go/tokenizer", why: "its tables cost ten seconds of every first build; it is the yardstick of internal/tokens' tests only"},
}

const grantsFile = "internal/lint/outside_test.go"

func TestImportsOfTheOutside(t *testing.T) {
	complain(t, wrongOutside(goFiles(t), grants))
	for _, g := range grants {
		if g.why == "" || slices.Contains(plain, g.path) {
			t.Errorf("the grant of %s needs a reason, and a package that is plain needs no grant", g.path)
		}
	}
}

// wrongOutside lists imports that no grant allows, and grants that nobody uses.
func wrongOutside(files []*goFile, grants []grant) (complaints []string) {
	used := map[string]bool{}
	for _, f := range code(files) {
		for _, imp := range f.imports() {
			used[imp+" "+f.pkg] = true
			if strings.HasPrefix(imp, "sluice/") || slices.Contains(plain, imp) || holds(grants, imp, f.pkg) {
				continue
			}
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", f.path, imp, whyNot(grants, imp)))
		}
	}
	for _, g := range grants {
		for _, pkg := range g.holders {
			if !used[g.path+" "+pkg] {
				complaints = append(complaints, fmt.Sprintf("%s may import %s and does not: take it out of grants in %s", pkg, g.path, grantsFile))
			}
		}
	}
	return complaints
}

func holds(grants []grant, imp, pkg string) bool {
	return slices.ContainsFunc(grants, func(g grant) bool { return g.path == imp && slices.Contains(g.holders, pkg) })
}

func whyNot(grants []grant, imp string) string {
	for _, n := range never {
		if isBelow(imp, n.path) {
			return "no package of ours does. " + n.why
		}
	}
	for _, g := range grants {
		if g.path == imp {
			return fmt.Sprintf("it is for %s (%s). Use what they offer, or add the package to its grant in %s and say what for",
				cmp.Or(strings.Join(g.holders, ", "), "nobody"), g.why, grantsFile)
		}
	}
	return "no grant names it. Do without, or add one to " + grantsFile + " and say what for"
}

func isBelow(imp, top string) bool { return imp == top || strings.HasPrefix(imp, top+"/") }

// door is a set of names in packages that may be imported, which nobody may call nevertheless, or
// only the files and packages of its owners.
type door struct {
	pkgs   []string // import paths
	name   *regexp.Regexp
	owners []string // files, or folders with a slash at the end
	why    string
}

var doors = []door{
	{[]string{"syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows"},
		regexp.MustCompile(`^(Socket(pair)?|Connect|Bind|Listen|Accept4?|Send[a-z]*|Recv[a-z]*|WSA\w+|ForkExec|Exec|StartProcess|CreateProcess\w*|ShellExecute|\w*DLL)$`), nil,
		"no socket is opened and no program is started below the packages that could be seen doing it"},
	{[]string{"syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows"}, regexp.MustCompile(`^(Raw)?Syscall\w*$`),
		[]string{"quant/kernel/tiles_linux_amd64.go", "corpus/extract/sandbox/lock_linux.go"},
		"a system call that has no name could be any; Linux is asked for the tiles of AMX this way, and for Landlock, because nothing else does it"},
	{[]string{"os"}, regexp.MustCompile(`^StartProcess$`), nil, "no other program is started: one static binary"},
	{[]string{"github.com/modelcontextprotocol/go-sdk/mcp"}, regexp.MustCompile(`HTTP|SSE|Streamable|CommandTransport|SSH`), []string{"serve/mcp/http.go"},
		"MCP speaks on stdio, and answers what our server hands it: the SDK's transports that open sockets or start programs stay unused"},
	{[]string{"net", "net/http"}, regexp.MustCompile(`^(Dial\w*|Listen\w*|Serve(TLS)?|Get|Head|Post(Form)?|Client|Default(Client|Transport)|Transport|Server|Lookup\w*)$`),
		[]string{"internal/netx/"}, "a socket is opened by internal/netx only: whoever answers requests is handed to its server"},
	{[]string{"sluice/internal/vfs"}, regexp.MustCompile(`^Guard$`), []string{"index/blockfile/"},
		"a fault is named by the file that it happened in, which package blockfile does: call blockfile's reading functions"},
	{[]string{"sluice/index/blockfile"}, regexp.MustCompile(`^Guard$`), guardOwners,
		"whoever reads a mapped block goes through index.Segment.Read, which guards it and names the segment"},
}

// guardOwners are the only files that may guard a read of mapped blocks.
var guardOwners = []string{"index/segment.go", "index/access.go", "index/tombstones.go", "index/blockfile/"}

func TestDoors(t *testing.T) { complain(t, opened(goFiles(t), doors)) }

// opened lists the uses of names that a door keeps. Guard is also kept as a method: a value that
// hands the guard out is a second door.
func opened(files []*goFile, doors []door) (complaints []string) {
	for _, f := range code(files) {
		names := f.importNames()
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			for _, d := range doors {
				if d.keeps(sel, names) && !owned(f.path, d.owners) {
					complaints = append(complaints, fmt.Sprintf("%s:%d uses %s: %s", f.path, f.line(sel), types.ExprString(sel), d.why))
				}
			}
			return true
		})
	}
	return complaints
}

func (d door) keeps(sel *ast.SelectorExpr, names map[string]string) bool {
	if !d.name.MatchString(sel.Sel.Name) {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	imported := ok && names[x.Name] != ""
	if imported {
		return slices.Contains(d.pkgs, names[x.Name])
	}
	return sel.Sel.Name == "Guard" && slices.Contains(d.pkgs, "sluice/index/blockfile")
}

func owned(file string, owners []string) bool {
	return slices.ContainsFunc(owners, func(o string) bool { return file == o || strings.HasSuffix(o, "/") && strings.HasPrefix(file, o) })
}

// TestNoLinkname: a name that the linker joins is an import that no list sees.
func TestNoLinkname(t *testing.T) { complain(t, linknames(goFiles(t))) }

func linknames(files []*goFile) (complaints []string) {
	for _, f := range files {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:linkname ") {
					complaints = append(complaints, fmt.Sprintf("%s:%d: go:linkname reaches into a package past its imports: call what it exports", f.path, f.line(c)))
				}
			}
		}
	}
	return complaints
}

var version = regexp.MustCompile(`^v\d+$`)

// importNames maps the name under which a file knows an import to its path.
func (f *goFile) importNames() map[string]string {
	names := map[string]string{}
	paths := f.imports()
	for i, imp := range f.syntax.Imports {
		name := path.Base(paths[i])
		if version.MatchString(name) {
			name = path.Base(path.Dir(paths[i]))
		}
		if imp.Name != nil {
			name = imp.Name.Name
		}
		names[name] = paths[i]
	}
	return names
}

// sockets are the modules that are linked although they import a network package. Only the exact
// packages are listed, so that a module that begins to do so is noticed.
var sockets = map[string]string{
	"sluice/corpus/source/web":                             "tags of web pages, and their addresses: it asks internal/netx",
	"github.com/temoto/robotstxt":                          "the type of an answer, for a function that is not called",
	"sluice/internal/netx":                                 "our own door: only for hosts that its caller names, and where its owner says to listen",
	"sluice/serve/httpapi":                                 "answers what comes through that door; doors keeps it from opening one",
	"sluice/serve/web":                                     "as serve/httpapi",
	"sluice/serve/mcp":                                     "as serve/httpapi",
	"sluice/eval/facts":                                    "names of elements, to compare what pages say",
	"sluice/corpus/extract/formats":                        "trees of web pages, and addresses in books: golang.org/x/net/html opens no socket",
	"golang.org/x/net/html":                                "names of elements",
	"golang.org/x/net/html/charset":                        "as golang.org/x/net/html",
	"codeberg.org/readeck/go-readability/v2":               "as golang.org/x/net/html; net/url",
	"codeberg.org/readeck/go-readability/v2/render":        "as golang.org/x/net/html",
	"github.com/andybalholm/cascadia":                      "as golang.org/x/net/html",
	"github.com/go-shiori/dom":                             "as golang.org/x/net/html",
	"github.com/spf13/pflag":                               "types of flags for addresses; we define none",
	"github.com/google/jsonschema-go/jsonschema":           "net/url, to resolve references of schemas",
	"github.com/modelcontextprotocol/go-sdk/mcp":           "transports that are not used here (see doors)",
	"github.com/modelcontextprotocol/go-sdk/auth":          "for those transports",
	"github.com/modelcontextprotocol/go-sdk/oauthex":       "for those transports",
	"github.com/modelcontextprotocol/go-sdk/internal/util": "for those transports",
	"golang.org/x/sys/windows":                             "types of addresses; doors keeps its calls",
	"golang.org/x/oauth2":                                  "for those transports",
	"golang.org/x/oauth2/internal":                         "for those transports",
}

// TestWhoLinksTheNetwork: of what the command links, only known packages of others import a network
// package.
func TestWhoLinksTheNetwork(t *testing.T) {
	complain(t, networkLinked(packagesLinked(t), sockets))
}

func networkLinked(packages []linkedPackage, known map[string]string) (complaints []string) {
	seen := map[string]bool{}
	for _, p := range packages {
		if p.Standard {
			continue
		}
		for _, imp := range p.Imports {
			if !slices.ContainsFunc([]string{"net", "crypto/tls", "golang.org/x/net"}, func(top string) bool { return isBelow(imp, top) }) {
				continue
			}
			if known[p.ImportPath] == "" && !seen[p.ImportPath] {
				complaints = append(complaints, fmt.Sprintf("the command links %s, which imports %s: find out whether it opens a socket, and if it cannot, enter it in sockets of %s", p.ImportPath, imp, grantsFile))
			}
			seen[p.ImportPath] = true
		}
	}
	for _, p := range slices.Sorted(maps.Keys(known)) {
		if !seen[p] {
			complaints = append(complaints, fmt.Sprintf("%s is in sockets of %s, but is not linked or imports no network package: take it out", p, grantsFile))
		}
	}
	return complaints
}

// linkedPackage is one package that the command links, as go list tells it.
type linkedPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Module     *module
}

// packagesLinked lists what cmd/sluice links on each system that it is released for.
func packagesLinked(t *testing.T, flags ...string) (all []linkedPackage) {
	t.Helper()
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", append(append([]string{"list"}, flags...), "-deps", "-json=ImportPath,Standard,Imports,Module", "./cmd/sluice")...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil && (system != runtime.GOOS || errors.Is(err, exec.ErrNotFound)) {
			t.Skipf("the dependencies on %s cannot be listed: %v\n%s", system, err, stderr.String())
		}
		if err != nil {
			t.Fatalf("the dependencies of the command cannot be listed: %v\n%s", err, stderr.String())
		}
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p linkedPackage
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}
