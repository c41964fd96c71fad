package web

import (
	"context"
	"net/url"

	"sluice/corpus"
	"sluice/corpus/source"
)

// pageKnown is how a preview calls the pages of which it knows.
const pageKnown = "pages known before the crawl"

// Preview implements source.Previewer. Before a site is crawled nobody knows what is on it: what it
// lists itself is counted, and what its first page leads to.
func (w *Web) Preview(ctx context.Context, _ bool, _ func(n int64)) (*source.Preview, error) {
	c := w.crawl(&journal{pages: map[string]*page{}}, nil)
	defer c.client.Close()
	c.scheme, c.host = c.site.root.Scheme, c.site.root.Host
	var err error
	if c.robots, err = c.readRobots(ctx); err != nil {
		return nil, err
	}
	start := w.site.start()
	found := append([]string{start}, c.readSitemaps(ctx)...)
	if c.robots.allows(start) {
		a, err := c.ask(ctx, start, &page{URL: start})
		if err != nil {
			return nil, err
		}
		if u, err := url.Parse(start); err == nil {
			for _, ref := range readPage(u, a.body).refs {
				if address, err := c.site.address(u, ref); err == nil {
					found = append(found, address)
				}
			}
		}
	}
	p, report, seen := source.NewPreview(), &corpus.Report{}, map[string]bool{}
	for _, address := range found {
		why := w.opts.skip(address)
		if why == "" && !c.robots.allows(address) {
			why = corpus.Refused
		}
		switch {
		case seen[address]:
		case why != "":
			report.LeaveOut(why, 0)
			p.Example(address, why)
		default:
			p.Take(corpus.Item{Path: address, Type: pageKnown}, 0)
		}
		seen[address] = true
	}
	p.Finish(report)
	return p, nil
}
