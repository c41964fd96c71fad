package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sluice/internal/clock"
)

// script is a server that does what a test wants of it.
func script(t *testing.T, do func(w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/models") {
			_, _ = io.WriteString(w, `{"data":[{"id":"small"},{"id":"large"}]}`)
			return
		}
		body, _ := io.ReadAll(r.Body) // only then a server notices that its client has left
		r.Body = io.NopCloser(bytes.NewReader(body))
		do(w, r)
	}))
	s.Config.ErrorLog = nil
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL + "/v1"
}

func stream(w http.ResponseWriter, texts ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, text := range texts {
		data, _ := json.Marshal(text)
		_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", data)
		w.(http.Flusher).Flush()
	}
	_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+
		`data: {"choices":[],"usage":{"prompt_tokens":2000,"completion_tokens":5,"total_tokens":2005,"prompt_tokens_details":{"cached_tokens":1024}}}`+"\n\ndata: [DONE]\n\n")
}

func well(w http.ResponseWriter, _ *http.Request) { stream(w, "Hello", " world.") }

func pool(t *testing.T, o Options) *Pool {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func asking(text string) Call {
	m, _ := json.Marshal([]map[string]string{{"role": "user", "content": text}})
	return Call{Fields: map[string]json.RawMessage{"messages": m, "strange": json.RawMessage(`{"a":1.00,"b":"<&>"}`)}}
}

func chat(ctx context.Context, p *Pool, c Call) (string, Words, error) {
	var said strings.Builder
	w, err := p.Chat(ctx, c, func(text string) error { said.WriteString(text); return nil })
	return said.String(), w, err
}

// TestFieldsGoThrough: what is sent is what came, but for the model's name, and the tokens that the
// server counts are told.
func TestFieldsGoThrough(t *testing.T) {
	var got map[string]json.RawMessage
	var key string
	url := script(t, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&got)
		key = r.Header.Get("Authorization")
		well(w, r)
	})
	p := pool(t, Options{Servers: []Server{{URL: url, Key: "sk-secret"}}})
	said, words, err := chat(t.Context(), p, asking("<hi>"))
	if err != nil || said != "Hello world." || words.Finish != "stop" || words.Model != "small" {
		t.Fatalf("%q, %+v, %v", said, words, err)
	}
	if string(got["strange"]) != `{"a":1.00,"b":"<&>"}` || string(got["model"]) != `"small"` || string(got["stream"]) != "true" || key != "Bearer sk-secret" {
		t.Errorf("sent %s with %s", got, key)
	}
	if words.Usage.Prompt != 2000 || words.Usage.Cached != 1024 {
		t.Errorf("usage %+v", words.Usage)
	}
	if c := p.Counts()[0]; c.Cached != 1024 || c.Requests != 1 || c.Asked != 0 || c.Failed != 0 {
		t.Errorf("counted %+v", c)
	}
}

func TestVendorsCountWhatWasCached(t *testing.T) {
	for _, c := range []struct {
		raw    string
		cached int
	}{
		{`{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":8}}`, 8},
		{`{"prompt_tokens":10,"prompt_cache_hit_tokens":7,"prompt_cache_miss_tokens":3}`, 7},
		{`{"prompt_tokens":10,"cache_read_input_tokens":6}`, 6},
		{`{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":99}}`, 10},
		{`{"prompt_tokens":-5,"prompt_tokens_details":null}`, 0},
		{`"many"`, 0},
	} {
		if got := usageOf([]byte(c.raw)).Cached; got != c.cached {
			t.Errorf("%s: %d cached, want %d", c.raw, got, c.cached)
		}
	}
}

// TestAKeyIsNeverPrinted: not by a verb, not as JSON, and not where the server repeats it.
func TestAKeyIsNeverPrinted(t *testing.T) {
	const key = "sk-very-secret"
	url := script(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, `{"error":"no such key: `+r.Header.Get("Authorization")+`"}`, http.StatusUnauthorized)
	})
	p := pool(t, Options{Servers: []Server{{URL: url, Key: key, Model: "m"}}})
	_, _, err := chat(t.Context(), p, asking("x"))
	counts, _ := json.Marshal(p.Counts())
	conf, _ := json.Marshal(p.o.Servers)
	for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%v %+v %#v %s %q %x", p.o.Servers, p.o, p.o, Key(key), Key(key), Key(key)), string(counts), string(conf)} {
		if strings.Contains(text, key) || strings.Contains(text, fmt.Sprintf("%x", key)) {
			t.Errorf("%s", text)
		}
	}
	var refused *StatusError
	if !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("%v", err)
	}
}

// misbehaviours are what servers do.
var misbehaviours = map[string]func(w http.ResponseWriter, r *http.Request){
	"hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"one byte a second": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, b := range []byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n") {
			if _, err := w.Write([]byte{b}); err != nil || clock.Sleep(r.Context(), time.Second) != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	},
	"500": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) },
	"wrong JSON": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"choices":[{"message":`)
	},
	"wrong event": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\": 7}\n\n")
	},
	"no end": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		junk := []byte("data: " + strings.Repeat("x", 1<<16))
		for {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	},
	"10 GB": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		junk := []byte(strings.Repeat(" ", 1<<16))
		for range 10 << 30 >> 16 {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	},
	"cut": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half a\"}}]}\n\n")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	},
	"an error inside": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n")
	},
}

// TestServersThatMisbehave: whatever a server does, a request is an error by its deadline, no
// answer is taken for whole that is not, and nothing is left running.
func TestServersThatMisbehave(t *testing.T) {
	ours := goleak.IgnoreCurrent()
	for name, do := range misbehaviours {
		t.Run(name, func(t *testing.T) {
			p := pool(t, Options{Servers: []Server{{URL: script(t, do), Model: "m", Slots: 50}}, BodyMax: 8 << 20})
			deadline := 300 * time.Millisecond
			var wait sync.WaitGroup
			var late atomic.Int64
			for range 20 {
				wait.Go(func() {
					ctx, cancel := context.WithTimeout(context.Background(), deadline)
					defer cancel()
					begun := time.Now()
					_, _, err := chat(ctx, p, asking("x"))
					if err == nil {
						t.Error("an answer")
					}
					late.Store(max(late.Load(), int64(time.Since(begun)-deadline)))
				})
			}
			wait.Wait()
			t.Logf("at most %v behind the deadline", time.Duration(late.Load()))
			if c := p.Counts()[0]; c.Asked != 0 || c.Waiting != 0 {
				t.Errorf("left behind: %+v", c)
			}
		})
	}
	t.Run("refuses", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		p := pool(t, Options{Servers: []Server{{URL: "http://" + l.Addr().String() + "/v1", Model: "m"}}})
		if _, _, err := chat(t.Context(), p, asking("x")); err == nil {
			t.Error("an answer")
		}
	})
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, ours)
}

// TestAnotherServerAnswers where one fails, and the one that fails is left alone.
func TestAnotherServerAnswers(t *testing.T) {
	var asked atomic.Int64
	bad := script(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); http.Error(w, "no", 500) })
	p := pool(t, Options{Servers: []Server{{URL: bad, Model: "m"}, {URL: script(t, well), Model: "m"}}})
	for range 20 {
		if said, _, err := chat(t.Context(), p, asking("x")); err != nil || said != "Hello world." {
			t.Fatalf("%q, %v", said, err)
		}
	}
	if n := asked.Load(); n != failsMax {
		t.Errorf("the server that fails was asked %d times, want %d", n, failsMax)
	}
}

// TestABreakerLetsOneTry: after its rest a server is tried by one request, rests longer when it
// fails again, and is trusted anew only after several answers.
func TestABreakerLetsOneTry(t *testing.T) {
	now := time.Unix(1000, 0)
	var b breaker
	rest := func() time.Duration { return b.until.Sub(now) }
	for range failsMax {
		if !b.open(now) {
			t.Fatal("it rests too early")
		}
		b.take()
		b.failed(now, 0)
	}
	first := rest()
	if b.open(now) || first != restFirst {
		t.Fatalf("it rests for %v", first)
	}
	now = now.Add(first + time.Millisecond)
	if !b.open(now) {
		t.Fatal("nobody may try")
	}
	b.take()
	if b.open(now) {
		t.Error("a second one may try at the same time")
	}
	b.failed(now, 0)
	if rest() != 2*first {
		t.Errorf("it rests for %v after a second failure", rest())
	}
	now = now.Add(rest() + time.Millisecond)
	b.take()
	b.answered()
	b.failed(now, 0) // it flaps
	if rest() != 4*first {
		t.Errorf("one that flaps rests for %v", rest())
	}
	now = now.Add(rest() + time.Millisecond)
	for range proven {
		b.take()
		b.answered()
	}
	b.failed(now, 0)
	if !b.open(now) {
		t.Error("one failure after many answers is too much")
	}
}

// TestRetriesHaveABudget: when every server is down, requests do not multiply.
func TestRetriesHaveABudget(t *testing.T) {
	var asked atomic.Int64
	var servers []Server
	for range 4 {
		servers = append(servers, Server{Model: "m", URL: script(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			http.Error(w, "no", http.StatusServiceUnavailable)
		})})
	}
	p := pool(t, Options{Servers: servers})
	for range 100 {
		_, _, _ = chat(t.Context(), p, asking("x"))
	}
	if n := asked.Load(); n > 4*failsMax+retriesMax {
		t.Errorf("100 requests became %d", n)
	}
	if _, _, err := chat(t.Context(), p, asking("x")); !errors.Is(err, ErrResting) {
		t.Errorf("%v", err)
	}
}

// TestHedge: where the first server is slow to begin, a second one answers, and the first is let
// go.
func TestHedge(t *testing.T) {
	left := make(chan struct{}, 1)
	slow := script(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		left <- struct{}{}
	})
	p := pool(t, Options{Servers: []Server{{URL: slow, Model: "m"}, {URL: script(t, well), Model: "m"}}, Hedge: 20 * time.Millisecond})
	for range 2 { // one of them goes to the slow one first
		if said, _, err := chat(t.Context(), p, asking("x")); err != nil || said != "Hello world." {
			t.Fatalf("%q, %v", said, err)
		}
	}
	<-left
}

// TestFairShares: who asks once does not wait behind all that another has asked.
func TestFairShares(t *testing.T) {
	gate := make(chan struct{})
	var order []string
	var mu sync.Mutex
	url := script(t, func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			User string `json:"user"`
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		mu.Lock()
		order = append(order, in.User)
		mu.Unlock()
		<-gate
		well(w, r)
	})
	p := pool(t, Options{Servers: []Server{{URL: url, Model: "m", Slots: 1}}})
	var wait sync.WaitGroup
	ask := func(user string, waiting int) {
		wait.Go(func() {
			c := asking("x")
			c.Client = user
			c.Fields["user"], _ = json.Marshal(user)
			_, _, _ = chat(context.Background(), p, c)
		})
		for p.Counts()[0].Waiting+p.Counts()[0].Asked < waiting {
			time.Sleep(time.Millisecond)
		}
	}
	for i := range 10 {
		ask("greedy", i+1)
	}
	ask("modest", 11)
	for range 11 {
		gate <- struct{}{}
	}
	wait.Wait()
	at := strings.Index(strings.Join(order, " "), "modest") / len("greedy ")
	if at > 2 {
		t.Errorf("served in the order %v", order)
	}
}

// TestPrefixesStayTogether: the turns of a conversation go to the server that read its beginning,
// and to another one when that is busy.
func TestPrefixesStayTogether(t *testing.T) {
	servers := []Server{{URL: "http://a/v1", Slots: 12}, {URL: "http://b/v1", Slots: 12}, {URL: "http://c/v1", Slots: 12}}
	p := pool(t, Options{Servers: servers})
	turn := func(talk string, n int) *Call {
		return &Call{blocks: blocksOf([]byte(strings.Repeat(talk, n*2*blockBytes/len(talk))))}
	}
	host := map[string]string{}
	for n := 1; n < 8; n++ {
		for _, talk := range []string{"alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta "} {
			s, err := p.turn(t.Context(), turn(talk, n), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n > 1 && s.Host != host[talk] {
				t.Errorf("turn %d of %s went to %s, not to %s", n, talk, s.Host, host[talk])
			}
			host[talk] = s.Host
			p.mu.Lock()
			p.release(s)
			p.mu.Unlock()
		}
	}
	seen := map[string]int{}
	for range 30 { // one hot prefix, all at once
		s, err := p.turn(t.Context(), turn("alpha ", 8), nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[s.Host]++
	}
	if len(seen) != 3 {
		t.Errorf("a hot prefix went to %v", seen)
	}
}

func TestModelsAndDiscovery(t *testing.T) {
	a, b := script(t, well), script(t, well)
	found := Discover(t.Context(), []string{a, "http://192.0.2.1:1/v1", "http://127.0.0.1:1/v1", b})
	if len(found) != 2 || found[0].URL != a || len(found[0].Models) != 2 {
		t.Errorf("found %+v", found)
	}
	p := pool(t, Options{Servers: []Server{{URL: a}, {URL: b, Model: "own"}}})
	var names []string
	for _, m := range p.Models(t.Context()) {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "small large own" {
		t.Errorf("models: %s", got)
	}
	c := asking("x")
	c.Model = "none"
	if _, _, err := chat(t.Context(), p, c); !errors.Is(err, ErrModel) {
		t.Errorf("%v", err)
	}
}
