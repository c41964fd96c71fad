package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sluice/internal/netx"
	"sluice/internal/vfs"
	"sluice/serve"
	"sluice/serve/httpapi"
	"sluice/serve/mcp"
	"sluice/serve/web"
)

// serveFlags are what `serve` may be told.
type serveFlags struct {
	in           inFlags
	listen       string
	hosts        []string
	origins      []string
	cert, key    string
	requireToken bool
	scrub        string
	structured   bool
	atOnce       int
	upstream     upstreamFlags
}

const serveLong = `Serve answers over HTTP until it is interrupted:

  /                       the page
  /api/search ...         what the verbs print with --json: search, context, ask, why, read, sources, status
  /v1/chat/completions    what OpenAI's clients call: chat, responses, models, embeddings, vector stores
  /mcp                    agents, over the Model Context Protocol (` + "`sluice mcp install AGENT --http`" + `)
  /metrics                for Prometheus       /api/openapi.json  what there is to call
  /healthz                "ok"

It listens on this machine only, at 127.0.0.1:7117. There, reading needs no token (--require-token asks for one, where
other users share the machine), and what changes something does. Anywhere else everything needs a token, and
--tls-cert and --tls-key keep it from being read on the way. ` + "`sluice token show`" + ` prints the owner's token;
` + "`sluice token add NAME --source LABEL`" + ` makes one that sees some sources only. Calls by another name than
localhost or an address are refused unless --host has the name, and pages of other sites unless --origin has theirs.
` + upstreamHelp

const serveExample = `  sluice serve                                           then open http://127.0.0.1:7117/
  sluice serve --upstream http://127.0.0.1:11434/v1      a model of this machine's words the answers
  sluice serve --in ~/notes                              a folder that needs no store
  OPENAI_BASE_URL=http://127.0.0.1:7117/v1               for any program that speaks to OpenAI; its model is "sluice"
  curl 'http://127.0.0.1:7117/api/search?query=leases&n=3'
  sluice serve --listen 0.0.0.0:7117 --host box.lan --tls-cert cert.pem --tls-key key.pem
  curl -H "Authorization: Bearer $(sluice token show)" 'https://box.lan:7117/api/status'`

func (a *app) serveVerb() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the page, programs and agents over HTTP", Args: cobra.NoArgs, Long: serveLong, Example: serveExample,
		RunE: a.verb(func(cmd *cobra.Command, _ []string) (any, func(), error) { return nil, nil, a.serve(cmd, f) }),
	}
	f.in.add(cmd, "serve this `FOLDER`: it is indexed into a store of its own, and kept up to date")
	f.upstream.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:7117", "where to listen: HOST:PORT, or PORT for this machine only; port 0: any that is free")
	flags.StringArrayVar(&f.hosts, "host", nil, "another `NAME` by which this server is called (repeatable)")
	flags.StringArrayVar(&f.origins, "origin", nil, "a site whose pages may call this server, as `SCHEME://HOST:PORT` (repeatable)")
	flags.StringVar(&f.cert, "tls-cert", "", "`FILE` with the certificate chain, in PEM")
	flags.StringVar(&f.key, "tls-key", "", "`FILE` with its key, in PEM")
	flags.BoolVar(&f.requireToken, "require-token", false, "ask for a token on this machine too")
	flags.IntVar(&f.atOnce, "at-once", 0, "how many questions are worked on at once; others wait 3 s at most and are then told to come back (default: two for each processor)")
	flags.BoolVar(&f.structured, "structured", false, "declare output schemas to agents and send each result as structured content with links too, beside its text")
	flags.StringVar(&f.scrub, "scrub", "8MiB", "how much of the store to read a second, every 7 days, to find damage that no question meets; 0: none")
	return cmd
}

// serve listens, opens the store, and answers until it is interrupted.
func (a *app) serve(cmd *cobra.Command, f serveFlags) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who interrupts it twice does not want to wait
	a.agent = true
	if f.atOnce < 0 {
		return serve.Usagef("--at-once: %d are too few", f.atOnce)
	}
	rate, err := parseRate(f.scrub)
	if err != nil {
		return err
	}
	server, err := a.listen(ctx, f)
	if err != nil {
		return err
	}
	defer server.Close()
	if _, err := a.ownersToken(ctx); err != nil {
		return err
	}
	if a.upstream, err = a.upstreams(ctx, f.upstream); err != nil {
		return err
	}
	if a.upstream != nil {
		defer a.upstream.Close()
	}
	a.chatBudget = f.upstream.budget
	svc, err := a.agentService(cmd, f.in)
	if err != nil {
		return err
	}
	defer svc.Close()
	if err := svc.IndexFirst(ctx); err != nil {
		return err
	}
	a.keep(svc, rate)
	a.notef("serving at %s; %s; `sluice token show` prints the token; Ctrl-C ends it", server.URL(), a.worder())
	gate := httpapi.NewGate(svc, cmp.Or(f.atOnce, 2*runtime.GOMAXPROCS(0)))
	return server.Serve(ctx, httpapi.New(gate, httpapi.Options{Version: version(), Private: server.Private(), TokenAlways: f.requireToken,
		Tokens: a.tokensNow(), Hosts: f.hosts, Origins: f.origins, Page: web.Handler(),
		Machine: processFigures,
		MCP:     mcp.Handler(gate, mcp.Options{Version: version(), Structured: f.structured, MayChange: httpapi.MayChange, Origins: f.origins})}))
}

// worder tells who words the answers.
func (a *app) worder() string {
	if a.upstream == nil {
		return "no model server is in use, so the documents' own sentences answer"
	}
	var hosts []string
	for _, c := range a.upstream.Counts() {
		hosts = append(hosts, c.Host)
	}
	return "the model of " + strings.Join(hosts, ", ") + " words the answers"
}

// listen opens the socket before anything else: whether it can be had is what fails most.
func (a *app) listen(ctx context.Context, f serveFlags) (*netx.Server, error) {
	o := netx.ServerOptions{Address: f.listen}
	if (f.cert == "") != (f.key == "") {
		return nil, serve.Usagef("--tls-cert and --tls-key go together: name both")
	}
	if f.cert != "" {
		var err error
		if o.Cert, err = a.pem(f.cert); err != nil {
			return nil, serve.Usagef("--tls-cert: %w", err)
		}
		if o.Key, err = a.pem(f.key); err != nil {
			return nil, serve.Usagef("--tls-key: %w", err)
		}
	}
	server, err := netx.Listen(ctx, o)
	if err != nil {
		return nil, serve.Usagef("--listen: %w", err)
	}
	if !server.Private() && f.cert == "" {
		a.notef("others can reach %s, and without --tls-cert what they ask and are told can be read on the way", server.Address())
	}
	return server, nil
}

// pemBytesMax bounds what is read of a certificate.
const pemBytesMax = 1 << 20

func (a *app) pem(name string) ([]byte, error) {
	dir, base := filepath.Split(a.absolute(name))
	f, err := vfs.Linked(dir).Open(base)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, pemBytesMax))
}

// keep begins what a process that answers many questions does beside them.
func (a *app) keep(svc *serve.Service, scrubRate int64) {
	// What a forget has not finished must not wait for the next command.
	svc.Beside("forget", func(ctx context.Context) { _ = svc.Resume(ctx) })
	svc.Beside("health", func(ctx context.Context) { _ = a.watcher(svc.Folder()).Run(ctx) })
	svc.FillBeside()
	svc.Mend() // what other processes met damaged and left
	if scrubRate > 0 {
		svc.KeepScrubbed(scrubRate)
	}
}

// processFigures are how the process is, for /metrics.
func processFigures() map[string]float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return map[string]float64{"go_goroutines": float64(runtime.NumGoroutine()), "go_memstats_heap_inuse_bytes": float64(m.HeapInuse),
		"go_memstats_sys_bytes": float64(m.Sys), "go_gc_cycles": float64(m.NumGC)}
}
