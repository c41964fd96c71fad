package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/temoto/robotstxt"
)

const (
	robotsBytesMax = 512 << 10
	delayMax       = 5 * time.Minute // that a robots.txt may ask for between two requests
	sitemapsMax    = 50
	sitemapBytes   = 50 << 20
)

// robots is what a site asks of those who crawl it.
type robots struct {
	group    *robotstxt.Group
	delay    time.Duration
	sitemaps []string
}

// allows tells whether an address may be read.
func (r *robots) allows(address string) bool {
	u, err := url.Parse(address)
	return err == nil && r.group.Test(u.RequestURI())
}

// readRobots reads robots.txt. Where a server has none, all may be read; where it cannot tell,
// nothing.
func (c *crawl) readRobots(ctx context.Context) (*robots, error) {
	at := *c.site.root
	at.Path, at.RawPath, at.RawQuery = "/robots.txt", "", ""
	var last error
	for try := range triesMax {
		if try > 0 {
			if err := c.clock.Wait(ctx, c.opts.retry<<(try-1)); err != nil {
				return nil, err
			}
		}
		a, err := c.ask(ctx, at.String(), nil)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			last = err
			continue
		case a.status >= 500 || a.status == 429:
			last = fmt.Errorf("its robots.txt cannot be read: its server answers %d", a.status)
			continue
		case a.status >= 300: // none, or one somewhere else
			a.status, a.body = 404, nil
		}
		data, err := robotstxt.FromStatusAndBytes(a.status, a.body[:min(len(a.body), robotsBytesMax)])
		if err != nil { // lines that nobody understands ask for nothing
			data, _ = robotstxt.FromStatusAndBytes(404, nil)
		}
		group := data.FindGroup(agent)
		return &robots{group: group, delay: min(group.CrawlDelay, delayMax), sitemaps: data.Sitemaps}, nil
	}
	return nil, fmt.Errorf("%w: %w", errNoAnswer, last)
}

// sitemap is a list of pages, or a list of such lists.
type sitemap struct {
	Pages []struct {
		Loc string `xml:"loc"`
	} `xml:"url"`
	Lists []struct {
		Loc string `xml:"loc"`
	} `xml:"sitemap"`
}

// readSitemaps lists the pages that the site itself lists. A list that cannot be read costs itself.
func (c *crawl) readSitemaps(ctx context.Context) (pages []string) {
	root := *c.site.root
	root.RawQuery = ""
	queue := append([]string{}, c.robots.sitemaps...)
	if len(queue) == 0 {
		queue = append(queue, root.ResolveReference(&url.URL{Path: "/sitemap.xml"}).String())
	}
	seen := map[string]bool{}
	for n := 0; len(queue) > 0 && n < sitemapsMax && ctx.Err() == nil; n++ {
		address := queue[0]
		queue = queue[1:]
		u, err := c.site.root.Parse(address)
		if err != nil || seen[u.String()] || !c.site.has(u) {
			continue
		}
		seen[u.String()] = true
		a, err := c.ask(ctx, u.String(), nil)
		if err != nil || a.status != 200 {
			continue
		}
		list := parseSitemap(a.body)
		for _, l := range list.Lists {
			queue = append(queue, l.Loc)
		}
		for _, p := range list.Pages {
			if address, err := c.site.address(c.site.root, p.Loc); err == nil && len(pages) < c.opts.pages {
				pages = append(pages, address)
			}
		}
	}
	return pages
}

// parseSitemap reads as much of a list as is one.
func parseSitemap(b []byte) (list sitemap) {
	r := io.Reader(bytes.NewReader(b))
	if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
		r = io.LimitReader(z, sitemapBytes)
	}
	d := xml.NewDecoder(r)
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		t, err := d.Token()
		if err != nil {
			return list
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		var one sitemap
		switch start.Name.Local {
		case "url":
			one.Pages = append(one.Pages, struct {
				Loc string `xml:"loc"`
			}{})
			err = d.DecodeElement(&one.Pages[0], &start)
		case "sitemap":
			one.Lists = append(one.Lists, struct {
				Loc string `xml:"loc"`
			}{})
			err = d.DecodeElement(&one.Lists[0], &start)
		default:
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return list
		}
		list.Pages, list.Lists = append(list.Pages, one.Pages...), append(list.Lists, one.Lists...)
	}
}
