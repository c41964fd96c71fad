package main

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"sluice/answer/upstream"
	"sluice/internal/netx"
	"sluice/internal/term"
	"sluice/serve"
)

// upstreamFlags say which model servers word answers.
type upstreamFlags struct {
	urls          []string
	model         string
	keyEnv        string
	keyFile       string
	none, yesHost bool
	budget        int
	slots         int
}

const upstreamHelp = `
A model server words the answers from the passages that are found, and Sluice checks every citation. --upstream names
one (repeatable: requests go to the one that has read most of the conversation, unless it is busy); naming it is
consent to send it passages. OPENAI_BASE_URL counts too where it is on this machine; elsewhere it is asked about once,
or takes --yes-host. Else an Ollama, llama.cpp, LM Studio or vLLM that listens on this machine is used, and named. Keys
come from OPENAI_API_KEY, from the variable that --upstream-key-env names, or from a file that only you can read.`

func (f *upstreamFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.urls, "upstream", nil, "`URL` of a model server, up to /v1 (repeatable)")
	flags.StringVar(&f.model, "upstream-model", "", "the model that words answers where a request names none (default: the first that the server lists)")
	flags.StringVar(&f.keyEnv, "upstream-key-env", "", "environment `VARIABLE` with the servers' key")
	flags.StringVar(&f.keyFile, "upstream-key-file", "", "`FILE` with the servers' key, which only you may read")
	flags.BoolVar(&f.none, "no-upstream", false, "use no model server: answers are the documents' own sentences")
	flags.BoolVar(&f.yesHost, "yes-host", false, "the server of OPENAI_BASE_URL may be another machine, which is sent passages")
	flags.IntVar(&f.budget, "upstream-budget", 0, "how many tokens of passages a model is sent (default 16000)")
	flags.IntVar(&f.slots, "upstream-slots", 0, "how many requests a server is asked at once (default 8)")
}

// upstreams makes the pool of the servers that were allowed; nil: there are none.
func (a *app) upstreams(ctx context.Context, f upstreamFlags) (*upstream.Pool, error) {
	if f.none {
		if len(f.urls) > 0 {
			return nil, serve.Usagef("--upstream and --no-upstream contradict each other")
		}
		return nil, nil
	}
	urls := f.urls
	if len(urls) == 0 {
		url, err := a.baseURL(f)
		if err != nil {
			return nil, err
		}
		urls = url
	}
	key, err := a.upstreamKey(f)
	if err != nil {
		return nil, err
	}
	var servers []upstream.Server
	for _, url := range urls {
		servers = append(servers, upstream.Server{URL: url, Key: key, Model: f.model, Slots: f.slots})
	}
	if len(servers) == 0 {
		servers = upstream.Discover(ctx, upstream.Usual)
		for i := range servers {
			servers[i].Model, servers[i].Slots = f.model, f.slots
			a.notef("a model server listens at %s: it words the answers (--no-upstream keeps it out)", servers[i].URL)
		}
	}
	if len(servers) == 0 {
		return nil, nil
	}
	p, err := upstream.New(upstream.Options{Servers: servers, Clock: a.clock})
	if err != nil {
		return nil, serve.Usagef("--upstream: %w", err)
	}
	return p, nil
}

// baseURL is the server that the environment names, if it may be asked.
func (a *app) baseURL(f upstreamFlags) ([]string, error) {
	url := a.getenv("OPENAI_BASE_URL")
	if url == "" {
		return nil, nil
	}
	host, err := netx.Host(url)
	switch {
	case err != nil:
		return nil, serve.Usagef("OPENAI_BASE_URL: %w", err)
	case netx.Loopback(url) || f.yesHost:
		return []string{url}, nil
	case !term.IsTerminal(a.stdin):
		a.notef("OPENAI_BASE_URL names %s, another machine: --upstream %s or --yes-host allows it; until then the documents' own sentences answer", host, url)
		return nil, nil
	case !a.confirm(term.OneLine(host) + " is another machine. Send it the passages that answer questions?"):
		return nil, nil
	}
	return []string{url}, nil
}

// keyBytesMax bounds what is read of a key's file.
const keyBytesMax = 64 << 10

func (a *app) upstreamKey(f upstreamFlags) (upstream.Key, error) {
	switch {
	case f.keyEnv != "" && f.keyFile != "":
		return "", serve.Usagef("--upstream-key-env and --upstream-key-file: name one of them")
	case f.keyEnv != "":
		key := a.getenv(f.keyEnv)
		if key == "" {
			return "", serve.Usagef("the key is to be in the environment variable %s, which is not set", f.keyEnv)
		}
		return upstream.Key(key), nil
	case f.keyFile == "":
		return upstream.Key(a.getenv("OPENAI_API_KEY")), nil
	}
	in, err := os.Open(a.absolute(f.keyFile))
	if err != nil {
		return "", serve.Usagef("--upstream-key-file: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", serve.Usagef("%s can be read by others: `chmod 600 %s` keeps the key yours", f.keyFile, f.keyFile)
	}
	text, err := io.ReadAll(io.LimitReader(in, keyBytesMax))
	key := strings.TrimSpace(string(text))
	if err == nil && (key == "" || strings.ContainsAny(key, "\n\r")) {
		err = serve.Usagef("%s holds no key: write the key and nothing else into it", f.keyFile)
	}
	return upstream.Key(key), err
}
