package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sluice/corpus"
	"sluice/internal/clock"
	"sluice/internal/netx"
)

// agent is the name by which robots.txt may speak to us.
const agent = "sluice"

// The bounds of a crawl.
const (
	pagesDefault = 20_000
	depthDefault = 50
	// rowMax is how many pages of one shape, each found on the one before it, may say the same but
	// for numbers and dates: a calendar has no end.
	rowMax = 25
	// failuresInARow, of different pages, end a crawl: the site is not there, and the next sync
	// goes on.
	failuresInARow = 20
)

// errNoAnswer says that a site does not answer at present.
var errNoAnswer = errors.New("the site does not answer: what was fetched before stays, and the next sync goes on")

// errNoPage says that a site gave no page at all.
var errNoPage = errors.New("nothing of it could be read")

// options are what a crawl may be told.
type options struct {
	pages, depth int
	delay        time.Duration // between two requests
	retry        time.Duration // before the second try; then twice as long each time
	revisit      time.Duration // after which a page is asked again whether it has changed
	skip         func(address string) corpus.Reason
}

// crawl is one visit to a site.
type crawl struct {
	site   *site
	opts   options
	j      *journal
	client *netx.Client
	clock  clock.Waiter
	tell   func(done, left int64)

	scheme, host string    // under which the site answers
	asked        time.Time // when the last answer was over
	robots       *robots
	queue        []*page // in the order in which they were found
	later        []*page // to be tried again
	says         map[uint64]string
	shapes       map[shapeOf]int
	removed      []string // addresses whose bodies go
	done         int64
	traps        int
	tooMany      int
	failing      int
}

// shapeOf is what pages of a calendar have in common.
type shapeOf struct {
	pattern string
	core    uint64
}

// run goes on with the crawl that was ended, or begins the next one.
func (c *crawl) run(ctx context.Context) (err error) {
	c.scheme, c.host = c.site.root.Scheme, c.site.root.Host
	c.says, c.shapes = map[uint64]string{}, map[shapeOf]int{}
	if c.j.ended || c.j.round == 0 {
		c.j.round++
		c.j.ended = false
	}
	if err := c.j.compact(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.finish()) }()
	if c.robots, err = c.readRobots(ctx); err != nil {
		return err
	}
	c.begin()
	for _, address := range c.readSitemaps(ctx) {
		c.find(&page{URL: address, Depth: 1})
	}
	for {
		p, err := c.next(ctx)
		if err != nil {
			return err
		}
		if p == nil {
			c.j.ended = true
			return nil
		}
		if err := c.visit(ctx, p); err != nil {
			return err
		}
		if c.tell != nil {
			c.tell(c.done, int64(len(c.queue)+len(c.later)))
		}
	}
}

// finish leaves a journal of one line a page, and no body that none of them names.
func (c *crawl) finish() error {
	for _, address := range c.removed {
		if p := c.j.pages[address]; p == nil || !p.holds() {
			if err := removePage(c.j.fs, address); err != nil {
				return err
			}
		}
	}
	return c.j.compact()
}

// begin lines up what is known: what was not visited in this crawl yet, and is due.
func (c *crawl) begin() {
	start := c.site.start()
	if c.j.pages[start] == nil {
		c.j.pages[start] = &page{URL: start}
	}
	for _, p := range c.j.sorted() {
		if p.State == taken && p.Says != 0 {
			c.says[p.Says] = p.URL
			c.shapes[shapeOf{pattern(p.URL), p.Core}]++
		}
		if c.opts.skip(p.URL) != "" {
			c.removed = append(c.removed, p.URL)
			delete(c.j.pages, p.URL)
			continue
		}
		if p.Round < c.j.round && (p.URL == start || c.due(p)) {
			c.queue = append(c.queue, p)
		}
	}
	slices.SortStableFunc(c.queue, func(a, b *page) int { return cmp.Compare(a.Depth, b.Depth) })
}

// due tells whether a page is to be asked again. What was taken is, after a while. What is moved or
// the like is asked as often, and what failed, or waits for its first visit, in every crawl.
func (c *crawl) due(p *page) bool {
	if p.State == waiting || p.State == failed {
		return true
	}
	return c.clock.Now().Sub(time.Unix(0, p.Fetched)) >= c.opts.revisit
}

// find takes up an address that was met for the first time.
func (c *crawl) find(p *page) {
	if c.j.pages[p.URL] != nil || p.Depth > c.opts.depth || c.opts.skip(p.URL) != "" {
		return
	}
	if len(c.j.pages) >= c.opts.pages {
		c.tooMany++
		return
	}
	c.j.pages[p.URL] = p
	_ = c.j.note(p) // it is found again where this fails; the visit's own note tells of a full disk
	c.queue = append(c.queue, p)
}

// next is the next page to visit: of those that are not to be tried later, the one found first. nil
// when none is left.
func (c *crawl) next(ctx context.Context) (*page, error) {
	if len(c.queue) > 0 {
		p := c.queue[0]
		c.queue = c.queue[1:]
		return p, ctx.Err()
	}
	if len(c.later) == 0 {
		return nil, ctx.Err()
	}
	first := 0
	for i, p := range c.later {
		if p.notBefore.Before(c.later[first].notBefore) {
			first = i
		}
	}
	p := c.later[first]
	c.later = slices.Delete(c.later, first, first+1)
	if wait := p.notBefore.Sub(c.clock.Now()); wait > 0 {
		return p, c.clock.Wait(ctx, wait)
	}
	return p, ctx.Err()
}

// polite waits until the site may be asked again.
func (c *crawl) polite(ctx context.Context) error {
	delay := c.opts.delay
	if c.robots != nil {
		delay = max(delay, c.robots.delay)
	}
	if wait := c.asked.Add(delay).Sub(c.clock.Now()); !c.asked.IsZero() && wait > 0 {
		return c.clock.Wait(ctx, wait)
	}
	return ctx.Err()
}

// notTaken words what a crawl left out because it would have been too much; "" where nothing was.
func (c *crawl) notTaken() string {
	if c.tooMany == 0 {
		return ""
	}
	return fmt.Sprintf("the site has more than %d pages: raise it with --option pages=N", c.opts.pages)
}

// unstarted words why a crawl that has no page found none at its start; "" where that is no
// failure.
func (c *crawl) unstarted() string {
	for _, p := range c.j.pages {
		if p.holds() {
			return ""
		}
	}
	p := c.j.pages[c.site.start()]
	switch {
	case p == nil: // it is left out
		return ""
	case p.State == missing:
		return "its server has no such page: look whether the address is right"
	}
	return p.Why
}
