// Package web is the connector of stage 0 for a web site.
//
// A site is crawled by a sync (Fetch), and politely: as its robots.txt asks, one request at a time,
// with a pause in between, and what has not changed is not sent again. Walk, Open and Stat speak of
// what was fetched, which lies in the store, so that no question waits for a server or is seen by
// one. A crawl that is ended goes on where it was.
package web

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluice/corpus"
	"sluice/corpus/extract"
	"sluice/corpus/source"
	"sluice/corpus/source/warc"
	"sluice/internal/clock"
	"sluice/internal/netx"
	"sluice/internal/vfs"
)

// Kind is the Info.Kind of a web site.
const Kind = "web"

// Connector is the line of the table of connectors.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "https://SITE", Short: "a web site, from an address on (also without web:); crawled politely by each sync",
		Claims: func(typed string) bool {
			return strings.HasPrefix(typed, "https://") || strings.HasPrefix(typed, "http://")
		},
		Locate:  locate,
		Remote:  true,
		Options: optionNames,
		Open: func(s source.Setting) (corpus.Source, error) {
			return newWeb(s, clock.System{}, func(ctx context.Context, address, contentType string, body []byte) (io.ReadCloser, extract.About, error) {
				return warc.Text(ctx, s.Extract, address, contentType, body)
			})
		},
	}
}

// locate takes the address of a site. Its label is its host, with the folder that is read of it.
func locate(typed string, _ func(string) string) (root, label string, err error) {
	s, err := newSite(typed, false)
	if err != nil {
		return "", "", err
	}
	label = strings.TrimPrefix(s.root.Host, "www.")
	if dir := strings.Trim(s.dir, "/"); dir != "" {
		label += "-" + dir
	}
	return s.start(), source.Label(label), nil
}

// Web is a corpus.Source over one site. It is safe for concurrent use.
type Web struct {
	info  corpus.Info
	site  *site
	opts  options
	fs    vfs.FS // where what was fetched is kept; nil: nowhere
	clock clock.Waiter
	read  Reader

	mu    sync.Mutex
	known *journal // as it was when the file had that stamp
	stamp vfs.Entry
}

// Reader turns the body of a page into its text.
type Reader func(ctx context.Context, address, contentType string, body []byte) (io.ReadCloser, extract.About, error)

// load reads the journal, where it is not the one that was read last.
func (w *Web) load() (*journal, error) {
	if w.fs == nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, errNothing)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	stamp, err := w.fs.Stat(journalName)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", corpus.ErrRootGone, errNothing)
	}
	if w.known != nil && stamp == w.stamp {
		return w.known, nil
	}
	j, err := loadJournal(w.fs)
	if err != nil {
		return nil, err
	}
	w.known, w.stamp = j, stamp
	return j, nil
}

// Info implements corpus.Source.
func (w *Web) Info() corpus.Info { return w.info }

// State implements corpus.Stater: whatever happens to what was fetched stands in the journal.
func (w *Web) State(ctx context.Context) (state uint64, ok bool, err error) {
	if w.fs == nil {
		return 0, false, nil
	}
	e, err := w.fs.Stat(journalName)
	if err != nil {
		return 0, false, fmt.Errorf("%w: %w", corpus.ErrRootGone, errNothing)
	}
	atRest := e.ModTime.Before(w.clock.Now().Add(-corpus.RacyWindow))
	return corpus.Digest(fmt.Appendf(nil, "%d %d", e.Size, e.ModTime.UnixNano())), atRest, ctx.Err()
}

func (w *Web) item(p *page) corpus.Item {
	return corpus.Item{Path: p.URL, Size: p.Size, ModTime: p.modified(), Changed: p.Changed, FileID: p.Sum}
}

// Walk implements corpus.Source.
func (w *Web) Walk(ctx context.Context, visit func(corpus.Item) error) (*corpus.Report, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	j, err := w.load()
	if err != nil {
		return nil, err
	}
	report, waits := &corpus.Report{}, 0
	for _, p := range j.sorted() {
		switch p.State {
		case failed:
			report.Fail(p.URL, fmt.Errorf("%s", p.Why))
		case waiting:
			waits++
		}
		if !p.holds() {
			if why := reasons[p.State]; why != "" {
				report.LeaveOut(why, 0)
			}
			continue
		}
		it := w.item(p)
		report.Taken.Add(it.Size)
		if err := visit(it); err != nil {
			return report, err
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
	}
	if !j.ended || j.bad > 0 {
		report.Fail(w.info.Root, fmt.Errorf("its crawl has not come to its end; %d pages wait: the next sync goes on", waits))
	}
	return report, nil
}

// reasons are those for which an address is left out.
var reasons = map[state]corpus.Reason{refused: corpus.Refused, duplicate: corpus.Duplicate, trapped: corpus.Duplicate, other: corpus.Binary}

// Stat implements corpus.Source.
func (w *Web) Stat(ctx context.Context, path string) (corpus.Item, error) {
	if err := ctx.Err(); err != nil {
		return corpus.Item{}, err
	}
	j, err := w.load()
	if err != nil {
		return corpus.Item{}, err
	}
	p := j.pages[path]
	if p == nil || !p.holds() {
		return corpus.Item{}, fmt.Errorf("%s: %w", path, corpus.ErrGone)
	}
	return w.item(p), nil
}

// Open implements corpus.Source.
func (w *Web) Open(ctx context.Context, path string) (io.ReadCloser, corpus.Item, error) {
	it, err := w.Stat(ctx, path)
	if err != nil {
		return nil, it, err
	}
	j, err := w.load()
	if err != nil {
		return nil, it, err
	}
	body, err := readKept(w.fs, path)
	if err != nil {
		return nil, it, fmt.Errorf("%s: %w", path, err)
	}
	if corpus.Digest(body) != it.FileID { // it was fetched again just now
		it.Size, it.FileID, it.Changed = int64(len(body)), corpus.Digest(body), 0
	}
	r, about, err := w.read(ctx, path, j.pages[path].Type, body)
	it.Title, it.Time, it.Type = about.Title, about.Time, about.Type
	return r, it, err
}

// Fetch implements corpus.Fetcher: it crawls the site.
func (w *Web) Fetch(ctx context.Context, tell func(done, left int64)) error {
	if w.fs == nil {
		return fmt.Errorf("%s: there is no store to keep what would be fetched", w.info.Root)
	}
	j, err := loadJournal(w.fs)
	if err != nil && j == nil {
		return err
	}
	c := w.crawl(j, tell)
	defer c.client.Close()
	for _, p := range j.pages {
		if _, err := w.fs.Stat(fileOf(p.URL)); p.holds() && err != nil { // it was lost, or found damaged
			p.State, p.Size, p.ETag, p.Modified = waiting, 0, "", ""
		}
	}
	if err := c.run(ctx); err != nil {
		return fmt.Errorf("%s: %w", w.info.Root, err)
	}
	if why := c.unstarted(); why != "" {
		return fmt.Errorf("%s: %w: %s", w.info.Root, errNoPage, why)
	}
	if more := c.notTaken(); more != "" {
		return fmt.Errorf("%s: %s", w.info.Root, more)
	}
	return nil
}

func (w *Web) crawl(j *journal, tell func(done, left int64)) *crawl {
	return &crawl{site: w.site, opts: w.opts, j: j, client: netx.New(netx.Options{Hosts: w.site.hosts(), Stay: true}), clock: w.clock, tell: tell}
}

// Forget implements source.Forgetful.
func (w *Web) Forget(drop func(corpus.Item) bool) error {
	if w.fs == nil {
		return nil
	}
	j, err := loadJournal(w.fs)
	if j == nil {
		return err
	}
	for _, p := range j.sorted() {
		if drop(w.item(p)) {
			if err := removePage(w.fs, p.URL); err != nil {
				return err
			}
			delete(j.pages, p.URL)
		}
	}
	return j.compact()
}

// optionNames are those that `add --option NAME=VALUE` takes.
var optionNames = map[string]string{
	"pages":   fmt.Sprintf("how many pages at most (default %d)", pagesDefault),
	"depth":   fmt.Sprintf("how many links from the start at most (default %d)", depthDefault),
	"delay":   "pause between two requests (default 1s; for this machine's own servers 0s); robots.txt may ask for more",
	"revisit": "how old a page gets before a sync asks whether it has changed (default 24h)",
	"scope":   "`host` takes the whole host, not only what lies below the address",
}

// parse reads the options.
func parse(set map[string]string, loopback bool) (o options, wholeHost bool, err error) {
	o = options{pages: pagesDefault, depth: depthDefault, delay: time.Second, retry: 2 * time.Second, revisit: 24 * time.Hour}
	if loopback {
		o.delay = 0
	}
	for name, value := range set {
		var err error
		switch name {
		case "pages":
			o.pages, err = positive(value)
		case "depth":
			o.depth, err = positive(value)
		case "delay":
			o.delay, err = time.ParseDuration(value)
		case "revisit":
			o.revisit, err = time.ParseDuration(value)
		case "scope":
			wholeHost = value == "host"
			if value != "host" && value != "path" {
				err = fmt.Errorf("write host or path")
			}
		}
		if err != nil || o.delay < 0 || o.revisit < 0 {
			return o, false, fmt.Errorf("--option %s=%s: %s", name, value, optionNames[name])
		}
	}
	return o, wholeHost, nil
}

func positive(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil && n < 1 {
		err = fmt.Errorf("%d is less than 1", n)
	}
	return n, err
}

// newWeb makes a source.
func newWeb(s source.Setting, clock clock.Waiter, read Reader) (*Web, error) {
	o, wholeHost, err := parse(s.Rules.Set, netx.Loopback(s.Root))
	if err != nil {
		return nil, err
	}
	o.skip = s.Rules.Leaves()
	at, err := newSite(s.Root, wholeHost)
	if err != nil {
		return nil, err
	}
	return &Web{info: s.Info, site: at, opts: o, fs: s.State, clock: clock, read: read}, nil
}
