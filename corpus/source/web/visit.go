package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sluice/corpus"
	"sluice/corpus/source/warc"
	"sluice/internal/netx"
)

const (
	bodyBytesMax = 32 << 20
	pageWait     = time.Minute // that one page may take, to its last byte
	hopsMax      = 10
)

// answer is what a server said of one address, read to its end.
type answer struct {
	status  int
	header  warc.Header
	body    []byte
	to      string // where a redirect leads, as it is written
	begun   time.Time
	tooLong bool
}

var headers = []string{"content-type", "content-encoding", "last-modified", "etag", "location", "retry-after", "x-robots-tag", "content-language"}

// ask asks for an address. Where the site answers under its other name, with or without www, or
// under https, all that follows is asked for there.
func (c *crawl) ask(ctx context.Context, address string, p *page) (*answer, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	for range 2 {
		u.Scheme, u.Host = c.scheme, c.host
		a, err := c.askOnce(ctx, u.String(), p)
		if err != nil || a.to == "" {
			return a, err
		}
		to, err := u.Parse(a.to)
		otherName := err == nil && (to.Scheme != c.scheme || hostOf(to) != c.host) && to.RequestURI() == u.RequestURI()
		if !otherName || !c.site.has(to) || to.Scheme == "http" && c.scheme == "https" {
			return a, nil
		}
		c.scheme, c.host = to.Scheme, hostOf(to)
	}
	return nil, errors.New("it leads back and forth between two names of its host")
}

func (c *crawl) askOnce(ctx context.Context, address string, p *page) (*answer, error) {
	if err := c.polite(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, pageWait)
	defer cancel()
	ask := netx.Request{URL: address, Header: map[string]string{"Accept-Encoding": "gzip", "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.8"}}
	if p != nil && p.holds() {
		ask.Header["If-None-Match"], ask.Header["If-Modified-Since"] = p.ETag, p.Modified
	}
	a := &answer{header: warc.Header{}, begun: c.clock.Now()}
	defer func() { c.asked = c.clock.Now() }()
	r, err := c.client.Do(ctx, ask)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	a.status = r.Status
	for _, name := range headers {
		if v := r.Header(name); v != "" {
			a.header[name] = v
		}
	}
	if a.status/100 == 3 && a.status != 304 {
		a.to = a.header["location"]
	}
	if media, _ := warc.MediaType(a.header["content-type"]); a.status != 200 || p != nil && !warc.Readable(media) {
		return a, nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, bodyBytesMax+1))
	if err != nil {
		return nil, err
	}
	a.tooLong = len(raw) > bodyBytesMax
	m := warc.Message{Header: warc.Header{"content-encoding": a.header["content-encoding"]}, Raw: raw}
	a.body, err = m.Body()
	a.tooLong = a.tooLong || errors.Is(err, warc.ErrTooLarge)
	delete(a.header, "content-encoding")
	if a.tooLong {
		return a, nil
	}
	return a, err
}

// visit asks for a page and notes what came of it.
func (c *crawl) visit(ctx context.Context, p *page) error {
	if !c.robots.allows(p.URL) {
		c.drop(p, refused, "its robots.txt asks not to read it")
		return c.settle(p)
	}
	a, err := c.ask(ctx, p.URL, p)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return c.again(p, 0, err)
	}
	p.Fetched = a.begun.UnixNano()
	switch {
	case a.status == 304 && p.holds():
		p.State, p.Why = taken, ""
	case a.status == 429, a.status >= 500:
		return c.again(p, retryAfter(a.header["retry-after"], c.clock.Now()), fmt.Errorf("its server answers %d", a.status))
	case a.to != "":
		c.redirected(p, a.to)
	case a.status == 404, a.status == 410:
		c.drop(p, missing, "")
	case a.status != 200:
		c.drop(p, refused, fmt.Sprintf("its server answers %d", a.status))
	case a.tooLong:
		c.drop(p, other, "it is too large")
	case a.body == nil:
		c.drop(p, other, a.header["content-type"])
	default:
		if err := c.take(p, a); err != nil {
			return err
		}
	}
	c.failing = 0
	return c.settle(p)
}

// settle notes that the page needs no further visit in this crawl.
func (c *crawl) settle(p *page) error {
	p.Round = c.j.round
	c.done++
	return c.j.note(p)
}

// drop notes that there is nothing of a page to keep, and lets go of what was kept.
func (c *crawl) drop(p *page, why state, words string) {
	p.State, p.Why = why, words
	if p.holds() {
		c.removed = append(c.removed, p.URL)
	}
	p.Size, p.Sum, p.Says, p.Core, p.ETag, p.Modified, p.Type, p.Changed = 0, 0, 0, 0, "", "", "", 0
}

const triesMax = 4

// again puts a page that was not given back into the queue, for later and later. What was kept of
// it stays when all tries fail.
func (c *crawl) again(p *page, wait time.Duration, why error) error {
	if p.tries++; p.tries == 1 {
		c.failing++
	}
	if c.failing >= failuresInARow {
		return fmt.Errorf("%w: %w", errNoAnswer, why)
	}
	if p.tries >= triesMax {
		p.State, p.Why = failed, why.Error()
		return c.settle(p)
	}
	if wait == 0 {
		wait = c.opts.retry << (p.tries - 1)
	}
	p.notBefore = c.clock.Now().Add(wait)
	c.later = append(c.later, p)
	return nil
}

// retryMax is how long a server may ask to be left alone before its page is given up for now.
const retryMax = 5 * time.Minute

// retryAfter reads for how long a server asks to be left alone.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n > 0 {
		return min(time.Duration(min(n, 1e6))*time.Second, retryMax)
	}
	if at, err := time.Parse(time.RFC1123, strings.TrimSpace(text)); err == nil {
		return min(max(at.Sub(now), 0), retryMax)
	}
	return 0
}

// redirected follows a redirect: where it leads is a page of its own.
func (c *crawl) redirected(p *page, to string) {
	base, err := url.Parse(p.URL)
	if err != nil {
		c.drop(p, missing, "")
		return
	}
	target, err := c.site.address(base, to)
	switch {
	case err != nil:
		c.drop(p, moved, "out of the site")
	case target == p.URL || p.Hops >= hopsMax:
		c.drop(p, moved, "in a circle")
	default:
		c.drop(p, moved, "to "+target)
		c.find(&page{URL: target, Depth: p.Depth, Row: p.Row, Hops: p.Hops + 1})
	}
}

// take keeps a page and follows its links.
func (c *crawl) take(p *page, a *answer) error {
	r := &reading{says: corpus.Digest(a.body)}
	m, _ := warc.MediaType(a.header["content-type"])
	isHTML := strings.Contains(m, "html") || m == "" && bytes.Contains(bytes.ToLower(a.body[:min(len(a.body), 1024)]), []byte("<html"))
	if u, err := url.Parse(p.URL); err == nil && isHTML {
		r = readPage(u, a.body)
	}
	tag := strings.ToLower(a.header["x-robots-tag"])
	r.noIndex = r.noIndex || strings.Contains(tag, "noindex") || strings.Contains(tag, "none")
	r.noFollow = r.noFollow || strings.Contains(tag, "nofollow") || strings.Contains(tag, "none")
	if r.canonical != "" {
		if own, err := c.site.address(r.base, r.canonical); err == nil && own != p.URL && p.Hops < hopsMax {
			c.drop(p, duplicate, "of "+own)
			c.find(&page{URL: own, Depth: p.Depth, Row: p.Row, Hops: p.Hops + 1})
			return nil
		}
	}
	if same := c.says[r.says]; r.words > 0 && same != "" && same != p.URL && p.Depth > 0 {
		c.drop(p, duplicate, "of "+same) // where it leads, that one does
		return nil
	}
	row := 0
	shape := shapeOf{pattern(p.URL), r.core}
	if n := c.shapes[shape]; isHTML && n > 0 && p.Core != r.core {
		row = p.Row + 1
	}
	if row > rowMax {
		c.drop(p, trapped, "one of a row of pages that say the same but for numbers and dates")
		return nil
	}
	if r.noIndex {
		c.drop(p, refused, "it asks not to be kept")
	} else if err := c.keep(p, a); err != nil {
		return err
	}
	p.Says, p.Core = r.says, r.core
	if isHTML {
		c.says[r.says] = p.URL
		c.shapes[shape]++
	}
	if !r.noFollow {
		c.follow(p, r, row)
	}
	return nil
}

// keep writes the body down, where it is another one than is kept.
func (c *crawl) keep(p *page, a *answer) error {
	sum := corpus.Digest(a.body)
	if !p.holds() || p.Sum != sum {
		p.Changed = a.begun.UnixNano()
		if err := writePage(c.j.fs, p.URL, a); err != nil {
			return err
		}
	}
	p.State, p.Why = taken, ""
	p.Size, p.Sum, p.Type = int64(len(a.body)), sum, cut(a.header["content-type"], 200)
	p.ETag, p.Modified = cut(a.header["etag"], 200), cut(a.header["last-modified"], 100)
	if p.Size == 0 {
		c.drop(p, other, "it is empty")
	}
	return nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// follow finds the pages that a page leads to.
func (c *crawl) follow(p *page, r *reading, row int) {
	mine := pattern(p.URL)
	for _, ref := range r.refs {
		address, err := c.site.address(r.base, ref)
		if err != nil {
			if errors.Is(err, errTrap) {
				c.traps++
			}
			continue
		}
		to := &page{URL: address, Depth: p.Depth + 1}
		if pattern(address) == mine {
			to.Row = row
		}
		c.find(to)
	}
}
